
/*
 * ai-router keys: makes, changes, lists, ends and replaces virtual keys.  A
 * key is shown once, when it is made; the file holds its hash.  Workers look
 * at the file each second, so nothing has to be reloaded.
 */

#include "air_cli_store.h"
#include "../core/air_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>
#include <openssl/rand.h>


#define AIR_CLI_KEYS     "/etc/nginx/ai/keys"
#define AIR_CLI_PREFIX   "sk-air-"
#define AIR_CLI_RANDOM   32
#define AIR_CLI_KEY      (sizeof(AIR_CLI_PREFIX) + (AIR_CLI_RANDOM * 4 + 2) / 3)

#define AIR_CLI_WISHES   9        /* options of "add", with their end       */

#define AIR_CLI_DAY_MS   ((int64_t) 86400000)


/* The file being changed. */
typedef struct {
    air_cli_t   *cli;
    const char  *path;
    int          lock;            /* -1: only read                          */
    air_keys_t   keys;
} air_cli_keys_t;


/* What "add" and "set" are told of a key; NULL: not said. */
typedef struct {
    const char         *team;
    const char         *expires;
    const char         *workflows;
    const char         *models;
    const char         *labels;
    air_cli_strings_t   budget;
    air_cli_strings_t   limit;
} air_cli_wish_t;


/* One change at a time: the directory is locked, the file is replaced. */
static int
air_cli_keys_lock(air_cli_keys_t *k)
{
    char        *dir;
    size_t       len;
    const char  *slash;

    slash = strrchr(k->path, '/');
    len = slash == NULL ? 0 : (size_t) (slash - k->path) + 1;

    dir = air_mem_get(&k->cli->mem, len + 2);
    if (dir == NULL) {
        return air_cli_error(k->cli, AIR_CLI_USAGE, "no memory");
    }

    memcpy(dir, len != 0 ? k->path : ".", len != 0 ? len : 1);
    dir[len != 0 ? len : 1] = '\0';

    k->lock = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (k->lock == -1 || flock(k->lock, LOCK_EX) != 0) {
        return air_cli_error(k->cli, AIR_CLI_USAGE, "%s: %s", dir,
                             strerror(errno));
    }

    return AIR_CLI_OK;
}


/* Reads the file; without one there are no keys yet, when it may be made. */
static int
air_cli_keys_open(air_cli_keys_t *k, int change)
{
    int               rc;
    air_str_t         text;
    air_keys_error_t  error;

    k->lock = -1;
    memset(&k->keys, 0, sizeof(air_keys_t));

    if (change) {
        rc = air_cli_keys_lock(k);
        if (rc != AIR_CLI_OK) {
            return rc;
        }

        if (access(k->path, F_OK) != 0 && errno == ENOENT) {
            return AIR_CLI_OK;
        }
    }

    rc = air_cli_read(k->cli, k->path, AIR_KEYS_TEXT, &text);
    if (rc != AIR_CLI_OK) {
        return rc;
    }

    rc = air_keys_read(&k->keys, text, 0, &k->cli->mem, &error);

    if (rc == AIR_ENOMEM) {
        return air_cli_error(k->cli, AIR_CLI_USAGE, "no memory");
    }

    if (rc != AIR_OK) {
        fprintf(k->cli->err, "%s:%u: %s\n", k->path, error.line, error.text);
        return AIR_CLI_FAIL;
    }

    return AIR_CLI_OK;
}


static void
air_cli_keys_close(air_cli_keys_t *k)
{
    if (k->lock != -1) {
        close(k->lock);
    }
}


static int
air_cli_keys_save(air_cli_keys_t *k)
{
    air_buf_t  b;

    air_buf_init(&b, &k->cli->mem, AIR_KEYS_TEXT);

    if (air_keys_write(&k->keys, &b) != AIR_OK) {
        return air_cli_error(k->cli, AIR_CLI_USAGE, "too many keys");
    }

    return air_cli_write(k->cli, k->path, air_buf_view(&b));
}


