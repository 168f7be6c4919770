
/*
 * Folders of the store, for files that are read and replaced whole.
 */


#include "air_folder.h"
#include "air_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>


/* What is made gets the owner of DIR. */
int
air_folder_open(const char *dir, const char *folder, struct stat *owner,
    air_err_t *err)
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

    if (mkdirat(dirfd, folder, 0750) == -1) {

        if (errno != EEXIST) {
            (void) air_file_err(err, "cannot make a folder of it");
            close(dirfd);
            return -1;
        }

    } else if (geteuid() == 0
               && fchownat(dirfd, folder, owner->st_uid, owner->st_gid,
                           AT_SYMLINK_NOFOLLOW)
                  == -1)
    {
        (void) air_file_err(err, "cannot give away a folder of it");
        close(dirfd);
        return -1;
    }

    fd = openat(dirfd, folder,
                O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    close(dirfd);

    if (fd == -1) {
        (void) air_file_err(err, "cannot open a folder of it");
    }

    return fd;
}


int
air_folder_load(const char *dir, const char *folder, const char *name,
    const air_mem_t *mem, air_str_t *text, air_err_t *err)
{
    int      dirfd, fd, rc;
    void    *p;
    ssize_t  n;
    int64_t  size;

    *text = air_str_n(NULL, 0);

    dirfd = air_folder_open(dir, folder, NULL, err);
    if (dirfd == -1) {
        return AIR_EIO;
    }

    fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
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

    } else if (size > AIR_FOLDER_FILE) {
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
air_folder_write(const char *dir, const char *folder, const char *name,
    air_str_t text, air_err_t *err)
{
    int          dirfd, rc;
    struct stat  owner;

    dirfd = air_folder_open(dir, folder, &owner, err);
    if (dirfd == -1) {
        return AIR_EIO;
    }

    rc = air_file_replace(dirfd, name, text, owner.st_uid, owner.st_gid, err);

    close(dirfd);

    return rc;
}
