
/*
 * The file of keys, read by yajl's tree, and what a key may use.
 */

#include "air_keys.h"
#include "air_jtree.h"
#include "air_price.h"
#include "air_time.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>


#define AIR_KEYS_LIST  1024       /* workflows, models, labels of a key     */


typedef struct {
    const air_mem_t   *mem;
    air_keys_error_t  *error;
    int                rc;
} air_keys_reader_t;


static void
air_keys_fail(air_keys_reader_t *rd, int rc, unsigned line, const char *format,
    ...)
    __attribute__((format(printf, 4, 5)));


static void
air_keys_fail(air_keys_reader_t *rd, int rc, unsigned line, const char *format,
    ...)
{
    va_list  args;

    if (rd->rc != AIR_OK) {
        return;
    }

    rd->rc = rc;
    rd->error->line = line;

    va_start(args, format);
    vsnprintf(rd->error->text, sizeof(rd->error->text), format, args);
    va_end(args);
}


static void *
air_keys_alloc(air_keys_reader_t *rd, size_t size)
{
    void  *p;

    p = air_mem_get(rd->mem, size != 0 ? size : 1);

    if (p == NULL) {
        air_keys_fail(rd, AIR_ENOMEM, 0, "no memory");
        return NULL;
    }

    memset(p, 0, size);

    return p;
}


int
air_key_name(air_str_t s)
{
    size_t         i;
    unsigned char  c;

    if (s.len == 0 || s.len > AIR_KEY_NAME) {
        return 0;
    }

    for (i = 0; i < s.len; i++) {
        c = s.data[i];

        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c != '\0' && strchr("-_.@:/+", c) != NULL)))
        {
            return 0;
        }
    }

    return 1;
}


/* A copy of a string node's text, of at most max bytes. */
static air_str_t
air_keys_text(air_keys_reader_t *rd, const air_jnode_t *node, size_t max,
    const char *what)
{
    air_str_t  s = air_null_str;

    if (rd->rc != AIR_OK) {
        return s;
    }

    if (node->type != AIR_JSON_STRING || node->text.len > max) {
        air_keys_fail(rd, AIR_EINVAL, node->line,
                      "%s: expected a string of at most %zu bytes", what, max);
        return s;
    }

    s.data = air_keys_alloc(rd, node->text.len);

    if (s.data != NULL && node->text.len != 0) {
        memcpy(s.data, node->text.data, node->text.len);
        s.len = node->text.len;
    }

    return s;
}


static air_str_t
air_keys_name(air_keys_reader_t *rd, const air_jnode_t *node,
    const char *what)
{
    if (rd->rc == AIR_OK
        && (node->type != AIR_JSON_STRING || !air_key_name(node->text)))
    {
        air_keys_fail(rd, AIR_EINVAL, node->line, "%s: expected 1 to %u "
                      "letters, digits or -_.@:/+", what, AIR_KEY_NAME);
    }

    return air_keys_text(rd, node, AIR_KEY_NAME, what);
}


static air_str_t *
air_keys_list(air_keys_reader_t *rd, const air_jnode_t *node, unsigned *n,
    const char *what)
{
    air_str_t  *list;

    *n = 0;

    if (node->type != AIR_JSON_ARRAY || node->count > AIR_KEYS_LIST) {
        air_keys_fail(rd, AIR_EINVAL, node->line,
                      "%s: expected an array of at most %u strings", what,
                      AIR_KEYS_LIST);
        return NULL;
    }

    list = air_keys_alloc(rd, node->count * sizeof(air_str_t));

    for (node = node->child; node != NULL && rd->rc == AIR_OK;
         node = node->next)
    {
        list[(*n)++] = air_keys_text(rd, node, 256, what);
    }

    return list;
}