/* Room for one key more; its memory is zeroed, NULL after an error. */
static air_key_t *
air_cli_keys_add(air_cli_keys_t *k)
{
    air_key_t  *key;

    if (k->keys.n >= AIR_KEYS_MAX) {
        air_cli_error(k->cli, AIR_CLI_FAIL, "%u keys are there already",
                      AIR_KEYS_MAX);
        return NULL;
    }

    key = air_mem_get(&k->cli->mem, (k->keys.n + 1) * sizeof(air_key_t));
    if (key == NULL) {
        air_cli_error(k->cli, AIR_CLI_USAGE, "no memory");
        return NULL;
    }

    if (k->keys.n) {
        memcpy(key, k->keys.key, k->keys.n * sizeof(air_key_t));
    }

    k->keys.key = key;
    key = &key[k->keys.n++];

    memset(key, 0, sizeof(air_key_t));
    key->expires_ms = INT64_MAX;
    key->revoked_ms = INT64_MAX;

    return key;
}


/* Draws a new key into text[AIR_CLI_KEY]; 256 random bits. */
static int
air_cli_keys_draw(air_cli_t *cli, char *text)
{
    char           *p;
    unsigned        i, bits, left;
    unsigned char   bytes[AIR_CLI_RANDOM];

    static const char  digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789-_";

    if (RAND_bytes(bytes, sizeof(bytes)) != 1) {
        return air_cli_error(cli, AIR_CLI_USAGE, "no random bytes");
    }

    memcpy(text, AIR_CLI_PREFIX, sizeof(AIR_CLI_PREFIX));
    p = text + sizeof(AIR_CLI_PREFIX) - 1;

    bits = left = 0;

    for (i = 0; i < sizeof(bytes); i++) {
        bits = bits << 8 | bytes[i];

        for (left += 8; left >= 6; left -= 6) {
            *p++ = digits[bits >> (left - 6) & 63];
        }
    }

    *p++ = digits[bits << (6 - left) & 63];
    *p = '\0';

    return AIR_CLI_OK;
}


/* "90d", "24h", "30m", "0": ms from now, or a time: INT64_MIN when neither. */
static int64_t
air_cli_keys_when(const char *text, int64_t now)
{
    char     *end;
    long      n;
    int64_t   ms;

    n = strtol(text, &end, 10);

    if (end != text && n >= 0 && n <= 1000000) {

        switch (*end) {
        case '\0':
            return n == 0 ? now
                          : air_cli_when(text, &ms) == 0 ? ms : INT64_MIN;
        case 'm':
            ms = 60000;
            break;
        case 'h':
            ms = 3600000;
            break;
        case 'd':
            ms = AIR_CLI_DAY_MS;
            break;
        case 'w':
            ms = 7 * AIR_CLI_DAY_MS;
            break;
        case 'y':
            ms = 365 * AIR_CLI_DAY_MS;
            break;
        default:
            ms = 0;
        }

        if (ms != 0 && end[1] == '\0') {
            return now + n * ms;
        }
    }

    return air_cli_when(text, &ms) == 0 ? ms : INT64_MIN;
}


/* A list parted by commas, borrowed from text, which may be NULL. */
static air_str_t *
air_cli_keys_list(air_cli_t *cli, const char *text, unsigned *n)
{
    size_t      len;
    air_str_t  *list;

    *n = 0;

    if (text == NULL || *text == '\0') {
        return NULL;
    }

    list = air_mem_get(&cli->mem, strlen(text) * sizeof(air_str_t));
    if (list == NULL) {
        return NULL;
    }

    for ( ;; ) {
        len = strcspn(text, ",");

        if (len != 0) {
            list[(*n)++] = air_str_n(text, len);
        }

        if (text[len] == '\0') {
            return list;
        }

        text += len + 1;
    }
}


