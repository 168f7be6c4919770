
/*
 * Proving an export.  Nothing of it is believed: a line is a member after the
 * other in the one order there is, of bounded length, and any byte that is
 * not where the writer would have put it refuses the whole.
 */


#include "air_export.h"
#include "air_file.h"
#include "../core/air_time.h"

#include <openssl/evp.h>

#include <errno.h>


#define AIR_IMPORT_BYTES  (AIR_JOURNAL_BLOCK * AIR_RECORD_SIZE)
#define AIR_IMPORT_TEXT   ((AIR_IMPORT_BYTES + 2) / 3 * 4 + 4)


typedef struct {
    air_export_t       *e;
    air_export_ask_t   *ask;
    FILE               *in;
    size_t              begin;    /* of the next line in buf                */
    size_t              end;
    int                 error;    /* AIR_OK, AIR_EIO                        */
    air_str_t           line;     /* with its line feed                     */
    EVP_MD_CTX         *md;
    unsigned char      *buf;      /* AIR_EXPORT_LINE                        */
    unsigned char      *records;  /* AIR_IMPORT_BYTES and 3                 */
    unsigned char      *text;     /* AIR_IMPORT_TEXT                        */
} air_importer_t;


static int
air_importer_wrong(air_importer_t *m, const char *text)
{
    snprintf(m->e->text, sizeof(m->e->text), "%s", text);

    return AIR_ECORRUPT;
}


/* The next line, 0 when there is none: the end, no line feed, too long. */
static int
air_importer_line(air_importer_t *m)
{
    size_t          n;
    unsigned char  *lf;

    for ( ;; ) {
        lf = m->end > m->begin ? memchr(m->buf + m->begin, '\n',
                                        m->end - m->begin) : NULL;

        if (lf != NULL) {
            m->line.data = m->buf + m->begin;
            m->line.len = (size_t) (lf + 1 - m->line.data);
            m->begin += m->line.len;
            return 1;
        }

        if (m->begin) {
            memmove(m->buf, m->buf + m->begin, m->end - m->begin);
            m->end -= m->begin;
            m->begin = 0;
        }

        n = m->end < AIR_EXPORT_LINE
            ? fread(m->buf + m->end, 1, AIR_EXPORT_LINE - m->end, m->in) : 0;

        if (n == 0) {
            m->error = ferror(m->in) ? AIR_EIO : AIR_OK;
            return 0;
        }

        m->end += n;
    }
}


/* Takes text off the line. */
static int
air_importer_text(air_str_t *line, const char *text)
{
    size_t  len;

    len = strlen(text);

    if (line->len < len || memcmp(line->data, text, len) != 0) {
        return 0;
    }

    line->data += len;
    line->len -= len;

    return 1;
}


/* A number as it is written: no sign, no zero in front. */
static int
air_importer_uint(air_str_t *line, uint64_t max, uint64_t *n)
{
    size_t    i;
    unsigned  digit;

    *n = 0;

    for (i = 0; i < line->len && line->data[i] >= '0' && line->data[i] <= '9';
         i++)
    {
        digit = line->data[i] - '0';

        if (*n > (max - digit) / 10) {
            return 0;
        }

        *n = *n * 10 + digit;
    }

    if (i == 0 || (i > 1 && line->data[0] == '0')) {
        return 0;
    }

    line->data += i;
    line->len -= i;

    return 1;
}


static int
air_importer_hash(air_str_t *line, unsigned char *hash)
{
    if (line->len < 2 * AIR_CHAIN_HASH
        || air_chain_read(air_str_n(line->data, 2 * AIR_CHAIN_HASH), hash)
           != AIR_OK)
    {
        return 0;
    }

    line->data += 2 * AIR_CHAIN_HASH;
    line->len -= 2 * AIR_CHAIN_HASH;

    return 1;
}


static int
air_importer_time(air_str_t *line, int64_t *ms)
{
    if (line->len < 20
        || air_time_read(air_str_n(line->data, 20), ms) != AIR_OK)
    {
        return 0;
    }

    line->data += 20;
    line->len -= 20;

    return 1;
}


/*
 * Of the statement only what cannot be found out of the records is read; all
 * the rest is compared, byte by byte, with what it has to be.
 */
