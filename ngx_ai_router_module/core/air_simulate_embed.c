
/*
 * Vectors of the simulated vendor: the same input has the same one, as
 * numbers or as base64 of little-endian singles.
 */

#include "air_simulate.h"


/*
 * Numbers from -1 to 1 in thousandths, made from the input's bytes and the
 * place: the same text always has the same vector.
 */
static int
air_simulate_number(uint32_t seed, uint32_t i)
{
    uint32_t  h;

    h = (seed ^ i) * 2654435761U;
    h ^= h >> 15;
    h *= 2246822519U;
    h ^= h >> 13;

    return (int) (h % 2001) - 1000;
}


/* n thousandths as an IEEE 754 single, little-endian. */
static void
air_simulate_float(int n, unsigned char *to)
{
    float     f;
    uint32_t  bits;

    f = (float) n / 1000;
    memcpy(&bits, &f, sizeof(bits));

    to[0] = (unsigned char) bits;
    to[1] = (unsigned char) (bits >> 8);
    to[2] = (unsigned char) (bits >> 16);
    to[3] = (unsigned char) (bits >> 24);
}


static void
air_simulate_base64(const air_simulate_t *s, uint32_t seed, air_buf_t *b)
{
    unsigned       n, k;
    uint64_t       i, bytes;
    uint32_t       bits;
    unsigned char  in[4];

    static const char  digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    bytes = s->dimensions * 4;
    bits = 0;
    n = 0;

    air_buf_byte(b, '"');

    for (i = 0; i < bytes; i++) {

        if (i % 4 == 0) {
            air_simulate_float(air_simulate_number(seed, (uint32_t) (i / 4)),
                               in);
        }

        bits = bits << 8 | in[i % 4];
        n++;

        if (n == 3 || i + 1 == bytes) {
            bits <<= 8 * (3 - n);

            for (k = 0; k < 4; k++) {
                air_buf_byte(b, k <= n ? digits[bits >> (18 - 6 * k) & 63]
                                       : '=');
            }

            bits = 0;
            n = 0;
        }
    }

    air_buf_byte(b, '"');
}


static void
air_simulate_vector(const air_simulate_t *s, const air_json_node_t *input,
    uint64_t index, air_buf_t *b)
{
    int        n;
    size_t     i;
    uint32_t   seed;
    air_str_t  text;

    text = air_json_raw(s->doc, input);
    seed = 2166136261U;

    for (i = 0; i < text.len; i++) {
        seed = (seed ^ text.data[i]) * 16777619U;
    }

    air_buf_z(b, index ? ",{\"object\":\"embedding\",\"index\":"
                       : "{\"object\":\"embedding\",\"index\":");
    air_buf_uint(b, index);
    air_buf_z(b, ",\"embedding\":");

    if (s->base64) {
        air_simulate_base64(s, seed, b);
        air_buf_byte(b, '}');
        return;
    }

    for (i = 0; i < s->dimensions && b->error == AIR_OK; i++) {
        n = air_simulate_number(seed, (uint32_t) i);

        air_buf_z(b, i ? "," : "[");
        air_buf_z(b, n < 0 ? "-" : "");
        n = n < 0 ? -n : n;
        air_buf_byte(b, (unsigned char) ('0' + n / 1000));
        air_buf_byte(b, '.');
        air_buf_byte(b, (unsigned char) ('0' + n / 100 % 10));
        air_buf_byte(b, (unsigned char) ('0' + n / 10 % 10));
        air_buf_byte(b, (unsigned char) ('0' + n % 10));
    }

    air_buf_z(b, "]}");
}


int
air_simulate_embeddings(const air_simulate_t *s, air_buf_t *b)
{
    uint64_t                n;
    const air_json_node_t  *input, *node;

    input = air_json_get(s->doc, air_json_root(s->doc), "input");
    node = air_json_first(s->doc, input);

    air_buf_z(b, "{\"object\":\"list\",\"data\":[");

    if (node == NULL || node->type == AIR_JSON_NUMBER) {
        air_simulate_vector(s, input, 0, b);

    } else {
        for (n = 0; node != NULL && b->error == AIR_OK; n++) {
            air_simulate_vector(s, node, n, b);
            node = air_json_next(s->doc, node);
        }
    }

    air_buf_z(b, "],\"model\":\"");
    air_buf_str(b, s->model);
    air_buf_z(b, "\",");
    air_simulate_usage(s, b);

    return air_buf_byte(b, '}');
}