/* "env=prod,owner=ann" */
static int
air_cli_keys_labels(air_cli_t *cli, const char *text, air_key_t *key)
{
    unsigned          i, n;
    air_str_t        *list;
    unsigned char    *equal;
    air_key_label_t  *label;

    list = air_cli_keys_list(cli, text, &n);
    key->nlabel = 0;

    if (n == 0) {
        return AIR_CLI_OK;
    }

    key->label = air_mem_get(&cli->mem, n * sizeof(air_key_label_t));
    if (key->label == NULL) {
        return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
    }

    for (i = 0; i < n; i++) {
        label = &key->label[i];
        equal = memchr(list[i].data, '=', list[i].len);

        if (equal == NULL) {
            return air_cli_error(cli, AIR_CLI_USAGE, "--labels needs "
                                 "NAME=VALUE,..., not \"%.*s\"",
                                 (int) list[i].len, list[i].data);
        }

        label->name = air_str_n(list[i].data, (size_t) (equal - list[i].data));
        label->value = air_str_n(equal + 1, list[i].len - label->name.len - 1);

        if (!air_key_name(label->name) || label->value.len > AIR_KEY_NAME) {
            return air_cli_error(cli, AIR_CLI_USAGE, "--labels needs names of "
                                 "letters, digits or -_.@:/+, of at most %u",
                                 AIR_KEY_NAME);
        }

        key->nlabel++;
    }

    return AIR_CLI_OK;
}


/* Shows the new key: the only time. */
static void
air_cli_keys_show(air_cli_t *cli, const air_key_t *key, const char *secret)
{
    char  id[AIR_KEY_ID];

    air_key_id(key->hash, id);

    if (cli->format == AIR_CLI_JSON) {
        fprintf(cli->out, "{\"id\":\"%s\",\"name\":\"%.*s\",\"key\":\"%s\"}\n",
                id, (int) key->name.len, key->name.data, secret);
        return;
    }

    fprintf(cli->out, "%s\n", secret);
    fprintf(cli->err, "key %s of \"%.*s\": shown this once, keep it\n", id,
            (int) key->name.len, key->name.data);
}


/* Gives key a new secret, saves all and shows it. */
static int
air_cli_keys_issue(air_cli_keys_t *k, air_key_t *key)
{
    int   rc;
    char  secret[AIR_CLI_KEY + 1];

    rc = air_cli_keys_draw(k->cli, secret);
    if (rc != AIR_CLI_OK) {
        return rc;
    }

    air_key_hash(air_str_z(secret), key->hash);

    rc = air_cli_keys_save(k);
    if (rc == AIR_CLI_OK) {
        air_cli_keys_show(k->cli, key, secret);
    }

    OPENSSL_cleanse(secret, sizeof(secret));

    return rc;
}


/* The options of "add" and "set", in options[AIR_CLI_WISHES]. */
static void
air_cli_keys_options(air_cli_option_t *options, air_cli_wish_t *wish,
    air_cli_keys_t *k)
{
    const air_cli_option_t  all[AIR_CLI_WISHES] = {
        { "team", AIR_CLI_STRING, &wish->team },
        { "expires", AIR_CLI_STRING, &wish->expires },
        { "workflows", AIR_CLI_STRING, &wish->workflows },
        { "models", AIR_CLI_STRING, &wish->models },
        { "labels", AIR_CLI_STRING, &wish->labels },
        { "budget", AIR_CLI_STRINGS, &wish->budget },
        { "limit", AIR_CLI_STRINGS, &wish->limit },
        { "file", AIR_CLI_STRING, &k->path },
        { NULL, AIR_CLI_FLAG, NULL }
    };

    memset(wish, 0, sizeof(air_cli_wish_t));
    memcpy(options, all, sizeof(all));
}


/* Budgets or limits: what was given takes the place of what was, "none" of
   all. */
