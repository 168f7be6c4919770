
/*
 * Bytes that grow up to a stated cap.  The first failure sticks: later
 * appends do nothing and return the same code, so a writer may check once at
 * the end.
 */

#ifndef _AIR_BUF_H_INCLUDED_
#define _AIR_BUF_H_INCLUDED_


#include "air_err.h"
#include "air_mem.h"
#include "air_str.h"


typedef struct {
    unsigned char    *data;
    size_t            len;
    size_t            size;       /* bytes allocated              */
    size_t            cap;        /* bytes it may ever hold       */
    const air_mem_t  *mem;
    int               error;      /* AIR_OK until something fails */
} air_buf_t;


/* An empty buffer that takes from mem, at most cap bytes; allocates nothing. */
void air_buf_init(air_buf_t *b, const air_mem_t *mem, size_t cap);

/*
 * Makes room for n more bytes, doubling what it has (amortised linear).
 * AIR_OK, AIR_ENOMEM, or AIR_ELIMIT when len + n would pass cap.
 */
int air_buf_reserve(air_buf_t *b, size_t n);

/* Appends n bytes; returns as air_buf_reserve(). */
int air_buf_add(air_buf_t *b, const void *data, size_t n);

/* Appends a string view; returns as air_buf_reserve(). */
int air_buf_str(air_buf_t *b, air_str_t s);

/* Appends NUL-terminated text without its NUL; returns as above. */
int air_buf_z(air_buf_t *b, const char *text);

/* Appends one byte. */
int air_buf_byte(air_buf_t *b, unsigned char c);

/* Appends an unsigned integer in decimal. */
int air_buf_uint(air_buf_t *b, uint64_t n);

/* Appends a signed integer in decimal. */
int air_buf_int(air_buf_t *b, int64_t n);

/*
 * Appends pico-dollars as an exact decimal number of dollars without
 * trailing zeros ("0.000000003625", "12", "0"), fit for JSON.
 */
int air_buf_pusd(air_buf_t *b, uint64_t pusd);

/* Appends n thousandths without zeros at the end: "12", "12.05". */
int air_buf_milli(air_buf_t *b, uint64_t n);

/*
 * Appends s as a JSON string with its quotes.  Escapes what JSON demands and
 * also < > & U+2028 U+2029 as \uXXXX; bytes that are not valid UTF-8 become
 * U+FFFD, one for each maximal ill-formed part.
 */
int air_buf_json(air_buf_t *b, air_str_t s);

/*
 * Appends s to the JSON string that b ends with, before its closing quote;
 * a string of several pieces is made so.  Returns as air_buf_json().
 */
int air_buf_json_more(air_buf_t *b, air_str_t s);

/*
 * Appends s as text of HTML, fit for an attribute in double quotes, too: what
 * steers (< > & " ', controls, marks that turn the direction of writing) is
 * escaped or becomes U+FFFD, as what is not UTF-8 does.
 */
int air_buf_html(air_buf_t *b, air_str_t s);

/*
 * Appends s as a quoted cell of CSV (RFC 4180).  Where it begins with a
 * character at which spreadsheets begin a formula (= + - @, tab, carriage
 * return, line feed) an apostrophe stands in front of it.
 */
int air_buf_csv(air_buf_t *b, air_str_t s);

/* What it holds, borrowed until the next append. */
air_str_t air_buf_view(const air_buf_t *b);


#endif /* _AIR_BUF_H_INCLUDED_ */
