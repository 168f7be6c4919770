
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


static int
air_simulate_vector(const air_simulate_t *s, air_str_t input,
    air_vector_t *vector)
{
    int        n;
    size_t     i;
    uint32_t   seed;
    air_buf_t  b;

    seed = 2166136261U;

    for (i = 0; i < input.len; i++) {
        seed = (seed ^ input.data[i]) * 16777619U;
    }

    air_buf_init(&b, s->mem, 16 * AIR_SIMULATE_DIMS);

    if (air_str_eqz(s->msg.encoding, "base64")) {
        air_simulate_base64(s, seed, &b);

    } else {

        for (i = 0; i < s->dimensions; i++) {
            n = air_simulate_number(seed, (uint32_t) i);

            air_buf_z(&b, i ? "," : "[");
            air_buf_z(&b, n < 0 ? "-" : "");
            n = n < 0 ? -n : n;
            air_buf_byte(&b, (unsigned char) ('0' + n / 1000));
            air_buf_byte(&b, '.');
            air_buf_byte(&b, (unsigned char) ('0' + n / 100 % 10));
            air_buf_byte(&b, (unsigned char) ('0' + n / 10 % 10));
            air_buf_byte(&b, (unsigned char) ('0' + n % 10));
        }

        air_buf_byte(&b, ']');
    }

    vector->raw = air_buf_view(&b);

    return b.error;
}


int
air_simulate_vectors(const air_simulate_t *s, air_msg_reply_t *reply)
{
    int                rc;
    uint32_t           n;
    air_vector_t      *vector;
    const air_item_t  *input;

    n = 0;

    for (input = s->msg.inputs; input != NULL; input = input->next) {

        vector = air_msg_vector(reply, s->mem, n++);

        if (vector == NULL) {
            return AIR_ENOMEM;
        }

        rc = air_simulate_vector(s, input->raw.len ? input->raw : input->text,
                                 vector);
        if (rc != AIR_OK) {
            return rc;
        }
    }

    return AIR_OK;
}