static void
air_cli_keys_texts(air_cli_strings_t *given, air_str_t **list, unsigned *n)
{
    if (given->n == 0) {
        return;
    }

    *list = given->text;
    *n = given->n;

    if (given->n == 1 && air_str_eqz(given->text[0], "none")) {
        *n = 0;
    }
}


static int
air_cli_keys_rules(air_cli_t *cli, air_cli_wish_t *wish, air_key_t *key)
{
    int          rc;
    unsigned     bad;
    air_str_t    text;
    const char  *why;

    air_cli_keys_texts(&wish->budget, &key->budget, &key->nbudget);
    air_cli_keys_texts(&wish->limit, &key->limit, &key->nlimit);

    rc = air_key_rules(key, &cli->mem, &bad, &why);

    if (rc == AIR_OK) {
        return AIR_CLI_OK;
    }

    if (rc != AIR_EINVAL) {
        return air_cli_error(cli, AIR_CLI_USAGE, "no memory");
    }

    text = bad < key->nbudget ? key->budget[bad]
                              : key->limit[bad - key->nbudget];

    return air_cli_error(cli, AIR_CLI_USAGE, "--%s \"%.*s\": %s",
                         bad < key->nbudget ? "budget" : "limit",
                         (int) text.len, text.data, why);
}


/* What was wished becomes the key's; what was not said stays. */
static int
air_cli_keys_wish(air_cli_t *cli, air_cli_wish_t *wish, air_key_t *key)
{
    int      rc;
    int64_t  now;

    if (wish->team != NULL) {
        key->team = air_str_z(wish->team);

        if (!air_key_name(key->team) && key->team.len != 0) {
            return air_cli_error(cli, AIR_CLI_USAGE, "a team is 1 to %u "
                                 "letters, digits or -_.@:/+", AIR_KEY_NAME);
        }
    }

    if (wish->expires != NULL) {
        now = air_cli_now();
        key->expires_ms = strcmp(wish->expires, "never") == 0
                          ? INT64_MAX : air_cli_keys_when(wish->expires, now);

        if (key->expires_ms <= now) {
            return air_cli_error(cli, AIR_CLI_USAGE, "--expires needs 90d, "
                                 "24h, a time to come or never, not \"%s\"",
                                 wish->expires);
        }
    }

    if (wish->workflows != NULL) {
        key->workflow = air_cli_keys_list(cli, wish->workflows,
                                          &key->nworkflow);
    }

    if (wish->models != NULL) {
        key->model = air_cli_keys_list(cli, wish->models, &key->nmodel);
    }

    if (wish->labels != NULL) {
        rc = air_cli_keys_labels(cli, wish->labels, key);
        if (rc != AIR_CLI_OK) {
            return rc;
        }
    }

    return air_cli_keys_rules(cli, wish, key);
}


static int
air_cli_keys_make(air_cli_keys_t *k, const char *name, air_cli_wish_t *wish)
{
    int         rc;
    air_key_t  *key;

    key = air_cli_keys_add(k);
    if (key == NULL) {
        return AIR_CLI_USAGE;
    }

    key->created_ms = air_cli_now();
    key->name = air_str_z(name);

    if (!air_key_name(key->name)) {
        return air_cli_error(k->cli, AIR_CLI_USAGE, "a name is 1 to %u "
                             "letters, digits or -_.@:/+", AIR_KEY_NAME);
    }

    rc = air_cli_keys_wish(k->cli, wish, key);

    return rc == AIR_CLI_OK ? air_cli_keys_issue(k, key) : rc;
}


static int
air_cli_keys_add_run(air_cli_t *cli, int argc, char **argv)
{
    int               n, code;
    air_cli_keys_t    k;
    air_cli_wish_t    wish;
    air_cli_option_t  options[AIR_CLI_WISHES];

    k.cli = cli;
    k.path = AIR_CLI_KEYS;

    air_cli_keys_options(options, &wish, &k);

    n = air_cli_options(cli, options, argc, argv, &code);
    if (n == -1) {
        return code;
    }

    if (n != 1) {
        return air_cli_error(cli, AIR_CLI_USAGE, "one name is needed");
    }

    code = air_cli_keys_open(&k, 1);

    if (code == AIR_CLI_OK) {
        code = air_cli_keys_make(&k, argv[1], &wish);
    }

    air_cli_keys_close(&k);

    return code;
}


