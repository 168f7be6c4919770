
/*
 * air_note.c: events that are noted by their likeness to one before get the
 * note that reading them gives: over every recorded stream, whole and cut,
 * and over events damaged and filled with anything.
 */

#include <dirent.h>

#include "../../ngx_ai_router_module/core/air_codec.h"
#include "file.h"
#include "mem.h"
#include "tap.h"


#define DATA    "t/data/openai"
#define ROUNDS  60000
#define ROOM    4096


typedef struct {
    air_note_t      note;
    air_json_doc_t  doc;
    unsigned        alike;        /* events that were not read              */
} side_t;


static uint32_t             seed = 20261122;
static const air_codec_t   *codec = &air_codec_openai;


static uint32_t
any(uint32_t n)
{
    seed = seed * 1664525 + 1013904223;

    return (seed >> 10) % n;
}


static void
side_init(side_t *side, const air_mem_t *mem)
{
    side->alike = 0;

    air_note_init(&side->note);
    air_json_init(&side->doc, mem);
}


static int
side_note(side_t *side, const air_sse_event_t *ev)
{
    int  rc;

    side->doc.text = air_str_n(NULL, 0);

    rc = codec->event_note(ev, air_profile_find(air_str_z("openai")),
                           &side->doc, &side->note);

    /* what is read is scanned */
    side->alike += rc == AIR_OK && side->doc.text.data == NULL
                   && !(side->note.what & (AIR_NOTE_DONE|AIR_NOTE_IGNORE));

    return rc;
}


static int
same_error(const air_error_t *a, const air_error_t *b)
{
    return a->fault == b->fault && a->status == b->status
           && air_str_eq(a->type, b->type) && air_str_eq(a->code, b->code)
           && air_str_eq(a->message, b->message)
           && air_str_eq(a->param, b->param);
}


static int
same(const air_note_t *a, const air_note_t *b)
{
    return a->what == b->what && a->all == b->all
           && memcmp(&a->usage, &b->usage, sizeof(air_usage_t)) == 0
           && a->finish == b->finish
           && memcmp(&a->visible, &b->visible, sizeof(air_estimate_t)) == 0
           && same_error(&a->error, &b->error)
           && a->model_len == b->model_len && a->id_len == b->id_len
           && a->native_len == b->native_len
           && memcmp(a->model, b->model, a->model_len) == 0
           && memcmp(a->id, b->id, a->id_len) == 0
           && memcmp(a->native, b->native, a->native_len) == 0;
}


/* 1 when the event is noted alike by both; full never has a pattern. */
static int
both(side_t *fast, side_t *full, const air_sse_event_t *ev)
{
    full->note.pattern = NULL;

    return side_note(fast, ev) == side_note(full, ev)
           && same(&fast->note, &full->note);
}


/* Feeds a stream step bytes at a time: events noted otherwise. */
static unsigned
stream(air_str_t text, size_t step, unsigned *alike)
{
    mem_t             m;
    size_t            at, n;
    side_t            fast, full;
    unsigned          bad;
    air_mem_t         mem;
    air_sse_t         sse;
    unsigned char    *pos;
    air_sse_event_t   ev;

    mem = mem_init(&m, 0);

    side_init(&fast, &mem);
    side_init(&full, &mem);
    air_sse_init(&sse, &mem, 1 << 20);

    bad = 0;

    for (at = 0; at < text.len; at += n) {
        n = step < text.len - at ? step : text.len - at;
        pos = text.data + at;

        while (air_sse_feed(&sse, &pos, text.data + at + n, &ev) == AIR_OK) {
            bad += !both(&fast, &full, &ev);
        }
    }

    *alike = fast.alike;
    bad += full.alike;

    mem_free(&m);

    return bad;
}


static void
test_streams(void)
{
    int              i, n;
    char             path[512];
    size_t           step;
    unsigned         bad, alike, whole, all;
    air_str_t        text;
    struct dirent  **list;

    all = 0;
    n = scandir(DATA, &list, NULL, alphasort);

    for (i = 0; i < n; i++) {
        snprintf(path, sizeof(path), "%s/%s/stream.sse", DATA,
                 list[i]->d_name);
        free(list[i]);

        text = file_read(path);
        if (text.data == NULL) {
            continue;
        }

        bad = stream(text, text.len, &whole);

        for (step = 1; step < 200; step += 7) {
            bad += stream(text, step, &alike);
            bad += alike != whole;
        }

        is(bad, 0, "%s: noted the same, however it is cut", path);
        all += whole;
        free(text.data);
    }

    if (n >= 0) {
        free(list);
    }

    ok(all > 3, "%u events were like one before", all);
}


