
/*
 * The master's part: making the store's directory and owning it.
 *
 * The lock is a flock, which belongs to the open file and not to a process:
 * workers inherit it, and so does the new binary of an upgrade.  A master that
 * meets a held lock therefore first looks whether it holds it itself, by
 * whatever descriptor it got it.
 */


#include "air_ledger_impl.h"
#include "air_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>


/*
 * Gives path to the workers' user.  Only a directory, or a plain file with no
 * second name: who may write here must not get another's file that way.
 */
static int
air_lock_own(const char *path, unsigned uid, unsigned gid, air_err_t *err)
{
    int          fd, rc;
    struct stat  st;

    fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd == -1) {
        return errno == ENOENT || errno == ELOOP
               ? AIR_OK : air_file_err(err, "cannot open a file of the store");
    }

    rc = AIR_OK;

    if (fstat(fd, &st) == 0
        && (S_ISDIR(st.st_mode) || (S_ISREG(st.st_mode) && st.st_nlink == 1))
        && (st.st_uid != (uid_t) uid || st.st_gid != (gid_t) gid)
        && fchown(fd, (uid_t) uid, (gid_t) gid) == -1)
    {
        rc = air_file_err(err, "cannot give the store to the workers' user");
    }

    close(fd);

    return rc;
}


/* Files that a command run as root left behind become the workers' again. */
static int
air_lock_own_all(const char *dir, unsigned uid, unsigned gid, air_err_t *err)
{
    DIR            *d;
    int             rc;
    char           *path;
    size_t          size;
    struct dirent  *de;

    if (geteuid() != 0) {
        return AIR_OK;
    }

    d = opendir(dir);
    if (d == NULL) {
        return air_file_err(err, "cannot read the store's directory");
    }

    rc = air_lock_own(dir, uid, gid, err);

    while (rc == AIR_OK && (de = readdir(d)) != NULL) {

        if (strcmp(de->d_name, ".") == 0 || strcmp(de->d_name, "..") == 0) {
            continue;
        }

        size = strlen(dir) + strlen(de->d_name) + 2;

        path = malloc(size);
        if (path == NULL) {
            rc = air_err_set(err, AIR_ENOMEM, "no memory", 0);
            break;
        }

        snprintf(path, size, "%s/%s", dir, de->d_name);
        rc = air_lock_own(path, uid, gid, err);

        free(path);
    }

    closedir(d);

    return rc;
}


static int
air_lock_make(const char *dir, const char *journal, air_err_t *err)
{
    if (mkdir(dir, 0750) == -1 && errno != EEXIST) {
        return air_file_err(err, "cannot make the store's directory");
    }

    if (mkdir(journal, 0750) == -1 && errno != EEXIST) {
        return air_file_err(err, "cannot make the journal's directory");
    }

    return AIR_OK;
}


/*
 * A descriptor of this process on the same file that holds the lock, again:
 * locking what one holds already succeeds.  Returns a duplicate or -1.
 */
static int
air_lock_inherited(int lockfd)
{
    DIR            *d;
    int             fd, found;
    struct stat     st, want;
    struct dirent  *de;

    if (fstat(lockfd, &want) == -1) {
        return -1;
    }

    d = opendir("/proc/self/fd");
    if (d == NULL) {
        return -1;
    }

    found = -1;

    while (found == -1 && (de = readdir(d)) != NULL) {

        fd = (int) strtol(de->d_name, NULL, 10);

        if (de->d_name[0] == '.' || fd == lockfd || fd == dirfd(d)
            || fstat(fd, &st) == -1
            || st.st_dev != want.st_dev || st.st_ino != want.st_ino)
        {
            continue;
        }

        if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
            found = dup(fd);
        }
    }

    closedir(d);

    return found;
}


static long
air_lock_holder(int fd)
{
    char     text[32];
    ssize_t  n;

    n = air_file_pread(fd, text, sizeof(text) - 1, 0);

    if (n <= 0) {
        return 0;
    }

    text[n] = '\0';

    return strtol(text, NULL, 10);
}


static int
air_lock_take(int fd, int *lockfd, long *holder, air_err_t *err)
{
    int   n, other;
    char  text[32];

    if (flock(fd, LOCK_EX | LOCK_NB) == -1) {

        if (errno != EWOULDBLOCK) {
            close(fd);
            return air_file_err(err, "cannot lock the store");
        }

        *holder = air_lock_holder(fd);

        other = air_lock_inherited(fd);

        if (other != -1) {
            close(fd);
            *lockfd = other;
            return AIR_OK;
        }

        if (*holder == (long) getppid()) {
            *lockfd = fd;
            return AIR_OK;
        }

        close(fd);

        return air_err_set(err, AIR_EBUSY,
                           "the store is in use by another process", 0);
    }

    n = snprintf(text, sizeof(text), "%ld\n", (long) getpid());

    if (ftruncate(fd, 0) == -1
        || air_file_pwrite(fd, text, (size_t) n, 0) == -1)
    {
        (void) air_file_err(err, "cannot write the lock");
        close(fd);
        return AIR_EIO;
    }

    *holder = (long) getpid();
    *lockfd = fd;

    return AIR_OK;
}


int
air_ledger_lock(const char *dir, unsigned uid, unsigned gid, int *fd,
    long *holder, air_err_t *err)
{
    int    lockfd, rc;
    char  *path;
    size_t size;

    *fd = -1;
    *holder = 0;

    size = strlen(dir) + sizeof("/journal");

    path = malloc(size);
    if (path == NULL) {
        return air_err_set(err, AIR_ENOMEM, "no memory", 0);
    }

    snprintf(path, size, "%s/journal", dir);

    rc = air_lock_make(dir, path, err);
    if (rc != AIR_OK) {
        goto done;
    }

    snprintf(path, size, "%s/lock", dir);

    /* without O_CLOEXEC: the next binary inherits the lock */

    lockfd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0640);
    if (lockfd == -1) {
        rc = air_file_err(err, "cannot open the store's lock");
        goto done;
    }

    rc = air_lock_take(lockfd, fd, holder, err);
    if (rc != AIR_OK) {
        goto done;
    }

    rc = air_lock_own_all(dir, uid, gid, err);

    if (rc == AIR_OK) {
        snprintf(path, size, "%s/journal", dir);
        rc = air_lock_own_all(path, uid, gid, err);
    }

    if (rc != AIR_OK) {
        close(*fd);
        *fd = -1;
    }

done:

    free(path);

    return rc;
}