static void
air_cli_keys_cell_time(air_cli_table_t *table, int64_t ms)
{
    char  text[32];

    air_cli_cell_z(table, ms == INT64_MAX ? "" : air_cli_time(ms, text));
}


static void
air_cli_keys_cell_list(air_cli_table_t *table, air_cli_t *cli,
    const air_str_t *list, unsigned n, const char *none)
{
    unsigned   i;
    air_buf_t  b;

    air_buf_init(&b, &cli->mem, AIR_KEYS_TEXT);

    for (i = 0; i < n; i++) {
        if (i) {
            air_buf_byte(&b, ',');
        }

        air_buf_str(&b, list[i]);
    }

    air_cli_cell(table, n ? air_buf_view(&b) : air_str_z(none));
}


static air_key_state_e
air_cli_keys_state(const air_key_t *key, int64_t now)
{
    if (key->revoked_ms <= now) {
        return AIR_KEY_REVOKED;
    }

    return key->expires_ms <= now ? AIR_KEY_EXPIRED : AIR_KEY_GOOD;
}


static int
air_cli_keys_list_run(air_cli_t *cli, int argc, char **argv)
{
    int                n, code, all;
    char               id[AIR_KEY_ID];
    int64_t            now;
    unsigned           i;
    air_cli_keys_t     k;
    const air_key_t   *key;
    air_cli_table_t    table;
    air_key_state_e    state;

    static const air_cli_column_t  columns[] = {
        { "id", AIR_CLI_LEFT },
        { "name", AIR_CLI_LEFT },
        { "team", AIR_CLI_LEFT },
        { "state", AIR_CLI_LEFT },
        { "created", AIR_CLI_LEFT },
        { "expires", AIR_CLI_LEFT },
        { "workflows", AIR_CLI_LEFT },
        { "models", AIR_CLI_LEFT },
        { "budget", AIR_CLI_LEFT },
        { "limit", AIR_CLI_LEFT },
        { NULL, AIR_CLI_LEFT }
    };

    all = 0;
    k.cli = cli;
    k.path = AIR_CLI_KEYS;

    const air_cli_option_t  options[] = {
        { "all", AIR_CLI_FLAG, &all },
        { "file", AIR_CLI_STRING, &k.path },
        { NULL, AIR_CLI_FLAG, NULL }
    };

    n = air_cli_options(cli, options, argc, argv, &code);
    if (n == -1) {
        return code;
    }

    if (n != 0) {
        return air_cli_error(cli, AIR_CLI_USAGE, "unknown \"%s\"", argv[1]);
    }

    code = air_cli_keys_open(&k, 0);
    if (code != AIR_CLI_OK) {
        return code;
    }

    now = air_cli_now();
    air_cli_table_init(&table, cli, columns);

    for (i = 0; i < k.keys.n; i++) {
        key = &k.keys.key[i];
        state = air_cli_keys_state(key, now);

        if (state != AIR_KEY_GOOD && !all) {
            continue;
        }

        air_key_id(key->hash, id);

        air_cli_cell_z(&table, id);
        air_cli_cell(&table, key->name);
        air_cli_cell(&table, key->team);
        air_cli_cell_z(&table, air_key_state(state));
        air_cli_keys_cell_time(&table, key->created_ms);
        air_cli_keys_cell_time(&table, key->expires_ms);
        air_cli_keys_cell_list(&table, cli, key->workflow, key->nworkflow,
                               "*");
        air_cli_keys_cell_list(&table, cli, key->model, key->nmodel, "*");
        air_cli_keys_cell_list(&table, cli, key->budget, key->nbudget, "");
        air_cli_keys_cell_list(&table, cli, key->limit, key->nlimit, "");
    }

    return air_cli_table_end(&table);
}


