
/*
 * Who made a model: the company whose weights answer, whoever sells them.
 */

#ifndef _AIR_MAKER_H_INCLUDED_
#define _AIR_MAKER_H_INCLUDED_


#include "air_str.h"


/*
 * The maker of model: declared when that is not empty (a vendor's "maker" or
 * its profile's), else what stands before a "/" or a "." in the name, else
 * what its family is known as: "gpt-..." is openai's.  Other spellings of a
 * known maker become the one that profiles use: meta-llama is meta.  The
 * result is static or borrowed of its arguments; empty: nobody knows.
 */
air_str_t air_maker(air_str_t declared, air_str_t model);


#endif /* _AIR_MAKER_H_INCLUDED_ */
