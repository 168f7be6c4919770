
/*
 * Little-endian integers in bytes: what files of the store are made of, the
 * same on every machine.
 */

#ifndef _AIR_LE_H_INCLUDED_
#define _AIR_LE_H_INCLUDED_


#include <stdint.h>


/* n as two bytes, lowest first. */
static inline void
air_put16(unsigned char *p, uint16_t n)
{
    p[0] = (unsigned char) n;
    p[1] = (unsigned char) (n >> 8);
}


/* n as four bytes. */
static inline void
air_put32(unsigned char *p, uint32_t n)
{
    air_put16(p, (uint16_t) n);
    air_put16(p + 2, (uint16_t) (n >> 16));
}


/* n as eight bytes. */
static inline void
air_put64(unsigned char *p, uint64_t n)
{
    air_put32(p, (uint32_t) n);
    air_put32(p + 4, (uint32_t) (n >> 32));
}


/* Two bytes, lowest first, as a number. */
static inline uint16_t
air_get16(const unsigned char *p)
{
    return (uint16_t) (p[0] | p[1] << 8);
}


/* Four bytes. */
static inline uint32_t
air_get32(const unsigned char *p)
{
    return air_get16(p) | (uint32_t) air_get16(p + 2) << 16;
}


/* Eight bytes. */
static inline uint64_t
air_get64(const unsigned char *p)
{
    return air_get32(p) | (uint64_t) air_get32(p + 4) << 32;
}


#endif /* _AIR_LE_H_INCLUDED_ */