static void
air_keys_labels(air_keys_reader_t *rd, const air_jnode_t *node,
    air_key_t *key)
{
    air_key_label_t  *label;

    if (node->type != AIR_JSON_OBJECT || node->count > AIR_KEYS_LIST) {
        air_keys_fail(rd, AIR_EINVAL, node->line, "labels: expected an "
                      "object of at most %u strings", AIR_KEYS_LIST);
        return;
    }

    key->label = air_keys_alloc(rd, node->count * sizeof(air_key_label_t));

    for (node = node->child; node != NULL && rd->rc == AIR_OK;
         node = node->next)
    {
        label = &key->label[key->nlabel++];
        label->value = air_keys_text(rd, node, AIR_KEY_NAME, "label");

        label->name.data = air_keys_alloc(rd, node->key.len);

        if (rd->rc == AIR_OK && !air_key_name(node->key)) {
            air_keys_fail(rd, AIR_EINVAL, node->line, "labels: expected "
                          "names of 1 to %u letters, digits or -_.@:/+",
                          AIR_KEY_NAME);
        }

        if (rd->rc == AIR_OK) {
            memcpy(label->name.data, node->key.data, node->key.len);
            label->name.len = node->key.len;
        }
    }
}


int
air_key_rules(air_key_t *key, const air_mem_t *mem, unsigned *bad,
    const char **why)
{
    int                 rc;
    unsigned            i, k;
    air_rate_rule_t     one, *rate;
    air_budget_rule_t  *rule;

    rate = &key->rate;
    memset(rate, 0, sizeof(air_rate_rule_t));

    rule = air_mem_get(mem, (key->nbudget + 1) * sizeof(air_budget_rule_t));
    if (rule == NULL) {
        return AIR_ENOMEM;
    }

    memset(rule, 0, (key->nbudget + 1) * sizeof(air_budget_rule_t));
    key->rule = rule;

    for (i = 0; i < key->nbudget; i++) {
        *bad = i;

        if (key->budget[i].len != 0
            && memchr(key->budget[i].data, ' ', key->budget[i].len) != NULL)
        {
            *why = "a key's budget is a sum and its period alone, and strict; "
                   "\"soft=\", \"loose\" and what follows are of "
                   "\"ai_account principal NAME\"";
            return AIR_EINVAL;
        }

        rc = air_budget_read(key->budget[i], &rule[i], why);
        if (rc != AIR_OK) {
            return rc;
        }

        rule[i].soft = AIR_UNKNOWN;

        for (k = 0; k < i; k++) {
            if (rule[k].period == rule[i].period) {
                *why = "there is one of that period already";
                return AIR_EINVAL;
            }
        }
    }

    for (i = 0; i < key->nlimit; i++) {
        *bad = key->nbudget + i;
        memset(&one, 0, sizeof(air_rate_rule_t));

        rc = air_rate_read(key->limit[i], &one, why);
        if (rc != AIR_OK) {
            return rc;
        }

        if ((one.requests && rate->requests) || (one.tokens && rate->tokens)
            || (one.running && rate->running))
        {
            *why = "there is one of that kind already";
            return AIR_EINVAL;
        }

        rate->requests += one.requests;
        rate->tokens += one.tokens;
        rate->running += one.running;
    }

    return AIR_OK;
}


/* what of its budgets and limits is wrong is told with its line */
static void
air_keys_rules(air_keys_reader_t *rd, air_key_t *key,
    const air_jnode_t *budget, const air_jnode_t *limit)
{
    int                 rc;
    unsigned            i, bad;
    air_str_t           text;
    const char         *why;
    const air_jnode_t  *node;

    if (rd->rc != AIR_OK || (budget == NULL && limit == NULL)) {
        return;
    }

    rc = air_key_rules(key, rd->mem, &bad, &why);

    if (rc == AIR_OK) {
        return;
    }

    if (rc == AIR_ENOMEM) {
        air_keys_fail(rd, rc, 0, "no memory");
        return;
    }

    i = bad < key->nbudget ? bad : bad - key->nbudget;
    node = bad < key->nbudget ? budget : limit;

    for (node = node->child; i > 0; i--) {
        node = node->next;
    }

    text = node->text;

    air_keys_fail(rd, rc, node->line, "\"%.*s\": %s",
                  (int) (text.len > 40 ? 40 : text.len), text.data, why);
}


