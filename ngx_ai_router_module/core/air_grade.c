
/*
 * Grades by models.  What is graded is untrusted: it goes into the question as
 * a JSON string, and of the reply only a number is taken.
 */

#include "air_grade.h"
#include "air_json.h"
#include "air_msg.h"


#define AIR_GRADE_SAID  4096      /* bytes of a reply that are read          */


static int air_grade_at(air_str_t text, size_t i, const char *name);
static int air_grade_number(air_str_t s, unsigned *permille);
static int air_grade_object(air_str_t said, const air_mem_t *mem,
    unsigned *permille);
static int air_grade_only(air_str_t said, unsigned *permille);


static int
air_grade_at(air_str_t text, size_t i, const char *name)
{
    size_t  len;

    len = strlen(name);

    return text.len - i >= len && memcmp(text.data + i, name, len) == 0;
}


int
air_grade_prompt(air_str_t text, air_str_t prompt, air_str_t answer,
    air_buf_t *b)
{
    size_t  i, from;

    from = 0;
    i = 0;

    while (i < text.len) {

        if (!air_grade_at(text, i, "{{prompt}}")
            && !air_grade_at(text, i, "{{answer}}"))
        {
            i++;
            continue;
        }

        air_buf_add(b, text.data + from, i - from);
        air_buf_json(b, air_grade_at(text, i, "{{prompt}}") ? prompt
                                                            : answer);
        i += sizeof("{{prompt}}") - 1;
        from = i;
    }

    air_buf_add(b, text.data + from, text.len - from);

    return b->error;
}


int
air_grade_asks(air_str_t text)
{
    size_t  i;

    for (i = 0; i < text.len; i++) {
        if (air_grade_at(text, i, "{{answer}}")) {
            return 1;
        }
    }

    return 0;
}


/* digits and at most one point: 0, 0.75, 1.0 */
static int
air_grade_number(air_str_t s, unsigned *permille)
{
    size_t    i;
    unsigned  points;
    uint64_t  n;

    points = 0;

    for (i = 0; i < s.len; i++) {

        if (s.data[i] == '.') {
            points++;

        } else if (s.data[i] < '0' || s.data[i] > '9') {
            return AIR_EINVAL;
        }
    }

    if (s.len == 0 || points > 1 || s.data[0] == '.'
        || s.data[s.len - 1] == '.')
    {
        return AIR_EINVAL;
    }

    n = air_msg_decimal(s);

    if (n > 1000000000) {
        return AIR_EINVAL;
    }

    *permille = (unsigned) (n / 1000000);

    return AIR_OK;
}


/* AIR_ENOENT: there is no object with a score */
static int
air_grade_object(air_str_t said, const air_mem_t *mem, unsigned *permille)
{
    int                     rc;
    size_t                  first, last;
    air_str_t               text;
    air_json_doc_t          doc;
    const air_json_node_t  *node;

    for (first = 0; first < said.len && said.data[first] != '{'; first++) {
        /* void */
    }

    for (last = said.len; last > first && said.data[last - 1] != '}'; last--)
    {
        /* void */
    }

    if (last == first) {
        return AIR_ENOENT;
    }

    text = air_str_n(said.data + first, last - first);

    air_json_init(&doc, mem);
    rc = air_json_scan(&doc, text, AIR_JSON_VENDOR, NULL);

    if (rc != AIR_OK) {
        return rc == AIR_ENOMEM ? rc : AIR_ENOENT;
    }

    node = air_json_get(&doc, air_json_root(&doc), "score");

    if (node == NULL || node->type != AIR_JSON_NUMBER) {
        return AIR_ENOENT;
    }

    return air_grade_number(air_json_raw(&doc, node), permille);
}


/* the only number of a text: no part of a word or of another one */
static int
air_grade_only(air_str_t said, unsigned *permille)
{
    size_t         i, from;
    unsigned       found;
    unsigned char  ch;

    found = 0;

    for (i = 0; i < said.len; /* void */) {
        ch = said.data[i];

        if (ch < '0' || ch > '9') {
            i++;
            continue;
        }

        from = i;

        while (i < said.len
               && ((said.data[i] >= '0' && said.data[i] <= '9')
                   || (said.data[i] == '.' && i + 1 < said.len
                       && said.data[i + 1] >= '0'
                       && said.data[i + 1] <= '9')))
        {
            i++;
        }

        if (found++ || (from && said.data[from - 1] == '-')
            || (i < said.len && (said.data[i] == '/' || said.data[i] == '%'))
            || air_grade_number(air_str_n(said.data + from, i - from),
                                permille)
               != AIR_OK)
        {
            return AIR_EINVAL;
        }
    }

    return found ? AIR_OK : AIR_EINVAL;
}


int
air_grade_read(air_str_t said, const air_mem_t *mem, unsigned *permille)
{
    int  rc;

    if (said.len > AIR_GRADE_SAID) {
        return AIR_EINVAL;
    }

    rc = air_grade_object(said, mem, permille);

    return rc == AIR_ENOENT ? air_grade_only(said, permille) : rc;
}