static unsigned
recordings(const char *dir, unsigned depth, unsigned *all, unsigned *bad)
{
    int              i, n;
    char             path[2048];
    mem_t            m;
    unsigned         alike, done;
    air_mem_t        mem;
    air_str_t        text, sse;
    air_json_doc_t   doc;
    struct dirent  **list;

    done = 0;
    n = scandir(dir, &list, NULL, alphasort);

    for (i = 0; i < n; i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, list[i]->d_name);

        if (list[i]->d_name[0] != '.' && depth != 0
            && strstr(list[i]->d_name, ".json") == NULL)
        {
            done += recordings(path, depth - 1, all, bad);
        }

        text = strstr(list[i]->d_name, ".json") != NULL
               ? file_read(path) : air_str_n(NULL, 0);
        free(list[i]);

        if (text.data == NULL) {
            continue;
        }

        mem = mem_init(&m, 0);
        air_json_init(&doc, &mem);

        if (air_json_scan(&doc, text, AIR_JSON_VENDOR, NULL) == AIR_OK
            && air_json_string(&doc, air_json_get(&doc,
                                             air_json_get(&doc, doc.nodes,
                                                          "response"), "sse"),
                               &mem, &sse) == AIR_OK)
        {
            *bad += stream(sse, sse.len, &alike);
            *all += alike;
            *bad += stream(sse, 1, &alike);
            *bad += stream(sse, 1460, &alike);
            done++;
        }

        mem_free(&m);
        free(text.data);
    }

    if (n >= 0) {
        free(list);
    }

    return done;
}


static void
test_recordings(void)
{
    char         path[1024];
    unsigned     n, all, bad;
    const char  *top;

    all = 0;
    bad = 0;
    top = getenv("AIR_SHARED_DATA");

    snprintf(path, sizeof(path), "%s/recordings",
             top ? top : "../shared/data");

    n = recordings(path, 2, &all, &bad);

    if (n == 0) {
        skip("the recordings are not here (AIR_SHARED_DATA)");
        return;
    }

    is(bad, 0, "%s: %u recorded streams: noted the same, however cut",
       codec->name, n);
    ok(all > 10, "%u events were like one before", all);
}


/* An event with the texts put in place of the marks %1 and %2. */
static size_t
fill(unsigned char *to, const char *form, const char *one, const char *two)
{
    size_t       n, len;
    const char  *text;

    for (n = 0; *form != '\0'; form++) {

        if (form[0] != '%') {
            to[n++] = (unsigned char) *form;
            continue;
        }

        text = *++form == '1' ? one : two;
        len = strlen(text);
        memcpy(to + n, text, len);
        n += len;
    }

    return n;
}