static int64_t
air_keys_time(air_keys_reader_t *rd, const air_jnode_t *node,
    const char *what)
{
    int64_t  ms = 0;

    if (rd->rc == AIR_OK
        && (node->type != AIR_JSON_STRING
            || air_time_read(node->text, &ms) != AIR_OK))
    {
        air_keys_fail(rd, AIR_EINVAL, node->line, "%s: expected a time as "
                      "\"2026-11-22T10:00:00Z\"", what);
    }

    return rd->rc == AIR_OK ? ms : 0;
}


static int
air_keys_digit(unsigned char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}


static void
air_keys_hash(air_keys_reader_t *rd, const air_jnode_t *node, air_key_t *key)
{
    int       hi, lo;
    unsigned  i;

    if (node->type == AIR_JSON_STRING && node->text.len == 2 * AIR_KEY_HASH) {

        for (i = 0; i < AIR_KEY_HASH; i++) {
            hi = air_keys_digit(node->text.data[2 * i]);
            lo = air_keys_digit(node->text.data[2 * i + 1]);

            if (hi < 0 || lo < 0) {
                break;
            }

            key->hash[i] = (unsigned char) (hi << 4 | lo);
        }

        if (i == AIR_KEY_HASH) {
            return;
        }
    }

    air_keys_fail(rd, AIR_EINVAL, node->line,
                  "hash: expected %u small hexadecimal digits",
                  2 * AIR_KEY_HASH);
}


static void
air_keys_one(air_keys_reader_t *rd, const air_jnode_t *object, air_key_t *key)
{
    unsigned            hash, created;
    const air_jnode_t  *m, *budget, *limit;

    hash = created = 0;
    budget = limit = NULL;

    key->line = object->line;
    key->expires_ms = INT64_MAX;
    key->revoked_ms = INT64_MAX;

    if (object->type != AIR_JSON_OBJECT) {
        air_keys_fail(rd, AIR_EINVAL, object->line, "expected an object");
        return;
    }

    for (m = object->child; m != NULL && rd->rc == AIR_OK; m = m->next) {

        if (air_str_eqz(m->key, "hash")) {
            air_keys_hash(rd, m, key);
            hash = 1;

        } else if (air_str_eqz(m->key, "name")) {
            key->name = air_keys_name(rd, m, "name");

        } else if (air_str_eqz(m->key, "team")) {
            key->team = air_keys_name(rd, m, "team");

        } else if (air_str_eqz(m->key, "created")) {
            key->created_ms = air_keys_time(rd, m, "created");
            created = 1;

        } else if (air_str_eqz(m->key, "expires")) {
            key->expires_ms = air_keys_time(rd, m, "expires");

        } else if (air_str_eqz(m->key, "revoked")) {
            key->revoked_ms = air_keys_time(rd, m, "revoked");

        } else if (air_str_eqz(m->key, "workflows")) {
            key->workflow = air_keys_list(rd, m, &key->nworkflow,
                                          "workflows");

        } else if (air_str_eqz(m->key, "models")) {
            key->model = air_keys_list(rd, m, &key->nmodel, "models");

        } else if (air_str_eqz(m->key, "budget")) {
            key->budget = air_keys_list(rd, m, &key->nbudget, "budget");
            budget = m;

        } else if (air_str_eqz(m->key, "limit")) {
            key->limit = air_keys_list(rd, m, &key->nlimit, "limit");
            limit = m;

        } else if (air_str_eqz(m->key, "labels")) {
            air_keys_labels(rd, m, key);

        } else {

            /* a limit that is not understood must not be passed over */

            air_keys_fail(rd, AIR_EINVAL, m->line, "unknown member \"%.*s\"",
                          (int) (m->key.len > 40 ? 40 : m->key.len),
                          m->key.data);
        }
    }

    air_keys_rules(rd, key, budget, limit);

    if (!hash || !created || key->name.len == 0) {
        air_keys_fail(rd, AIR_EINVAL, object->line,
                      "a key needs \"hash\", \"name\" and \"created\"");
    }
}


