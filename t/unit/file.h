
/*
 * Whole files for tests, from the top of the checkout; and the folder with
 * the large recordings that are not part of it.
 */

#ifndef _FILE_H_INCLUDED_
#define _FILE_H_INCLUDED_


#include <stdio.h>
#include <stdlib.h>

#include "../../ngx_ai_router_module/core/air_str.h"


/* The bytes of a file, to be freed; data is NULL when it is not there. */
static inline air_str_t
file_read(const char *path)
{
    FILE       *f;
    size_t      size;
    air_str_t   text = air_null_str;

    f = fopen(path, "rb");
    if (f == NULL) {
        return text;
    }

    size = 1 << 16;
    text.data = malloc(size);

    while (text.data != NULL) {
        text.len += fread(text.data + text.len, 1, size - text.len, f);

        if (text.len < size) {
            break;
        }

        size *= 2;
        text.data = realloc(text.data, size);
    }

    fclose(f);

    if (text.data == NULL) {
        abort();
    }

    return text;
}


/* The same of a file among the recordings (AIR_SHARED_DATA). */
static inline air_str_t
file_shared(const char *name)
{
    char         path[1024];
    const char  *dir;

    dir = getenv("AIR_SHARED_DATA");

    snprintf(path, sizeof(path), "%s/%s", dir != NULL ? dir : "../shared/data",
             name);

    return file_read(path);
}


#endif /* _FILE_H_INCLUDED_ */
