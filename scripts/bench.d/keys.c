
/*
 * Does the look-up of a key take as long whatever it finds?  Five kinds of
 * what callers present - good, revoked and expired keys, unknown ones of the
 * same form, and texts of the same length that are no key - are looked up in
 * random order, and each kind's times are compared with the others' by Welch's
 * t, whole and cropped at percentiles, as dudect does (Reparaz, Balasch,
 * Verbauwhede 2016): above 4.5 there is a difference.
 *
 * Of each kind POOL different ones are tried, again and again: what was tried
 * before is in a nearer cache, of any kind.  Few are what somebody who guesses
 * tries, many what all callers together do; by default both are measured, in
 * a file that fits the nearest cache and in the largest there may be.
 *
 * Every single key, good or not, has some place in the caches that makes it a
 * little faster or slower than another one.  So that it is the kinds that are
 * compared, which ones are tried is drawn anew after each ROUND tries, and of
 * small files also the salt, that is where all of them stand.
 *
 *     keys [SAMPLES [KEYS [POOL [SEED]]]]     SAMPLES of each kind
 *
 * Exit 0 when no |t| is 4.5 or more, 4 when one is.
 */

#include "../../ngx_ai_router_module/core/air_keys.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>


#define KINDS   5
#define CROPS   20
#define SECRET  49
#define NOW     1000              /* good until later, expired since before */
#define BOUND   4.5
#define ROUND   1000
#define SMALL   10000             /* keys of a file that is placed anew     */


typedef struct {
    unsigned       kind;
    char           secret[SECRET + 1];
} try_t;


/* mean and variance as they grow (Welford) */
typedef struct {
    double  n;
    double  mean;
    double  m2;
} sums_t;


static const char *const  names[KINDS] = {
    "good", "revoked", "expired", "unknown", "no key"
};

static uint64_t  state;


static uint64_t
draw(void)
{
    uint64_t  z;

    /* splitmix64 */

    z = state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;

    return z ^ (z >> 31);
}


static uint64_t
now_ns(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);

    return (uint64_t) ts.tv_sec * 1000000000 + ts.tv_nsec;
}


/* room for one index, used again by the next */
static void *
take(void *ud, size_t size)
{
    static void    *room;
    static size_t   had;

    (void) ud;

    if (size > had) {
        free(room);
        room = malloc(size);
        had = size;
    }

    return room;
}


static int
by_size(const void *one, const void *two)
{
    double  a, b;

    a = *(const double *) one;
    b = *(const double *) two;

    return a < b ? -1 : a > b;
}


/* the i-th of a kind: of the first three kinds keys in the file */
static void
secret_of(unsigned kind, uint64_t i, char *text)
{
    static const char *const  forms[KINDS] = {
        "sk-air-go-%039llu", "sk-air-re-%039llu", "sk-air-ex-%039llu",
        "sk-air-un-%039llu", "\"; -- %%\t\r %039llu"
    };

    snprintf(text, SECRET + 1, forms[kind], (unsigned long long) i);
}


static void
make_keys(air_keys_t *keys, unsigned n)
{
    char        text[SECRET + 1];
    unsigned    i;
    air_key_t  *key;

    keys->key = calloc(n, sizeof(air_key_t));
    keys->n = n;

    if (keys->key == NULL) {
        exit(2);
    }

    for (i = 0; i < n; i++) {
        key = &keys->key[i];
        secret_of(i % 3, i / 3, text);
        air_key_hash(air_str_z(text), key->hash);
        key->revoked_ms = i % 3 == 1 ? 1 : INT64_MAX;
        key->expires_ms = i % 3 == 2 ? 1 : INT64_MAX;
    }
}


/* where they stand: somewhere else each time */
static void
place_keys(air_keys_t *keys)
{
    unsigned   line;
    air_mem_t  mem = { take, NULL };

    if (air_keys_index(keys, draw(), &mem, &line) != AIR_OK) {
        exit(2);
    }
}


/* how long each try takes, ns; wrong answers end the program */
static void
measure(air_keys_t *keys, const try_t *try, double *took, size_t n)
{
    char              text[SECRET + 1];
    size_t            i;
    uint64_t          began, ended;
    unsigned char     hash[AIR_KEY_HASH];
    air_key_state_e   found;
    const air_key_t  *key;

    static const air_key_state_e  right[KINDS] = {
        AIR_KEY_GOOD, AIR_KEY_REVOKED, AIR_KEY_EXPIRED, AIR_KEY_UNKNOWN,
        AIR_KEY_UNKNOWN
    };

    for (i = 0; i < n; i++) {

        if (i % ROUND == 0 && keys->n <= SMALL) {
            place_keys(keys);
        }

        memcpy(text, try[i].secret, sizeof(text));

        began = now_ns();
        found = air_keys_find(keys, air_str_n(text, SECRET), NOW, hash,
                              &key);
        ended = now_ns();

        if (found != right[try[i].kind]) {
            fprintf(stderr, "keys: a %s key was taken for %s\n",
                    names[try[i].kind], air_key_state(found));
            exit(1);
        }

        took[i] = (double) (ended - began);
    }
}


