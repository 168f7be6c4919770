
/*
 * A view of bytes: two words, the layout of ngx_str_t and of LMDB's MDB_val.
 * Nothing here owns memory and nothing is NUL-terminated unless said.
 */

#ifndef _AIR_STR_H_INCLUDED_
#define _AIR_STR_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>
#include <string.h>


typedef struct {
    size_t          len;
    unsigned char  *data;
} air_str_t;


/* an initialiser from a literal: static const air_str_t s = air_str("x"); */
#define air_str(text)  { sizeof(text) - 1, (unsigned char *) (text) }

/* the empty string */
#define air_null_str   { 0, NULL }


/* A view of a literal or of a NUL-terminated string; data is borrowed. */
static inline air_str_t
air_str_z(const char *text)
{
    air_str_t  s;

    s.len = strlen(text);
    s.data = (unsigned char *) text;

    return s;
}


/* A view of len bytes at data, borrowed. */
static inline air_str_t
air_str_n(const void *data, size_t len)
{
    air_str_t  s;

    s.len = len;
    s.data = (unsigned char *) data;

    return s;
}


/* 1 when both hold the same bytes, 0 otherwise. */
static inline int
air_str_eq(air_str_t a, air_str_t b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}


/* 1 when s holds exactly the bytes of the NUL-terminated text. */
static inline int
air_str_eqz(air_str_t s, const char *text)
{
    return s.len == strlen(text)
           && (s.len == 0 || memcmp(s.data, text, s.len) == 0);
}


#endif /* _AIR_STR_H_INCLUDED_ */
