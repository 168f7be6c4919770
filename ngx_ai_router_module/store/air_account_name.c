
/*
 * How accounts are called.
 */

#include "air_accounts.h"
#include "air_record.h"

#include <openssl/sha.h>


static const char *const  air_scope_names[AIR_NSCOPE] = {
    "total", "principal", "team", "workflow", "vendor", "vendor_key"
};


const char *
air_scope_name(air_scope_e scope)
{
    return scope < AIR_NSCOPE ? air_scope_names[scope] : "";
}


air_scope_e
air_scope_find(air_str_t name)
{
    unsigned  i;

    for (i = 0; i < AIR_NSCOPE; i++) {
        if (air_str_eqz(name, air_scope_names[i])) {
            break;
        }
    }

    return (air_scope_e) i;
}


air_str_t
air_account_name(air_str_t name, size_t max, unsigned char *buf)
{
    size_t         i;
    air_str_t      cut;
    unsigned char  hash[SHA256_DIGEST_LENGTH], *p;

    static const char  hex[] = "0123456789abcdef";

    if (name.len <= max) {
        return name;
    }

    /* two that begin alike stay two */

    SHA256(name.data, name.len, hash);

    cut = air_record_cut(name, max - 17);
    memcpy(buf, cut.data, cut.len);

    p = buf + cut.len;
    *p++ = '~';

    for (i = 0; i < 8; i++) {
        *p++ = (unsigned char) hex[hash[i] >> 4];
        *p++ = (unsigned char) hex[hash[i] & 15];
    }

    return air_str_n(buf, cut.len + 17);
}
