
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
    unsigned   exception:1;       /* its framing says that it is an error   */
} air_sse_event_t;


typedef struct {
    air_buf_t      carry;         /* raw bytes of an event begun in an earlier
                                     piece                                  */
    air_buf_t      joined;        /* data of an event with several lines    */
    size_t         max_event;
    size_t         size;          /* bytes of the event that count          */
    size_t         first;         /* where its first line ends, 0 when that
                                     is not known                           */
    unsigned       bom:3;         /* bytes of the BOM seen, or its fate     */
    unsigned       after_cr:1;    /* the last line ended in CR: an LF next
                                     belongs to it                          */
    unsigned       line_empty:1;  /* nothing seen on the current line       */
    unsigned       content:1;     /* the event has a line that is not blank */
    unsigned       ended:1;       /* the event has had a line end           */
    unsigned       spent:1;       /* carry belongs to the event handed out  */
} air_sse_t;


/* A decoder that refuses events over max_event bytes. */
void air_sse_init(air_sse_t *sse, const air_mem_t *mem, size_t max_event);

/*
 * Takes bytes from *pos up to last, advances *pos.  AIR_OK: *ev is one event
 * (a blank-line-terminated block; comment-only blocks come with has_data 0),
 * valid until the next call; call again until AIR_AGAIN.  AIR_AGAIN: all
 * taken, the rest is kept.  AIR_ELIMIT: event too big; AIR_ENOMEM; after
 * these two it stays failed.  Work is linear in the bytes fed, whatever the
 * split, and buffers are reused from event to event.
 *
 * Blank lines between events are no event: they open the next one's raw, as
 * does the LF of a CR LF that was torn by the split.  So all raws and the
 * rest, joined, are the input.
 */
int air_sse_feed(air_sse_t *sse, unsigned char **pos, unsigned char *last,
    air_sse_event_t *ev);

/*
 * At the end of the stream: the bytes after the last event, which must not be
 * dispatched: an unfinished event, or only line ends (see above), which tell
 * nothing; air_sse_pending() parts the two.  Borrowed until the next call.
 */
air_str_t air_sse_rest(const air_sse_t *sse);

/* 1 when an event has begun and not ended: at the end, the stream was cut. */
int air_sse_pending(const air_sse_t *sse);

/*
 * Appends one event; type may be empty; data is split at its line ends (LF,
 * CR, CR LF) into "data" lines, type is cut at its first.  AIR_OK or b's
 * error.
 */
int air_sse_write(air_buf_t *b, air_str_t type, air_str_t data);


#endif /* _AIR_SSE_H_INCLUDED_ */
