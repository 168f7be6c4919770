
/*
 * The file of the accounts: how it comes to be, who may use it, and how it
 * changes so that it is whole whatever dies.
 *
 * Whoever uses it holds a shared lock on its first byte, which the kernel
 * drops when the process ends; a file that is locked so is never replaced.
 * Nothing of it need survive the machine: a file of an earlier boot is not
 * used, the ledger makes a new one.
 */


#include "air_accounts_impl.h"
#include "air_file.h"
#include "air_record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>


#define AIR_ACCOUNTS_NAME     "accounts"
#define AIR_ACCOUNTS_VERSION  1

#define AIR_ACCOUNTS_AT_LIVE  512
#define AIR_ACCOUNTS_AT_LOG   4096
#define AIR_ACCOUNTS_AT_HASH                                                  \
    (AIR_ACCOUNTS_AT_LOG + AIR_ACCOUNTS_LOG * sizeof(air_accounts_word_t))

#define AIR_ACCOUNTS_LEAST    64
#define AIR_ACCOUNTS_MOST     (1 << 20)
#define AIR_ACCOUNTS_SLOTS    (1 << (AIR_ACCOUNTS_INDEX - 1))


static const char  air_accounts_magic[8] = "AIRACCT";


static uint64_t
air_accounts_size(const air_accounts_head_t *head)
{
    return AIR_ACCOUNTS_AT_HASH + (uint64_t) head->nhash * 8
           + (uint64_t) head->nrows * sizeof(air_accounts_row_t)
           + ((uint64_t) head->nslots + head->npool)
             * sizeof(air_accounts_hold_t);
}


static uint32_t
air_accounts_crc(const air_accounts_head_t *head)
{
    return air_crc32c(0, head, offsetof(air_accounts_head_t, crc));
}


static void
air_accounts_at(air_accounts_t *a, const air_accounts_head_t *head)
{
    unsigned char  *p;

    a->nrows = head->nrows;
    a->nhash = head->nhash;
    a->nslots = head->nslots;
    a->npool = head->npool;

    a->head = (void *) a->map;
    a->live = (void *) (a->map + AIR_ACCOUNTS_AT_LIVE);
    a->log = (void *) (a->map + AIR_ACCOUNTS_AT_LOG);

    p = a->map + AIR_ACCOUNTS_AT_HASH;
    a->hash = (void *) p;

    p += (size_t) a->nhash * 8;
    a->row = (void *) p;

    p += (size_t) a->nrows * sizeof(air_accounts_row_t);
    a->hold = (void *) p;
}


/* The first byte's lock: F_RDLCK of those who use it, F_WRLCK of who makes
   another; 0 or -1. */
static int
air_accounts_claim(int fd, short type, int cmd, struct flock *fl)
{
    memset(fl, 0, sizeof(struct flock));

    fl->l_type = type;
    fl->l_whence = SEEK_SET;
    fl->l_len = 1;

    return fcntl(fd, cmd, fl);
}


/* Proves that an open file is one of ours, of this boot, and whole. */
static int
air_accounts_look(int fd, air_accounts_head_t *head, air_err_t *err)
{
    char         boot[sizeof(head->boot)];
    struct stat  st;

    if (fstat(fd, &st) == -1
        || air_file_pread(fd, head, sizeof(*head), 0) == -1)
    {
        return air_file_err(err, "cannot read the accounts");
    }

    if (st.st_size < (off_t) sizeof(*head)
        || memcmp(head->magic, air_accounts_magic, 8) != 0
        || head->crc != air_accounts_crc(head))
    {
        return air_err_set(err, AIR_ECORRUPT, "the accounts have a damaged "
                                              "header", 0);
    }

    if (head->version != AIR_ACCOUNTS_VERSION) {
        return air_err_set(err, AIR_EFORMAT,
                           "the accounts are of another version", 0);
    }

    air_file_boot(boot, sizeof(boot));

    if (head->inode != st.st_ino || memcmp(head->boot, boot, sizeof(boot)) != 0
        || head->nhash < 2 || (head->nhash & (head->nhash - 1)) != 0
        || head->nrows >= head->nhash || head->nrows == 0
        || (uint64_t) st.st_size != air_accounts_size(head))
    {
        return air_err_set(err, AIR_ECORRUPT, "the accounts are not of this "
                                              "start of the machine", 0);
    }

    return AIR_OK;
}


