
/*
 * Answers by key: a hash table of entries and a store of blocks, in one piece
 * of memory.
 *
 *   free -- ask --> running -- keep --> done
 *     ^               | drop             | drop, expired, gives way
 *     +---------------+------------------+
 *
 * Indices are from 1, 0 is none.
 */

#include "air_idem.h"


#define AIR_IDEM_MAGIC    0x4149524d
#define AIR_IDEM_VERSION  1

/* one entry for so many bytes, a small answer's */
#define AIR_IDEM_SHARE    8192

#define AIR_IDEM_BLOCK    4096
#define AIR_IDEM_DATA     (AIR_IDEM_BLOCK - 8)


enum {
    AIR_IDEM_FREE = 0,
    AIR_IDEM_RUNS,
    AIR_IDEM_KEPT
};


struct air_idem_s {
    uint32_t  magic;
    uint32_t  version;
    uint64_t  size;
    uint64_t  stamp;              /* the last one given                     */
    uint32_t  nentry;
    uint32_t  nbucket;
    uint32_t  nblock;
    uint32_t  free;               /* entry                                  */
    uint32_t  free_block;
    uint32_t  nfree_block;
    uint32_t  oldest;             /* of those that are kept                 */
    uint32_t  newest;
    uint32_t  nkept;
    uint32_t  nruns;
};


typedef struct {
    unsigned char  key[AIR_IDEM_HASH];
    unsigned char  body[AIR_IDEM_HASH];
    uint64_t       stamp;
    uint64_t       owner;
    uint64_t       expires;
    uint64_t       len;
    uint32_t       state;
    uint32_t       kind;
    uint32_t       next;          /* of the bucket, or of the free ones     */
    uint32_t       older;
    uint32_t       newer;
    uint32_t       first;         /* block                                  */
    uint32_t       last;
    uint32_t       unused;
} air_idem_entry_t;


typedef struct {
    uint32_t       next;
    uint32_t       len;
    unsigned char  data[AIR_IDEM_DATA];
} air_idem_block_t;


_Static_assert(sizeof(air_idem_block_t) == AIR_IDEM_BLOCK, "a page a block");
_Static_assert(sizeof(air_idem_t) % 8 == 0
               && sizeof(air_idem_entry_t) % 8 == 0, "aligned");


static air_idem_entry_t *
air_idem_entry(const air_idem_t *t, uint32_t i)
{
    return (air_idem_entry_t *) (t + 1) + (i - 1);
}


static uint32_t *
air_idem_bucket(const air_idem_t *t, const unsigned char *key)
{
    uint32_t   n;
    uint32_t  *bucket;

    memcpy(&n, key, sizeof(n));

    bucket = (uint32_t *) (air_idem_entry(t, 1) + t->nentry);

    return bucket + n % t->nbucket;
}


static air_idem_block_t *
air_idem_block(const air_idem_t *t, uint32_t i)
{
    uint32_t  *bucket;

    bucket = (uint32_t *) (air_idem_entry(t, 1) + t->nentry);

    return (air_idem_block_t *) (bucket + t->nbucket) + (i - 1);
}


/* how a size is shared out; 0 when it is too small or too large */
static int
air_idem_parts(size_t size, air_idem_t *parts)
{
    size_t  head;

    if (size < AIR_IDEM_LEAST || size / AIR_IDEM_BLOCK > UINT32_MAX) {
        return 0;
    }

    memset(parts, 0, sizeof(air_idem_t));

    parts->magic = AIR_IDEM_MAGIC;
    parts->version = AIR_IDEM_VERSION;
    parts->size = size;
    parts->nentry = (uint32_t) (size / AIR_IDEM_SHARE);

    /* even, so that what follows is aligned */

    parts->nbucket = 2 * parts->nentry;

    head = sizeof(air_idem_t) + parts->nentry * sizeof(air_idem_entry_t)
           + parts->nbucket * sizeof(uint32_t);

    parts->nblock = (uint32_t) ((size - head) / AIR_IDEM_BLOCK);

    return 1;
}


air_idem_t *
air_idem_make(void *mem, size_t size)
{
    air_idem_t  *t, parts;

    if (!air_idem_parts(size, &parts)) {
        return NULL;
    }

    t = mem;
    *t = parts;

    air_idem_reset(t);

    return t;
}


air_idem_t *
air_idem_open(void *mem, size_t size)
{
    air_idem_t  *t, parts;

    t = mem;

    if (!air_idem_parts(size, &parts) || t->magic != parts.magic
        || t->version != parts.version || t->size != parts.size
        || t->nentry != parts.nentry || t->nbucket != parts.nbucket
        || t->nblock != parts.nblock)
    {
        return NULL;
    }

    return t;
}