/* Welch's t of two kinds' times below limit */
static double
welch(const try_t *try, const double *took, size_t n, unsigned one,
    unsigned two, double limit)
{
    size_t    i;
    double    delta;
    sums_t    s[KINDS], *k;

    memset(s, 0, sizeof(s));

    for (i = 0; i < n; i++) {

        if (took[i] < limit) {
            k = &s[try[i].kind];
            delta = took[i] - k->mean;
            k->n++;
            k->mean += delta / k->n;
            k->m2 += delta * (took[i] - k->mean);
        }
    }

    if (s[one].n < 100 || s[two].n < 100) {
        return 0;
    }

    delta = s[one].m2 / (s[one].n - 1) / s[one].n
            + s[two].m2 / (s[two].n - 1) / s[two].n;

    return delta > 0 ? (s[one].mean - s[two].mean) / sqrt(delta) : 0;
}


/* The largest |t| of any two kinds, in a file of nkeys, of pool of a kind. */
static double
run(size_t n, unsigned nkeys, unsigned pool)
{
    double      t, worst, most, limit, *took, *sorted;
    size_t      i;
    unsigned    kind, one, two, crop;
    try_t      *try;
    uint64_t    x, base;
    air_keys_t  keys;

    n *= KINDS;
    pool = pool < nkeys / 3 ? pool : nkeys / 3;

    try = calloc(n, sizeof(try_t));
    took = calloc(n, sizeof(double));
    sorted = calloc(n, sizeof(double));

    if (try == NULL || took == NULL || sorted == NULL) {
        exit(2);
    }

    make_keys(&keys, nkeys);
    place_keys(&keys);
    base = 0;

    for (i = 0; i < n; i++) {

        if (i % ROUND == 0) {
            base = draw();
        }

        x = draw();
        kind = try[i].kind = (unsigned) (x % KINDS);
        x = base % (nkeys / 3) + (x >> 32) % pool;

        secret_of(kind, x % (nkeys / 3), try[i].secret);
    }

    measure(&keys, try, took, n < 20000 ? n : 20000);
    measure(&keys, try, took, n);

    memcpy(sorted, took, n * sizeof(double));
    qsort(sorted, n, sizeof(double), by_size);

    most = 0;

    for (one = 0; one < KINDS; one++) {
        for (two = one + 1; two < KINDS; two++) {

            worst = welch(try, took, n, one, two, INFINITY);

            for (crop = 1; crop <= CROPS; crop++) {
                limit = sorted[(size_t) ((double) (n - 1)
                                         * (1 - pow(0.5, 10.0 * crop
                                                         / CROPS)))];
                t = welch(try, took, n, one, two, limit);
                worst = fabs(t) > fabs(worst) ? t : worst;
            }

            printf("%s %s/%s %.2f", one == 0 && two == 1 ? "t" : ",",
                   names[one], names[two], worst);
            most = fabs(worst) > most ? fabs(worst) : most;
        }
    }

    printf("\n%u keys, %u of each kind tried: median %.0f ns, largest |t| "
           "%.2f\n", nkeys, pool, sorted[n / 2], most);

    free(keys.key);
    free(try);
    free(took);
    free(sorted);

    return most;
}


int
main(int argc, char **argv)
{
    double    t, most;
    size_t    n;
    unsigned  i, k, nkeys, pool;

    static const unsigned  sizes[] = { 250, AIR_KEYS_MAX };
    static const unsigned  pools[] = { 16, AIR_KEYS_MAX };

    n = argc > 1 ? strtoull(argv[1], NULL, 10) : 200000;
    nkeys = argc > 2 ? (unsigned) strtoul(argv[2], NULL, 10) : 0;
    pool = argc > 3 ? (unsigned) strtoul(argv[3], NULL, 10) : 0;
    state = argc > 4 ? strtoull(argv[4], NULL, 10) : (uint64_t) time(NULL);

    if (n == 0 || (nkeys != 0 && nkeys < 3)) {
        return 2;
    }

    printf("%zu tries of each kind, seed %llu\n", n,
           (unsigned long long) state);

    most = 0;

    for (i = 0; i < 2; i++) {
        for (k = 0; k < 2; k++) {

            if ((nkeys && i) || (pool && k)) {
                continue;
            }

            t = run(n, nkeys ? nkeys : sizes[i], pool ? pool : pools[k]);
            most = t > most ? t : most;
        }
    }

    printf("largest |t| %.2f: %s\n", most,
           most < BOUND ? "no difference is seen" : "they differ");

    return most < BOUND ? 0 : 4;
}
