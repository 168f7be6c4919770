
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


/* A whole reply of about 1.1 KB. */
static inline void
vendor_reply(answer_t *a, unsigned k)
{
    char  usage[512];
    int   n;

    memset(a, 0, sizeof(answer_t));

    a->text = malloc(4096);
    if (a->text == NULL) {
        exit(2);
    }

    vendor_usage(usage, sizeof(usage), k);

    n = snprintf(a->text, 4096,
                 "{\"id\":\"chatcmpl-bench000%u\","
                 "\"object\":\"chat.completion\",\"created\":1790000000,"
                 "\"model\":\"gpt-5-mini\",\"choices\":[{\"index\":0,"
                 "\"message\":{\"role\":\"assistant\",\"content\":\""
                 "A reply of ordinary length: the invoice was received on the "
                 "third, the amount does not match the order, and the second "
                 "line was billed twice. Please send a corrected invoice that "
                 "names the order, the line and the quantity that was really "
                 "delivered.\\n\\nUntil then the payment stays on hold; the "
                 "supplier has been told \\u2014 see the note of the fifth. "
                 "Nothing else is open for this customer.\","
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

    memset(a, 0, sizeof(answer_t));

    size = EVENTS * 512;

    a->text = malloc(size);
    if (a->text == NULL) {
        exit(2);
    }

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
    a->len = p - a->text;
}


#endif /* _BENCH_VENDOR_H_INCLUDED_ */
