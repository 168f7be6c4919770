
/*
 * The ring of alerts, and who is told.  A slot is taken by an atomic add and
 * carries a sum over its words: a writer that died, or that was overtaken by
 * a whole ring, leaves one that is not read.
 */

#include "air_alert.h"
#include "air_draw.h"
#include "air_price.h"


#define AIR_ALERT_BUSY   ((uint64_t) 1 << 63)
#define AIR_ALERT_WAYS   8
#define AIR_ALERT_NONE   ((air_alert_seen_t *) 0)


static const air_alert_row_t  air_alert_rows[AIR_NALERT] = {
    { "budget.soft",    "warning",  AIR_ALERT_BUDGET_SOFT,    0 },
    { "budget.hard",    "critical", AIR_ALERT_BUDGET_HARD,    0 },
    { "vendor.down",    "critical", AIR_ALERT_VENDOR_DOWN,    0 },
    { "vendor.back",    "info",     AIR_ALERT_VENDOR_DOWN,    0 },
    { "model.down",     "warning",  AIR_ALERT_MODEL_DOWN,     0 },
    { "model.back",     "info",     AIR_ALERT_MODEL_DOWN,     0 },
    { "escalations",    "warning",  AIR_ALERT_ESCALATIONS,    0 },
    { "cost.unknown",   "warning",  AIR_ALERT_UNPRICED,       0 },
    { "ledger.trouble", "critical", AIR_ALERT_LEDGER_TROUBLE, 0 },
    { "ledger.well",    "info",     AIR_ALERT_LEDGER_TROUBLE, 0 },
    { "prices.changed", "info",     AIR_ALERT_PRICES,         1 },
    { "drill.began",    "info",     AIR_ALERT_DRILL_BEGAN,    1 },
    { "drill.ended",    "info",     AIR_ALERT_DRILL_ENDED,    1 },
    { "alerts.dropped", "warning",  AIR_ALERT_DROPPED,        1 },
    { "test",           "info",     AIR_ALERT_TEST,           1 }
};


static uint64_t
air_alert_load(const uint64_t *word)
{
    return __atomic_load_n(word, __ATOMIC_RELAXED);
}


static void
air_alert_store(uint64_t *word, uint64_t n)
{
    __atomic_store_n(word, n, __ATOMIC_RELAXED);
}


static int
air_alert_swap(uint64_t *word, uint64_t old, uint64_t set)
{
    return __atomic_compare_exchange_n(word, &old, set, 0, __ATOMIC_ACQ_REL,
                                       __ATOMIC_RELAXED);
}


const air_alert_row_t *
air_alert_row(air_alert_e kind)
{
    return &air_alert_rows[kind < AIR_NALERT ? kind : AIR_ALERT_TEST];
}


air_alert_e
air_alert_named(air_str_t name)
{
    unsigned  i;

    for (i = 0; i < AIR_NALERT; i++) {
        if (air_str_eqz(name, air_alert_rows[i].name)) {
            break;
        }
    }

    return (air_alert_e) i;
}


/* ---- one alert -------------------------------------------------------- */

static uint16_t
air_alert_copy(unsigned char *to, size_t size, air_str_t s)
{
    size_t  n;

    n = s.len < size ? s.len : size;

    if (n != 0) {
        memcpy(to, s.data, n);
    }

    return (uint16_t) n;
}


void
air_alert_init(air_alert_t *a, air_alert_e kind, air_str_t subject,
    int64_t now)
{
    memset(a, 0, sizeof(air_alert_t));

    a->kind = kind;
    a->time_ms = now;
    a->subject_len = air_alert_copy(a->subject, sizeof(a->subject), subject);
}


void
air_alert_say(air_alert_t *a, air_str_t message)
{
    a->message_len = air_alert_copy(a->message, sizeof(a->message), message);
}


/* The values as a buffer that has all it may hold, so it takes no memory. */
static void
air_alert_member(air_alert_t *a, const char *name, air_buf_t *b)
{
    b->data = a->values;
    b->len = a->values_len;
    b->size = sizeof(a->values);
    b->cap = sizeof(a->values);
    b->mem = NULL;
    b->error = AIR_OK;

    if (b->len != 0) {
        air_buf_byte(b, ',');
    }

    air_buf_json(b, air_str_z(name));
    air_buf_byte(b, ':');
}


