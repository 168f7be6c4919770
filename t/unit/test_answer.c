
/*
 * Answers: put together from parts, their final word, and whether two of
 * them agree.
 */

#include "../../ngx_ai_router_module/core/air_answer.h"
#include "mem.h"
#include "tap.h"


static const struct {
    const char   *text;
    const char   *want;           /* kind, marks, what                      */
} finals[] = {
    { "The answer is (I).", "L+ I" },
    { "The answer is B", "L+ B" },
    { "The answer is **C**.", "L+ C" },
    { "Answer: D) Paris", "L+ D" },
    { "So, the final answer is $\\boxed{E}$", "L+ E" },
    { "\\boxed{\\text{F}}", "L+ F" },
    { "#### 42", "N+ 42" },
    { "####42", "N+ 42" },
    { "The answer is 3.50 dollars.", "N+ 3.5 dollars" },
    { "The answer is 3.50, because I say so.", "N+ 3.5 , because I say so" },
    { "\\boxed{-1,200}", "N+ -1200" },
    { "The answer is \\(12\\).", "N+ 12" },
    { "Die Antwort lautet 7.", "N+ 7" },
    { "The answer is Paris.", "T+ Paris" },
    { "The answer is (A)\nThe answer is (C)", "L+! C" },
    { "The answer is 5.\nAgain: the answer is 5.0.", "N+ 5" },
    { "An answer issued by the court", "-" },
    { "The answer is I think a long story that goes on and on until it has "
      "more than a few words", "-" },
    { "B", "La B" },
    { "(b)", "La B" },
    { "Let me see.\n\n**C**", "La C" },
    { "17", "Na 17" },
    { "9 * 2 = 18", "Na 18" },
    { "She has 18.", "N 18" },
    { "Built in 1998 by J. Smith", "-" },
    { "version 1.2.3", "-" },
    { "A.B", "-" },
    { "It is the 3rd", "-" },
    { "", "-" },
    { "The answer is", "-" },
    { "\\boxed{", "-" },
    { "\\boxed{}", "-" }
};


static const struct {
    int          agree;
    const char  *a;
    const char  *b;
} pairs[] = {
    { 1, "The answer is (A).", "I think it is clear.\nAnswer: A" },
    { 0, "The answer is (A).", "The answer is (B)." },
    { 1, "so x = 3.50", "#### 3.5" },
    { 0, "The answer is 42 km.", "The answer is 42 m." },
    { 0, "The answer is (A)\nThe answer is (B)", "The answer is (B)" },
    { 0, "It was built in 1998.", "He was born in 1998." },
    { 1, "{\"a\": 1, \"b\": [true, null]}", "{ \"b\": [true,null],"
      "\"\\u0061\":1.0}" },
    { 1, "```json\n[1e2]\n```", "[100]" },
    { 0, "{\"a\": 1}", "{\"a\": 2}" },
    { 0, "{\"a\": 1}", "{\"a\": \"1\"}" },
    { 0, "[1, 2]", "[2, 1]" },
    { 0, "[[1], 2]", "[1, [2]]" },
    { 0, "{\"a\": {\"b\": 1}, \"c\": 2}", "{\"a\": {\"c\": 2}, \"b\": 1}" },
    { 0, "[123456789012345678901234567890123456789012345678901]",
      "[123456789012345678901234567890123456789012345678902]" },
    { 0, "{\"a\": 1}", "a is 1" },
    { 1, "Paris", "paris." },
    { 0, "Paris", "London" },
    { 0, "Alice beat Bob in the final of the cup on Sunday afternoon",
      "Bob beat Alice in the final of the cup on Sunday afternoon" },
    { 0, "The drug is safe for children and adults of any age in general",
      "The drug is not safe for children and adults of any age in general" },
    { 0, "It weighs 5.2 kilos with all of the parts that belong to it",
      "It weighs 5.3 kilos with all of the parts that belong to it" },
    { 0, "", "" },
    { 0, "yes", "no" },
    { 1, "Yes, it is.", "yes it is" }
};


/* What was found, in the words of the table. */
static void
describe(const air_final_t *f, char *to, size_t size)
{
    int       n;
    unsigned  i;

    if (f->kind == AIR_FINAL_NONE) {
        (void) snprintf(to, size, "-");
        return;
    }

    n = snprintf(to, size, "%c%s%s%s ", " LNT"[f->kind], f->marked ? "+" : "",
                 f->torn ? "!" : "", f->alone ? "a" : "");

    if (f->kind == AIR_FINAL_LETTER) {
        (void) snprintf(to + n, size - n, "%c", (char) f->letter);
        return;
    }

    if (f->kind == AIR_FINAL_NUMBER) {

        n += snprintf(to + n, size - n, "%s", f->number.negative ? "-" : "");

        for (i = 0; i < f->number.n || (int) i < f->number.exponent; i++) {

            if ((int) i == f->number.exponent) {
                to[n++] = '.';
            }

            to[n++] = i < f->number.n ? (char) ('0' + f->number.digit[i])
                                      : '0';
        }

        to[n] = '\0';

        if (f->text.len == 0) {
            return;
        }

        to[n++] = ' ';
    }

    (void) snprintf(to + n, size - n, "%.*s", (int) f->text.len,
                    (char *) f->text.data);
}