/* The key with that id, or the only good one of that name; NULL: told. */
static air_key_t *
air_cli_keys_pick(air_cli_keys_t *k, const char *what)
{
    char        id[AIR_KEY_ID];
    int64_t     now;
    unsigned    i, n;
    air_key_t  *key, *found;

    n = 0;
    found = NULL;
    now = air_cli_now();

    for (i = 0; i < k->keys.n; i++) {
        key = &k->keys.key[i];
        air_key_id(key->hash, id);

        if (strcmp(id, what) == 0) {
            return key;
        }

        if (air_str_eqz(key->name, what)
            && air_cli_keys_state(key, now) == AIR_KEY_GOOD)
        {
            found = key;
            n++;
        }
    }

    if (n > 1) {
        air_cli_error(k->cli, AIR_CLI_FAIL, "%u keys are called \"%s\": give "
                      "the id, which \"ai-router keys list\" shows", n, what);
        return NULL;
    }

    if (n == 0) {
        air_cli_error(k->cli, AIR_CLI_FAIL, "no good key \"%s\" in %s", what,
                      k->path);
    }

    return found;
}


/* set, revoke and rotate: options, the file, the key they speak of */
static int
air_cli_keys_change(air_cli_keys_t *k, const air_cli_option_t *options,
    int argc, char **argv, air_key_t **key)
{
    int  n, code;

    *key = NULL;
    k->lock = -1;

    n = air_cli_options(k->cli, options, argc, argv, &code);
    if (n == -1) {
        return code;
    }

    if (n != 1) {
        return air_cli_error(k->cli, AIR_CLI_USAGE,
                             "one id or name is needed");
    }

    code = air_cli_keys_open(k, 1);
    if (code != AIR_CLI_OK) {
        return code;
    }

    *key = air_cli_keys_pick(k, argv[1]);

    return *key != NULL ? AIR_CLI_OK : AIR_CLI_FAIL;
}


static int
air_cli_keys_set_run(air_cli_t *cli, int argc, char **argv)
{
    int               code;
    air_key_t        *key;
    air_cli_keys_t    k;
    air_cli_wish_t    wish;
    air_cli_option_t  options[AIR_CLI_WISHES];

    k.cli = cli;
    k.path = AIR_CLI_KEYS;

    air_cli_keys_options(options, &wish, &k);

    code = air_cli_keys_change(&k, options, argc, argv, &key);

    if (key != NULL) {
        code = air_cli_keys_wish(cli, &wish, key);

        if (code == AIR_CLI_OK) {
            code = air_cli_keys_save(&k);
        }
    }

    air_cli_keys_close(&k);

    return code;
}


static int
air_cli_keys_revoke_run(air_cli_t *cli, int argc, char **argv)
{
    int              code;
    char             id[AIR_KEY_ID];
    int64_t          now;
    air_key_t       *key;
    air_cli_keys_t   k;

    k.cli = cli;
    k.path = AIR_CLI_KEYS;

    const air_cli_option_t  options[] = {
        { "file", AIR_CLI_STRING, &k.path },
        { NULL, AIR_CLI_FLAG, NULL }
    };

    code = air_cli_keys_change(&k, options, argc, argv, &key);

    if (key != NULL) {
        now = air_cli_now();

        if (key->revoked_ms > now) {
            key->revoked_ms = now / 1000 * 1000;
        }

        code = air_cli_keys_save(&k);
        air_key_id(key->hash, id);

        if (code == AIR_CLI_OK) {
            fprintf(cli->err, "key %s of \"%.*s\" is revoked\n", id,
                    (int) key->name.len, key->name.data);
        }
    }

    air_cli_keys_close(&k);

    return code;
}


