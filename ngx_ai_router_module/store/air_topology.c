
/*
 * The topology as JSON, and back.
 */


#include "air_topology.h"
#include "air_file.h"
#include "../core/air_maker.h"
#include "../core/air_task.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>


#define AIR_TOPOLOGY_SCHEMA  "ai-router.topology.v1"
#define AIR_TOPOLOGY_TASKS   ((UINT32_C(1) << AIR_NTASK) - 1)


static int air_topology_targets(air_topology_file_t *file,
    air_topo_workflow_t *wf, const air_jnode_t *list);


/* "name":"text", with a comma in front where it is not the first */
static void
air_topology_text(air_buf_t *b, const char *name, air_str_t text)
{
    if (text.len == 0) {
        return;
    }

    if (b->len != 0 && b->data[b->len - 1] != '{') {
        air_buf_byte(b, ',');
    }

    air_buf_byte(b, '"');
    air_buf_z(b, name);
    air_buf_z(b, "\":");
    air_buf_json(b, text);
}


static void
air_topology_uint(air_buf_t *b, const char *name, uint64_t n)
{
    if (n == 0) {
        return;
    }

    air_buf_z(b, ",\"");
    air_buf_z(b, name);
    air_buf_z(b, "\":");
    air_buf_uint(b, n);
}


/* ,"name":["a","b"], of bits whose names are name_of()'s */
static void
air_topology_bits(air_buf_t *b, const char *name, uint32_t bits,
    const char *(*name_of)(unsigned i))
{
    unsigned  i, n;

    n = 0;

    for (i = 0; i < 32; i++) {

        if ((bits & UINT32_C(1) << i) == 0 || name_of(i) == NULL) {
            continue;
        }

        if (n++ == 0) {
            air_buf_z(b, ",\"");
            air_buf_z(b, name);
            air_buf_z(b, "\":[");

        } else {
            air_buf_byte(b, ',');
        }

        air_buf_json(b, air_str_z(name_of(i)));
    }

    if (n != 0) {
        air_buf_byte(b, ']');
    }
}


static const char *
air_topology_task(unsigned i)
{
    return i < AIR_NTASK ? air_task_name((air_task_e) i) : NULL;
}


static void
air_topology_target(const air_topology_t *topo, const air_topo_target_t *t,
    air_buf_t *b)
{
    air_buf_byte(b, '{');
    air_topology_text(b, "vendor", topo->vendor[t->vendor].name);
    air_topology_text(b, "model", t->model);
    air_topology_text(b, "maker", t->maker);
    air_topology_text(b, "region", topo->vendor[t->vendor].region);
    air_topology_text(b, "role", air_str_z(air_place_name(t->role)));
    air_topology_text(b, "tier", t->tier);
    air_topology_uint(b, "group", t->group);

    if (t->tasks != AIR_TOPOLOGY_TASKS) {
        air_topology_bits(b, "tasks", t->tasks, air_topology_task);
    }

    if (t->out) {
        air_buf_z(b, ",\"out\":true");
    }

    air_topology_uint(b, "context", t->can.context);
    air_topology_uint(b, "max_output", t->can.max_output);
    air_topology_bits(b, "can", t->can.known & t->can.bits, air_can_name);
    air_topology_bits(b, "cannot", t->can.known & ~t->can.bits, air_can_name);
    air_buf_byte(b, '}');
}


/* the two lists, which the hash is of */
static void
air_topology_lists(const air_topology_t *topo, air_buf_t *b)
{
    uint32_t                    i, k;
    const air_topo_vendor_t    *v;
    const air_topo_workflow_t  *wf;

    air_buf_z(b, "\"vendors\":[");

    for (i = 0; i < topo->nvendor; i++) {
        v = &topo->vendor[i];

        air_buf_z(b, i ? ",\n{" : "\n{");
        air_topology_text(b, "name", v->name);
        air_topology_text(b, "owner", v->owner);
        air_topology_text(b, "maker", v->maker);
        air_topology_text(b, "region", v->region);
        air_topology_text(b, "host", v->host);
        air_topology_text(b, "profile", v->profile);
        air_buf_z(b, v->simulated ? ",\"simulated\":true}" : "}");
    }

    air_buf_z(b, "],\n\"workflows\":[");

    for (i = 0; i < topo->nworkflow; i++) {
        wf = &topo->workflow[i];

        air_buf_z(b, i ? ",\n{" : "\n{");
        air_topology_text(b, "name", wf->name);
        air_topology_text(b, "kind", air_str_z(air_topo_kind_name(wf->kind)));
        air_topology_text(b, "file", wf->file);
        air_topology_uint(b, "line", wf->line);
        air_topology_uint(b, "require_vendors", wf->vendors);
        air_topology_uint(b, "require_makers", wf->makers);
        air_buf_z(b, ",\"targets\":[");

        for (k = 0; k < wf->n; k++) {
            air_buf_z(b, k ? ",\n  " : "\n  ");
            air_topology_target(topo, &wf->target[k], b);
        }

        air_buf_z(b, "]}");
    }

    air_buf_byte(b, ']');
}