static void
air_keys_all(air_keys_reader_t *rd, air_keys_t *keys, uint64_t salt,
    const air_jnode_t *root)
{
    int                 rc;
    unsigned            line;
    const air_jnode_t  *schema, *list, *node;

    schema = air_jtree_get(root, "schema");
    list = air_jtree_get(root, "keys");

    if (schema == NULL || !air_str_eqz(schema->text, "keys/1") || list == NULL
        || list->type != AIR_JSON_ARRAY)
    {
        air_keys_fail(rd, AIR_EINVAL, 1, "expected {\"schema\":\"keys/1\","
                      "\"keys\":[...]}");
        return;
    }

    if (list->count > AIR_KEYS_MAX) {
        air_keys_fail(rd, AIR_ELIMIT, list->line, "more than %u keys",
                      AIR_KEYS_MAX);
        return;
    }

    keys->key = air_keys_alloc(rd, list->count * sizeof(air_key_t));

    for (node = list->child; node != NULL && rd->rc == AIR_OK;
         node = node->next)
    {
        air_keys_one(rd, node, &keys->key[keys->n++]);
    }

    if (rd->rc != AIR_OK) {
        return;
    }

    rc = air_keys_index(keys, salt, rd->mem, &line);

    if (rc == AIR_ENOMEM) {
        air_keys_fail(rd, rc, 0, "no memory");

    } else if (rc != AIR_OK) {
        air_keys_fail(rd, rc, line, "the hash of an earlier key");
    }
}


int
air_keys_read(air_keys_t *keys, air_str_t text, uint64_t salt,
    const air_mem_t *mem, air_keys_error_t *error)
{
    air_jtree_t        tree;
    air_keys_reader_t  rd;

    memset(keys, 0, sizeof(air_keys_t));
    memset(error, 0, sizeof(air_keys_error_t));

    rd.mem = mem;
    rd.error = error;
    rd.rc = AIR_OK;

    if (text.len > AIR_KEYS_TEXT) {
        air_keys_fail(&rd, AIR_ELIMIT, 1, "too large");
        return rd.rc;
    }

    rd.rc = air_jtree_parse(&tree, text);

    if (rd.rc == AIR_OK) {
        air_keys_all(&rd, keys, salt, tree.root);

    } else {
        error->line = tree.line;
        memcpy(error->text, tree.error, sizeof(tree.error));
    }

    air_jtree_free(&tree);

    if (rd.rc != AIR_OK) {
        memset(keys, 0, sizeof(air_keys_t));
    }

    return rd.rc;
}


static void
air_keys_write_list(air_buf_t *b, const char *name, const air_str_t *list,
    unsigned n)
{
    unsigned  i;

    if (n == 0) {
        return;
    }

    air_buf_z(b, ",\"");
    air_buf_z(b, name);
    air_buf_z(b, "\":[");

    for (i = 0; i < n; i++) {
        if (i) {
            air_buf_byte(b, ',');
        }

        air_buf_json(b, list[i]);
    }

    air_buf_byte(b, ']');
}


