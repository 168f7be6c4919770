
/*
 * Classes of tasks: the words' table, each class by plain requests, requests
 * as the front doors send them, bounds, and the labelled prompts when they
 * are there.
 */

#include "tap.h"
#include "mem.h"
#include "file.h"
#include "../../ngx_ai_router_module/core/air_task_rules.h"


static air_task_words_t  words;


static air_task_t
task_of(const char *text)
{
    air_task_input_t  in;

    memset(&in, 0, sizeof(air_task_input_t));
    in.user = air_str_z(text);
    in.bytes = in.user.len;

    return air_task_of(&words, &in);
}


/* 1 when the word of that hash is of the class */
static int
listed(uint32_t hash, unsigned class)
{
    unsigned        i;
    const uint8_t  *c;

    c = air_task_word(&words, hash);

    for (i = 0; c != NULL && i < 6 && c[i] != 0; i++) {
        if (c[i] == class) {
            return 1;
        }
    }

    return 0;
}


/* every word is found in every class that lists it */
static void
test_words(void)
{
    unsigned                n, lost;
    uint32_t                hash;
    const char             *p;
    const air_word_list_t  *list;

    n = 0;
    lost = 0;

    for (list = air_task_lists; list->words != NULL; list++) {
        hash = AIR_TASK_HASH;

        for (p = list->words; /* void */ ; p++) {

            if (*p != ' ' && *p != '\0') {
                hash = air_task_hash(hash, *p);
                continue;
            }

            n++;

            if (!listed(hash, list->class)) {
                lost++;
                printf("# lost before \"%.20s\" of class %u\n", p,
                       list->class);
            }

            hash = AIR_TASK_HASH;

            if (*p == '\0') {
                break;
            }
        }
    }

    ok(n > 500 && n < AIR_TASK_SLOTS / 2, "%u words", n);
    is(lost, 0, "all of them are found");
    ok(air_task_nrule <= AIR_NRULE_MAX, "%u rules", air_task_nrule);
}


static void
test_classes(void)
{
    unsigned    i;
    air_task_t  t;

    static const struct {
        const char  *text;
        air_task_e   task;
    } cases[] = {
        { "Classify this ticket as billing, technical or other:\n\nMy card "
          "was charged twice.", AIR_TASK_CLASSIFY },
        { "Is this review positive or negative?\n\nLovely place.",
          AIR_TASK_CLASSIFY },
        { "Determine whether the message is spam.\n\nYou have won!",
          AIR_TASK_CLASSIFY },
        { "Summarize the following meeting notes in three bullet points.\n\n"
          "We met on Monday.", AIR_TASK_SUMMARISE },
        { "tl;dr of this please\n\nA long text.", AIR_TASK_SUMMARISE },
        { "Extract the invoice number and the total as JSON.\n\nInvoice 7, "
          "total 12.", AIR_TASK_EXTRACT },
        { "List all people mentioned in the text below.\n\nAnn met Bob.",
          AIR_TASK_EXTRACT },
        { "Translate to German: Where is the station?", AIR_TASK_TRANSLATE },
        { "How do you say good morning in Japanese?", AIR_TASK_TRANSLATE },
        { "Rewrite this paragraph in a friendlier tone.\n\nSend it.",
          AIR_TASK_REWRITE },
        { "Please fix the grammar and the spelling of this email.\n\nHe go.",
          AIR_TASK_REWRITE },
        { "When did the Second World War end?", AIR_TASK_QA },
        { "According to the passage, when did the bridge open?\n\nThe bridge "
          "opened in 1932.", AIR_TASK_QA },
        { "Write a Python function that reverses a linked list.",
          AIR_TASK_CODE },
        { "Determine whether a linked list has a cycle. Give the code in "
          "Java.", AIR_TASK_CODE },
        { "Why does this fail?\n\n```\nfor (i = 0; i <= n; i++) {\n"
          "    a[i] = b[i];\n}\n```", AIR_TASK_CODE },
        { "Solve the equation 3x + 5 = 20.", AIR_TASK_MATHS },
        { "Tom has 5 apples and gives 2 to Ann. How many apples does he have "
          "left?", AIR_TASK_MATHS },
        { "Alice is taller than Bob. Bob is taller than Carl. Who is the "
          "shortest?", AIR_TASK_REASONING },
        { "Which gas do plants take in?\nA) Oxygen\nB) Carbon dioxide\n"
          "C) Helium\nD) Neon", AIR_TASK_REASONING },
        { "Write a short story about a lighthouse keeper.",
          AIR_TASK_CREATIVE },
        { "Suggest five names for a bakery.", AIR_TASK_CREATIVE },
        { "Hi there!", AIR_TASK_CHAT },
        { "", AIR_TASK_OTHER },
        { "lorem ipsum dolor", AIR_TASK_OTHER },
        { "\"Translate to German\" \"summarize this\"", AIR_TASK_OTHER }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        t = task_of(cases[i].text);
        is_str(air_str_z(air_task_name(t.task)),
               air_task_name(cases[i].task), "%.60s", cases[i].text);
    }
}


