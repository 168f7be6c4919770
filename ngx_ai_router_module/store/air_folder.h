
/*
 * Folders of the store, for files that are read and replaced whole:
 *
 *   DIR/learn   weights and samples
 *   DIR/feeds   what was fetched, and how that went
 *
 * Folder and files get the owner of DIR where we may give them away.
 */

#ifndef _AIR_FOLDER_H_INCLUDED_
#define _AIR_FOLDER_H_INCLUDED_


#include "../core/air_err.h"
#include "../core/air_mem.h"
#include "../core/air_str.h"

#include <sys/stat.h>


#define AIR_FOLDER_FILE  (64 * 1024 * 1024)      /* at the most              */


/* Opens DIR/folder, made when it is not there; *owner (may be NULL) is DIR's.
   A descriptor, or -1 with *err. */
int air_folder_open(const char *dir, const char *folder, struct stat *owner,
    air_err_t *err);

/* The whole of DIR/folder/name into mem; no link is followed.  AIR_OK,
   AIR_ENOENT (*text is empty), AIR_ENOMEM, or AIR_EIO with *err. */
int air_folder_load(const char *dir, const char *folder, const char *name,
    const air_mem_t *mem, air_str_t *text, air_err_t *err);

/* Replaces DIR/folder/name by text, so that a reader sees the old or the new
   one.  AIR_OK or AIR_EIO with *err. */
int air_folder_write(const char *dir, const char *folder, const char *name,
    air_str_t text, air_err_t *err);


#endif /* _AIR_FOLDER_H_INCLUDED_ */
