
/*
 * Letters of the world's scripts, as far as checks of answers need them.
 */

#ifndef _AIR_LETTERS_H_INCLUDED_
#define _AIR_LETTERS_H_INCLUDED_


#include "air_utf8.h"


typedef enum {
    AIR_SCRIPT_NONE = 0,          /* no letter, or of another script        */
    AIR_SCRIPT_LATIN,
    AIR_SCRIPT_GREEK,
    AIR_SCRIPT_CYRILLIC,
    AIR_SCRIPT_HEBREW,
    AIR_SCRIPT_ARABIC,
    AIR_SCRIPT_DEVANAGARI,
    AIR_SCRIPT_THAI,
    AIR_SCRIPT_HANGUL,
    AIR_SCRIPT_KANA,
    AIR_SCRIPT_HAN,
    AIR_NSCRIPT
} air_script_e;


/* The code point of a well-formed sequence of n bytes. */
static inline unsigned
air_letters_code(const unsigned char *p, size_t n)
{
    switch (n) {

    case 1:
        return p[0];

    case 2:
        return (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);

    case 3:
        return (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);

    default:
        return (p[0] & 0x07u) << 18 | (p[1] & 0x3fu) << 12
               | (p[2] & 0x3fu) << 6 | (p[3] & 0x3fu);
    }
}


/* The script of a code point that is a letter. */
air_script_e air_letters_script(unsigned code);

/* The small letter of Latin, Greek and Cyrillic ones. */
unsigned air_letters_small(unsigned code);


#endif /* _AIR_LETTERS_H_INCLUDED_ */
