
/*
 * Embeddings between protocols: a vector's numbers and its base64, the order
 * of vectors, what an input is for.
 */

#ifndef _AIR_VECTOR_H_INCLUDED_
#define _AIR_VECTOR_H_INCLUDED_


#include "air_msg.h"


/* What inputs are embedded for; vendors have a word each. */
typedef enum {
    AIR_INPUT_UNSET = 0,
    AIR_INPUT_QUERY,
    AIR_INPUT_DOCUMENT,
    AIR_INPUT_SIMILARITY,
    AIR_INPUT_CLASSIFICATION,
    AIR_INPUT_CLUSTERING,
    AIR_INPUT_OTHER               /* a word nobody else has                 */
} air_input_e;


/*
 * The meaning of msg->input_type in anybody's words: query, search_query,
 * RETRIEVAL_QUERY (Voyage, Cohere, Google) are one.
 */
air_input_e air_input_type(air_str_t word);

/*
 * Appends a vector in the encoding asked for: "base64" is that of singles,
 * little-endian (OpenAI's encoding_format), anything else is an array of
 * numbers.  raw is either of both, a string with its quotes; one that is as
 * asked for is copied.  Of a number the nearest single is taken; of a single
 * enough digits to name it alone.  Time is linear.  AIR_OK, b's error, or
 * AIR_EINVAL, which sticks to b: no numbers, no base64 of singles, none that
 * is finite.
 */
int air_vector_write(air_str_t raw, air_str_t encoding, air_buf_t *b);

/*
 * Puts the vectors of a reply in order of index.  Where their indices do not
 * name each place from 0 once, the order they came in counts and they are
 * numbered anew.  AIR_OK or AIR_ENOMEM.
 */
int air_vectors_sort(air_msg_reply_t *msg, const air_mem_t *mem);

/* 1 when all of the inputs are text, none token ids or parts. */
int air_inputs_text(const air_msg_request_t *msg);


#endif /* _AIR_VECTOR_H_INCLUDED_ */