static const char *const  forms[] = {
    "{\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":"
    "{\"content\":\"%1\"},\"finish_reason\":null}],\"obfuscation\":\"%2\"}",
    "{\"obfuscation\":\"%2\",\"choices\":[{\"delta\":{\"role\":\"assistant\","
    "\"content\":\"%1\",\"refusal\":null}}],\"usage\":null}",
    "{\"choices\":[{\"delta\":{\"content\":\"\",\"reasoning\":\"%1\"}}],"
    "\"x\":\"%2\"}",
    "{\"choices\":[{\"delta\":{\"reasoning\":\"%2\",\"reasoning_content\":"
    "\"%1\"}}]}",
    "{\"choices\":[{\"text\":\"%1\",\"finish_reason\":\"%2\"}]}",
    "{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":"
    "{\"arguments\":\"%1\"}}]}}],\"obfuscation\":\"%2\"}",
    "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%1\"}},{\"index\":1,"
    "\"delta\":{\"content\":\"%2\"}}]}",
    "{\"id\":\"%2\",\"choices\":[{\"delta\":{\"content\":\"%1\"}}],\"usage\":"
    "{\"prompt_tokens\":5,\"completion_tokens\":7}}",
    "{\"object\":\"%2\",\"choices\":[{\"delta\":{\"content\":[{\"type\":"
    "\"text\",\"text\":\"%1\"}]}}]}",
    "{\"error\":\"%2\",\"choices\":[{\"delta\":{\"content\":\"%1\"}}]}",
    "{\"choices\":[{\"delta\":{\"content\":\"%1\",\"content\":\"%2\"}}]}",
    "{\"type\":\"%2\",\"choices\":[{\"delta\":{\"con\\u0074ent\":\"%1\"}}]}",

    /* Anthropic's */
    "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":"
    "\"text_delta\",\"text\":\"%1\"},\"x\":\"%2\"}",
    "{\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":"
    "\"input_json_delta\",\"partial_json\":\"%1\"}}",
    "{\"type\":\"content_block_delta\",\"delta\":{\"type\":\"%2\","
    "\"text\":\"%1\",\"thinking\":\"%2\"}}",
    "{\"type\":\"%2\",\"delta\":{\"type\":\"thinking_delta\","
    "\"thinking\":\"%1\"}}",
    "{\"error\":{\"message\":\"%2\"},\"type\":\"content_block_delta\","
    "\"delta\":{\"type\":\"text_delta\",\"text\":\"%1\",\"text\":"
    "\"%2\"}}",

    /* Cohere's */
    "{\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{"
    "\"content\":{\"text\":\"%1\"}}},\"x\":\"%2\"}",
    "{\"type\":\"content-delta\",\"index\":1,\"delta\":{\"message\":{"
    "\"content\":{\"text\":\"%1\"}}}}",
    "{\"type\":\"content-start\",\"index\":1,\"delta\":{\"message\":{"
    "\"content\":{\"thinking\":\"%1\"}}}}",
    "{\"type\":\"content-delta\",\"delta\":{\"message\":{\"content\":{"
    "\"thinking\":\"%1\",\"text\":\"%2\"}}}}"
};

static const char *const  texts[] = {
    "", "a", " word", "Hello, World", "\\n", "\\\"", "\\\\", "\\u00e9",
    "\\ud83d\\ude00", "\\ud800", "\xc3\xa9", "\xff", "\xe4\xbd\xa0", "\"",
    "\\", "\\x", "\\u12", "\n", "\x01", "stop", "error", "}", "\"}",
    "\"},\"finish_reason\":\"stop\"}],\"z\":[{\"y\":{\"x\":\"",
    "\",\"refusal\":\"no", "a long text that goes on past sixteen bytes \\t",
    "\"}}],\"error\":{\"message\":\"bad\"},\"q\":[{\"delta\":{\"content\":\"",
    "0123456789abcde", "0123456789abcdef\\", "\\\\\\", "/", "\\/", "%",
    "text_delta", "thinking_delta", "content_block_delta", "message_stop",
    "\"},\"delta\":{\"text\":\""
};


/* One of the forms, filled; sometimes damaged. */
static size_t
make(unsigned char *to, unsigned form)
{
    size_t    n, at, len;
    uint32_t  how;

    n = fill(to, forms[form], texts[any(sizeof(texts) / sizeof(texts[0]))],
             texts[any(sizeof(texts) / sizeof(texts[0]))]);

    how = any(20);

    if (how > 3) {
        return n;
    }

    at = any((uint32_t) n);

    switch (how) {

    case 0:
        to[at] = (unsigned char) any(256);
        break;

    case 1:
        return at;

    case 2:
        memmove(to + at, to + at + 1, n - at - 1);
        return n - 1;

    default:
        len = any(8);
        memmove(to + at + len, to + at, n - at);
        memset(to + at, (int) (" \"\\,}a"[any(6)]), len);
        return n + len;
    }

    return n;
}


static void
test_anything(void)
{
    mem_t            m;
    size_t           i, k;
    side_t           fast, full;
    unsigned         bad, form, alike;
    air_mem_t        mem;
    unsigned char    text[ROOM];
    air_sse_event_t  ev;

    memset(&ev, 0, sizeof(air_sse_event_t));
    ev.has_data = 1;

    bad = 0;
    alike = 0;

    for (i = 0; i < ROUNDS; i += 8) {
        mem = mem_init(&m, 0);

        side_init(&fast, &mem);
        side_init(&full, &mem);

        form = any(sizeof(forms) / sizeof(forms[0]));

        for (k = 0; k < 8; k++) {

            if (any(10) == 0) {
                form = any(sizeof(forms) / sizeof(forms[0]));
            }

            ev.data = air_str_n(text, make(text, form));
            ev.type = air_str_z(any(30) == 0 ? "error"
                                : any(30) == 0 ? "message" : "");

            if (!both(&fast, &full, &ev)) {

                if (bad++ < 5) {
                    ok(0, "%.*s", (int) ev.data.len, (char *) text);
                }
            }
        }

        alike += fast.alike;
        bad += full.alike;

        mem_free(&m);
    }

    is(bad, 0, "%s: whatever they hold, events are noted as when read",
       codec->name);
    ok(alike > ROUNDS / 100, "%u of them by likeness", alike);
}