static int
air_accounts_map(air_accounts_t *a, int prot, air_err_t *err)
{
    int                  rc;
    void                *p;
    air_accounts_head_t  head;

    rc = air_accounts_look(a->fd, &head, err);
    if (rc != AIR_OK) {
        return rc;
    }

    a->size = air_accounts_size(&head);

    p = mmap(NULL, a->size, prot, MAP_SHARED, a->fd, 0);
    if (p == MAP_FAILED) {
        return air_file_err(err, "cannot map the accounts");
    }

    a->map = p;
    air_accounts_at(a, &head);

    return AIR_OK;
}


static int
air_accounts_new(air_accounts_t **a, uint32_t owner, air_err_t *err)
{
    *a = calloc(1, sizeof(air_accounts_t));
    if (*a == NULL) {
        return air_err_set(err, AIR_ENOMEM, "no memory", 0);
    }

    (*a)->fd = -1;
    (*a)->owner = owner;

    return AIR_OK;
}


int
air_accounts_open(air_accounts_t **a, int dirfd, uint32_t owner,
    air_err_t *err)
{
    int           rc;
    struct flock  fl;
    struct stat   st;

    rc = air_accounts_new(a, owner, err);
    if (rc != AIR_OK) {
        return rc;
    }

    (*a)->fd = openat(dirfd, AIR_ACCOUNTS_NAME, O_RDWR | O_CLOEXEC);

    if ((*a)->fd == -1) {
        rc = errno == ENOENT
             ? air_err_set(err, AIR_ENOENT, "there are no accounts yet", 0)
             : air_file_err(err, "cannot open the accounts");

    } else if (air_accounts_claim((*a)->fd, F_RDLCK, F_OFD_SETLK, &fl) == -1) {
        rc = errno == EAGAIN || errno == EACCES
             ? air_err_set(err, AIR_EBUSY, "accounts are being made", 0)
             : air_file_err(err, "cannot lock the accounts");

    } else if (fstat((*a)->fd, &st) == -1 || st.st_nlink == 0) {

        /* replaced just now */

        rc = air_err_set(err, AIR_EBUSY, "accounts are being made", 0);

    } else {
        rc = air_accounts_map(*a, PROT_READ | PROT_WRITE, err);
    }

    if (rc != AIR_OK) {
        air_accounts_close(*a);
        *a = NULL;
    }

    return rc;
}


int
air_accounts_peek(air_accounts_t **a, int dirfd, air_err_t *err)
{
    int  rc;

    rc = air_accounts_new(a, 0, err);
    if (rc != AIR_OK) {
        return rc;
    }

    (*a)->fd = openat(dirfd, AIR_ACCOUNTS_NAME, O_RDONLY | O_CLOEXEC);

    if ((*a)->fd == -1) {
        rc = errno == ENOENT
             ? air_err_set(err, AIR_ENOENT, "there are no accounts yet", 0)
             : air_file_err(err, "cannot open the accounts");

    } else {
        rc = air_accounts_map(*a, PROT_READ, err);
    }

    if (rc != AIR_OK) {
        air_accounts_close(*a);
        *a = NULL;
    }

    return rc;
}


int
air_accounts_used(int dirfd)
{
    int           fd, used;
    struct flock  fl;

    fd = openat(dirfd, AIR_ACCOUNTS_NAME, O_RDWR | O_CLOEXEC);
    if (fd == -1) {
        return 0;
    }

    used = air_accounts_claim(fd, F_WRLCK, F_OFD_GETLK, &fl) == 0
           && fl.l_type != F_UNLCK;
    close(fd);

    return used;
}


void
air_accounts_close(air_accounts_t *a)
{
    if (a->map != NULL) {
        (void) munmap(a->map, a->size);
    }

    if (a->fd != -1) {
        close(a->fd);
    }

    free(a);
}


static int
air_accounts_mutex(pthread_mutex_t *mutex, air_err_t *err)
{
    int                  rc;
    pthread_mutexattr_t  attr;

    rc = pthread_mutexattr_init(&attr);

    if (rc == 0) {
        rc = pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);

        if (rc == 0) {
            rc = pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
        }

        if (rc == 0) {
            rc = pthread_mutex_init(mutex, &attr);
        }

        (void) pthread_mutexattr_destroy(&attr);
    }

    if (rc != 0) {
        errno = rc;
        return air_file_err(err, "cannot make the accounts' lock");
    }

    return AIR_OK;
}


