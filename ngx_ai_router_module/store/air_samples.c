
/*
 * Samples of learning workflows in a file mapped by every worker.  A slot's
 * place is taken by an atomic add; its number is stored last, so that who
 * reads it knows whether it is whole.  Grades and who answered are words of
 * their own, written later.
 */


#include "air_samples.h"
#include "../core/air_draw.h"
#include "air_file.h"
#include "air_record.h"
#include "air_weights.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>


#define AIR_SAMPLES_MAGIC    "airsamp1"
#define AIR_SAMPLES_INDEX    65536
#define AIR_SAMPLES_PROBE    8    /* places of the index that are tried     */
#define AIR_SAMPLES_SALT     16
#define AIR_SAMPLES_ROUNDS   4

#define AIR_SAMPLES_DRAWN    4    /* bit of served                          */


typedef struct {
    char                   magic[8];
    uint64_t               next;  /* number of the next one, from 1         */
    uint64_t               labels;
    uint64_t               unused[5];
    air_samples_learned_t  learned[AIR_SAMPLES_LEARNS];
    unsigned char          rest[4096 - 64
                                - AIR_SAMPLES_LEARNS
                                  * sizeof(air_samples_learned_t)];
} air_samples_head_t;


/* what is stored once */
typedef struct {
    uint8_t   id[16];
    uint64_t  learn;
    uint64_t  owner;
    int64_t   time_ms;
    uint16_t  share;
    uint16_t  n;
    uint16_t  bucket[AIR_SAMPLES_BUCKETS];
} air_samples_body_t;


typedef struct {
    uint64_t            number;   /* 0: being written                       */
    uint64_t            reply;
    uint64_t            label;
    uint32_t            served;
    uint16_t            grade[2]; /* + 1; 0 none: cheap, strong             */
    uint32_t            crc;      /* of the body                            */
    air_samples_body_t  body;
} air_samples_slot_t;


typedef char  air_samples_fits[sizeof(air_samples_slot_t) <= 1024
                               && sizeof(air_samples_head_t) == 4096
                               ? 1 : -1];


#define AIR_SAMPLES_SIZE  (sizeof(air_samples_head_t)                         \
                           + AIR_SAMPLES_INDEX * sizeof(uint32_t)             \
                           + (size_t) AIR_SAMPLES * 1024)


struct air_samples_s {
    int                  dirfd;
    int                  dutyfd;
    air_samples_head_t  *head;
    uint32_t            *index;   /* slot + 1                               */
    unsigned char       *slots;
    uint8_t              mix[AIR_SAMPLES_ROUNDS][128];
};


static air_samples_slot_t *
air_samples_slot(const air_samples_t *s, uint64_t i)
{
    return (air_samples_slot_t *) (s->slots + (i % AIR_SAMPLES) * 1024);
}


/* Tables of a Feistel network over the 14 bits of a bucket. */
static void
air_samples_mix(air_samples_t *s, const unsigned char *salt)
{
    uint64_t  a, b;
    unsigned  i, k;

    memcpy(&a, salt, 8);
    memcpy(&b, salt + 8, 8);

    for (i = 0; i < AIR_SAMPLES_ROUNDS; i++) {
        for (k = 0; k < 128; k++) {
            s->mix[i][k] = (air_draw(&a) ^ air_draw(&b))
                           & 127;
        }
    }
}


static uint16_t
air_samples_hide(const air_samples_t *s, unsigned bucket)
{
    unsigned  i, l, r, t;

    l = bucket >> 7 & 127;
    r = bucket & 127;

    for (i = 0; i < AIR_SAMPLES_ROUNDS; i++) {
        t = r;
        r = l ^ s->mix[i][r];
        l = t;
    }

    return (uint16_t) (l << 7 | r);
}


static uint16_t
air_samples_show(const air_samples_t *s, unsigned bucket)
{
    unsigned  i, l, r, t;

    l = bucket >> 7 & 127;
    r = bucket & 127;

    for (i = AIR_SAMPLES_ROUNDS; i-- > 0; /* void */ ) {
        t = l;
        l = r ^ s->mix[i][l];
        r = t;
    }

    return (uint16_t) (l << 7 | r);
}


