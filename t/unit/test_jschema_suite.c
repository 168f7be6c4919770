
/*
 * The JSON Schema Test Suite: draft 2020-12 and 7 of its own repository (in
 * t/data/jschema, as of 2026-08-22) and draft 7 of Debian's package, whose
 * release has no newer one.  Every schema is compiled, every instance judged;
 * what fails must be among those named below, and those must fail.
 */

#include <dirent.h>
#include <sys/stat.h>

#include "../../ngx_ai_router_module/core/air_jschema.h"
#include "../../ngx_ai_router_module/core/air_json.h"
#include "file.h"
#include "mem.h"
#include "tap.h"


#define OURS    "t/data/jschema"
#define DEBIAN  "/usr/share/json-schema-test-suite"
#define KNOWN   128


/* folder/file: group[: test] */
#define ASSERTION                                                             \
    "draft2020-12/optional/format-assertion.json: schema that uses custom "   \
    "metaschema with format-assertion: "
#define CONTENT    "draft7/optional/content.json: validation of "

static const char  *exceptions[] = {

    /* "format" is an annotation */

    ASSERTION "false: format-assertion: false: invalid string",
    ASSERTION "true: format-assertion: true: valid string",
    ASSERTION "true: format-assertion: true: invalid string",
    "debian draft7/optional/ecmascript-regex.json: ECMA 262 regex "
        "non-compliance: ECMA 262 has no support for \\Z anchor from .NET",

    /* so is what a string holds */

    CONTENT "string-encoded content based on media type: "
        "an invalid JSON document",
    CONTENT "binary string-encoding: "
        "an invalid base64 string (% is not a valid character)",
    CONTENT "binary-encoded media type documents: "
        "a validly-encoded invalid JSON document",
    CONTENT "binary-encoded media type documents: "
        "an invalid base64 string that is valid JSON",

    "debian " CONTENT "string-encoded content based on media type: "
        "an invalid JSON document",
    "debian " CONTENT "binary string-encoding: "
        "an invalid base64 string (% is not a valid character)",
    "debian " CONTENT "binary-encoded media type documents: "
        "a validly-encoded invalid JSON document",
    "debian " CONTENT "binary-encoded media type documents: "
        "an invalid base64 string that is valid JSON",

    NULL
};

static unsigned  excepted[1024];


typedef struct {
    unsigned  passed;
    unsigned  run;
} share_t;


static air_jschema_known_t  known[KNOWN];
static unsigned             nknown;
static const char          *place;


/* A path below dir becomes a URI. */
static void
remotes(const char *dir, const char *below)
{
    DIR            *d;
    char            path[512], name[512];
    struct stat     st;
    struct dirent  *e;

    snprintf(path, sizeof(path), "%s/remotes%s", dir, below);

    d = opendir(path);

    while (d != NULL && (e = readdir(d)) != NULL) {

        if (e->d_name[0] == '.') {
            continue;
        }

        snprintf(name, sizeof(name), "%.200s/%.200s", below, e->d_name);
        snprintf(path, sizeof(path), "%.100s/remotes%.400s", dir, name);

        if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
            remotes(dir, name);
            continue;
        }

        snprintf(path, sizeof(path), "http://localhost:1234%.400s", name);
        known[nknown].uri = air_str_z(strdup(path));

        snprintf(path, sizeof(path), "%.100s/remotes%.400s", dir, name);
        known[nknown].text = file_read(path);

        if (nknown < KNOWN - 1) {
            nknown++;
        }
    }

    if (d != NULL) {
        closedir(d);
    }
}


static void
forget(void)
{
    while (nknown != 0) {
        nknown--;
        free(known[nknown].uri.data);
        free(known[nknown].text.data);
    }
}


/* 1 when the failure is named above. */
static int
is_excepted(const char *file, air_str_t group, air_str_t test)
{
    char      name[1024], whole[1024];
    unsigned  i;

    snprintf(whole, sizeof(whole), "%.200s: %.*s", file, (int) group.len,
             (char *) group.data);
    snprintf(name, sizeof(name), "%.700s: %.*s", whole,
             (int) (test.len < 300 ? test.len : 300), (char *) test.data);

    for (i = 0; exceptions[i] != NULL; i++) {

        if (strcmp(exceptions[i], name) == 0
            || strcmp(exceptions[i], whole) == 0)
        {
            excepted[i]++;
            return 1;
        }
    }

    return 0;
}


static air_str_t
string(const air_json_doc_t *doc, const air_json_node_t *node,
    const char *name, const air_mem_t *mem)
{
    air_str_t  s = air_null_str;

    (void) air_json_take(doc, node, name, mem, &s);

    return s;
}