static void
air_accounts_head(air_accounts_head_t *head, uint32_t rows, uint32_t slots)
{
    memset(head, 0, sizeof(air_accounts_head_t));

    rows = rows < AIR_ACCOUNTS_LEAST ? AIR_ACCOUNTS_LEAST : rows;
    rows = rows > AIR_ACCOUNTS_MOST ? AIR_ACCOUNTS_MOST : rows;
    slots = slots > AIR_ACCOUNTS_SLOTS ? AIR_ACCOUNTS_SLOTS : slots;

    memcpy(head->magic, air_accounts_magic, 8);
    head->version = AIR_ACCOUNTS_VERSION;
    head->nrows = rows;
    head->nslots = slots;
    head->npool = slots;

    for (head->nhash = 64; head->nhash < 2 * rows; /* void */ ) {
        head->nhash *= 2;
    }

    if (getrandom(&head->seed, sizeof(head->seed), GRND_NONBLOCK)
        != sizeof(head->seed))
    {
        head->seed = (uint64_t) (uintptr_t) head ^ (uint64_t) getpid() << 40;
    }

    air_file_boot(head->boot, sizeof(head->boot));
}


int
air_accounts_scratch(air_accounts_t **a, air_err_t *err)
{
    int                  rc;
    void                *p;
    air_accounts_head_t  head;

    rc = air_accounts_new(a, 0, err);
    if (rc != AIR_OK) {
        return rc;
    }

    air_accounts_head(&head, AIR_ACCOUNTS_MOST, 1);
    (*a)->size = air_accounts_size(&head);

    p = mmap(NULL, (*a)->size, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (p == MAP_FAILED) {
        air_accounts_close(*a);
        return air_err_set(err, AIR_ENOMEM, "no memory", 0);
    }

    memcpy(p, &head, sizeof(head));

    (*a)->map = p;
    air_accounts_at(*a, &head);

    return AIR_OK;
}


static void
air_accounts_tmp(char *name, size_t size)
{
    snprintf(name, size, "." AIR_ACCOUNTS_NAME ".%ld",
             (long) syscall(SYS_gettid));
}


/* A whole file under a name of its own, mapped, with nothing in it. */
static int
air_accounts_begin(air_accounts_t *a, int dirfd, uint32_t rows,
    uint32_t slots, air_err_t *err)
{
    int                  rc;
    char                 tmp[64];
    struct stat          st;
    air_accounts_head_t  head;

    air_accounts_head(&head, rows, slots);
    air_accounts_tmp(tmp, sizeof(tmp));

    (void) unlinkat(dirfd, tmp, 0);

    a->fd = openat(dirfd, tmp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);

    if (a->fd == -1 || fstat(a->fd, &st) == -1) {
        return air_file_err(err, "cannot make the accounts");
    }

    head.inode = st.st_ino;
    head.crc = air_accounts_crc(&head);

    do {
        rc = posix_fallocate(a->fd, 0, (off_t) air_accounts_size(&head));
    } while (rc == EINTR);

    if (rc != 0) {
        errno = rc;
        return air_file_err(err, "no room for the accounts");
    }

    if (air_file_pwrite(a->fd, &head, sizeof(head), 0) == -1) {
        return air_file_err(err, "cannot write the accounts");
    }

    rc = air_accounts_map(a, PROT_READ | PROT_WRITE, err);

    return rc == AIR_OK ? air_accounts_mutex(&a->live->mutex, err) : rc;
}


/* In the place of the old one (fd, -1: none) that nobody uses. */
static int
air_accounts_publish(int dirfd, int fd, air_err_t *err)
{
    int   rc;
    char  tmp[64];

    air_accounts_tmp(tmp, sizeof(tmp));

    rc = fd != -1 ? renameat(dirfd, tmp, dirfd, AIR_ACCOUNTS_NAME)
                  : linkat(dirfd, tmp, dirfd, AIR_ACCOUNTS_NAME, 0);

    if (rc == -1 && errno == EEXIST) {
        return air_err_set(err, AIR_EBUSY, "accounts are being made", 0);
    }

    return rc == -1 ? air_file_err(err, "cannot put the accounts in place")
                    : AIR_OK;
}


/* The old file, locked against all: AIR_OK (*fd may be -1), AIR_EBUSY. */
static int
air_accounts_old(int dirfd, int *fd, air_err_t *err)
{
    struct stat   st;
    struct flock  fl;

    *fd = openat(dirfd, AIR_ACCOUNTS_NAME, O_RDWR | O_CLOEXEC);

    if (*fd == -1) {
        return errno == ENOENT
               ? AIR_OK : air_file_err(err, "cannot open the accounts");
    }

    if (air_accounts_claim(*fd, F_WRLCK, F_OFD_SETLK, &fl) == -1
        || fstat(*fd, &st) == -1 || st.st_nlink == 0)
    {
        close(*fd);
        *fd = -1;

        return air_err_set(err, AIR_EBUSY, "the accounts are in use", 0);
    }

    return AIR_OK;
}


int
air_accounts_make(int dirfd, uint32_t rows, uint32_t slots,
    int (*fill)(void *ud, air_accounts_t *a, const air_accounts_t *old,
                air_err_t *err),
    void *ud, air_err_t *err)
{
    int              fd, rc;
    char             tmp[64];
    air_accounts_t  *a, *old;

    rc = air_accounts_old(dirfd, &fd, err);
    if (rc != AIR_OK) {
        return rc;
    }

    rc = air_accounts_new(&a, 0, err);

    if (rc == AIR_OK) {
        rc = air_accounts_begin(a, dirfd, rows, slots, err);

        if (rc == AIR_OK && fill != NULL) {

            if (air_accounts_peek(&old, dirfd, NULL) != AIR_OK) {
                old = NULL;
            }

            rc = fill(ud, a, old, err);

            if (old != NULL) {
                air_accounts_close(old);
            }
        }

        if (rc == AIR_OK) {
            rc = air_accounts_publish(dirfd, fd, err);
        }

        air_accounts_close(a);
        air_accounts_tmp(tmp, sizeof(tmp));
        (void) unlinkat(dirfd, tmp, 0);
    }

    if (fd != -1) {
        close(fd);
    }

    return rc;
}


/* Writes the words that are down in the log; may be done again. */
static void
air_accounts_apply(air_accounts_t *a, uint64_t n)
{
    uint64_t               i, at, words, first;
    air_accounts_bytes_t  *base;

    base = (void *) a->map;
    first = (AIR_ACCOUNTS_AT_LIVE + offsetof(air_accounts_live_t, sums)) / 8;
    words = a->size / 8 - first;

    __atomic_store_n(&a->live->turn, a->live->turn | 1, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE);

    for (i = 0; i < n; i++) {
        at = a->log[i].at;

        /* a log that somebody else wrote to may say anything */

        if (at - first < words) {
            __atomic_store_n(base + at, a->log[i].value, __ATOMIC_RELAXED);
        }
    }

    __atomic_store_n(&a->live->turn, (a->live->turn | 1) + 1,
                     __ATOMIC_RELEASE);
    __atomic_store_n(&a->live->nlog, 0, __ATOMIC_RELEASE);
}


int
air_accounts_lock(air_accounts_t *a)
{
    int       rc;
    uint64_t  n;

    rc = pthread_mutex_lock(&a->live->mutex);

    if (rc == EOWNERDEAD) {
        n = __atomic_load_n(&a->live->nlog, __ATOMIC_ACQUIRE);

        if (n <= AIR_ACCOUNTS_LOG && (n != 0 || (a->live->turn & 1))) {
            air_accounts_apply(a, n);
        }

        rc = pthread_mutex_consistent(&a->live->mutex);
    }

    a->n = 0;

    return rc == 0 ? AIR_OK : AIR_EIO;
}


void
air_accounts_recover(air_accounts_t *a)
{
    if (air_accounts_lock(a) == AIR_OK) {
        air_accounts_unlock(a);
    }
}


void
air_accounts_unlock(air_accounts_t *a)
{
    (void) pthread_mutex_unlock(&a->live->mutex);
}


/*
 * The log is complete before its length is set, and its length goes to 0 only
 * when all is written: whoever finds the lock's owner dead writes it again,
 * and words written twice are the same.
 */
int
air_accounts_commit(air_accounts_t *a)
{
    unsigned  n;

    n = a->n;
    a->n = 0;

    if (n > AIR_ACCOUNTS_LOG) {
        return AIR_ELIMIT;
    }

    if (n != 0) {
        __atomic_store_n(&a->live->nlog, n, __ATOMIC_RELEASE);
        air_accounts_apply(a, n);
    }

    return AIR_OK;
}