static void
air_alert_members(air_alert_t *a, const air_buf_t *b)
{
    if (b->error == AIR_OK) {
        a->values_len = (uint16_t) b->len;
    }
}


void
air_alert_text(air_alert_t *a, const char *name, air_str_t value)
{
    air_buf_t  b;

    air_alert_member(a, name, &b);
    air_buf_json(&b, value);
    air_alert_members(a, &b);
}


void
air_alert_number(air_alert_t *a, const char *name, uint64_t value)
{
    air_buf_t  b;

    air_alert_member(a, name, &b);
    air_buf_uint(&b, value);
    air_alert_members(a, &b);
}


void
air_alert_money(air_alert_t *a, const char *name, uint64_t pusd)
{
    air_buf_t  b;

    air_alert_member(a, name, &b);

    if (pusd == AIR_UNKNOWN) {
        air_buf_z(&b, "null");

    } else {
        air_buf_pusd(&b, pusd);
    }

    air_alert_members(a, &b);
}


/* ---- who is told ------------------------------------------------------ */

static uint64_t
air_alert_hash(const air_alert_t *a, unsigned kind, unsigned place)
{
    size_t    i;
    uint64_t  h;

    h = air_mix(((uint64_t) kind << 8) + place);

    for (i = 0; i < a->subject_len; i++) {
        h = air_mix(h ^ a->subject[i]);
    }

    return h ? h : 1;
}


/* The place of a hash, or NULL; *give is the one that a new hash takes: a
   free one, else the oldest, of those that nothing ended only where there is
   no other. */
static air_alert_seen_t *
air_alert_place(air_alerts_t *as, uint64_t hash, air_alert_seen_t **give)
{
    unsigned           i;
    uint64_t           was, at, least, open, least_open;
    air_alert_seen_t  *s, *set;

    set = as->seen + hash % (AIR_ALERT_SEEN / AIR_ALERT_WAYS) * AIR_ALERT_WAYS;
    least = (uint64_t) -1;
    least_open = 1;
    *give = set;

    for (i = 0; i < AIR_ALERT_WAYS; i++) {
        s = &set[i];
        was = air_alert_load(&s->hash);

        if (was == hash) {
            return s;
        }

        at = was ? air_alert_load(&s->at) : 0;
        open = was ? air_alert_load(&s->open) != 0 : 0;

        if (open < least_open || (open == least_open && at < least)) {
            least = at;
            least_open = open;
            *give = s;
        }
    }

    return AIR_ALERT_NONE;
}


/* 1 when a hook is told of what begins or just happens */
static int
air_alert_begins(air_alerts_t *as, const air_alert_rule_t *rule,
    air_alert_t *a)
{
    uint64_t           now, at, hash;
    air_alert_seen_t  *s, *give;

    now = (uint64_t) a->time_ms;
    hash = air_alert_hash(a, a->kind, rule->place);
    s = air_alert_place(as, hash, &give);

    if (s == NULL) {

        if (!air_alert_swap(&give->hash, air_alert_load(&give->hash), hash)) {
            return 0;
        }

        air_alert_store(&give->at, now);
        air_alert_store(&give->n, 0);
        air_alert_store(&give->open, 1);
        return 1;
    }

    at = air_alert_load(&s->at);

    /* a clock may be set back */

    if ((at <= now && now - at < rule->every)
        || !air_alert_swap(&s->at, at, now))
    {
        __atomic_fetch_add(&s->n, 1, __ATOMIC_RELAXED);
        return 0;
    }

    a->suppressed[rule->place] =
        (uint32_t) __atomic_exchange_n(&s->n, 0, __ATOMIC_RELAXED);

    air_alert_store(&s->open, 1);

    return 1;
}


/* 1 when the hook was told of what now ends */
static int
air_alert_ends(air_alerts_t *as, const air_alert_rule_t *rule,
    air_alert_t *a)
{
    air_alert_seen_t  *s, *give;

    s = air_alert_place(as, air_alert_hash(a, air_alert_row(a->kind)->ends,
                                           rule->place), &give);

    if (s == NULL || !air_alert_swap(&s->open, 1, 0)) {
        return 0;
    }

    a->suppressed[rule->place] = (uint32_t) air_alert_load(&s->n);

    return 1;
}


