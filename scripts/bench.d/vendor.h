
/*
 * What the benchmark's vendor answers, known to the vendor (mock.c) and to
 * the client (load.c), so that every byte of every answer can be compared.
 * There are eight variants of each answer; they have the same length and
 * different token counts, so that sums over many answers mean something.
 */

#ifndef _BENCH_VENDOR_H_INCLUDED_
#define _BENCH_VENDOR_H_INCLUDED_


#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define VARIANTS      8
#define EVENTS        202         /* of a stream, without the [DONE]         */
#define STAMP_LEN     16          /* microseconds, CLOCK_MONOTONIC           */


typedef struct {
    char      *text;
    size_t     len;
    size_t     variant;           /* where the variant's digit stands       */
    unsigned   nevents;
    size_t     end[EVENTS + 1];   /* just behind each event                 */
    size_t     stamp[EVENTS + 1]; /* where its stamp stands, 0: none        */
    unsigned   content;           /* the event that has the first content,
                                     from 1                                 */
    unsigned   stamp_len;         /* less than STAMP_LEN: a time of ours that
                                     differs and tells nothing              */
} answer_t;


typedef struct {
    unsigned   prompt;
    unsigned   cached;
    unsigned   completion;
    unsigned   reasoning;
} tokens_t;


static inline tokens_t
vendor_tokens(unsigned k)
{
    tokens_t  t;

    t.prompt = 1000 + 37 * k;
    t.cached = 100 + 3 * k;
    t.completion = 200 + 11 * k;
    t.reasoning = 50 + k;

    return t;
}


static inline int
vendor_usage(char *to, size_t size, unsigned k)
{
    tokens_t  t;

    t = vendor_tokens(k);

    return snprintf(to, size, "{\"prompt_tokens\":%u,"
                    "\"completion_tokens\":%u,\"total_tokens\":%u,"
                    "\"prompt_tokens_details\":{\"cached_tokens\":%u,"
                    "\"audio_tokens\":0},\"completion_tokens_details\":"
                    "{\"reasoning_tokens\":%02u,\"audio_tokens\":0,"
                    "\"accepted_prediction_tokens\":0,"
                    "\"rejected_prediction_tokens\":0}}",
                    t.prompt, t.completion, t.prompt + t.completion,
                    t.cached, t.reasoning);
}


#define VENDOR_TEXT                                                           \
    "A reply of ordinary length: the invoice was received on the "            \
    "third, the amount does not match the order, and the second "             \
    "line was billed twice. Please send a corrected invoice that "            \
    "names the order, the line and the quantity that was really "             \
    "delivered.\\n\\nUntil then the payment stays on hold; the "              \
    "supplier has been told "

#define VENDOR_TEXT_END                                                       \
    " see the note of the fifth. Nothing else is open for this customer."


static inline void
vendor_room(answer_t *a, size_t size)
{
    memset(a, 0, sizeof(answer_t));

    a->text = malloc(size);
    if (a->text == NULL) {
        exit(2);
    }
}


/* A whole reply of about 1.1 KB. */
static inline void
vendor_reply(answer_t *a, unsigned k)
{
    char  usage[512];
    int   n;

    vendor_room(a, 4096);
    vendor_usage(usage, sizeof(usage), k);

    n = snprintf(a->text, 4096,
                 "{\"id\":\"chatcmpl-bench000%u\","
                 "\"object\":\"chat.completion\",\"created\":1790000000,"
                 "\"model\":\"gpt-5-mini\",\"choices\":[{\"index\":0,"
                 "\"message\":{\"role\":\"assistant\",\"content\":\""
                 VENDOR_TEXT "\\u2014" VENDOR_TEXT_END "\","
                 "\"refusal\":null,\"annotations\":[]},\"logprobs\":null,"
                 "\"finish_reason\":\"stop\"}],\"usage\":%s,"
                 "\"service_tier\":\"default\","
                 "\"system_fingerprint\":\"fp_bench0000\"}\n", k, usage);

    a->len = n;
    a->variant = strlen("{\"id\":\"chatcmpl-bench000");
}


/*
 * A stream: a role, 199 words, a finish, usage and [DONE].  With stamps each
 * event has the time it was sent in its obfuscation member.
 */
