
/*
 * Files of weights on the disk.
 */


#include "air_weights.h"
#include "air_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>


static void
air_weights_mark(const struct stat *st, air_weights_mark_t *mark)
{
    mark->dev = st->st_dev;
    mark->ino = st->st_ino;
    mark->size = st->st_size;
    mark->sec = st->st_mtim.tv_sec;
    mark->nsec = st->st_mtim.tv_nsec;
}


/* The whole of an open file, for free(). */
static int
air_weights_whole(int fd, size_t size, air_str_t *text, air_err_t *err)
{
    void     *p;
    ssize_t   n;

    if (size == 0 || size > AIR_WEIGHTS_SIZE) {
        return AIR_ECORRUPT;
    }

    p = malloc(size);
    if (p == NULL) {
        return air_err_set(err, AIR_ENOMEM, "no memory", 0);
    }

    n = air_file_pread(fd, p, size, 0);

    if (n == -1) {
        free(p);
        return air_file_err(err, "cannot read");
    }

    *text = air_str_n(p, (size_t) n);

    return AIR_OK;
}


int
air_weights_read(const char *path, const char *pair,
    air_weights_mark_t *mark, air_learn_t *model, uint64_t *sum,
    air_err_t *err)
{
    int                 fd, rc;
    air_str_t           text;
    struct stat         st;
    air_weights_mark_t  now;

    fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd == -1 && (errno == ENOENT || errno == ENOTDIR)) {
        rc = mark->ino != 0 ? AIR_ENOENT : AIR_AGAIN;
        memset(mark, 0, sizeof(air_weights_mark_t));
        return rc;
    }

    if (fd == -1 || fstat(fd, &st) == -1) {
        rc = air_file_err(err, "cannot open");

        if (fd != -1) {
            close(fd);
        }

        return rc;
    }

    memset(&now, 0, sizeof(air_weights_mark_t));
    air_weights_mark(&st, &now);

    if (memcmp(&now, mark, sizeof(air_weights_mark_t)) == 0) {
        close(fd);
        return AIR_AGAIN;
    }

    rc = air_weights_whole(fd, (size_t) st.st_size, &text, err);
    close(fd);

    if (rc == AIR_OK) {
        rc = air_learn_find(text, pair, model, sum);
        free(text.data);
    }

    /* what the system refused is tried again */

    if (rc != AIR_EIO && rc != AIR_ENOMEM) {
        *mark = now;
    }

    return rc;
}


/* What is made gets the owner of DIR. */
int
air_weights_folder(const char *dir, struct stat *owner, air_err_t *err)
{
    int          dirfd, fd;
    struct stat  st;

    owner = owner ? owner : &st;

    dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (dirfd == -1 || fstat(dirfd, owner) == -1) {

        (void) air_file_err(err, "cannot open the store");

        if (dirfd != -1) {
            close(dirfd);
        }

        return -1;
    }

    if (mkdirat(dirfd, "learn", 0750) == -1) {

        if (errno != EEXIST) {
            (void) air_file_err(err, "cannot make the folder learn");
            close(dirfd);
            return -1;
        }

    } else if (geteuid() == 0
               && fchownat(dirfd, "learn", owner->st_uid, owner->st_gid,
                           AT_SYMLINK_NOFOLLOW)
                  == -1)
    {
        (void) air_file_err(err, "cannot give away the folder learn");
        close(dirfd);
        return -1;
    }

    fd = openat(dirfd, "learn",
                O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    close(dirfd);

    if (fd == -1) {
        (void) air_file_err(err, "cannot open the folder learn");
    }

    return fd;
}


int
air_weights_load(const char *dir, const char *name, const air_mem_t *mem,
    air_str_t *text, air_err_t *err)
{
    int      dirfd, fd, rc;
    void    *p;
    ssize_t  n;
    int64_t  size;

    *text = air_str_n(NULL, 0);

    dirfd = air_weights_folder(dir, NULL, err);
    if (dirfd == -1) {
        return AIR_EIO;
    }

    fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
    rc = fd != -1 ? AIR_OK
         : errno == ENOENT ? AIR_ENOENT : air_file_err(err, "cannot open");
    close(dirfd);

    if (rc != AIR_OK) {
        return rc;
    }

    size = air_file_size(fd);
    p = NULL;
    n = 0;

    if (size < 0) {
        rc = air_file_err(err, "cannot read");

    } else if (size > AIR_WEIGHTS_SIZE) {
        rc = air_err_set(err, AIR_EIO, "too large", 0);

    } else {
        p = air_mem_get(mem, (size_t) size + 1);
        rc = p != NULL ? AIR_OK : AIR_ENOMEM;
    }

    if (rc == AIR_OK) {
        n = air_file_pread(fd, p, (size_t) size, 0);
        rc = n == -1 ? air_file_err(err, "cannot read") : AIR_OK;
    }

    if (rc == AIR_OK) {
        *text = air_str_n(p, (size_t) n);
    }

    close(fd);

    return rc;
}


int
air_weights_write(const char *dir, const char *name, air_str_t text,
    air_err_t *err)
{
    int          dirfd, rc;
    struct stat  owner;

    dirfd = air_weights_folder(dir, &owner, err);
    if (dirfd == -1) {
        return AIR_EIO;
    }

    rc = air_file_replace(dirfd, name, text, owner.st_uid, owner.st_gid, err);

    close(dirfd);

    return rc;
}