int
air_topology_print(air_topology_t *topo, air_buf_t *b)
{
    size_t         at, i;
    unsigned char  hash[SHA256_DIGEST_LENGTH];

    static const char  hex[] = "0123456789abcdef";

    /* the hash's place is kept free until what it is of is written */

    air_buf_z(b, "{\"schema\":\"" AIR_TOPOLOGY_SCHEMA "\",\"time\":");
    air_buf_int(b, topo->time_ms);
    air_buf_z(b, ",\"hash\":\"");
    at = b->len;

    for (i = 0; i < 2 * sizeof(hash); i++) {
        air_buf_byte(b, '0');
    }

    air_buf_z(b, "\",\n");
    air_topology_lists(topo, b);

    if (b->error != AIR_OK) {
        return b->error;
    }

    i = at + 2 * sizeof(hash) + 3;

    (void) SHA256(b->data + i, b->len - i, hash);

    for (i = 0; i < sizeof(hash); i++) {
        b->data[at + 2 * i] = (unsigned char) hex[hash[i] >> 4];
        b->data[at + 2 * i + 1] = (unsigned char) hex[hash[i] & 15];
    }

    memcpy(topo->hash, b->data + at, 2 * sizeof(hash));
    topo->hash[2 * sizeof(hash)] = '\0';

    return air_buf_z(b, "}\n");
}


int
air_topology_write(const char *dir, air_topology_t *topo,
    const air_mem_t *mem, air_err_t *err)
{
    int          rc, dirfd;
    air_buf_t    b;
    struct stat  owner;

    air_buf_init(&b, mem, AIR_TOPOLOGY_SIZE);

    rc = air_topology_print(topo, &b);

    if (rc != AIR_OK) {
        return air_err_set(err, rc, rc == AIR_ELIMIT ? "too many targets"
                                                     : "no memory", 0);
    }

    dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (dirfd == -1) {
        return air_file_err(err, "cannot open the store");
    }

    rc = fstat(dirfd, &owner) == -1
         ? air_file_err(err, "cannot open the store")
         : air_file_replace(dirfd, AIR_TOPOLOGY_FILE, air_buf_view(&b),
                            owner.st_uid, owner.st_gid, err);
    close(dirfd);

    return rc;
}


static air_str_t
air_topology_string(const air_jnode_t *object, const char *name)
{
    air_jnode_t  *node;

    node = air_jtree_get(object, name);

    return node != NULL && node->type == AIR_JSON_STRING
           ? node->text : air_str_n(NULL, 0);
}


static uint64_t
air_topology_number(const air_jnode_t *object, const char *name)
{
    size_t        i;
    uint64_t      n;
    air_jnode_t  *node;

    node = air_jtree_get(object, name);
    n = 0;

    if (node == NULL || node->type != AIR_JSON_NUMBER || node->text.len > 18) {
        return 0;
    }

    for (i = 0; i < node->text.len; i++) {

        if (node->text.data[i] < '0' || node->text.data[i] > '9') {
            return 0;
        }

        n = n * 10 + (node->text.data[i] - '0');
    }

    return n;
}


static int
air_topology_true(const air_jnode_t *object, const char *name)
{
    air_jnode_t  *node;

    node = air_jtree_get(object, name);

    return node != NULL && node->type == AIR_JSON_TRUE;
}


/* the bits of a list's names; unknown names are passed over */
static uint32_t
air_topology_list(const air_jnode_t *object, const char *name,
    const char *(*name_of)(unsigned i))
{
    uint32_t      bits;
    unsigned      i;
    air_jnode_t  *node;

    bits = 0;

    for (node = air_jtree_array(air_jtree_get(object, name)); node != NULL;
         node = node->next)
    {
        for (i = 0; i < 32; i++) {
            if (name_of(i) != NULL && air_str_eqz(node->text, name_of(i))) {
                bits |= UINT32_C(1) << i;
            }
        }
    }

    return bits;
}