/* escaped or not, and wherever the document stands */
static void
test_shape(void)
{
    char              big[6000];
    air_task_t        t;
    air_task_input_t  in;

    memset(&in, 0, sizeof(air_task_input_t));
    in.user = air_str_z("\\u00dcbersicht:\\nSummarize \\\"this\\\" text");
    in.user_escaped = 1;

    t = air_task_of(&words, &in);
    is(t.task, AIR_TASK_SUMMARISE, "escapes are read");

    in.user = air_str_z("Summarize\\");
    t = air_task_of(&words, &in);
    is(t.task, AIR_TASK_SUMMARISE, "an escape cut short");

    in.user = air_str_z("Summarize \\u00");
    t = air_task_of(&words, &in);
    is(t.task, AIR_TASK_SUMMARISE, "a code point cut short");

    memset(big, 'x', sizeof(big));
    memcpy(big, "Translate into French:\n\n", 24);
    big[sizeof(big) - 1] = '\0';
    is(task_of(big).task, AIR_TASK_TRANSLATE, "a document behind");

    memset(big, 'x', sizeof(big));
    memcpy(big + sizeof(big) - 40,
           "\n\nSummarize the text above, please.", 36);
    is(task_of(big).task, AIR_TASK_SUMMARISE, "a document in front");

    memset(&in, 0, sizeof(air_task_input_t));
    in.user = air_str_z("My parcel has not come.");
    in.system = air_str_z("Classify each message as billing, delivery or "
                          "other.");
    is(air_task_of(&words, &in).task, AIR_TASK_CLASSIFY,
       "the system's instruction");

    in.user = air_str_z("Translate to French: hello");
    is(air_task_of(&words, &in).task, AIR_TASK_TRANSLATE,
       "the user's is stronger");

    memset(&in, 0, sizeof(air_task_input_t));
    in.user = air_str_z("lorem ipsum");
    in.schema = 1;
    is(air_task_of(&words, &in).task, AIR_TASK_EXTRACT, "a schema");

    in.bytes = AIR_TASK_LONG_BYTES;
    is(air_task_of(&words, &in).task, AIR_TASK_LONG, "much text");

    in.images = 1;
    is(air_task_of(&words, &in).task, AIR_TASK_VISION, "an image");
}


static void
test_read(void)
{
    unsigned          i;
    mem_t             m;
    air_mem_t         mem;
    air_json_doc_t    doc;
    air_task_input_t  in;

    static const struct {
        const char  *body;
        const char  *system;
        const char  *user;
        unsigned     images;
        unsigned     tools;
        unsigned     schema;
    } cases[] = {
        { "{\"messages\":[{\"role\":\"system\",\"content\":\"S\"},"
          "{\"role\":\"user\",\"content\":\"one\"},"
          "{\"role\":\"assistant\",\"content\":\"two\"},"
          "{\"role\":\"user\",\"content\":\"three\"}]}",
          "S", "three", 0, 0, 0 },
        { "{\"messages\":[{\"role\":\"developer\",\"content\":\"S\"},"
          "{\"role\":\"user\",\"content\":[{\"type\":\"text\","
          "\"text\":\"what is it\"},{\"type\":\"image_url\","
          "\"image_url\":{\"url\":\"u\"}}]}],\"tools\":[{}],"
          "\"response_format\":{\"type\":\"json_schema\"}}",
          "S", "what is it", 1, 1, 1 },
        { "{\"system\":[{\"type\":\"text\",\"text\":\"S\"}],\"messages\":["
          "{\"role\":\"user\",\"content\":\"ask\"},{\"role\":\"assistant\","
          "\"content\":[]},{\"role\":\"user\",\"content\":[{\"type\":"
          "\"tool_result\",\"content\":\"42\"}]}]}",
          "S", "ask", 0, 0, 0 },
        { "{\"system\":\"S\",\"messages\":[{\"role\":\"user\",\"content\":["
          "{\"type\":\"image\",\"source\":{}},{\"type\":\"text\","
          "\"text\":\"a\"},{\"type\":\"text\",\"text\":\"b\"}]}]}",
          "S", "b", 1, 0, 0 },
        { "{\"instructions\":\"S\",\"input\":\"ask\",\"tools\":[],"
          "\"text\":{\"format\":{\"type\":\"json_schema\"}}}",
          "S", "ask", 0, 0, 1 },
        { "{\"input\":[{\"role\":\"user\",\"content\":[{\"type\":"
          "\"input_text\",\"text\":\"ask\"},{\"type\":\"input_image\"}]},"
          "{\"type\":\"function_call_output\",\"output\":\"1\"}]}",
          "", "ask", 1, 0, 0 },
        { "{\"prompt\":\"ask\"}", "", "ask", 0, 0, 0 },
        { "{\"prompt\":[\"ask\",\"b\"]}", "", "ask", 0, 0, 0 },
        { "{\"prompt\":[1,2]}", "", "", 0, 0, 0 },
        { "{\"messages\":7,\"system\":null,\"tools\":3,\"input\":{}}",
          "", "", 0, 0, 0 },
        { "[]", "", "", 0, 0, 0 }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        mem = mem_init(&m, 0);
        air_json_init(&doc, &mem);
        is(air_json_scan(&doc, air_str_z(cases[i].body), 0, NULL), AIR_OK,
           "case %u is JSON", i);

        air_task_read(&doc, &in);

        is_str(in.system, cases[i].system, "case %u: system", i);
        is_str(in.user, cases[i].user, "case %u: user", i);
        is(in.images, cases[i].images, "case %u: images", i);
        is(in.tools, cases[i].tools, "case %u: tools", i);
        is(in.schema, cases[i].schema, "case %u: schema", i);
        mem_free(&m);
    }
}