/* Two digits for each of n bytes. */
static void
air_keys_hex(const unsigned char *bytes, unsigned n, char *out)
{
    unsigned  i;

    static const char  digits[] = "0123456789abcdef";

    for (i = 0; i < n; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
}


static void
air_keys_write_one(air_buf_t *b, const air_key_t *key)
{
    char      hex[2 * AIR_KEY_HASH];
    unsigned  i;

    air_keys_hex(key->hash, AIR_KEY_HASH, hex);

    air_buf_z(b, "\n {\"hash\":\"");
    air_buf_add(b, hex, sizeof(hex));
    air_buf_z(b, "\",\"name\":");
    air_buf_json(b, key->name);

    if (key->team.len) {
        air_buf_z(b, ",\"team\":");
        air_buf_json(b, key->team);
    }

    air_buf_z(b, ",\"created\":");
    air_time_json(b, key->created_ms);

    if (key->expires_ms != INT64_MAX) {
        air_buf_z(b, ",\"expires\":");
        air_time_json(b, key->expires_ms);
    }

    if (key->revoked_ms != INT64_MAX) {
        air_buf_z(b, ",\"revoked\":");
        air_time_json(b, key->revoked_ms);
    }

    air_keys_write_list(b, "workflows", key->workflow, key->nworkflow);
    air_keys_write_list(b, "models", key->model, key->nmodel);
    air_keys_write_list(b, "budget", key->budget, key->nbudget);
    air_keys_write_list(b, "limit", key->limit, key->nlimit);

    if (key->nlabel) {
        air_buf_z(b, ",\"labels\":{");

        for (i = 0; i < key->nlabel; i++) {
            if (i) {
                air_buf_byte(b, ',');
            }

            air_buf_json(b, key->label[i].name);
            air_buf_byte(b, ':');
            air_buf_json(b, key->label[i].value);
        }

        air_buf_byte(b, '}');
    }

    air_buf_byte(b, '}');
}


static int
air_keys_older(const void *one, const void *two)
{
    const air_key_t  *a = *(const air_key_t *const *) one;
    const air_key_t  *b = *(const air_key_t *const *) two;

    if (a->created_ms != b->created_ms) {
        return a->created_ms < b->created_ms ? -1 : 1;
    }

    return memcmp(a->hash, b->hash, AIR_KEY_HASH);
}


int
air_keys_write(const air_keys_t *keys, air_buf_t *b)
{
    unsigned           i;
    const air_key_t  **order;

    order = air_mem_get(b->mem, (keys->n + 1) * sizeof(air_key_t *));
    if (order == NULL) {
        return AIR_ENOMEM;
    }

    for (i = 0; i < keys->n; i++) {
        order[i] = &keys->key[i];
    }

    qsort(order, keys->n, sizeof(air_key_t *), air_keys_older);

    air_buf_z(b, "{\"schema\":\"keys/1\",\"keys\":[");

    for (i = 0; i < keys->n; i++) {
        if (i) {
            air_buf_byte(b, ',');
        }

        air_keys_write_one(b, order[i]);
    }

    return air_buf_z(b, "\n]}\n");
}


const char *
air_key_state(air_key_state_e state)
{
    static const char *const  names[] = {
        "good", "unknown", "expired", "revoked"
    };

    return names[state];
}


void
air_key_id(const unsigned char *hash, char *id)
{
    air_keys_hex(hash, (AIR_KEY_ID - 1) / 2, id);
    id[AIR_KEY_ID - 1] = '\0';
}


int
air_key_workflow(const air_key_t *key, air_str_t workflow)
{
    unsigned  i;

    for (i = 0; i < key->nworkflow; i++) {
        if (air_str_eq(key->workflow[i], workflow)) {
            return 1;
        }
    }

    return key->nworkflow == 0;
}


int
air_key_model(const air_key_t *key, air_str_t vendor, air_str_t model)
{
    unsigned   i;
    air_str_t  s, begin;

    for (i = 0; i < key->nmodel; i++) {
        s = key->model[i];

        if (air_str_eqz(s, "*")) {
            return 1;
        }

        if (s.len <= vendor.len || s.data[vendor.len] != '/'
            || memcmp(s.data, vendor.data, vendor.len) != 0)
        {
            continue;
        }

        s = air_str_n(s.data + vendor.len + 1, s.len - vendor.len - 1);

        if (air_str_eq(s, model)) {
            return 1;
        }

        if (s.len != 0 && s.data[s.len - 1] == '*' && model.len >= s.len - 1) {
            begin = air_str_n(model.data, s.len - 1);

            if (air_str_eq(begin, air_str_n(s.data, s.len - 1))) {
                return 1;
            }
        }
    }

    return key->nmodel == 0;
}
