
/*
 * The few things that every part of the store does with files.
 */


#include "air_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>


int
air_file_err(air_err_t *err, const char *reason)
{
    int  sys;

    sys = errno;
    air_err_set(err, AIR_EIO, reason, 0);

    if (err != NULL) {
        err->sys = sys;
    }

    return AIR_EIO;
}


ssize_t
air_file_pread(int fd, void *to, size_t size, uint64_t offset)
{
    size_t   done;
    ssize_t  n;

    done = 0;

    while (done < size) {
        n = pread(fd, (char *) to + done, size - done,
                  (off_t) (offset + done));

        if (n == -1 && errno == EINTR) {
            continue;
        }

        if (n == -1) {
            return -1;
        }

        if (n == 0) {
            break;
        }

        done += n;
    }

    return (ssize_t) done;
}


int
air_file_pwrite(int fd, const void *from, size_t size, uint64_t offset)
{
    size_t   done;
    ssize_t  n;

    done = 0;

    while (done < size) {
        n = pwrite(fd, (const char *) from + done, size - done,
                   (off_t) (offset + done));

        if (n == -1 && errno == EINTR) {
            continue;
        }

        if (n <= 0) {
            return -1;
        }

        done += n;
    }

    return 0;
}


int64_t
air_file_size(int fd)
{
    struct stat  st;

    if (fstat(fd, &st) == -1) {
        return -1;
    }

    return st.st_size;
}


int
air_file_make(int dirfd, const char *name, uint64_t size, const void *head,
    size_t len)
{
    int   fd, rc;
    char  tmp[64];

    /* two threads of a process may both be at it */

    snprintf(tmp, sizeof(tmp), ".%.20s.%ld", name, (long) syscall(SYS_gettid));

    (void) unlinkat(dirfd, tmp, 0);

    fd = openat(dirfd, tmp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (fd == -1) {
        return -1;
    }

    do {
        rc = posix_fallocate(fd, 0, (off_t) size);
    } while (rc == EINTR);

    if (rc == 0 && air_file_pwrite(fd, head, len, 0) == -1) {
        rc = errno;
    }

    if (rc == 0 && linkat(dirfd, tmp, dirfd, name, 0) == -1) {
        rc = errno;
    }

    close(fd);
    (void) unlinkat(dirfd, tmp, 0);

    if (rc != 0) {
        errno = rc;
        return -1;
    }

    return 0;
}


int
air_file_replace(int dirfd, const char *name, air_str_t text, uid_t uid,
    gid_t gid, air_err_t *err)
{
    int   fd, rc;
    char  tmp[64];

    snprintf(tmp, sizeof(tmp), ".%.40s.%ld", name, (long) getpid());

    (void) unlinkat(dirfd, tmp, 0);

    fd = openat(dirfd, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);

    rc = fd == -1
         || air_file_pwrite(fd, text.data, text.len, 0) == -1
         || fsync(fd) == -1
         || (geteuid() == 0 && fchown(fd, uid, gid) == -1)
         || renameat(dirfd, tmp, dirfd, name) == -1
         || fsync(dirfd) == -1
         ? air_file_err(err, "cannot write") : AIR_OK;

    if (fd != -1) {
        close(fd);
    }

    if (rc != AIR_OK) {
        (void) unlinkat(dirfd, tmp, 0);
    }

    return rc;
}


void *
air_file_map(int fd, uint64_t size)
{
    void  *p;

    p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    return p == MAP_FAILED ? NULL : p;
}


void
air_file_boot(char *boot, size_t size)
{
    int      fd;
    ssize_t  n;

    memset(boot, 0, size);

    fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd == -1) {
        return;
    }

    n = air_file_pread(fd, boot, size - 1, 0);
    if (n < 0) {
        boot[0] = '\0';
    }

    close(fd);
}


int
air_file_journal(const char *dir, air_err_t *err)
{
    int    fd;
    char  *path;

    path = malloc(strlen(dir) + sizeof("/journal"));
    if (path == NULL) {
        return air_err_set(err, AIR_ENOMEM, "no memory", 0);
    }

    snprintf(path, strlen(dir) + sizeof("/journal"), "%s/journal", dir);

    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(path);

    return fd != -1 ? fd : air_file_err(err, "cannot open the journal");
}