static int
air_importer_statement(air_importer_t *m, air_str_t line)
{
    air_export_t   *e;
    unsigned char   key[AIR_ED25519_PUBLIC];

    e = m->e;

    if (!air_importer_text(&line, "{\"ai_router_export\":")) {
        return air_importer_wrong(m, "this is no signed export of a ledger");
    }

    if (!air_importer_text(&line, "1,")) {
        snprintf(e->text, sizeof(e->text), "made by a newer version");
        return AIR_EFORMAT;
    }

    if (!air_importer_text(&line, "\"made\":\"")
        || !air_importer_time(&line, &e->made_ms)
        || !air_importer_text(&line, "\",\"from\":\"")
        || !air_importer_time(&line, &e->from_ms)
        || !air_importer_text(&line, "\",\"to\":\"")
        || !air_importer_time(&line, &e->to_ms)
        || !air_importer_text(&line, "\",\"topology\":\"")
        || !air_importer_hash(&line, e->topology)
        || !air_importer_text(&line, "\",\"key\":\"")
        || !air_importer_hash(&line, key))
    {
        return air_importer_wrong(m, "the statement was changed");
    }

    memcpy(e->key, m->ask->key, AIR_ED25519_PUBLIC);

    if (memcmp(key, e->key, AIR_ED25519_PUBLIC) != 0) {
        return air_importer_wrong(m, "it was signed with another key");
    }

    return AIR_OK;
}


/*
 * Base64 in the one way it is written: text is the bytes' own.  The decoder
 * is generous, so they are encoded again.  Room: n and 3 bytes; 4 / 3 of it.
 */
static int
air_importer_base64(air_importer_t *m, air_str_t text, size_t n)
{
    if (text.len != (n + 2) / 3 * 4
        || EVP_DecodeBlock(m->records, text.data, (int) text.len) < (int) n
        || EVP_EncodeBlock(m->text, m->records, (int) n) != (int) text.len)
    {
        return 0;
    }

    return memcmp(m->text, text.data, text.len) == 0;
}


/* The first two lines; first is a copy of the first one. */
static int
air_importer_head(air_importer_t *m, air_buf_t *first)
{
    int  rc;

    if (!air_importer_line(m)) {
        return air_importer_wrong(m, "this is no signed export of a ledger");
    }

    rc = air_importer_statement(m, m->line);
    if (rc != AIR_OK) {
        return rc;
    }

    rc = air_buf_str(first, m->line);
    if (rc != AIR_OK) {
        return rc;
    }

    if (!air_importer_line(m)) {
        return air_importer_wrong(m, "it ends before its signature");
    }

    if (!air_importer_base64(m, air_str_n(m->line.data, m->line.len - 1),
                             AIR_ED25519_SIGNATURE))
    {
        return air_importer_wrong(m, "its signature was changed");
    }

    rc = air_ed25519_verify(m->ask->key, air_buf_view(first), m->records);

    return rc == AIR_EINVAL
           ? air_importer_wrong(m, "the signature is not of this statement: "
                                "it was changed, or signed with another key")
           : rc;
}


static int
air_importer_sought(air_importer_t *m, const air_export_block_t *b)
{
    int                rc;
    unsigned           n;
    air_export_ask_t  *ask;

    ask = m->ask;

    if (ask->sought == NULL || ask->at != UINT64_MAX) {
        return AIR_OK;
    }

    if (memcmp(ask->sought, b->before, AIR_CHAIN_HASH) == 0) {
        ask->at = b->seq - 1;
        return AIR_OK;
    }

    rc = air_chain_find(b->before, b->seq, m->records, b->n, ask->sought, &n);

    if (rc == AIR_OK && n) {
        ask->at = b->seq + n - 1;
    }

    return rc;
}


