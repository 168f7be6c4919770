
/*
 * From the journal to an export.  The journal is read three times: to see
 * which blocks have records of the period, to prove and add them up, because
 * the statement comes first, and to write them.
 */


#include "air_export.h"
#include "air_file.h"
#include "air_seal.h"

#include <openssl/evp.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>


#define AIR_EXPORT_BYTES  (AIR_JOURNAL_BLOCK * AIR_RECORD_SIZE)
#define AIR_EXPORT_TEXT   ((AIR_EXPORT_BYTES + 2) / 3 * 4 + 1)


/* A block that will be written. */
typedef struct {
    air_export_block_t  block;
    uint32_t            number;   /* of its segment                         */
    uint32_t            index;    /* in it                                  */
} air_export_part_t;


typedef struct {
    air_export_t        *e;
    int                  fd;      /* the journal's folder                   */
    air_segment_t        seg;     /* open while parts are read              */
    air_export_part_t   *part;
    size_t               n;
    size_t               size;
    size_t               keep;    /* parts up to the last with a record of
                                     the period                             */
    unsigned             known:1; /* prev is                                */
    unsigned             open:1;  /* a block was not complete: nothing can
                                     follow it                              */
    unsigned char        prev[AIR_CHAIN_HASH];
    unsigned char       *records; /* AIR_EXPORT_BYTES                       */
    unsigned char       *text;    /* AIR_EXPORT_TEXT                        */
    EVP_MD_CTX          *md;      /* of the lines                           */
    int                (*put)(void *ud, const void *data, size_t n);
    void                *ud;
} air_exporter_t;


static int
air_exporter_keep(air_exporter_t *x, const air_export_part_t *part)
{
    size_t              size;
    air_export_part_t  *p;

    if (x->n == x->size) {
        size = x->size ? 2 * x->size : 64;

        p = realloc(x->part, size * sizeof(air_export_part_t));
        if (p == NULL) {
            return AIR_ENOMEM;
        }

        x->part = p;
        x->size = size;
    }

    x->part[x->n++] = *part;

    return AIR_OK;
}


/* 1 when one of the records from i to n is of the period. */
static int
air_exporter_any(const air_exporter_t *x, unsigned i, unsigned n)
{
    air_record_t  r;

    for ( /* void */ ; i < n; i++) {

        if (air_record_decode(x->records + (size_t) i * AIR_RECORD_SIZE, &r)
            == AIR_OK
            && r.time_ms >= x->e->from_ms && r.time_ms < x->e->to_ms)
        {
            return 1;
        }
    }

    return 0;
}


/* The hashes of a block: its seal's, or without one what it would be. */
static int
air_exporter_hashes(air_exporter_t *x, const air_segment_t *seg,
    air_export_part_t *part)
{
    int                  rc;
    air_seal_t           seal;
    air_export_block_t  *b;

    b = &part->block;
    rc = air_seal_get(seg, part->index, &seal);

    if (rc == AIR_OK && b->n == air_seal_slots(seg, part->index)) {
        b->sealed_ms = seal.time_ms > 0 ? seal.time_ms : 1;
        memcpy(b->before, x->known ? x->prev : seal.prev, AIR_CHAIN_HASH);
        memcpy(b->hash, seal.hash, AIR_CHAIN_HASH);

    } else if (rc == AIR_ENOENT) {

        if (!x->known && b->seq != 1) {
            snprintf(x->e->text, sizeof(x->e->text), "nothing is sealed yet "
                     "of what is kept, and what was before it is not known");
            return AIR_EBUSY;
        }

        b->sealed_ms = 0;
        memcpy(b->before, x->prev, AIR_CHAIN_HASH);

        if (air_chain_hash(x->prev, b->seq, x->records, b->n, b->hash)
            != AIR_OK)
        {
            return AIR_ENOMEM;
        }

    } else {
        snprintf(x->e->text, sizeof(x->e->text), "the seal from record %llu "
                 "on is damaged", (unsigned long long) b->seq);
        return AIR_ECORRUPT;
    }

    memcpy(x->prev, b->hash, AIR_CHAIN_HASH);
    x->known = 1;

    return AIR_OK;
}


static int
air_exporter_late(air_exporter_t *x, uint64_t seq)
{
    snprintf(x->e->text, sizeof(x->e->text), "record %llu or one behind it is "
             "not decided yet; try again while nginx runs, whose ledger "
             "decides it within seconds", (unsigned long long) seq);

    return AIR_EBUSY;
}


