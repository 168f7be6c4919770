
/*
 * Files of the store: whole reads and writes, files that appear complete or
 * not at all, directories made durable.
 */

#ifndef _AIR_FILE_H_INCLUDED_
#define _AIR_FILE_H_INCLUDED_


#include "../core/air_err.h"
#include "../core/air_str.h"

#include <stdint.h>
#include <sys/types.h>


/* Fills *err (may be NULL) from errno; returns AIR_EIO. */
int air_file_err(air_err_t *err, const char *reason);

/*
 * Reads size bytes at offset, fewer only at the end of the file.  The number
 * read, or -1 with errno.
 */
ssize_t air_file_pread(int fd, void *to, size_t size, uint64_t offset);

/* Writes all of it; 0, or -1 with errno. */
int air_file_pwrite(int fd, const void *from, size_t size, uint64_t offset);

/* The size of an open file, or -1 with errno. */
int64_t air_file_size(int fd);

/*
 * Makes dirfd/name, of size bytes really allocated, beginning with head, for
 * the first who comes: it never exists half made.  0; -1 with errno, EEXIST
 * when somebody else was first.
 */
int air_file_make(int dirfd, const char *name, uint64_t size,
    const void *head, size_t len);

/*
 * Replaces dirfd/name by text, durably: a reader sees the old or the new one.
 * As root it is given to uid:gid.  AIR_OK or AIR_EIO with *err.
 */
int air_file_replace(int dirfd, const char *name, air_str_t text, uid_t uid,
    gid_t gid, air_err_t *err);

/* Maps size bytes of fd shared, or NULL with errno. */
void *air_file_map(int fd, uint64_t size);

/* This boot's id with zeros up to size, or only zeros. */
void air_file_boot(char *boot, size_t size);

/*
 * Opens the journal's folder of the store dir, for reading; the caller closes
 * it.  A descriptor, or AIR_EIO or AIR_ENOMEM (below 0) with *err filled.
 */
int air_file_journal(const char *dir, air_err_t *err);


#endif /* _AIR_FILE_H_INCLUDED_ */
