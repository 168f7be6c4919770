
/*
 * JSON schemas of one wire made fit for another.
 */

#ifndef _AIR_SCHEMA_H_INCLUDED_
#define _AIR_SCHEMA_H_INCLUDED_


#include "air_msg.h"


/*
 * Appends a JSON schema as constrained decoding takes it: objects closed,
 * bounds that it does not know left out; "response_format.schema" is noted
 * as changed then.
 */
void air_schema_write(air_str_t schema, air_buf_t *b, air_warnings_t *lost);


#endif /* _AIR_SCHEMA_H_INCLUDED_ */