static int
air_exporter_block(air_exporter_t *x, const air_segment_t *seg,
    uint32_t index, air_err_t *err)
{
    int                rc, any;
    unsigned           n, slots;
    air_seal_t         seal;
    air_export_part_t  part;

    slots = air_seal_slots(seg, index);
    memset(x->records, 0, (size_t) slots * AIR_RECORD_SIZE);

    rc = air_seal_read(seg, index, x->records, &n, &seal, err);
    if (rc != AIR_OK) {
        return rc;
    }

    /* behind what is not decided nothing has a hash */

    if (air_exporter_any(x, x->open ? 0 : n, slots)) {
        return air_exporter_late(x, seal.seq + (x->open ? 0 : n));
    }

    if (x->open || n == 0) {
        x->open = 1;
        return AIR_OK;
    }

    any = air_exporter_any(x, 0, n);

    memset(&part, 0, sizeof(part));
    part.number = seg->number;
    part.index = index;
    part.block.seq = seal.seq;
    part.block.n = n;
    part.block.holes = seal.holes;

    rc = air_exporter_hashes(x, seg, &part);
    if (rc != AIR_OK) {
        return rc;
    }

    x->open = n < slots;

    if (!any && x->n == 0) {
        return AIR_OK;
    }

    rc = air_exporter_keep(x, &part);

    if (any) {
        x->keep = x->n;
    }

    return rc;
}


/* Which blocks: from the first with a record of the period to the last. */
static int
air_exporter_plan(air_exporter_t *x, air_err_t *err)
{
    int                 rc;
    unsigned            i;
    uint32_t            block;
    air_segment_t       seg;
    air_segment_list_t  list;

    rc = air_segment_list(x->fd, &list, err);

    for (i = 0; rc == AIR_OK && i < list.n; i++) {

        rc = air_segment_open(&seg, x->fd, list.number[i], 0, err);

        if (rc == AIR_ENOENT) {
            rc = AIR_OK;
            continue;
        }

        if (rc != AIR_OK) {
            break;
        }

        if (seg.headless || seg.cut) {
            snprintf(x->e->text, sizeof(x->e->text), "journal/%08u %s",
                     list.number[i], seg.cut ? "is cut short"
                                             : "has a damaged header");
            rc = AIR_ECORRUPT;
        }

        for (block = 0; rc == AIR_OK && block < air_seal_blocks(&seg);
             block++)
        {
            rc = air_exporter_block(x, &seg, block, err);
        }

        air_segment_close(&seg);
    }

    free(list.number);

    return rc;
}


/* Reads a part's records again; it must be as long as it was. */
static int
air_exporter_part(air_exporter_t *x, const air_export_part_t *part,
    air_err_t *err)
{
    int         rc;
    unsigned    n;
    air_seal_t  seal;

    if (x->seg.fd == -1 || x->seg.number != part->number) {
        air_segment_close(&x->seg);

        rc = air_segment_open(&x->seg, x->fd, part->number, 0, err);
        if (rc != AIR_OK) {
            x->seg.fd = -1;
            return rc;
        }
    }

    rc = air_seal_read(&x->seg, part->index, x->records, &n, &seal, err);

    if (rc == AIR_OK && n < part->block.n) {
        snprintf(x->e->text, sizeof(x->e->text), "the journal changed while "
                 "it was read");
        rc = AIR_ECORRUPT;
    }

    return rc;
}


static int
air_exporter_out(air_exporter_t *x, const void *data, size_t n, air_err_t *err)
{
    if (EVP_DigestUpdate(x->md, data, n) != 1) {
        return air_err_set(err, AIR_ENOMEM, "cannot hash", 0);
    }

    if (x->put != NULL && x->put(x->ud, data, n) != 0) {
        return air_file_err(err, "cannot write the export");
    }

    return AIR_OK;
}