void
air_idem_reset(air_idem_t *t)
{
    uint32_t           i;
    uint64_t           stamp;
    air_idem_entry_t  *e;

    /* stamps go on: whoever still holds one holds nothing */

    for (i = 1; i <= t->nentry; i++) {
        e = air_idem_entry(t, i);

        stamp = e->stamp;
        memset(e, 0, sizeof(air_idem_entry_t));
        e->next = i < t->nentry ? i + 1 : 0;

        if (stamp > t->stamp) {
            t->stamp = stamp;
        }
    }

    memset(air_idem_entry(t, 1) + t->nentry, 0,
           t->nbucket * sizeof(uint32_t));

    for (i = 1; i <= t->nblock; i++) {
        air_idem_block(t, i)->next = i < t->nblock ? i + 1 : 0;
    }

    t->free = 1;
    t->free_block = 1;
    t->nfree_block = t->nblock;
    t->oldest = 0;
    t->newest = 0;
    t->nkept = 0;
    t->nruns = 0;
}


/* gives an entry's blocks back */
static void
air_idem_empty(air_idem_t *t, air_idem_entry_t *e)
{
    uint32_t  i, n;

    if (e->first == 0) {
        return;
    }

    n = 1;

    for (i = e->first; i != e->last; i = air_idem_block(t, i)->next) {
        n++;
    }

    air_idem_block(t, e->last)->next = t->free_block;
    t->free_block = e->first;
    t->nfree_block += n;

    e->first = 0;
    e->last = 0;
    e->len = 0;
}


static void
air_idem_unlink(air_idem_t *t, air_idem_entry_t *e)
{
    if (e->older) {
        air_idem_entry(t, e->older)->newer = e->newer;

    } else {
        t->oldest = e->newer;
    }

    if (e->newer) {
        air_idem_entry(t, e->newer)->older = e->older;

    } else {
        t->newest = e->older;
    }

    t->nkept--;
}


/* as the newest of those that are kept */
static void
air_idem_link(air_idem_t *t, uint32_t i)
{
    air_idem_entry_t  *e;

    e = air_idem_entry(t, i);

    e->older = t->newest;
    e->newer = 0;

    if (t->newest) {
        air_idem_entry(t, t->newest)->newer = i;

    } else {
        t->oldest = i;
    }

    t->newest = i;
    t->nkept++;
}


static void
air_idem_remove(air_idem_t *t, uint32_t i)
{
    uint32_t          *p;
    air_idem_entry_t  *e;

    e = air_idem_entry(t, i);

    for (p = air_idem_bucket(t, e->key); *p != i;
         p = &air_idem_entry(t, *p)->next)
    {
        /* void */
    }

    *p = e->next;

    if (e->state == AIR_IDEM_KEPT) {
        air_idem_unlink(t, e);

    } else {
        t->nruns--;
    }

    air_idem_empty(t, e);

    e->state = AIR_IDEM_FREE;
    e->next = t->free;
    t->free = i;
}


/* the entry of ref, or NULL when it is another one's by now */
static air_idem_entry_t *
air_idem_of(air_idem_t *t, const air_idem_ref_t *ref)
{
    air_idem_entry_t  *e;

    if (ref->index == 0 || ref->index > t->nentry) {
        return NULL;
    }

    e = air_idem_entry(t, ref->index);

    return e->state != AIR_IDEM_FREE && e->stamp == ref->stamp ? e : NULL;
}


static void
air_idem_ref(const air_idem_t *t, uint32_t i, air_idem_ref_t *ref)
{
    air_idem_entry_t  *e;

    e = air_idem_entry(t, i);

    ref->index = i;
    ref->stamp = e->stamp;
    ref->owner = e->state == AIR_IDEM_RUNS ? e->owner : 0;
    ref->len = e->len;
    ref->kind = e->kind;
}


