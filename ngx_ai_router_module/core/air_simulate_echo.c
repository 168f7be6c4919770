
/*
 * What was said to the simulated vendor, as it says it back.
 */

#include "air_simulate.h"


#define AIR_SIMULATE_FILE  256        /* bytes of a file that come back     */


/* Words of the user's own, not of his tools. */
static int
air_simulate_own(const air_turn_t *turn)
{
    const air_part_t  *p;

    for (p = turn->parts; p != NULL; p = p->next) {
        if (p->type != AIR_PART_TOOL_RESULT) {
            return 1;
        }
    }

    return turn->parts == NULL;
}


void
air_simulate_turns(const air_msg_request_t *msg, air_simulate_turns_t *t)
{
    int                calling;
    const air_part_t  *p;
    const air_turn_t  *turn;

    memset(t, 0, sizeof(air_simulate_turns_t));

    calling = 0;

    for (turn = msg->turns; turn != NULL; turn = turn->next) {

        if (turn->role == AIR_ROLE_ASSISTANT) {

            for (p = turn->parts; p != NULL; p = p->next) {

                if (p->type != AIR_PART_TOOL_CALL) {
                    continue;
                }

                /* wires may part the calls of one turn */

                t->rounds += !calling;
                t->calls++;
                calling = 1;
            }

            continue;
        }

        if (turn->role == AIR_ROLE_USER && air_simulate_own(turn)) {
            memset(t, 0, sizeof(air_simulate_turns_t));
            t->words = turn;

        } else if (turn->role == AIR_ROLE_USER
                   || turn->role == AIR_ROLE_TOOL)
        {
            t->results = 1;
        }

        calling = 0;
    }
}


static void
air_simulate_line(air_buf_t *b)
{
    if (b->error == AIR_OK && b->len != 0) {
        air_buf_byte(b, '\n');
    }
}


static void
air_simulate_file(const air_media_t *media, air_buf_t *b)
{
    air_buf_byte(b, '[');
    air_buf_str(b, media->type.len ? media->type : air_str_z("file"));
    air_buf_byte(b, ' ');

    if (media->data.len > AIR_SIMULATE_FILE) {
        air_buf_uint(b, media->data.len);

    } else if (media->data.len != 0) {
        air_buf_str(b, media->data);

    } else {
        air_buf_str(b, media->url.len ? media->url : media->file_id);
    }

    air_buf_byte(b, ']');
}


static void
air_simulate_parts(const air_part_t *parts, int results, air_buf_t *b)
{
    const air_part_t  *p;

    for (p = parts; p != NULL; p = p->next) {

        if (p->type == AIR_PART_TOOL_RESULT) {

            if (results && p->parts == NULL) {
                air_simulate_line(b);
                air_buf_str(b, p->text);

            } else if (results) {
                air_simulate_parts(p->parts, results, b);
            }

            continue;
        }

        if (p->text.len != 0) {
            air_simulate_line(b);
            air_buf_str(b, p->text);

        } else if (p->type == AIR_PART_IMAGE || p->type == AIR_PART_DOCUMENT
                   || p->type == AIR_PART_AUDIO || p->type == AIR_PART_VIDEO)
        {
            air_simulate_line(b);
            air_simulate_file(&p->media, b);
        }
    }
}


int
air_simulate_echo(const air_msg_request_t *msg, air_buf_t *b)
{
    const air_turn_t      *turn;
    air_simulate_turns_t   t;

    air_simulate_turns(msg, &t);

    if (!t.results) {
        air_simulate_parts(t.words != NULL ? t.words->parts : NULL, 0, b);
        return b->error;
    }

    for (turn = t.words != NULL ? t.words->next : msg->turns;
         turn != NULL;
         turn = turn->next)
    {
        if (turn->role == AIR_ROLE_USER || turn->role == AIR_ROLE_TOOL) {
            air_simulate_parts(turn->parts, 1, b);
        }
    }

    return b->error;
}