static inline void
vendor_stream(answer_t *a, unsigned k, int stamps)
{
    int       n;
    char      usage[512], pad[32];
    char     *p;
    size_t    size;
    unsigned  i;

    size = EVENTS * 512;

    vendor_room(a, size);
    vendor_usage(usage, sizeof(usage), k);
    snprintf(pad, sizeof(pad), "%0*d", STAMP_LEN, 0);

    p = a->text;

    for (i = 0; i < EVENTS; i++) {
        p += snprintf(p, a->text + size - p,
                      "data: {\"id\":\"chatcmpl-bench000%u\","
                      "\"object\":\"chat.completion.chunk\","
                      "\"created\":1790000000,\"model\":\"gpt-5-mini\","
                      "\"service_tier\":\"default\",\"choices\":", k);

        if (i == 0) {
            a->variant = strlen("data: {\"id\":\"chatcmpl-bench000");
            n = snprintf(p, a->text + size - p, "[{\"index\":0,\"delta\":"
                         "{\"role\":\"assistant\",\"content\":\"\"},"
                         "\"finish_reason\":null}],\"usage\":null");

        } else if (i < EVENTS - 2) {
            n = snprintf(p, a->text + size - p, "[{\"index\":0,\"delta\":"
                         "{\"content\":\" wo%03u\"},"
                         "\"finish_reason\":null}],\"usage\":null", i);

        } else if (i == EVENTS - 2) {
            n = snprintf(p, a->text + size - p, "[{\"index\":0,\"delta\":{},"
                         "\"finish_reason\":\"stop\"}],\"usage\":null");

        } else {
            n = snprintf(p, a->text + size - p, "[],\"usage\":%s", usage);
        }

        p += n;
        p += snprintf(p, a->text + size - p, ",\"obfuscation\":\"%s\"}\n\n",
                      pad);

        if (stamps) {
            a->stamp[i] = p - a->text - 4 - STAMP_LEN;
        }

        a->end[i] = p - a->text;
    }

    p += snprintf(p, a->text + size - p, "data: [DONE]\n\n");

    a->end[EVENTS] = p - a->text;
    a->nevents = EVENTS + 1;
    a->content = 2;
    a->len = p - a->text;
    a->stamp_len = STAMP_LEN;
}


/* ---- a vendor who speaks Anthropic's, and what his words become ---- */

#define ROOM        1024          /* bytes of a piece, at most               */
#define ACROSS_ID   "msg_bench000"
#define ACROSS_OUT  EVENTS        /* events of the stream as callers get it */


static inline int
across_usage(char *to, size_t size, unsigned k)
{
    tokens_t  t;

    t = vendor_tokens(k);

    return snprintf(to, size, "{\"input_tokens\":%u,"
                    "\"cache_creation_input_tokens\":0,"
                    "\"cache_read_input_tokens\":%u,\"output_tokens\":%u,"
                    "\"output_tokens_details\":{\"thinking_tokens\":%02u},"
                    "\"service_tier\":\"standard\"}",
                    t.prompt - t.cached, t.cached, t.completion, t.reasoning);
}


static inline void
across_reply(answer_t *a, unsigned k)
{
    char  usage[512];

    vendor_room(a, 4096);
    across_usage(usage, sizeof(usage), k);

    a->len = snprintf(a->text, 4096,
                      "{\"id\":\"" ACROSS_ID "%u\",\"type\":\"message\","
                      "\"role\":\"assistant\",\"model\":\"gpt-5-mini\","
                      "\"content\":[{\"type\":\"text\",\"text\":\""
                      VENDOR_TEXT "\\u2014" VENDOR_TEXT_END "\"}],"
                      "\"stop_reason\":\"end_turn\","
                      "\"stop_sequence\":null,\"usage\":%s}", k, usage);
    a->variant = strlen("{\"id\":\"" ACROSS_ID);
}


static inline char *
across_event(answer_t *a, char *p, const char *type, const char *more)
{
    p += snprintf(p, ROOM, "event: %s\ndata: {\"type\":\"%s\"%s}\n\n", type,
                  type, more);
    a->end[a->nevents++] = p - a->text;

    return p;
}


/* Beginning, EVENTS - 4 words, end: EVENTS + 1 events in all. */
static inline void
across_stream(answer_t *a, unsigned k)
{
    char      usage[512], more[768];
    char     *p;
    unsigned  i;

    vendor_room(a, EVENTS * 512);
    across_usage(usage, sizeof(usage), k);

    snprintf(more, sizeof(more), ",\"message\":{\"model\":\"gpt-5-mini\","
             "\"id\":\"" ACROSS_ID "%u\",\"type\":\"message\",\"role\":"
             "\"assistant\",\"content\":[],\"stop_reason\":null,"
             "\"stop_sequence\":null,\"usage\":%s}", k, usage);
    p = across_event(a, a->text, "message_start", more);
    a->variant = strstr(a->text, ACROSS_ID) + strlen(ACROSS_ID) - a->text;

    p = across_event(a, p, "content_block_start", ",\"index\":0,"
                     "\"content_block\":{\"type\":\"text\",\"text\":\"\"}");

    for (i = 1; i <= EVENTS - 4; i++) {
        snprintf(more, sizeof(more), ",\"index\":0,\"delta\":{\"type\":"
                 "\"text_delta\",\"text\":\" wo%03u\"}", i);
        p = across_event(a, p, "content_block_delta", more);
    }

    p = across_event(a, p, "content_block_stop", ",\"index\":0");

    snprintf(more, sizeof(more), ",\"delta\":{\"stop_reason\":\"end_turn\","
             "\"stop_sequence\":null},\"usage\":%s", usage);
    p = across_event(a, p, "message_delta", more);
    p = across_event(a, p, "message_stop", "");

    a->content = 3;
    a->len = p - a->text;
}