/* All lines: into the hash, and with put out. */
static int
air_exporter_lines(air_exporter_t *x, int add, unsigned char *hash,
    air_err_t *err)
{
    int                 rc, len;
    char                head[320];
    size_t              i;
    air_export_part_t  *part;

    if (EVP_DigestInit_ex(x->md, EVP_sha256(), NULL) != 1) {
        return air_err_set(err, AIR_ENOMEM, "cannot hash", 0);
    }

    for (i = 0; i < x->keep; i++) {
        part = &x->part[i];

        rc = air_exporter_part(x, part, err);

        if (rc == AIR_OK && add) {
            rc = air_export_add(x->e, &part->block, x->records);
        }

        if (rc != AIR_OK) {
            return rc;
        }

        len = EVP_EncodeBlock(x->text, x->records,
                              (int) (part->block.n * AIR_RECORD_SIZE));

        rc = air_exporter_out(x, head, air_export_line(&part->block, head),
                              err);

        if (rc == AIR_OK) {
            rc = air_exporter_out(x, x->text, (size_t) len, err);
        }

        if (rc == AIR_OK) {
            rc = air_exporter_out(x, AIR_EXPORT_LINE_END,
                                  sizeof(AIR_EXPORT_LINE_END) - 1, err);
        }

        if (rc != AIR_OK) {
            return rc;
        }
    }

    return EVP_DigestFinal_ex(x->md, hash, NULL) == 1
           ? AIR_OK : air_err_set(err, AIR_ENOMEM, "cannot hash", 0);
}


/* The first two lines. */
static int
air_exporter_head(air_exporter_t *x, air_str_t pem, air_err_t *err)
{
    int            rc;
    air_buf_t      b;
    unsigned char  signature[AIR_ED25519_SIGNATURE], text[128];

    air_buf_init(&b, x->e->mem, AIR_EXPORT_LINE);

    rc = air_export_statement(x->e, &b);

    if (rc == AIR_OK) {
        rc = air_ed25519_sign(pem, air_buf_view(&b), signature, text, err);
    }

    if (rc == AIR_OK) {
        (void) EVP_EncodeBlock(text, signature, sizeof(signature));
        air_buf_z(&b, (char *) text);
        rc = air_buf_byte(&b, '\n');
    }

    if (rc == AIR_OK && x->put(x->ud, b.data, b.len) != 0) {
        rc = air_file_err(err, "cannot write the export");
    }

    return rc;
}


static int
air_exporter_run(air_exporter_t *x, air_str_t pem,
    int (*put)(void *ud, const void *data, size_t n), air_err_t *err)
{
    int            rc;
    air_str_t      nothing;
    unsigned char  hash[AIR_CHAIN_HASH], none[AIR_ED25519_SIGNATURE];

    /* whose key it is stands in what is signed */

    nothing = air_str_z("");

    rc = air_ed25519_sign(pem, nothing, none, x->e->key, err);
    if (rc != AIR_OK) {
        return rc;
    }

    rc = air_exporter_plan(x, err);
    if (rc != AIR_OK) {
        return rc;
    }

    if (x->keep == 0) {
        return air_err_set(err, AIR_ENOENT, "no record is of that period", 0);
    }

    rc = air_exporter_lines(x, 1, x->e->body, err);
    if (rc != AIR_OK) {
        return rc;
    }

    x->put = put;

    rc = air_exporter_head(x, pem, err);

    if (rc == AIR_OK) {
        rc = air_exporter_lines(x, 0, hash, err);
    }

    if (rc == AIR_OK && memcmp(hash, x->e->body, AIR_CHAIN_HASH) != 0) {
        snprintf(x->e->text, sizeof(x->e->text), "the journal changed while "
                 "it was read");
        rc = AIR_ECORRUPT;
    }

    return rc;
}


int
air_export_write(air_export_t *e, const char *dir, air_str_t pem,
    int (*put)(void *ud, const void *data, size_t n), void *ud,
    air_err_t *err)
{
    int             rc;
    air_exporter_t  x;

    memset(&x, 0, sizeof(x));
    x.e = e;
    x.seg.fd = -1;
    x.ud = ud;

    x.fd = air_file_journal(dir, err);
    if (x.fd < 0) {
        return x.fd;
    }

    x.records = air_mem_get(e->mem, AIR_EXPORT_BYTES + AIR_EXPORT_TEXT);

    if (x.records == NULL) {
        close(x.fd);
        return air_err_set(err, AIR_ENOMEM, "no memory", 0);
    }

    x.text = x.records + AIR_EXPORT_BYTES;
    x.md = EVP_MD_CTX_new();

    rc = x.md != NULL ? air_exporter_run(&x, pem, put, err) : AIR_ENOMEM;

    if (rc == AIR_ENOMEM) {
        (void) air_err_set(err, rc, "no memory", 0);
    }

    air_segment_close(&x.seg);
    EVP_MD_CTX_free(x.md);
    free(x.part);
    close(x.fd);

    return rc;
}