/* Which events are taken by likeness, and which must not be. */
static void
test_rows(void)
{
    mem_t            m;
    size_t           i;
    side_t           side;
    unsigned         before;
    air_mem_t        mem;
    unsigned char    text[ROOM];
    air_sse_event_t  ev;

    static const struct {
        unsigned     form;
        const char  *one;
        const char  *two;
        unsigned     alike;
        const char  *why;
    }  t[] = {
        { 0, "a", "xx", 0, "the first" },
        { 0, "b", "", 1, "another text" },
        { 0, "\\u00e9\\n", "yyyyyyyyy", 1, "escapes" },
        { 0, "", "y", 0, "no text" },
        { 0, "a\"", "y", 0, "a quote" },
        { 0, "c", "\\q", 0, "an escape that is none" },
        { 5, "{}", "y", 0, "another form" },
        { 5, "[]", "y", 1, "which is the pattern now" },
        { 0, "b", "y", 0, "and the first no more" },
        { 7, "b", "y", 0, "usage" },
        { 0, "b", "y", 1, "is no pattern" },
        { 4, "b", "stop", 0, "a finish" },
        { 4, "b", "stop", 0, "is none either" },
        { 6, "a", "b", 0, "two texts" },
        { 6, "a", "b", 0, "are none either" },
        { 0, "z", "y", 1, "the pattern stays" },
        { 1, "a", "x", 0, "what nobody reads stands first" },
        { 1, "b", "yy", 1, "and may" }
    };

    mem = mem_init(&m, 0);
    side_init(&side, &mem);

    memset(&ev, 0, sizeof(air_sse_event_t));
    ev.has_data = 1;

    for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        ev.data = air_str_n(text, fill(text, forms[t[i].form], t[i].one,
                                       t[i].two));
        before = side.alike;
        (void) side_note(&side, &ev);

        is(side.alike - before, t[i].alike, "%s", t[i].why);
    }

    mem_free(&m);
}


/* Long events are read; without memory all are. */
static void
test_limits(void)
{
    mem_t            m;
    side_t           side;
    unsigned         i;
    air_mem_t        mem;
    unsigned char    text[ROOM];
    air_sse_event_t  ev;
    char             many[2000];

    memset(&ev, 0, sizeof(air_sse_event_t));
    ev.has_data = 1;
    ev.data = air_str_n(text, fill(text, forms[0], "a", "b"));

    mem = mem_init(&m, 2);
    side_init(&side, &mem);

    for (i = 0; i < 3; i++) {
        is(side_note(&side, &ev), AIR_OK, "no memory for a pattern");
    }

    is(side.alike, 0, "each one is read");
    mem_free(&m);

    memset(many, 'x', sizeof(many) - 1);
    many[sizeof(many) - 1] = '\0';

    mem = mem_init(&m, 0);
    side_init(&side, &mem);

    ev.data = air_str_n(text, fill(text, forms[0], many, "b"));
    (void) side_note(&side, &ev);
    (void) side_note(&side, &ev);
    is(side.alike, 0, "long events are no pattern");

    ev.data = air_str_n(text, fill(text, forms[0], "a", "b"));
    (void) side_note(&side, &ev);
    ev.data = air_str_n(text, fill(text, forms[0], many, "b"));
    (void) side_note(&side, &ev);
    is(side.alike, 1, "but a long text is as good as a short one");

    mem_free(&m);
}


int
main(void)
{
    size_t  i;

    /* those that know events by their likeness */

    static const char *const  names[] = { "openai", "anthropic", "cohere" };

    test_rows();
    test_limits();
    test_streams();

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        codec = air_codec_find(air_str_z(names[i]));

        test_recordings();
        test_anything();
    }

    return done();
}
