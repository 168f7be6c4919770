
/*
 * no_refusal and no_hedge, on invented answers in many languages that are
 * labelled (t/data/floor/answers.tsv): what is caught, and what is caught
 * wrongly.
 */

#include "file.h"
#include "floor.h"


#define PRECISION  0.97
#define RECALL     0.90


typedef struct {
    unsigned  right;              /* caught, and so labelled                */
    unsigned  wrong;              /* caught, but labelled otherwise         */
    unsigned  missed;
} caught_t;


/* The next of a line's columns. */
static air_str_t
column(air_str_t *line)
{
    air_str_t       s;
    unsigned char  *p;

    p = memchr(line->data, '\t', line->len);

    s = air_str_n(line->data, p != NULL ? (size_t) (p - line->data)
                                        : line->len);
    line->data += s.len + (p != NULL);
    line->len -= s.len + (p != NULL);

    return s;
}


/* "\n" of two characters is a line's end. */
static void
unescape(air_str_t *s)
{
    size_t  i, n;

    n = 0;

    for (i = 0; i < s->len; i++) {

        if (i + 1 < s->len && s->data[i] == '\\' && s->data[i + 1] == 'n') {
            s->data[n++] = '\n';
            i++;
            continue;
        }

        s->data[n++] = s->data[i];
    }

    s->len = n;
}


static void
look(caught_t *c, const char *check, int positive, air_str_t label,
    air_str_t text)
{
    int  failed;

    (void) floor_said(text);
    failed = floor_judge(check) == AIR_VERDICT_FAILED;

    c->right += failed && positive;
    c->wrong += failed && !positive;
    c->missed += !failed && positive;

    if (failed != positive) {
        printf("# %s %s a %.*s: %.*s\n", check,
               failed ? "fails" : "lets pass", (int) label.len, label.data,
               (int) (text.len < 100 ? text.len : 100), text.data);
    }
}


static void
tell(const caught_t *c, const char *check)
{
    double  precision, recall;

    precision = (double) c->right / (c->right + c->wrong);
    recall = (double) c->right / (c->right + c->missed);

    printf("# %s: precision %.3f, recall %.3f (%u right, %u wrong, %u "
           "missed)\n", check, precision, recall, c->right, c->wrong,
           c->missed);

    ok(precision >= PRECISION, "%s: precision %.3f", check, precision);
    ok(recall >= RECALL, "%s: recall %.3f", check, recall);
}


static void
test_labelled(void)
{
    unsigned        n;
    caught_t        refusals, hedges;
    air_str_t       file, rest, line, label, text;
    unsigned char  *p;

    memset(&refusals, 0, sizeof(refusals));
    memset(&hedges, 0, sizeof(hedges));

    file = file_read("t/data/floor/answers.tsv");
    rest = file;
    n = 0;

    while (rest.len != 0) {

        p = memchr(rest.data, '\n', rest.len);
        line = air_str_n(rest.data, p != NULL ? (size_t) (p - rest.data)
                                              : rest.len);
        rest.data += line.len + (p != NULL);
        rest.len -= line.len + (p != NULL);

        if (line.len == 0 || line.data[0] == '#') {
            continue;
        }

        label = column(&line);
        (void) column(&line);
        text = line;
        unescape(&text);
        n++;

        if (!air_str_eqz(label, "hedged")) {
            look(&refusals, "no_refusal", air_str_eqz(label, "refusal"),
                 label, text);
        }

        if (!air_str_eqz(label, "refusal")) {
            look(&hedges, "no_hedge", air_str_eqz(label, "hedged"), label,
                 text);
        }
    }

    free(file.data);

    ok(n >= 300, "%u labelled answers", n);

    tell(&refusals, "no_refusal");
    tell(&hedges, "no_hedge");
}


static void
test_wire(void)
{
    (void) floor_said(air_str_z(""));
    floor_answer.refusal = air_str_z("I can't help with that.");
    is(floor_judge("no_refusal"), AIR_VERDICT_FAILED, "the wire's own part");
    is_str(air_str_z(floor_verdict.why),
           "the model declined, as its wire says", "and why");

    (void) floor_said(air_str_z("Here you are."));
    floor_answer.finish = AIR_FINISH_REFUSAL;
    is(floor_judge("no_refusal"), AIR_VERDICT_FAILED, "the wire's finish");

    (void) floor_said(air_str_z(" "));
    floor_answer.finish = AIR_FINISH_CONTENT_FILTER;
    is(floor_judge("no_refusal"), AIR_VERDICT_FAILED, "filtered whole");

    (void) floor_said(air_str_z("Here you are: one"));
    floor_answer.finish = AIR_FINISH_CONTENT_FILTER;
    is(floor_judge("no_refusal"), AIR_VERDICT_PASSED, "filtered in part");
}


/* Where it stands in the answer. */
static void
test_place(void)
{
    is(floor_of("no_refusal", "Water boils at 100 degrees. At height it boils "
                "sooner. I can't help with that."), AIR_VERDICT_PASSED,
       "no refusal after two sentences");
    is(floor_of("no_refusal", "  **I'm sorry**, but I can't help with that."),
       AIR_VERDICT_FAILED, "marks of Markdown do not hide it");
    is(floor_of("no_refusal", "I CAN'T HELP WITH THAT"), AIR_VERDICT_FAILED,
       "nor do large letters");
    is(floor_of("no_refusal", ""), AIR_VERDICT_PASSED, "nothing said");
    is(floor_of("no_refusal", "\xff\xfe\x80"), AIR_VERDICT_PASSED,
       "bytes that are no text");
    is(floor_of("no_refusal", "\"I can't help with that"),
       AIR_VERDICT_FAILED, "a quotation that is never closed is none");
}


int
main(void)
{
    test_labelled();
    test_wire();
    test_place();

    return done();
}
