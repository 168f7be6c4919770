
/*
 * Does the look-up of a key take as long whatever it finds?  Three kinds of
 * what callers present - good keys, revoked ones, unknown ones of the same
 * length - are looked up in random order, and each kind's times are compared
 * with the others' by Welch's t, whole and cropped at percentiles, as dudect
 * does (Reparaz, Balasch, Verbauwhede 2016): above 4.5 there is a difference.
 *
 * The keys fit the nearest cache.  Of more keys those that are asked for
 * often are found some nanoseconds faster, good or not: what is measured then
 * is which lines are in the cache.
 *
 *     keys [SAMPLES [KEYS [SEED]]]        of each kind; prints the largest |t|
 */

#include "../../ngx_ai_router_module/core/air_keys.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>


#define KINDS   3
#define CROPS   20
#define SECRET  49


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


static const char *const  names[KINDS] = { "good", "revoked", "unknown" };

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


static void *
take(void *ud, size_t size)
{
    (void) ud;

    return malloc(size);
}


static int
by_size(const void *one, const void *two)
{
    double  a, b;

    a = *(const double *) one;
    b = *(const double *) two;

    return a < b ? -1 : a > b;
}


/* kind and number make the key: even ones are good, odd ones revoked */
static void
secret_of(unsigned kind, uint64_t i, char *text)
{
    snprintf(text, SECRET + 1, "sk-air-%s-%039llu",
             kind == 2 ? "no" : "ok", (unsigned long long) i);
}


static void
make_keys(air_keys_t *keys, unsigned n)
{
    char        text[SECRET + 1];
    unsigned    i, line;
    air_mem_t   mem = { take, NULL };
    air_key_t  *key;

    keys->key = calloc(n, sizeof(air_key_t));
    keys->n = n;

    if (keys->key == NULL) {
        exit(2);
    }

    for (i = 0; i < n; i++) {
        key = &keys->key[i];
        secret_of(i % 2, i, text);
        air_key_hash(air_str_z(text), key->hash);
        key->expires_ms = INT64_MAX;
        key->revoked_ms = i % 2 ? 0 : INT64_MAX;
    }

    if (air_keys_index(keys, &mem, &line) != AIR_OK) {
        exit(2);
    }
}


/* how long each try takes, ns; wrong answers end the program */
static void
measure(const air_keys_t *keys, const try_t *try, double *took, size_t n)
{
    char              text[SECRET + 1];
    size_t            i;
    uint64_t          began, ended;
    air_key_state_e   found;
    const air_key_t  *key;

    static const air_key_state_e  right[KINDS] = {
        AIR_KEY_GOOD, AIR_KEY_REVOKED, AIR_KEY_UNKNOWN
    };

    for (i = 0; i < n; i++) {
        memcpy(text, try[i].secret, sizeof(text));

        began = now_ns();
        found = air_keys_find(keys, air_str_n(text, SECRET), 1, &key);
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


int
main(int argc, char **argv)
{
    double      t, worst, most, limit, *took, *sorted;
    size_t      i, n;
    unsigned    kind, one, two, crop, nkeys;
    try_t      *try;
    uint64_t    x;
    air_keys_t  keys;

    n = (argc > 1 ? strtoull(argv[1], NULL, 10) : 200000) * KINDS;
    nkeys = argc > 2 ? strtoull(argv[2], NULL, 10) : 250;
    state = argc > 3 ? strtoull(argv[3], NULL, 10) : (uint64_t) time(NULL);

    printf("%zu tries of each kind, %u keys, seed %llu\n", n / KINDS, nkeys,
           (unsigned long long) state);

    try = calloc(n, sizeof(try_t));
    took = calloc(n, sizeof(double));
    sorted = calloc(n, sizeof(double));

    if (try == NULL || took == NULL || sorted == NULL || n == 0
        || nkeys < 2)
    {
        return 2;
    }

    make_keys(&keys, nkeys);

    for (i = 0; i < n; i++) {
        x = draw();
        kind = try[i].kind = (unsigned) (x % KINDS);
        x = draw();

        secret_of(kind, kind == 2 ? x : x % (nkeys / 2) * 2 + kind,
                  try[i].secret);
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

            printf("%-8s %-8s t %6.2f\n", names[one], names[two], worst);
            most = fabs(worst) > most ? fabs(worst) : most;
        }
    }

    printf("median %.0f ns, largest |t| %.2f: %s\n", sorted[n / 2], most,
           most < 4.5 ? "no difference is seen" : "they differ");

    free(keys.key);
    free(try);
    free(took);
    free(sorted);

    return most < 4.5 ? 0 : 4;
}