static int
air_topology_targets(air_topology_file_t *file, air_topo_workflow_t *wf,
    const air_jnode_t *list)
{
    uint32_t            i;
    air_str_t           vendor, role;
    air_jnode_t        *node;
    air_topology_t     *topo;
    air_topo_target_t  *t;

    topo = &file->topo;

    wf->target = air_jtree_alloc(&file->tree, ((size_t) list->count + 1)
                                              * sizeof(air_topo_target_t));
    if (wf->target == NULL) {
        return AIR_ENOMEM;
    }

    for (node = list->child; node != NULL; node = node->next) {
        t = &wf->target[wf->n++];

        vendor = air_topology_string(node, "vendor");

        for (t->vendor = 0; t->vendor < topo->nvendor; t->vendor++) {
            if (air_str_eq(topo->vendor[t->vendor].name, vendor)) {
                break;
            }
        }

        if (t->vendor == topo->nvendor) {
            return AIR_ECORRUPT;
        }

        role = air_topology_string(node, "role");

        for (i = 0; i < AIR_NPLACE; i++) {
            if (air_str_eqz(role, air_place_name((air_place_e) i))) {
                t->role = (air_place_e) i;
            }
        }

        t->model = air_topology_string(node, "model");
        t->maker = air_topology_string(node, "maker");
        t->tier = air_topology_string(node, "tier");
        t->group = (uint32_t) air_topology_number(node, "group");
        t->out = air_topology_true(node, "out");
        t->tasks = air_topology_list(node, "tasks", air_topology_task);

        if (t->tasks == 0) {
            t->tasks = AIR_TOPOLOGY_TASKS;
        }

        t->can.context = air_topology_number(node, "context");
        t->can.max_output = air_topology_number(node, "max_output");
        t->can.bits = air_topology_list(node, "can", air_can_name);
        t->can.known = t->can.bits
                       | air_topology_list(node, "cannot", air_can_name);
    }

    return AIR_OK;
}