/* 1 when the hook wants what ends such a kind */
static int
air_alert_wants_end(const air_alert_rule_t *rule, unsigned kind)
{
    unsigned  i;

    for (i = 0; i < AIR_NALERT; i++) {
        if (i != kind && air_alert_rows[i].ends == kind
            && (rule->kinds & ((uint32_t) 1 << i)))
        {
            return 1;
        }
    }

    return 0;
}


int
air_alerts_due(air_alerts_t *as, const air_alert_rule_t *rule, unsigned n,
    air_alert_t *a)
{
    int                     due, wanted;
    unsigned                i;
    const air_alert_row_t  *row;

    row = air_alert_row(a->kind);
    a->hooks = 0;

    for (i = 0; i < n; i++) {

        wanted = (rule[i].kinds >> a->kind) & 1;

        if (rule[i].place >= AIR_ALERT_HOOKS
            || !(wanted || air_alert_wants_end(&rule[i], a->kind)))
        {
            continue;
        }

        if (row->always) {
            due = 1;

        } else if (row->ends != a->kind) {
            due = air_alert_ends(as, &rule[i], a);

        } else {
            due = air_alert_begins(as, &rule[i], a);
        }

        if (due && wanted) {
            a->hooks |= (uint32_t) 1 << rule[i].place;

        } else if (wanted && row->ends == a->kind) {
            __atomic_fetch_add(&as->suppressed, 1, __ATOMIC_RELAXED);
        }
    }

    return a->hooks != 0;
}


/* ---- the ring --------------------------------------------------------- */

static uint64_t
air_alert_sum(const uint64_t *word)
{
    size_t    i;
    uint64_t  h;

    h = AIR_ALERT_WORDS;

    for (i = 0; i < AIR_ALERT_WORDS; i++) {
        h = air_mix(h ^ word[i]);
    }

    return h;
}


void
air_alerts_put(air_alerts_t *as, air_alert_t *a)
{
    size_t             i;
    uint64_t           word[AIR_ALERT_WORDS];
    air_alert_slot_t  *s;

    a->n = __atomic_fetch_add(&as->head, 1, __ATOMIC_RELAXED);
    s = &as->slot[a->n % AIR_ALERT_RING];

    memcpy(word, a, sizeof(word));

    __atomic_store_n(&s->state, (a->n + 1) | AIR_ALERT_BUSY,
                     __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE);

    for (i = 0; i < AIR_ALERT_WORDS; i++) {
        air_alert_store(&s->word[i], word[i]);
    }

    air_alert_store(&s->sum, air_alert_sum(word));

    /* overtaken by a whole ring: what lies there has no right sum */

    __atomic_store_n(&s->state, a->n + 1, __ATOMIC_RELEASE);
}


int
air_alerts_get(air_alerts_t *as, uint64_t number, air_alert_t *a)
{
    size_t             i;
    uint64_t           head, state, word[AIR_ALERT_WORDS], sum;
    air_alert_slot_t  *s;

    head = __atomic_load_n(&as->head, __ATOMIC_ACQUIRE);

    if (number >= head) {
        return AIR_AGAIN;
    }

    if (head - number > AIR_ALERT_RING) {
        return AIR_ENOENT;
    }

    s = &as->slot[number % AIR_ALERT_RING];
    state = __atomic_load_n(&s->state, __ATOMIC_ACQUIRE);

    if (state != number + 1) {

        /* not begun, begun, or another one's by now */

        return (state & ~AIR_ALERT_BUSY) > number + 1 ? AIR_ENOENT : AIR_EBUSY;
    }

    for (i = 0; i < AIR_ALERT_WORDS; i++) {
        word[i] = air_alert_load(&s->word[i]);
    }

    sum = air_alert_load(&s->sum);

    __atomic_thread_fence(__ATOMIC_ACQUIRE);

    if (air_alert_load(&s->state) != state || sum != air_alert_sum(word)) {
        return AIR_ENOENT;
    }

    memcpy(a, word, sizeof(word));

    return a->n == number && a->kind < AIR_NALERT
           && a->subject_len <= sizeof(a->subject)
           && a->message_len <= sizeof(a->message)
           && a->values_len <= sizeof(a->values)
           ? AIR_OK : AIR_ENOENT;
}


uint64_t
air_alerts_first(air_alerts_t *as)
{
    uint64_t  head;

    head = air_alert_load(&as->head);

    return head > AIR_ALERT_RING ? head - AIR_ALERT_RING : 0;
}
