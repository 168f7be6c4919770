
/*
 * Days of the Gregorian calendar, both ways; no time zone but UTC.
 */

#include "air_time.h"


/* n digits at p as a number; 0 when they are none. */
static int
air_time_digits(const unsigned char *p, unsigned n, unsigned *value)
{
    *value = 0;

    while (n-- > 0) {
        if (*p < '0' || *p > '9') {
            return 0;
        }

        *value = *value * 10 + (*p++ - '0');
    }

    return 1;
}


int64_t
air_time_days(int64_t year, unsigned month, unsigned day)
{
    int64_t  era, doy, yoe;

    year -= month <= 2;
    era = (year >= 0 ? year : year - 399) / 400;
    yoe = year - era * 400;
    doy = (153 * ((int64_t) month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}


void
air_time_civil(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
    int64_t  era, z, doe, yoe, doy, mp;

    z = days + 719468;
    era = (z >= 0 ? z : z - 146096) / 146097;
    doe = z - era * 146097;
    yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    mp = (5 * doy + 2) / 153;

    *day = (unsigned) (doy - (153 * mp + 2) / 5 + 1);
    *month = (unsigned) (mp < 10 ? mp + 3 : mp - 9);
    *year = yoe + era * 400 + (*month <= 2);
}


int
air_time_read(air_str_t text, int64_t *ms)
{
    unsigned              y, mo, d, h, mi, s;
    const unsigned char  *p;

    static const unsigned char  days[] = {
        31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
    };

    p = text.data;
    h = mi = s = 0;

    if (text.len < 10 || !air_time_digits(p, 4, &y) || p[4] != '-'
        || !air_time_digits(p + 5, 2, &mo) || p[7] != '-'
        || !air_time_digits(p + 8, 2, &d))
    {
        return AIR_EINVAL;
    }

    if (text.len != 10
        && (text.len != 20 || p[10] != 'T' || p[13] != ':' || p[16] != ':'
            || p[19] != 'Z' || !air_time_digits(p + 11, 2, &h)
            || !air_time_digits(p + 14, 2, &mi)
            || !air_time_digits(p + 17, 2, &s)))
    {
        return AIR_EINVAL;
    }

    if (y < 1970 || mo < 1 || mo > 12 || d < 1 || d > days[mo - 1] || h > 23
        || mi > 59 || s > 59)
    {
        return AIR_EINVAL;
    }

    if (mo == 2 && d == 29 && (y % 4 != 0 || (y % 100 == 0 && y % 400 != 0))) {
        return AIR_EINVAL;
    }

    *ms = (((air_time_days(y, mo, d) * 24 + h) * 60 + mi) * 60 + s) * 1000;

    return AIR_OK;
}


void
air_time_pad(air_buf_t *b, uint64_t n, unsigned width)
{
    uint64_t  pow;

    for (pow = 1; width > 1; width--) {
        pow *= 10;

        if (n < pow) {
            air_buf_byte(b, '0');
        }
    }

    air_buf_uint(b, n);
}


/* the day, and the second of it that is returned */
static unsigned
air_time_day(air_buf_t *b, int64_t ms)
{
    int64_t   days, year;
    unsigned  day, month;

    days = ms / 86400000 - (ms % 86400000 < 0);

    air_time_civil(days, &year, &month, &day);

    air_time_pad(b, (uint64_t) (year < 0 ? 0 : year), 4);
    air_buf_byte(b, '-');
    air_time_pad(b, month, 2);
    air_buf_byte(b, '-');
    air_time_pad(b, day, 2);

    return (unsigned) ((ms - days * 86400000) / 1000);
}


static void
air_time_clock(air_buf_t *b, unsigned second)
{
    air_buf_byte(b, 'T');
    air_time_pad(b, second / 3600, 2);
    air_buf_byte(b, ':');
    air_time_pad(b, second / 60 % 60, 2);
    air_buf_byte(b, ':');
    air_time_pad(b, second % 60, 2);
    air_buf_byte(b, 'Z');
}


int
air_time_json(air_buf_t *b, int64_t ms)
{
    unsigned  second;

    air_buf_byte(b, '"');
    second = air_time_day(b, ms);

    if (second != 0) {
        air_time_clock(b, second);
    }

    return air_buf_byte(b, '"');
}


int
air_time_utc(air_buf_t *b, int64_t ms)
{
    air_time_clock(b, air_time_day(b, ms));

    return b->error;
}
