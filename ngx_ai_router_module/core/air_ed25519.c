
/*
 * Nothing is kept: each call reads its key, uses it and gives it back, which
 * also wipes it.
 */


#include "air_ed25519.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

#include <limits.h>


/* A locked key is refused: nobody is asked for its passphrase. */
static int
air_ed25519_locked(char *buf, int size, int write, void *ud)
{
    (void) buf;
    (void) size;
    (void) write;
    (void) ud;

    return -1;
}


static EVP_PKEY *
air_ed25519_read(air_str_t pem, int secret)
{
    BIO       *bio;
    EVP_PKEY  *key;

    if (pem.len > INT_MAX) {
        return NULL;
    }

    bio = BIO_new_mem_buf(pem.data, (int) pem.len);
    if (bio == NULL) {
        return NULL;
    }

    key = secret ? PEM_read_bio_PrivateKey(bio, NULL, air_ed25519_locked,
                                           NULL)
                 : PEM_read_bio_PUBKEY(bio, NULL, air_ed25519_locked, NULL);
    BIO_free(bio);

    if (key != NULL && EVP_PKEY_get_id(key) != EVP_PKEY_ED25519) {
        EVP_PKEY_free(key);
        key = NULL;
    }

    return key;
}


static int
air_ed25519_text(EVP_PKEY *key, int secret, air_buf_t *b, air_err_t *err)
{
    int    rc;
    BIO   *bio;
    long   len;
    char  *text;

    bio = BIO_new(secret ? BIO_s_secmem() : BIO_s_mem());
    if (bio == NULL) {
        return air_err_set(err, AIR_ENOMEM, "no memory", 0);
    }

    rc = secret ? PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL,
                                                NULL)
                : PEM_write_bio_PUBKEY(bio, key);
    len = BIO_get_mem_data(bio, &text);

    rc = rc == 1 && len > 0
         ? air_buf_add(b, text, (size_t) len)
         : air_err_set(err, AIR_EUNSUP, "libcrypto cannot write the key", 0);

    BIO_free(bio);

    return rc;
}


int
air_ed25519_make(air_buf_t *secret, air_buf_t *public, air_err_t *err)
{
    int        rc;
    EVP_PKEY  *key;

    key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    if (key == NULL) {
        return air_err_set(err, AIR_EUNSUP, "libcrypto makes no such key", 0);
    }

    rc = air_ed25519_text(key, 1, secret, err);

    if (rc == AIR_OK) {
        rc = air_ed25519_text(key, 0, public, err);
    }

    EVP_PKEY_free(key);

    return rc;
}


int
air_ed25519_sign(air_str_t pem, air_str_t text, unsigned char *signature,
    unsigned char *public, air_err_t *err)
{
    int          good;
    size_t       len, raw;
    EVP_PKEY    *key;
    EVP_MD_CTX  *md;

    key = air_ed25519_read(pem, 1);
    if (key == NULL) {
        return air_err_set(err, AIR_EINVAL, "no Ed25519 private key without a "
                           "passphrase, as PEM", 0);
    }

    md = EVP_MD_CTX_new();
    len = AIR_ED25519_SIGNATURE;
    raw = AIR_ED25519_PUBLIC;

    good = md != NULL
           && EVP_DigestSignInit(md, NULL, NULL, NULL, key) == 1
           && EVP_DigestSign(md, signature, &len, text.data, text.len) == 1
           && EVP_PKEY_get_raw_public_key(key, public, &raw) == 1
           && len == AIR_ED25519_SIGNATURE && raw == AIR_ED25519_PUBLIC;

    EVP_MD_CTX_free(md);
    EVP_PKEY_free(key);

    return good ? AIR_OK : air_err_set(err, AIR_ENOMEM, "cannot sign", 0);
}


int
air_ed25519_public(air_str_t pem, unsigned char *public, air_err_t *err)
{
    int        good;
    size_t     raw;
    EVP_PKEY  *key;

    key = air_ed25519_read(pem, 0);
    raw = AIR_ED25519_PUBLIC;

    good = key != NULL && EVP_PKEY_get_raw_public_key(key, public, &raw) == 1
           && raw == AIR_ED25519_PUBLIC;

    EVP_PKEY_free(key);

    return good ? AIR_OK : air_err_set(err, AIR_EINVAL, "no Ed25519 public "
                                       "key as PEM", 0);
}


int
air_ed25519_verify(const unsigned char *public, air_str_t text,
    const unsigned char *signature)
{
    int          rc;
    EVP_PKEY    *key;
    EVP_MD_CTX  *md;

    key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public,
                                      AIR_ED25519_PUBLIC);
    md = EVP_MD_CTX_new();

    if (key == NULL || md == NULL
        || EVP_DigestVerifyInit(md, NULL, NULL, NULL, key) != 1)
    {
        rc = AIR_ENOMEM;

    } else {
        rc = EVP_DigestVerify(md, signature, AIR_ED25519_SIGNATURE, text.data,
                              text.len) == 1 ? AIR_OK : AIR_EINVAL;
    }

    EVP_MD_CTX_free(md);
    EVP_PKEY_free(key);

    return rc;
}


void
air_ed25519_fingerprint(const unsigned char *public, char *text)
{
    unsigned       i;
    unsigned char  der[12 + AIR_ED25519_PUBLIC], hash[SHA256_DIGEST_LENGTH];

    /* RFC 8410, 4: SEQUENCE { SEQUENCE { 1.3.101.112 } BIT STRING } */

    static const unsigned char  head[12] = {
        0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0
    };

    static const char  digits[] = "0123456789abcdef";

    memcpy(der, head, sizeof(head));
    memcpy(der + sizeof(head), public, AIR_ED25519_PUBLIC);

    (void) SHA256(der, sizeof(der), hash);

    for (i = 0; i < sizeof(hash); i++) {
        text[2 * i] = digits[hash[i] >> 4];
        text[2 * i + 1] = digits[hash[i] & 15];
    }

    text[2 * i] = '\0';
}