static void
one(const char *file, const air_json_doc_t *doc, const air_json_node_t *node,
    const air_jschema_t *schema, air_str_t group, air_str_t why,
    share_t *share, const air_mem_t *mem)
{
    int                  rc, valid;
    air_str_t            test;
    air_jschema_error_t  error;

    test = string(doc, node, "description", mem);
    valid = air_json_get(doc, node, "valid")->type == AIR_JSON_TRUE;

    rc = AIR_ELIMIT;
    memset(&error, 0, sizeof(error));

    if (schema != NULL) {
        rc = air_jschema_check(schema,
                               air_json_quoted(doc,
                                               air_json_get(doc, node,
                                                            "data")),
                               mem, &error);
    }

    share->run++;

    if (rc == (valid ? AIR_OK : AIR_EINVAL)) {
        share->passed++;

        if (rc == AIR_EINVAL && error.text[0] == '\0') {
            ok(0, "%s: %.*s: no reason", file, (int) group.len, group.data);
        }

        return;
    }

    /* what is not asserted passes, and nothing else is wrong */

    if (strstr(file, "/format/") != NULL && !valid && rc == AIR_OK) {
        return;
    }

    if (is_excepted(file, group, test)) {
        return;
    }

    ok(0, "%s: %.*s: %.*s", file, (int) group.len, group.data,
       (int) test.len, test.data);
    printf("#   %d, %s %s %.*s\n", rc, error.path, error.text, (int) why.len,
           (char *) why.data);
}


static void
file(const char *path, const char *name, air_jschema_draft_e draft,
    share_t *share)
{
    int                     rc;
    mem_t                   m;
    air_mem_t               mem;
    air_str_t               text, group;
    air_json_doc_t          doc;
    air_jschema_t          *schema;
    air_jschema_known_t     source;
    air_jschema_error_t     error;
    const air_json_node_t  *node, *test;

    mem = mem_init(&m, 0);
    text = file_read(path);

    air_json_init(&doc, &mem);
    rc = air_json_scan(&doc, text, AIR_JSON_VENDOR, NULL);

    if (rc != AIR_OK) {
        ok(0, "%s is read: %d", path, rc);
        mem_free(&m);
        free(text.data);
        return;
    }

    for (node = air_json_first(&doc, air_json_root(&doc)); node != NULL;
         node = air_json_next(&doc, node))
    {
        group = string(&doc, node, "description", &mem);

        memset(&source, 0, sizeof(source));
        memset(&error, 0, sizeof(error));
        source.text = air_json_quoted(&doc, air_json_get(&doc, node,
                                                         "schema"));

        rc = air_jschema_compile_known(&schema, &source, draft, known, nknown,
                                       &mem, &error);

        for (test = air_json_first(&doc, air_json_get(&doc, node, "tests"));
             test != NULL;
             test = air_json_next(&doc, test))
        {
            one(name, &doc, test, schema, group, air_str_z(error.text), share,
                &mem);
        }
    }

    mem_free(&m);
    free(text.data);
}


/* All files of one folder. */
static void
folder(const char *dir, const char *below, air_jschema_draft_e draft,
    const char *what, double least)
{
    int              i, n;
    char             path[512], name[512];
    double           part;
    share_t          share = { 0, 0 };
    struct dirent  **list;

    snprintf(path, sizeof(path), "%s/%s", dir, below);

    n = scandir(path, &list, NULL, alphasort);

    for (i = 0; i < n; i++) {

        if (strstr(list[i]->d_name, ".json") != NULL) {
            snprintf(path, sizeof(path), "%s/%s/%.200s", dir, below,
                     list[i]->d_name);
            snprintf(name, sizeof(name), "%s%s/%.200s", place, below,
                     list[i]->d_name);
            file(path, name, draft, &share);
        }

        free(list[i]);
    }

    if (n >= 0) {
        free(list);
    }

    part = share.run != 0 ? 100.0 * share.passed / share.run : 0;

    ok(share.run > 10 && part >= least, "%s: %u of %u, %.2f %%", what,
       share.passed, share.run, part);
}


int
main(void)
{
    unsigned     i;
    struct stat  st;

    place = "";
    remotes(OURS, "");
    ok(nknown > 20, "%u documents to refer to", nknown);

    folder(OURS, "draft2020-12", AIR_JSCHEMA_2020,
           "draft 2020-12, required", 100);
    folder(OURS, "draft2020-12/optional", AIR_JSCHEMA_2020,
           "draft 2020-12, optional", 98);
    folder(OURS, "draft2020-12/optional/format", AIR_JSCHEMA_2020,
           "draft 2020-12, optional, format as an assertion", 49);
    folder(OURS, "draft7", AIR_JSCHEMA_7, "draft 7, required", 100);
    folder(OURS, "draft7/optional", AIR_JSCHEMA_7, "draft 7, optional", 96);
    folder(OURS, "draft7/optional/format", AIR_JSCHEMA_7,
           "draft 7, optional, format as an assertion", 48);

    forget();

    if (stat(DEBIAN, &st) == 0) {
        place = "debian ";
        remotes(DEBIAN, "");

        folder(DEBIAN "/tests", "draft7", AIR_JSCHEMA_7,
               "Debian's draft 7, required", 100);
        folder(DEBIAN "/tests", "draft7/optional", AIR_JSCHEMA_7,
               "Debian's draft 7, optional", 76);
        forget();

    } else {
        ok(0, "json-schema-test-suite is not installed: scripts/deps.sh");
    }

    for (i = 0; exceptions[i] != NULL; i++) {
        ok(excepted[i] != 0, "fails as it is known to: %s", exceptions[i]);
    }

    return done();
}