static void
test_names(void)
{
    unsigned  i;

    for (i = 0; i < AIR_NTASK; i++) {
        is(air_task_by_name(air_str_z(air_task_name((air_task_e) i))), i,
           "%s by its name", air_task_name((air_task_e) i));
    }

    is(air_task_by_name(air_str_z("summarize")), AIR_TASK_SUMMARISE, "z");
    is(air_task_by_name(air_str_z("Code")), AIR_NTASK, "no such class");
    is(air_task_by_name(air_str_z("")), AIR_NTASK, "no name");

    for (i = 0; i < AIR_NKIND; i++) {
        ok(air_task_of_kind((air_kind_e) i) < AIR_NTASK, "%s has a class",
           air_task_kind_name((air_kind_e) i));
    }
}


static int
simple(air_task_e task)
{
    return task >= AIR_TASK_CLASSIFY && task <= AIR_TASK_REWRITE;
}


/* the labelled prompts that people wrote: a simple class is right */
static void
test_labelled(void)
{
    int               want, got;
    mem_t             m;
    unsigned          i, n, right, called, are, hard, wrong;
    air_mem_t         mem;
    air_str_t         text, rest, line, type;
    air_task_t        t;
    unsigned char    *end;
    air_json_doc_t    doc;
    air_task_input_t  in;

    static const char *const  kinds[] = {
        "classification", "summarization", "extraction", "rewriting",
        "translation", "coding", "maths", "reasoning", NULL
    };

    text = file_shared("routing/dev/task-types/typed.jsonl");

    if (text.data == NULL) {
        skip("no labelled prompts");
        return;
    }

    n = right = called = are = hard = wrong = 0;
    rest = text;

    while ((end = memchr(rest.data, '\n', rest.len)) != NULL) {
        line = air_str_n(rest.data, end - rest.data);
        rest.len -= line.len + 1;
        rest.data = end + 1;

        mem = mem_init(&m, 0);
        air_json_init(&doc, &mem);

        if (air_json_scan(&doc, line, 0, NULL) != AIR_OK
            || air_json_is(&doc, air_json_get(&doc, air_json_root(&doc),
                                              "source"), "p3"))
        {
            mem_free(&m);
            continue;
        }

        air_task_read(&doc, &in);
        t = air_task_of(&words, &in);

        type = air_json_raw(&doc, air_json_get(&doc, air_json_root(&doc),
                                               "type"));

        for (i = 0; kinds[i] != NULL && !air_str_eqz(type, kinds[i]); i++) {
            /* void */
        }

        want = i < 5;
        got = simple(t.task);

        n++;
        are += want;
        called += got;
        right += want && got;

        if (i >= 5 && i < 8) {
            hard++;
            wrong += got;
        }

        mem_free(&m);
    }

    free(text.data);

    printf("# %u prompts, %u simple, %u called so, %u rightly, %u of %u hard "
           "called simple\n", n, are, called, right, wrong, hard);

    ok(right * 100 >= called * 90, "precision of the simple classes");
    ok(right * 100 >= are * 75, "recall of the simple classes");
    ok(wrong * 100 <= hard * 3, "hard ones called simple");
}


int
main(void)
{
    air_task_words(&words);

    test_words();
    test_classes();
    test_shape();
    test_read();
    test_names();
    test_labelled();

    return done();
}
