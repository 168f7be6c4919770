
/*
 * Ranges of the Unicode character database, blocks as of version 15.
 */

#include "air_letters.h"


typedef struct {
    unsigned      first;
    unsigned      last;
    air_script_e  script;
} air_letters_range_t;


static const air_letters_range_t  air_letters_ranges[] = {
    { 0x0041, 0x005a, AIR_SCRIPT_LATIN },
    { 0x0061, 0x007a, AIR_SCRIPT_LATIN },
    { 0x00c0, 0x00d6, AIR_SCRIPT_LATIN },
    { 0x00d8, 0x00f6, AIR_SCRIPT_LATIN },
    { 0x00f8, 0x024f, AIR_SCRIPT_LATIN },
    { 0x0370, 0x03ff, AIR_SCRIPT_GREEK },
    { 0x0400, 0x052f, AIR_SCRIPT_CYRILLIC },
    { 0x05d0, 0x05ea, AIR_SCRIPT_HEBREW },
    { 0x0620, 0x064a, AIR_SCRIPT_ARABIC },
    { 0x066e, 0x06d3, AIR_SCRIPT_ARABIC },
    { 0x0900, 0x097f, AIR_SCRIPT_DEVANAGARI },
    { 0x0e00, 0x0e7f, AIR_SCRIPT_THAI },
    { 0x1100, 0x11ff, AIR_SCRIPT_HANGUL },
    { 0x1e00, 0x1eff, AIR_SCRIPT_LATIN },
    { 0x1f00, 0x1fff, AIR_SCRIPT_GREEK },
    { 0x3041, 0x309f, AIR_SCRIPT_KANA },
    { 0x30a0, 0x30ff, AIR_SCRIPT_KANA },
    { 0x3400, 0x4dbf, AIR_SCRIPT_HAN },
    { 0x4e00, 0x9fff, AIR_SCRIPT_HAN },
    { 0xac00, 0xd7a3, AIR_SCRIPT_HANGUL },
    { 0x20000, 0x323af, AIR_SCRIPT_HAN }
};


air_script_e
air_letters_script(unsigned code)
{
    unsigned                    low, high, i;
    const air_letters_range_t  *r;

    low = 0;
    high = sizeof(air_letters_ranges) / sizeof(air_letters_ranges[0]);

    while (low < high) {
        i = (low + high) / 2;
        r = &air_letters_ranges[i];

        if (code < r->first) {
            high = i;

        } else if (code > r->last) {
            low = i + 1;

        } else {
            return r->script;
        }
    }

    return AIR_SCRIPT_NONE;
}


unsigned
air_letters_small(unsigned code)
{
    if (code < 0x80) {
        return code - 'A' < 26 ? code | 0x20 : code;
    }

    if (code < 0x100) {
        return code >= 0xc0 && code <= 0xde && code != 0xd7 ? code + 0x20
                                                            : code;
    }

    if (code < 0x180) {

        if (code == 0x130) {
            return 'i';
        }

        if (code == 0x178) {
            return 0xff;
        }

        if ((code >= 0x139 && code <= 0x148)
            || (code >= 0x179 && code <= 0x17e))
        {
            return code + (code & 1);
        }

        return code == 0x131 || code == 0x138 || code == 0x149
               || code == 0x17f ? code : code | 1;
    }

    if (code == 0x1a0 || code == 0x1af) {
        return code + 1;
    }

    if (code >= 0x218 && code <= 0x21b) {
        return code | 1;
    }

    if (code >= 0x391 && code <= 0x3a9) {
        return code + 0x20;
    }

    if (code >= 0x410 && code <= 0x42f) {
        return code + 0x20;
    }

    if (code >= 0x400 && code <= 0x40f) {
        return code + 0x50;
    }

    if (code >= 0x490 && code <= 0x491) {
        return 0x491;
    }

    return code >= 0x1ea0 && code <= 0x1ef9 ? code | 1 : code;
}