air_idem_e
air_idem_ask(air_idem_t *t, const unsigned char key[AIR_IDEM_HASH],
    const unsigned char body[AIR_IDEM_HASH], uint64_t now, uint64_t owner,
    air_idem_ref_t *ref)
{
    uint32_t           i, *bucket;
    air_idem_entry_t  *e;

    bucket = air_idem_bucket(t, key);

    for (i = *bucket; i != 0; i = e->next) {
        e = air_idem_entry(t, i);

        if (memcmp(e->key, key, AIR_IDEM_HASH) != 0) {
            continue;
        }

        if (e->state == AIR_IDEM_KEPT && e->expires <= now) {
            air_idem_remove(t, i);
            break;
        }

        air_idem_ref(t, i, ref);

        if (memcmp(e->body, body, AIR_IDEM_HASH) != 0) {
            return AIR_IDEM_OTHER;
        }

        if (e->state == AIR_IDEM_RUNS) {
            return AIR_IDEM_WAIT;
        }

        air_idem_unlink(t, e);
        air_idem_link(t, i);

        return AIR_IDEM_DONE;
    }

    if (t->free == 0 && t->oldest != 0) {
        air_idem_remove(t, t->oldest);
    }

    i = t->free;

    if (i == 0) {
        return AIR_IDEM_FULL;
    }

    e = air_idem_entry(t, i);
    t->free = e->next;

    memset(e, 0, sizeof(air_idem_entry_t));
    memcpy(e->key, key, AIR_IDEM_HASH);
    memcpy(e->body, body, AIR_IDEM_HASH);

    e->stamp = ++t->stamp;
    e->owner = owner;
    e->state = AIR_IDEM_RUNS;
    e->next = *bucket;
    *bucket = i;

    t->nruns++;

    air_idem_ref(t, i, ref);

    return AIR_IDEM_MINE;
}


/* a block at the end of an entry's; 0 when there is none */
static int
air_idem_grow(air_idem_t *t, air_idem_entry_t *e)
{
    uint32_t           i;
    air_idem_block_t  *b;

    while (t->free_block == 0) {

        if (t->oldest == 0) {
            return 0;
        }

        air_idem_remove(t, t->oldest);
    }

    i = t->free_block;
    b = air_idem_block(t, i);

    t->free_block = b->next;
    t->nfree_block--;

    b->next = 0;
    b->len = 0;

    if (e->last) {
        air_idem_block(t, e->last)->next = i;

    } else {
        e->first = i;
    }

    e->last = i;

    return 1;
}


int
air_idem_add(air_idem_t *t, air_idem_ref_t *ref, air_str_t data)
{
    size_t             n;
    air_idem_block_t  *b;
    air_idem_entry_t  *e;

    e = air_idem_of(t, ref);

    if (e == NULL || e->state != AIR_IDEM_RUNS) {
        return AIR_EINVAL;
    }

    while (data.len != 0) {
        b = e->last ? air_idem_block(t, e->last) : NULL;

        if (b == NULL || b->len == AIR_IDEM_DATA) {

            if (!air_idem_grow(t, e)) {
                air_idem_empty(t, e);
                ref->len = 0;
                return AIR_ELIMIT;
            }

            b = air_idem_block(t, e->last);
        }

        n = AIR_IDEM_DATA - b->len;

        if (n > data.len) {
            n = data.len;
        }

        memcpy(b->data + b->len, data.data, n);

        b->len += (uint32_t) n;
        e->len += n;
        data.data += n;
        data.len -= n;
    }

    ref->len = e->len;

    return AIR_OK;
}


int
air_idem_keep(air_idem_t *t, air_idem_ref_t *ref, uint32_t kind,
    uint64_t expires)
{
    air_idem_entry_t  *e;

    e = air_idem_of(t, ref);

    if (e == NULL || e->state != AIR_IDEM_RUNS) {
        return AIR_EINVAL;
    }

    e->state = AIR_IDEM_KEPT;
    e->kind = kind;
    e->expires = expires;

    t->nruns--;
    air_idem_link(t, ref->index);

    return AIR_OK;
}


void
air_idem_drop(air_idem_t *t, const air_idem_ref_t *ref)
{
    if (air_idem_of(t, ref) != NULL) {
        air_idem_remove(t, ref->index);
    }
}


int
air_idem_read(air_idem_t *t, const air_idem_ref_t *ref, unsigned char *buf)
{
    uint32_t           i;
    air_idem_block_t  *b;
    air_idem_entry_t  *e;

    e = air_idem_of(t, ref);

    if (e == NULL || e->state != AIR_IDEM_KEPT || e->len != ref->len) {
        return AIR_EINVAL;
    }

    for (i = e->first; i != 0; i = i == e->last ? 0 : b->next) {
        b = air_idem_block(t, i);

        memcpy(buf, b->data, b->len);
        buf += b->len;
    }

    return AIR_OK;
}


void
air_idem_count(const air_idem_t *t, uint64_t *kept, uint64_t *running)
{
    *kept = t->nkept;
    *running = t->nruns;
}