static int
air_topology_workflows(air_topology_file_t *file, const air_jnode_t *list)
{
    int                   rc;
    uint32_t              i;
    air_str_t             kind;
    air_jnode_t          *node, *targets;
    air_topology_t       *topo;
    air_topo_workflow_t  *wf;

    topo = &file->topo;

    topo->workflow = air_jtree_alloc(&file->tree, ((size_t) list->count + 1)
                                                  * sizeof(*topo->workflow));
    if (topo->workflow == NULL) {
        return AIR_ENOMEM;
    }

    for (node = list->child; node != NULL; node = node->next) {
        wf = &topo->workflow[topo->nworkflow++];

        wf->name = air_topology_string(node, "name");
        wf->file = air_topology_string(node, "file");
        wf->line = (uint32_t) air_topology_number(node, "line");
        wf->vendors = (uint32_t) air_topology_number(node, "require_vendors");
        wf->makers = (uint32_t) air_topology_number(node, "require_makers");

        kind = air_topology_string(node, "kind");

        for (i = AIR_TOPO_WORKFLOW; i <= AIR_TOPO_CATALOGUE; i++) {
            if (air_str_eqz(kind, air_topo_kind_name((air_topo_kind_e) i))) {
                wf->kind = (air_topo_kind_e) i;
            }
        }

        targets = air_jtree_get(node, "targets");

        if (targets == NULL || targets->type != AIR_JSON_ARRAY) {
            return AIR_ECORRUPT;
        }

        rc = air_topology_targets(file, wf, targets);

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}


static int
air_topology_vendors(air_topology_file_t *file, const air_jnode_t *list)
{
    air_jnode_t        *node;
    air_topology_t     *topo;
    air_topo_vendor_t  *v;

    topo = &file->topo;

    topo->vendor = air_jtree_alloc(&file->tree, ((size_t) list->count + 1)
                                                * sizeof(air_topo_vendor_t));
    if (topo->vendor == NULL) {
        return AIR_ENOMEM;
    }

    for (node = list->child; node != NULL; node = node->next) {
        v = &topo->vendor[topo->nvendor++];

        v->name = air_topology_string(node, "name");
        v->owner = air_topology_string(node, "owner");
        v->maker = air_topology_string(node, "maker");
        v->region = air_topology_string(node, "region");
        v->host = air_topology_string(node, "host");
        v->profile = air_topology_string(node, "profile");
        v->simulated = air_topology_true(node, "simulated");
    }

    return AIR_OK;
}


int
air_topology_parse(air_topology_file_t *file, air_err_t *err)
{
    int           rc;
    air_str_t     hash;
    air_jnode_t  *root, *vendors, *workflows;

    memset(&file->topo, 0, sizeof(air_topology_t));

    rc = air_jtree_parse(&file->tree, file->text);

    if (rc == AIR_ENOMEM) {
        return air_err_set(err, rc, "no memory", 0);
    }

    root = rc == AIR_OK ? file->tree.root : NULL;

    if (root != NULL && root->type != AIR_JSON_OBJECT) {
        root = NULL;
    }

    vendors = air_jtree_get(root, "vendors");
    workflows = air_jtree_get(root, "workflows");
    hash = air_topology_string(root, "hash");

    if (root != NULL
        && !air_str_eqz(air_topology_string(root, "schema"),
                        AIR_TOPOLOGY_SCHEMA))
    {
        return air_err_set(err, AIR_EFORMAT, "is of another version; reload "
                           "nginx to have it written anew", 0);
    }

    if (vendors == NULL || vendors->type != AIR_JSON_ARRAY
        || workflows == NULL || workflows->type != AIR_JSON_ARRAY
        || hash.len >= sizeof(file->topo.hash))
    {
        return air_err_set(err, AIR_ECORRUPT, "is damaged; reload nginx to "
                           "have it written anew", 0);
    }

    if (hash.len) {
        memcpy(file->topo.hash, hash.data, hash.len);
    }

    file->topo.time_ms = (int64_t) air_topology_number(root, "time");

    rc = air_topology_vendors(file, vendors);

    if (rc == AIR_OK) {
        rc = air_topology_workflows(file, workflows);
    }

    return rc == AIR_OK ? AIR_OK
           : air_err_set(err, rc, rc == AIR_ENOMEM ? "no memory"
                         : "is damaged; reload nginx to have it written anew",
                         0);
}


int
air_topology_read(air_topology_file_t *file, const char *dir, air_err_t *err)
{
    int      dirfd, fd, rc;
    void    *p;
    ssize_t  n;
    int64_t  size;

    memset(file, 0, sizeof(air_topology_file_t));

    dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dirfd == -1) {
        return errno == ENOENT ? AIR_ENOENT
                               : air_file_err(err, "cannot open the store");
    }

    fd = openat(dirfd, AIR_TOPOLOGY_FILE, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    rc = fd != -1 ? AIR_OK
         : errno == ENOENT ? AIR_ENOENT : air_file_err(err, "cannot open");
    close(dirfd);

    if (rc != AIR_OK) {
        return rc;
    }

    size = air_file_size(fd);

    if (size < 0 || size > AIR_TOPOLOGY_SIZE) {
        close(fd);
        return air_err_set(err, AIR_ECORRUPT, "too large", 0);
    }

    p = malloc((size_t) size + 1);
    n = p != NULL ? air_file_pread(fd, p, (size_t) size, 0) : -1;

    if (n == -1) {
        rc = p == NULL ? air_err_set(err, AIR_ENOMEM, "no memory", 0)
                       : air_file_err(err, "cannot read");
        free(p);
        close(fd);
        return rc;
    }

    close(fd);

    file->text = air_str_n(p, (size_t) n);

    rc = air_topology_parse(file, err);

    if (rc != AIR_OK) {
        air_topology_free(file);
    }

    return rc;
}


void
air_topology_free(air_topology_file_t *file)
{
    air_jtree_free(&file->tree);
    free(file->text.data);
    memset(file, 0, sizeof(air_topology_file_t));
}


air_str_t
air_topology_maker(const air_topology_t *topo, air_str_t vendor,
    air_str_t model)
{
    uint32_t   i;
    air_str_t  declared;

    declared = air_str_n(NULL, 0);

    for (i = 0; topo != NULL && i < topo->nvendor; i++) {
        if (air_str_eq(topo->vendor[i].name, vendor)) {
            declared = topo->vendor[i].maker;
        }
    }

    return air_maker(declared, model);
}


air_str_t
air_topology_owner(const air_topology_t *topo, air_str_t vendor)
{
    uint32_t  i;

    for (i = 0; topo != NULL && i < topo->nvendor; i++) {
        if (air_str_eq(topo->vendor[i].name, vendor)
            && topo->vendor[i].owner.len != 0)
        {
            return topo->vendor[i].owner;
        }
    }

    return vendor;
}
