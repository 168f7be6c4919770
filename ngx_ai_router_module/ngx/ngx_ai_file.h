
/*
 * The dashboard's files as scripts/embed.sh puts them into the module.
 */

#ifndef _NGX_AI_FILE_H_INCLUDED_
#define _NGX_AI_FILE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


typedef struct {
    ngx_str_t   name;
    ngx_str_t   type;
    ngx_str_t   plain;
    ngx_str_t   gzip;
    ngx_str_t   etag;                     /* quoted                         */
    ngx_str_t   gzip_etag;
} ngx_ai_file_t;


/* The page first; the last one has no name. */
extern ngx_ai_file_t  ngx_ai_files[];


#endif /* _NGX_AI_FILE_H_INCLUDED_ */
