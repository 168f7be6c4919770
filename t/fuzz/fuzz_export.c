
/*
 * An export of somebody else's: as a file of any bytes, as lines behind a
 * statement that is signed, as records in lines that are well made, and as a
 * good one with patches.  The first byte picks which.
 *
 * Beyond "no crash": what is believed is, to the byte, what was signed.
 */


#include "../../ngx_ai_router_module/store/air_export.h"
#include "../../ngx_ai_router_module/store/air_ledger.h"
#include "../unit/mem.h"

#include <openssl/evp.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>


#define ROOM  (2 * 1024 * 1024)


static size_t          ngood, nhead;
static unsigned char   good[ROOM], data[ROOM];
static unsigned char   public[AIR_ED25519_PUBLIC];


static void
must(int right)
{
    if (!right) {
        abort();
    }
}


static int
put(void *ud, const void *p, size_t n)
{
    (void) ud;
    must(ngood + n <= ROOM);
    memcpy(good + ngood, p, n);
    ngood += n;

    return 0;
}


/* A good one of some records, once. */
static void
begin(void)
{
    char            dir[] = "/tmp/air-fuzz-XXXXXX", command[64];
    mem_t           m;
    unsigned        i;
    air_buf_t       secret, pem;
    air_mem_t       mem;
    air_export_t    e;
    air_record_t    r;
    air_ledger_t   *l;

    must(mkdtemp(dir) != NULL);
    must(air_ledger_open(&l, dir, NULL, NULL) == AIR_OK);

    memset(&r, 0, sizeof(r));
    r.kind = AIR_RECORD_ATTEMPT;
    r.vendor = air_str_z("openai");

    for (i = 0; i < 5; i++) {
        r.cost = i;
        r.time_ms = 1790000000000 + i;
        must(air_ledger_settle(l, -1, &r) == AIR_OK);
    }

    air_ledger_close(l);

    mem = mem_init(&m, 0);
    air_buf_init(&secret, &mem, 4096);
    air_buf_init(&pem, &mem, 4096);
    must(air_ed25519_make(&secret, &pem, NULL) == AIR_OK);
    must(air_ed25519_public(air_buf_view(&pem), public, NULL) == AIR_OK);

    air_export_init(&e, &mem);
    e.made_ms = 1790000001000;
    e.to_ms = 1790000002000;
    must(air_export_write(&e, dir, air_buf_view(&secret), put, NULL, NULL)
         == AIR_OK);
    air_export_free(&e);
    mem_free(&m);

    for (nhead = i = 0; i < 2; nhead++) {
        i += good[nhead] == '\n';
    }

    snprintf(command, sizeof(command), "rm -r %s", dir);
    must(system(command) == 0);
}


/* Records as they are, in a line that fits them. */
static size_t
lines(const uint8_t *p, size_t size, size_t n)
{
    unsigned             i;
    unsigned char        bytes[8 * AIR_RECORD_SIZE];
    air_export_block_t   b;

    memset(&b, 0, sizeof(b));
    b.seq = 1;

    while (size > 2) {
        b.n = 1 + p[0] % 8;
        b.holes = p[1] % 3;
        b.sealed_ms = p[1] & 0x80 ? 5 : 0;
        memset(bytes, p[1] & 1 ? 0xff : 0, sizeof(bytes));
        p += 2;
        size -= 2;

        for (i = 0; i < b.n && size; i++) {
            memcpy(bytes + i * AIR_RECORD_SIZE, p, size < 80 ? size : 80);

            if (p[0] & 1) {
                air_record_stamp(bytes + i * AIR_RECORD_SIZE, b.seq + i);
            }

            p += size < 80 ? size : 80;
            size -= size < 80 ? size : 80;
        }

        must(air_chain_hash(b.before, b.seq, bytes, b.n, b.hash) == AIR_OK);

        n += air_export_line(&b, (char *) data + n);
        n += (size_t) EVP_EncodeBlock(data + n, bytes,
                                      (int) (b.n * AIR_RECORD_SIZE));
        memcpy(data + n, AIR_EXPORT_LINE_END, sizeof(AIR_EXPORT_LINE_END) - 1);
        n += sizeof(AIR_EXPORT_LINE_END) - 1;

        b.seq += b.n;
        memcpy(b.before, b.hash, AIR_CHAIN_HASH);
    }

    return n;
}


int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t size)
{
    int                rc;
    FILE              *in;
    size_t             n;
    mem_t              m;
    unsigned           how;
    air_mem_t          mem;
    air_export_t       e;
    air_export_ask_t   ask;

    if (ngood == 0) {
        begin();
    }

    if (size < 2 || size > 4096) {
        return 0;
    }

    how = p[0] % 4;
    p++;
    size--;

    n = how == 0 ? 0 : nhead;
    memcpy(data, good, ngood);

    if (how < 2) {
        memcpy(data + n, p, size);
        n += size;

    } else if (how == 2) {
        n = lines(p, size, n);

    } else {
        for (n = ngood; size > 2; p += 3, size -= 3) {
            data[((size_t) p[0] << 8 | p[1]) % n] ^= p[2];
        }
    }

    in = fmemopen(data, n, "r");
    must(in != NULL);

    mem = mem_init(&m, 0);
    ask.key = public;
    ask.sought = good + 9;

    air_export_init(&e, &mem);
    rc = air_export_read(&e, in, &ask, NULL);

    must(rc == AIR_OK || e.text[0] != '\0');
    must(rc != AIR_OK || (n == ngood && memcmp(data, good, n) == 0));

    air_export_free(&e);
    mem_free(&m);
    fclose(in);

    return 0;
}