/* The store's secret, made by the first who comes. */
static int
air_samples_salt(air_samples_t *s, air_err_t *err)
{
    int            fd;
    ssize_t        n;
    unsigned char  salt[AIR_SAMPLES_SALT];

    fd = openat(s->dirfd, "salt", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

    if (fd == -1 && errno == ENOENT) {

        if (getentropy(salt, sizeof(salt)) == -1
            || (air_file_make(s->dirfd, "salt", sizeof(salt), salt,
                              sizeof(salt))
                == -1 && errno != EEXIST)
            || fchmodat(s->dirfd, "salt", 0600, 0) == -1)
        {
            return air_file_err(err, "cannot make learn/salt");
        }

        fd = openat(s->dirfd, "salt", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    }

    if (fd == -1) {
        return air_file_err(err, "cannot open learn/salt");
    }

    n = air_file_pread(fd, salt, sizeof(salt), 0);
    close(fd);

    if (n != sizeof(salt)) {
        return air_err_set(err, AIR_EFORMAT, "learn/salt is damaged: remove "
                           "it with learn/samples", 0);
    }

    air_samples_mix(s, salt);

    return AIR_OK;
}


static int
air_samples_map(air_samples_t *s, air_err_t *err)
{
    int                 fd;
    void               *p;
    air_samples_head_t  head;

    memset(&head, 0, sizeof(air_samples_head_t));
    memcpy(head.magic, AIR_SAMPLES_MAGIC, sizeof(head.magic));
    head.next = 1;

    fd = openat(s->dirfd, "samples", O_RDWR | O_NOFOLLOW | O_CLOEXEC);

    if (fd == -1 && errno == ENOENT) {

        if (air_file_make(s->dirfd, "samples", AIR_SAMPLES_SIZE, &head,
                          sizeof(air_samples_head_t))
            == -1 && errno != EEXIST)
        {
            return air_file_err(err, "cannot make learn/samples");
        }

        fd = openat(s->dirfd, "samples", O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    }

    if (fd == -1) {
        return air_file_err(err, "cannot open learn/samples");
    }

    if (air_file_size(fd) != (int64_t) AIR_SAMPLES_SIZE) {
        close(fd);
        return air_err_set(err, AIR_EFORMAT, "learn/samples is of another "
                           "version or damaged: remove it", 0);
    }

    p = air_file_map(fd, AIR_SAMPLES_SIZE);
    close(fd);

    if (p == NULL) {
        return air_file_err(err, "cannot map learn/samples");
    }

    s->head = p;
    s->index = (uint32_t *) (s->head + 1);
    s->slots = (unsigned char *) (s->index + AIR_SAMPLES_INDEX);

    if (memcmp(s->head->magic, AIR_SAMPLES_MAGIC, 8) != 0) {
        return air_err_set(err, AIR_EFORMAT, "learn/samples is of another "
                           "version or damaged: remove it", 0);
    }

    return AIR_OK;
}


int
air_samples_open(air_samples_t **samples, const char *dir, air_err_t *err)
{
    int             rc;
    air_samples_t  *s;

    s = calloc(1, sizeof(air_samples_t));
    if (s == NULL) {
        return air_err_set(err, AIR_ENOMEM, "no memory", 0);
    }

    s->dutyfd = -1;
    s->dirfd = air_folder_open(dir, AIR_WEIGHTS_DIR, NULL, err);

    rc = s->dirfd == -1 ? AIR_EIO : air_samples_salt(s, err);

    if (rc == AIR_OK) {
        rc = air_samples_map(s, err);
    }

    if (rc != AIR_OK) {
        air_samples_close(s);
        return rc;
    }

    *samples = s;

    return AIR_OK;
}


void
air_samples_close(air_samples_t *s)
{
    if (s->head != NULL) {
        (void) munmap(s->head, AIR_SAMPLES_SIZE);
    }

    air_samples_release(s);

    if (s->dirfd != -1) {
        close(s->dirfd);
    }

    free(s);
}


uint64_t
air_samples_key(const uint8_t *id)
{
    uint64_t  key;

    memcpy(&key, id, sizeof(key));

    return key;
}


/* 1 when the slot is found by key, whole or not. */
static int
air_samples_has(const air_samples_slot_t *slot, uint64_t key)
{
    return air_samples_key(slot->body.id) == key
           || __atomic_load_n(&slot->reply, __ATOMIC_RELAXED) == key;
}


/* Notes where key is found; what is oldest of its few places gives way. */
static void
air_samples_note(air_samples_t *s, uint64_t key, uint64_t number)
{
    uint32_t             *place, *best, i;
    uint64_t              age, most;
    unsigned              k;
    air_samples_slot_t   *slot;

    best = NULL;
    most = 0;

    for (k = 0; k < AIR_SAMPLES_PROBE; k++) {

        place = &s->index[(key + k) % AIR_SAMPLES_INDEX];
        i = __atomic_load_n(place, __ATOMIC_RELAXED);

        if (i == 0 || i > AIR_SAMPLES) {
            best = place;
            break;
        }

        slot = air_samples_slot(s, i - 1);
        age = number - __atomic_load_n(&slot->number, __ATOMIC_RELAXED);

        if (best == NULL || age > most) {
            best = place;
            most = age;
        }
    }

    __atomic_store_n(best, (uint32_t) (number % AIR_SAMPLES) + 1,
                     __ATOMIC_RELAXED);
}


static air_samples_slot_t *
air_samples_find(const air_samples_t *s, uint64_t key)
{
    uint32_t             i;
    unsigned             k;
    air_samples_slot_t  *slot;

    for (k = 0; k < AIR_SAMPLES_PROBE; k++) {

        i = __atomic_load_n(&s->index[(key + k) % AIR_SAMPLES_INDEX],
                            __ATOMIC_RELAXED);

        if (i == 0 || i > AIR_SAMPLES) {
            continue;
        }

        slot = air_samples_slot(s, i - 1);

        if (__atomic_load_n(&slot->number, __ATOMIC_ACQUIRE) != 0
            && air_samples_has(slot, key))
        {
            return slot;
        }
    }

    return NULL;
}


uint64_t
air_samples_add(air_samples_t *s, const air_sample_t *sample,
    const air_learn_text_t *t)
{
    uint64_t             number;
    uint32_t             i, n;
    air_samples_slot_t  *slot;

    number = __atomic_fetch_add(&s->head->next, 1, __ATOMIC_RELAXED);
    slot = air_samples_slot(s, number);

    __atomic_store_n(&slot->number, 0, __ATOMIC_RELEASE);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);

    slot->reply = 0;
    slot->label = 0;
    slot->served = 0;
    slot->grade[0] = 0;
    slot->grade[1] = 0;

    memcpy(slot->body.id, sample->id, 16);
    slot->body.learn = sample->learn;
    slot->body.owner = sample->owner;
    slot->body.time_ms = sample->time_ms;
    slot->body.share = sample->share;

    /* of a text too rich for a slot some words, evenly */

    n = t->n < AIR_SAMPLES_BUCKETS ? t->n : AIR_SAMPLES_BUCKETS;
    slot->body.n = (uint16_t) n;

    for (i = 0; i < n; i++) {
        slot->body.bucket[i] = air_samples_hide(s,
                                   t->bucket[(uint64_t) i * t->n / n]);
    }

    memset(slot->body.bucket + n, 0,
           (AIR_SAMPLES_BUCKETS - n) * sizeof(uint16_t));

    slot->crc = air_crc32c(0, &slot->body, sizeof(air_samples_body_t));

    __atomic_store_n(&slot->number, number, __ATOMIC_RELEASE);

    air_samples_note(s, air_samples_key(sample->id), number);

    return number;
}


void
air_samples_served(air_samples_t *s, uint64_t number, const uint8_t *id,
    unsigned served, int drawn, uint64_t reply)
{
    air_samples_slot_t  *slot;

    slot = air_samples_slot(s, number);

    /* another has it by now */

    if (__atomic_load_n(&slot->number, __ATOMIC_ACQUIRE) != number
        || memcmp(slot->body.id, id, 16) != 0)
    {
        return;
    }

    __atomic_store_n(&slot->reply, reply, __ATOMIC_RELAXED);
    __atomic_store_n(&slot->served,
                     served | (drawn ? AIR_SAMPLES_DRAWN : 0),
                     __ATOMIC_RELEASE);

    if (reply != 0) {
        air_samples_note(s, reply, number);
    }
}


int
air_samples_label(air_samples_t *s, uint64_t key, const uint8_t *id,
    const uint64_t *owner, unsigned which, unsigned grade)
{
    air_samples_slot_t  *slot;

    slot = air_samples_find(s, key);

    if (slot == NULL
        || (id != NULL && memcmp(slot->body.id, id, 16) != 0)
        || (owner != NULL && slot->body.owner != *owner))
    {
        return AIR_ENOENT;
    }

    if (which == AIR_SAMPLE_SERVED) {
        which = __atomic_load_n(&slot->served, __ATOMIC_ACQUIRE)
                & (AIR_SAMPLE_CHEAP | AIR_SAMPLE_STRONG);
    }

    if (which != AIR_SAMPLE_CHEAP && which != AIR_SAMPLE_STRONG) {
        return AIR_ENOENT;
    }

    if (grade > 1000) {
        return AIR_OK;
    }

    __atomic_store_n(&slot->grade[which - 1], (uint16_t) (grade + 1),
                     __ATOMIC_RELAXED);
    __atomic_store_n(&slot->label,
                     __atomic_add_fetch(&s->head->labels, 1,
                                        __ATOMIC_RELAXED),
                     __ATOMIC_RELEASE);

    return AIR_OK;
}


uint64_t
air_samples_labels(air_samples_t *s)
{
    return __atomic_load_n(&s->head->labels, __ATOMIC_RELAXED);
}


static uint16_t
air_samples_grade(const uint16_t *grade)
{
    unsigned  n;

    n = __atomic_load_n(grade, __ATOMIC_RELAXED);

    return n == 0 || n > 1001 ? AIR_SAMPLE_NONE : (uint16_t) (n - 1);
}


int
air_samples_read(air_samples_t *s, unsigned i, air_sample_t *sample)
{
    uint32_t             crc, k, served;
    uint64_t             number;
    air_samples_body_t   body;
    air_samples_slot_t  *slot;

    slot = air_samples_slot(s, i);
    number = __atomic_load_n(&slot->number, __ATOMIC_ACQUIRE);

    if (number == 0) {
        return AIR_ENOENT;
    }

    sample->label = __atomic_load_n(&slot->label, __ATOMIC_ACQUIRE);
    served = __atomic_load_n(&slot->served, __ATOMIC_RELAXED);
    sample->cheap = air_samples_grade(&slot->grade[0]);
    sample->strong = air_samples_grade(&slot->grade[1]);

    memcpy(&body, &slot->body, sizeof(air_samples_body_t));
    crc = slot->crc;

    __atomic_thread_fence(__ATOMIC_ACQUIRE);

    if (__atomic_load_n(&slot->number, __ATOMIC_RELAXED) != number) {
        return AIR_ENOENT;
    }

    if (air_crc32c(0, &body, sizeof(air_samples_body_t)) != crc
        || body.n == 0 || body.n > AIR_SAMPLES_BUCKETS
        || body.share > 10000)
    {
        return AIR_ECORRUPT;
    }

    memcpy(sample->id, body.id, 16);
    sample->learn = body.learn;
    sample->owner = body.owner;
    sample->time_ms = body.time_ms;
    sample->share = body.share;
    sample->served = served & (AIR_SAMPLE_CHEAP | AIR_SAMPLE_STRONG);
    sample->drawn = (served & AIR_SAMPLES_DRAWN) != 0;
    sample->n = body.n;

    for (k = 0; k < body.n; k++) {
        sample->bucket[k] = air_samples_show(s, body.bucket[k]);
    }

    return AIR_OK;
}


air_samples_learned_t *
air_samples_learned(air_samples_t *s, uint64_t learn)
{
    unsigned  i;

    for (i = 0; i < AIR_SAMPLES_LEARNS; i++) {

        if (s->head->learned[i].learn == 0) {
            s->head->learned[i].learn = learn;
        }

        if (s->head->learned[i].learn == learn) {
            return &s->head->learned[i];
        }
    }

    return NULL;
}


int
air_samples_duty(air_samples_t *s, air_err_t *err)
{
    int  fd, rc;

    if (s->dutyfd != -1) {
        return AIR_OK;
    }

    fd = openat(s->dirfd, "duty", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
                0640);
    if (fd == -1) {
        return air_file_err(err, "cannot open learn/duty");
    }

    if (flock(fd, LOCK_EX | LOCK_NB) == -1) {
        rc = errno == EWOULDBLOCK
             ? AIR_EBUSY : air_file_err(err, "cannot lock learn/duty");
        close(fd);
        return rc;
    }

    s->dutyfd = fd;

    return AIR_OK;
}


void
air_samples_release(air_samples_t *s)
{
    if (s->dutyfd != -1) {
        close(s->dutyfd);
        s->dutyfd = -1;
    }
}
