
/*
 * Inside of the Gemini codec: arguments of a call that come in pieces.
 */

#ifndef _AIR_GEMINI_ARGS_H_INCLUDED_
#define _AIR_GEMINI_ARGS_H_INCLUDED_


#include "air_gemini.h"


typedef struct air_gemini_value_s  air_gemini_value_t;

typedef struct {
    const air_mem_t     *mem;
    air_gemini_value_t  *root;
    size_t               ntext;   /* bytes kept                             */
    unsigned             nvalues;
    unsigned             npieces;
    int                  error;
} air_gemini_args_t;


/* Empty; takes from mem. */
void air_gemini_args_init(air_gemini_args_t *a, const air_mem_t *mem);

/*
 * Takes in a piece, {"jsonPath","stringValue",...}; nothing of it is borrowed
 * afterwards.  AIR_OK, AIR_ENOMEM, AIR_ELIMIT past 4,096 values, 65,536
 * pieces, a megabyte or 64 levels.
 */
int air_gemini_args_add(air_gemini_args_t *a, const air_json_doc_t *doc,
    const air_json_node_t *piece);

/* Appends the object so far.  AIR_OK or b's error. */
int air_gemini_args_write(const air_gemini_args_t *a, air_buf_t *b);


#endif /* _AIR_GEMINI_ARGS_H_INCLUDED_ */
