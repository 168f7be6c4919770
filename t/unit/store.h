
/*
 * What the tests of the store share: a directory of their own, and records
 * that differ in a way that can be computed again.
 */

#ifndef _STORE_H_INCLUDED_
#define _STORE_H_INCLUDED_


#include "../../ngx_ai_router_module/store/air_record.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>


/* A new empty directory in TMPDIR; the caller drops it. */
static inline char *
store_dir(void)
{
    char        *path;
    const char  *tmp;

    tmp = getenv("TMPDIR");

    if (tmp == NULL) {
        tmp = "/tmp";
    }

    path = malloc(strlen(tmp) + sizeof("/air-store-XXXXXX"));
    if (path == NULL) {
        abort();
    }

    snprintf(path, strlen(tmp) + sizeof("/air-store-XXXXXX"),
             "%s/air-store-XXXXXX", tmp);

    if (mkdtemp(path) == NULL) {
        perror(path);
        abort();
    }

    return path;
}


/* Removes a directory with all that is in it. */
static inline void
store_remove(const char *path)
{
    DIR            *dir;
    char           *name;
    size_t          size;
    struct stat     st;
    struct dirent  *de;

    dir = opendir(path);
    if (dir == NULL) {
        return;
    }

    while ((de = readdir(dir)) != NULL) {

        if (strcmp(de->d_name, ".") == 0 || strcmp(de->d_name, "..") == 0) {
            continue;
        }

        size = strlen(path) + strlen(de->d_name) + 2;

        name = malloc(size);
        if (name == NULL) {
            abort();
        }

        snprintf(name, size, "%s/%s", path, de->d_name);

        if (lstat(name, &st) == 0 && S_ISDIR(st.st_mode)) {
            store_remove(name);

        } else {
            (void) unlink(name);
        }

        free(name);
    }

    closedir(dir);
    (void) rmdir(path);
}


static inline void
store_drop(char *path)
{
    store_remove(path);
    free(path);
}


/* The i-th record: every field follows from i; cost is i + 1 mostly. */
static inline void
store_record(air_record_t *r, unsigned i)
{
    unsigned  c;

    static const char *const  vendor[] = { "openai", "anthropic", "mistral" };
    static const char *const  model[] = { "small", "large" };
    static const char *const  flow[] = { "triage", "coding", "" };
    static const char *const  who[] = { "alice", "bob", "carol", "\xc3\xa9" };

    memset(r, 0, sizeof(air_record_t));

    r->kind = AIR_RECORD_ATTEMPT;
    r->op = AIR_OP_CHAT;
    r->attempt = (uint16_t) (1 + i % 3);
    r->status = 200;
    r->flags = i % 3 == 2 ? AIR_REC_FINAL : 0;
    r->fault = i % 3 == 2 ? AIR_FAULT_NONE : AIR_FAULT_OVERLOADED;
    r->time_ms = 1790000000000 + (int64_t) i * 60000;
    r->latency_ms = 100 + i % 900;
    r->cost = i % 17 == 16 ? AIR_UNKNOWN : i + 1;
    r->computed_cost = r->cost;
    r->price_id = 1 + i % 5;
    memcpy(r->request_id, &i, sizeof(i));

    for (c = 0; c < AIR_NCLASS; c++) {
        r->n[c] = i * c % 1001;
    }

    r->vendor = air_str_z(vendor[i % 3]);
    r->model = air_str_z(model[i % 2]);
    r->workflow = air_str_z(flow[i / 2 % 3]);
    r->principal = air_str_z(who[i / 3 % 4]);
}


#endif /* _STORE_H_INCLUDED_ */