static inline int
across_told(char *to, size_t size, unsigned k)
{
    tokens_t  t;

    t = vendor_tokens(k);

    return snprintf(to, size, "\"usage\":{\"prompt_tokens\":%u,"
                    "\"completion_tokens\":%u,\"total_tokens\":%u,"
                    "\"prompt_tokens_details\":{\"cached_tokens\":%u,"
                    "\"audio_tokens\":0},\"completion_tokens_details\":"
                    "{\"reasoning_tokens\":%u,\"audio_tokens\":0}}",
                    t.prompt, t.completion, t.prompt + t.completion,
                    t.cached, t.reasoning);
}


/* across_reply() as the router says it. */
static inline void
crossed_reply(answer_t *a, unsigned k)
{
    char  usage[512];

    vendor_room(a, 4096);
    across_told(usage, sizeof(usage), k);

    a->len = snprintf(a->text, 4096,
                      "{\"id\":\"" ACROSS_ID "%u\",\"object\":"
                      "\"chat.completion\",\"created\":1790000000,"
                      "\"model\":\"gpt-5-mini\",\"choices\":[{\"index\":0,"
                      "\"message\":{\"role\":\"assistant\",\"content\":\""
                      VENDOR_TEXT "\xe2\x80\x94" VENDOR_TEXT_END "\"},"
                      "\"logprobs\":null,\"finish_reason\":\"stop\","
                      "\"native_finish_reason\":\"end_turn\"}],%s,"
                      "\"service_tier\":\"standard\","
                      "\"system_fingerprint\":null}", k, usage);
    a->variant = strlen("{\"id\":\"" ACROSS_ID);
    a->stamp[0] = strstr(a->text, "1790000000") - a->text;
    a->stamp_len = 10;
    a->end[0] = a->len;
    a->nevents = 1;
}


/* across_stream() as the router says it. */
static inline void
crossed_stream(answer_t *a, unsigned k)
{
    char      usage[512];
    char     *p;
    size_t    begin;
    unsigned  i;

    vendor_room(a, EVENTS * 512);
    across_told(usage, sizeof(usage), k);

    p = a->text;

    for (i = 0; i < ACROSS_OUT - 1; i++) {
        begin = p - a->text;
        p += snprintf(p, ROOM, "data: {\"id\":\"" ACROSS_ID "%u\",\"object\":"
                     "\"chat.completion.chunk\",\"created\":1790000000,"
                     "\"model\":\"gpt-5-mini\",\"choices\":[", k);
        a->stamp[i] = strstr(a->text + begin, "1790000000") - a->text;

        if (i == 0) {
            p += snprintf(p, ROOM, "{\"index\":0,\"delta\":{\"role\":"
                         "\"assistant\",\"content\":\"\"},"
                         "\"finish_reason\":null}]");

        } else if (i < ACROSS_OUT - 3) {
            p += snprintf(p, ROOM, "{\"index\":0,\"delta\":{\"content\":"
                         "\" wo%03u\"},\"finish_reason\":null}]", i);

        } else if (i == ACROSS_OUT - 3) {
            p += snprintf(p, ROOM, "{\"index\":0,\"delta\":{},"
                         "\"finish_reason\":\"stop\",\"native_finish_reason\":"
                         "\"end_turn\"}]");

        } else {
            p += snprintf(p, ROOM, "],%s", usage);
        }

        p += snprintf(p, ROOM, "}\n\n");
        a->end[i] = p - a->text;
    }

    p += snprintf(p, ROOM, "data: [DONE]\n\n");
    a->end[i++] = p - a->text;

    a->variant = strlen("data: {\"id\":\"" ACROSS_ID);
    a->stamp_len = 10;
    a->content = 2;
    a->nevents = i;
    a->len = p - a->text;
}


#endif /* _BENCH_VENDOR_H_INCLUDED_ */
