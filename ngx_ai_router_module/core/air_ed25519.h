
/*
 * Ed25519 (RFC 8032) through libcrypto: keys as PEM (PKCS #8 and
 * SubjectPublicKeyInfo, RFC 8410), so that "openssl pkeyutl" reads them and
 * verifies what is signed here.
 */

#ifndef _AIR_ED25519_H_INCLUDED_
#define _AIR_ED25519_H_INCLUDED_


#include "air_buf.h"


#define AIR_ED25519_PUBLIC       32
#define AIR_ED25519_SIGNATURE    64
#define AIR_ED25519_FINGERPRINT  65        /* SHA-256 as text, with its NUL */


/*
 * A new pair, appended as PEM.  AIR_OK; AIR_ENOMEM; AIR_EUNSUP when libcrypto
 * will not make one; an error of the buffers.
 */
int air_ed25519_make(air_buf_t *secret, air_buf_t *public, air_err_t *err);

/*
 * Signs text with the secret key in pem; what belongs to it is in public.
 * AIR_OK; AIR_EINVAL: pem is no such key, or is locked by a passphrase;
 * AIR_ENOMEM.
 */
int air_ed25519_sign(air_str_t pem, air_str_t text, unsigned char *signature,
    unsigned char *public, air_err_t *err);

/* The public key in pem: AIR_OK; AIR_EINVAL: it is none; AIR_ENOMEM. */
int air_ed25519_public(air_str_t pem, unsigned char *public, air_err_t *err);

/* AIR_OK when the signature of text is by public's owner, AIR_EINVAL when it
   is not, AIR_ENOMEM. */
int air_ed25519_verify(const unsigned char *public, air_str_t text,
    const unsigned char *signature);

/* The SHA-256 of a public key's SubjectPublicKeyInfo (DER) in hex: what
   "openssl pkey -pubin -outform DER | sha256sum" prints. */
void air_ed25519_fingerprint(const unsigned char *public, char *text);


#endif /* _AIR_ED25519_H_INCLUDED_ */