static int
agree(const char *a, const char *b, size_t fail_at)
{
    int           rc;
    mem_t         m;
    air_mem_t     mem;
    air_answer_t  x, y;

    memset(&x, 0, sizeof(x));
    memset(&y, 0, sizeof(y));

    mem = mem_init(&m, fail_at);
    x.text = air_str_z(a);
    y.text = air_str_z(b);

    rc = air_answer_agree(&x, &y, &mem);
    mem_free(&m);

    return rc;
}


static void
test_calls(void)
{
    mem_t         m;
    air_mem_t     mem;
    air_part_t    p, q;
    air_answer_t  a, b;

    mem = mem_init(&m, 0);
    memset(&p, 0, sizeof(p));
    memset(&a, 0, sizeof(a));

    p.type = AIR_PART_TOOL_CALL;
    p.name = air_str_z("find");
    p.arguments = air_str_z("{\"q\": \"x\", \"n\": 1}");
    q = p;
    q.arguments = air_str_z("{\"n\":1,\"q\":\"x\"}");

    a.parts = &p;
    a.ncalls = 1;
    b = a;
    b.parts = &q;

    ok(air_answer_agree(&a, &b, &mem), "the same call");

    q.arguments = air_str_z("{\"n\":2,\"q\":\"x\"}");
    ok(!air_answer_agree(&a, &b, &mem), "other arguments");

    q.arguments = air_str_z("{");
    ok(!air_answer_agree(&a, &b, &mem), "broken arguments");

    q = p;
    q.name = air_str_z("open");
    ok(!air_answer_agree(&a, &b, &mem), "another tool");

    q = p;
    p.next = &q;
    b.parts = &q;
    ok(!air_answer_agree(&a, &b, &mem), "more calls");

    p.next = NULL;
    b.parts = NULL;
    b.ncalls = 0;
    ok(!air_answer_agree(&a, &b, &mem), "a call and none");

    a.ncalls = 0;
    a.text = air_str_z("B");
    b.text = air_str_z("B");
    ok(air_answer_agree(&a, &b, &mem), "texts");
    b.refusal = air_str_z("no");
    ok(!air_answer_agree(&a, &b, &mem), "one of them refuses");

    mem_free(&m);
}


static void
test_read(void)
{
    mem_t             m;
    air_mem_t         mem;
    air_part_t        one, two, call, refusal;
    air_answer_t      a;
    air_citation_t    cite;
    air_msg_choice_t  choice;

    memset(&one, 0, sizeof(one));
    memset(&choice, 0, sizeof(choice));
    memset(&cite, 0, sizeof(cite));
    two = one;
    call = one;
    refusal = one;

    one.text = air_str_z("Hello, ");
    one.next = &call;
    call.type = AIR_PART_TOOL_CALL;
    call.next = &two;
    two.text = air_str_z("world");
    two.citations = &cite;
    two.next = &refusal;
    refusal.type = AIR_PART_REFUSAL;
    refusal.text = air_str_z("no");
    choice.parts = &one;
    choice.finish = AIR_FINISH_LENGTH;

    mem = mem_init(&m, 0);
    is(air_answer_read(&a, &choice, &mem), AIR_OK, "read");
    is_str(a.text, "Hello, world", "its text");
    is_str(a.refusal, "no", "its refusal");
    is(a.ncalls, 1, "a call");
    is(a.ncites, 1, "a citation");
    is(a.finish, AIR_FINISH_LENGTH, "its finish");
    mem_free(&m);

    mem = mem_init(&m, 1);
    is(air_answer_read(&a, &choice, &mem), AIR_ENOMEM, "no memory");
    mem_free(&m);

    call.next = NULL;
    mem = mem_init(&m, 1);
    is(air_answer_read(&a, &choice, &mem), AIR_OK, "one text needs none");
    ok(a.text.data == one.text.data, "and is borrowed");
    mem_free(&m);

    choice.parts = NULL;
    is(air_answer_read(&a, &choice, &mem), AIR_OK, "nothing");
    is(a.text.len, 0, "of it");
}


int
main(void)
{
    char         text[200];
    size_t       i, n;
    air_final_t  f;

    for (i = 0; i < sizeof(finals) / sizeof(finals[0]); i++) {
        air_answer_final(air_str_z(finals[i].text), &f);
        describe(&f, text, sizeof(text));
        is_str(air_str_z(text), finals[i].want, "final of: %.80s",
               finals[i].text);
    }

    for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {

        is(agree(pairs[i].a, pairs[i].b, 0), pairs[i].agree, "%.60s | %.60s",
           pairs[i].a, pairs[i].b);
        is(agree(pairs[i].b, pairs[i].a, 0), pairs[i].agree, "... and so");

        /* without memory nothing agrees that did not */

        for (n = 1; n < 20; n++) {
            if (agree(pairs[i].a, pairs[i].b, n) > pairs[i].agree) {
                ok(0, "agrees without memory: %s", pairs[i].a);
            }
        }
    }

    test_calls();
    test_read();

    return done();
}