static int
air_cli_keys_rotate_run(air_cli_t *cli, int argc, char **argv)
{
    int              code;
    int64_t          now, end;
    air_key_t       *key, *fresh;
    const char      *grace;
    air_cli_keys_t   k;

    grace = "24h";
    k.cli = cli;
    k.path = AIR_CLI_KEYS;

    const air_cli_option_t  options[] = {
        { "grace", AIR_CLI_STRING, &grace },
        { "file", AIR_CLI_STRING, &k.path },
        { NULL, AIR_CLI_FLAG, NULL }
    };

    code = air_cli_keys_change(&k, options, argc, argv, &key);

    if (key == NULL) {
        air_cli_keys_close(&k);
        return code;
    }

    now = air_cli_now() / 1000 * 1000;
    end = air_cli_keys_when(grace, now);

    if (air_cli_keys_state(key, now) != AIR_KEY_GOOD) {
        code = air_cli_error(cli, AIR_CLI_FAIL, "\"%s\" is no longer good: "
                             "add a new one", argv[1]);

    } else if (end < now) {
        code = air_cli_error(cli, AIR_CLI_USAGE, "--grace needs 24h, 0 or a "
                             "time to come, not \"%s\"", grace);

    } else {
        fresh = air_cli_keys_add(&k);
        code = AIR_CLI_USAGE;

        if (fresh != NULL) {

            /* the rows have moved */

            key = air_cli_keys_pick(&k, argv[1]);
            *fresh = *key;
            fresh->created_ms = now;

            if (end < key->expires_ms) {
                key->expires_ms = end;
            }

            code = air_cli_keys_issue(&k, fresh);
        }
    }

    air_cli_keys_close(&k);

    return code;
}


static const air_cli_command_t  air_cli_keys_commands[] = {

    { "add", "NAME [--team NAME] [--expires TIME] [--workflows LIST] "
      "[--models LIST] [--labels LIST] [--budget SUM]... [--limit RATE]... "
      "[--file FILE] [--json]",
      "a new key, shown this once",
      "  --team NAME        whom it belongs to\n"
      "  --expires TIME     90d, 24h, 2027-01-01\n"
      "  --workflows LIST   only these: triage,coding\n"
      "  --models LIST      only these: openai/gpt-5-mini,mistral/*\n"
      "  --labels LIST      env=prod,owner=ann\n"
      "  --budget SUM       5usd/day; again for another period\n"
      "  --limit RATE       60rpm, 100ktpm or 5concurrent; again for another\n"
      "  --file FILE        " AIR_CLI_KEYS "\n\n"
      "The key is all that standard output gets.\n",
      air_cli_keys_add_run },

    { "set", "ID|NAME [--team NAME] [--expires TIME] [--workflows LIST] "
      "[--models LIST] [--labels LIST] [--budget SUM]... [--limit RATE]... "
      "[--file FILE]",
      "changes what a key may do",
      "Options as of \"add\"; what is not given stays.  An empty LIST: any;\n"
      "--budget none, --limit none: the operator's; --expires never.\n",
      air_cli_keys_set_run },

    { "list", "[--all] [--file FILE] [--json|--csv]", "the keys that are good",
      "  --all        revoked and expired ones too\n"
      "  --file FILE  " AIR_CLI_KEYS "\n",
      air_cli_keys_list_run },

    { "revoke", "ID|NAME [--file FILE]", "ends a key within a second", NULL,
      air_cli_keys_revoke_run },

    { "rotate", "ID|NAME [--grace TIME] [--file FILE] [--json]",
      "a new key for an old one",
      "  --grace TIME  how long the old one stays good: 24h; 0: no longer\n"
      "  --file FILE   " AIR_CLI_KEYS "\n",
      air_cli_keys_rotate_run },

    { NULL, NULL, NULL, NULL, NULL }
};


int
air_cli_keys(air_cli_t *cli, int argc, char **argv)
{
    return air_cli_dispatch(cli, air_cli_keys_commands, argc - 1, argv + 1);
}