static int
air_importer_block(air_importer_t *m, air_str_t line)
{
    int                 rc;
    size_t              len;
    uint64_t            n, holes, sealed;
    air_export_block_t  b;

    memset(&b, 0, sizeof(b));

    if (!air_importer_text(&line, "{\"seq\":")
        || !air_importer_uint(&line, UINT64_MAX - AIR_JOURNAL_BLOCK, &b.seq)
        || !air_importer_text(&line, ",\"count\":")
        || !air_importer_uint(&line, AIR_JOURNAL_BLOCK, &n)
        || !air_importer_text(&line, ",\"holes\":")
        || !air_importer_uint(&line, AIR_JOURNAL_BLOCK, &holes)
        || !air_importer_text(&line, ",\"sealed_ms\":")
        || !air_importer_uint(&line, INT64_MAX, &sealed)
        || !air_importer_text(&line, ",\"before\":\"")
        || !air_importer_hash(&line, b.before)
        || !air_importer_text(&line, "\",\"hash\":\"")
        || !air_importer_hash(&line, b.hash)
        || !air_importer_text(&line, "\",\"records\":\""))
    {
        return air_importer_wrong(m, "a line of records was changed");
    }

    len = (n * AIR_RECORD_SIZE + 2) / 3 * 4;

    if (b.seq == 0 || n == 0 || line.len < len
        || !air_importer_base64(m, air_str_n(line.data, len),
                                n * AIR_RECORD_SIZE))
    {
        return air_importer_wrong(m, "a line of records was changed");
    }

    line.data += len;
    line.len -= len;

    if (line.len != sizeof(AIR_EXPORT_LINE_END) - 1
        || !air_importer_text(&line, AIR_EXPORT_LINE_END))
    {
        return air_importer_wrong(m, "a line of records was changed");
    }

    b.n = (uint32_t) n;
    b.holes = (uint32_t) holes;
    b.sealed_ms = (int64_t) sealed;

    rc = air_export_add(m->e, &b, m->records);

    return rc == AIR_OK ? air_importer_sought(m, &b) : rc;
}


/* What the records say must be what was stated. */
static int
air_importer_compare(air_importer_t *m, const air_buf_t *first)
{
    int        rc;
    air_buf_t  b;

    air_buf_init(&b, m->e->mem, AIR_EXPORT_LINE);

    rc = air_export_statement(m->e, &b);
    if (rc != AIR_OK) {
        return rc;
    }

    if (b.len != first->len || memcmp(b.data, first->data, b.len) != 0) {
        return air_importer_wrong(m, "the records are not those that were "
                                  "stated: lines are missing, were added or "
                                  "changed");
    }

    return AIR_OK;
}


static int
air_importer_run(air_importer_t *m)
{
    int        rc;
    air_buf_t  first;

    air_buf_init(&first, m->e->mem, AIR_EXPORT_LINE);

    rc = air_importer_head(m, &first);

    if (rc == AIR_OK && EVP_DigestInit_ex(m->md, EVP_sha256(), NULL) != 1) {
        rc = AIR_ENOMEM;
    }

    while (rc == AIR_OK && air_importer_line(m)) {

        if (EVP_DigestUpdate(m->md, m->line.data, m->line.len) != 1) {
            rc = AIR_ENOMEM;
            break;
        }

        rc = air_importer_block(m, m->line);
    }

    if (rc != AIR_OK || m->error != AIR_OK) {
        return rc != AIR_OK ? rc : m->error;
    }

    if (m->end != m->begin) {
        return air_importer_wrong(m, "it breaks off in the middle of a line");
    }

    if (EVP_DigestFinal_ex(m->md, m->e->body, NULL) != 1) {
        return AIR_ENOMEM;
    }

    return air_importer_compare(m, &first);
}


int
air_export_read(air_export_t *e, FILE *in, air_export_ask_t *ask,
    air_err_t *err)
{
    int              rc;
    air_importer_t   m;

    memset(&m, 0, sizeof(m));
    m.e = e;
    m.ask = ask;
    m.in = in;
    ask->at = UINT64_MAX;

    m.buf = air_mem_get(e->mem, AIR_EXPORT_LINE + AIR_IMPORT_BYTES + 3
                                + AIR_IMPORT_TEXT);
    if (m.buf == NULL) {
        return air_err_set(err, AIR_ENOMEM, "no memory", 0);
    }

    m.records = m.buf + AIR_EXPORT_LINE;
    m.text = m.records + AIR_IMPORT_BYTES + 3;
    m.md = EVP_MD_CTX_new();

    rc = m.md != NULL ? air_importer_run(&m) : AIR_ENOMEM;

    if (rc == AIR_EIO || m.error == AIR_EIO) {
        rc = air_file_err(err, "cannot read the export");

    } else if (rc != AIR_OK) {
        (void) air_err_set(err, rc, rc == AIR_ENOMEM ? "no memory"
                           : "the export is not to be believed", 0);
    }

    EVP_MD_CTX_free(m.md);

    return rc;
}
