
/*
 * Amazon event streams (application/vnd.amazon.eventstream), the binary
 * framing of Bedrock's streams: the same events for every split of the bytes.
 *
 *     4 bytes  length of the frame       4 bytes  length of its headers
 *     4 bytes  CRC-32 of those eight     headers, payload
 *     4 bytes  CRC-32 of all before
 *
 * with numbers in network order; a header is its name (one byte of length),
 * a type and a value.  smithy.io, "Amazon Event Stream Specification", and
 * docs.aws.amazon.com/transcribe, "Event stream encoding", read 2026-11-22.
 */

#ifndef _AIR_EVENTSTREAM_H_INCLUDED_
#define _AIR_EVENTSTREAM_H_INCLUDED_


#include "air_sse.h"


typedef struct {
    air_buf_t      carry;         /* bytes of a frame begun in an earlier
                                     piece                                  */
    air_buf_t      said;          /* data of a frame whose error stands in
                                     its headers                            */
    size_t         max_frame;
    size_t         total;         /* length of the frame at hand, 0 while
                                     its prelude is not whole               */
    unsigned       spent:1;       /* carry belongs to the event handed out  */
} air_eventstream_t;


/* A decoder that refuses frames over max_frame bytes. */
void air_eventstream_init(air_eventstream_t *es, const air_mem_t *mem,
    size_t max_frame);

/*
 * Takes bytes from *pos up to last, advances *pos.  AIR_OK: *ev is one frame,
 * valid until the next call; call again until AIR_AGAIN: all taken, the rest
 * is kept.  AIR_ECORRUPT: a CRC does not match; AIR_EINVAL: lengths or
 * headers that cannot be; AIR_ELIMIT: frame too big; AIR_ENOMEM; after these
 * it stays failed.  Work is linear in the bytes fed.
 *
 * ev->type is the value of :event-type, or of :exception-type with
 * ev->exception set; ev->data the payload.  A frame whose :message-type is
 * error is an exception too: its type is :error-code, its data
 * {"message": :error-message}.
 */
int air_eventstream_feed(air_eventstream_t *es, unsigned char **pos,
    unsigned char *last, air_sse_event_t *ev);

/* The bytes of a frame that has begun and not ended: at the end of a stream
   they tell that it was cut.  Borrowed until the next call. */
air_str_t air_eventstream_rest(const air_eventstream_t *es);

/*
 * Begins a frame whose payload is JSON at the end of b: an event of that
 * type, or an exception.  The caller appends the payload, then ends it.
 * Gives where the frame begins, for air_eventstream_end().
 */
size_t air_eventstream_begin(air_buf_t *b, const char *type, int exception);

/* Ends the frame that begins at start; AIR_OK or b's error. */
int air_eventstream_end(air_buf_t *b, size_t start);


#endif /* _AIR_EVENTSTREAM_H_INCLUDED_ */
