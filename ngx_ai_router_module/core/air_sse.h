
/*
 * Server-sent events (WHATWG HTML, "Server-sent events", read 2026-11): the
 * same events for every split of the bytes.  The decoder also hands out each
 * event's raw bytes, so that a relay can pass them on untouched.
 */

#ifndef _AIR_SSE_H_INCLUDED_
#define _AIR_SSE_H_INCLUDED_


#include "air_buf.h"


typedef struct {
    air_str_t  raw;               /* every byte of the event with the blank
                                     line that ends it                      */
    air_str_t  type;              /* value of the last "event" field        */
    air_str_t  data;              /* "data" lines joined by LF              */
    unsigned   has_data:1;        /* at least one "data" line, maybe empty  */
    unsigned   direct:1;          /* raw lies wholly in the piece just fed  */
} air_sse_event_t;


typedef struct {
    air_buf_t      carry;         /* raw bytes of an event begun in an earlier
                                     piece                                  */
    air_buf_t      joined;        /* data of an event with several lines    */
    size_t         max_event;
    size_t         scan;          /* bytes of carry already looked at       */
    unsigned       begun:1;       /* BOM handled                            */
    unsigned       after_cr:1;    /* the last line ended in CR: an LF next
                                     belongs to it                          */
    unsigned       line_empty:1;  /* nothing seen on the current line       */
} air_sse_t;


/* A decoder that refuses events over max_event bytes. */
void air_sse_init(air_sse_t *sse, const air_mem_t *mem, size_t max_event);

/*
 * Takes bytes from *pos up to last, advances *pos.  AIR_OK: *ev is one event
 * (a blank-line-terminated block; comment-only blocks come with has_data 0),
 * valid until the next call; call again until AIR_AGAIN.  AIR_AGAIN: all
 * taken, the rest is kept.  AIR_ELIMIT: event too big; AIR_ENOMEM.  Work is
 * linear in the bytes fed, whatever the split, and buffers are reused from
 * event to event.
 */
int air_sse_feed(air_sse_t *sse, unsigned char **pos, unsigned char *last,
    air_sse_event_t *ev);

/*
 * At the end of the stream: the bytes of an unfinished event (which must not
 * be dispatched), empty when the stream ended on an event's border.
 */
air_str_t air_sse_rest(const air_sse_t *sse);

/*
 * Appends one event; type may be empty; data is split at LF into lines.
 * AIR_OK or b's error.
 */
int air_sse_write(air_buf_t *b, air_str_t type, air_str_t data);


#endif /* _AIR_SSE_H_INCLUDED_ */
