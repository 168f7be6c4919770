
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
