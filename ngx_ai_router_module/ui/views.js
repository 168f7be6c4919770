/*
 * The parts of the page: each takes what was asked of the router and draws it.
 */

import { $, el, plain, put, table, text, who } from './dom.js';
import { draw, dollars } from './charts.js';
import * as money from './money.js';
import { label, span, took } from './period.js';

const SERIES = 8;
const NAMES = { vendor: 'vendor', model: 'model', maker: 'maker',
                workflow: 'workflow', principal: 'principal', team: 'team' };


/* Dollars, rounded; all digits in the title. */
function usd(pico) {
    return el('span', { title: money.exact(pico) }, money.short(pico));
}


function count(n) {
    return money.group(n);
}


function tag(kind, words) {
    return el('span', { class: 'tag ' + kind }, words);
}


/* A name of the ledger with what it belongs to below. */
function named(name, below) {
    return el('span', null, who(name),
              below ? el('span', { class: 'sub' }, below) : null);
}


/* Rows of a report in columns: objects, dollars as pico-dollars. */
export function rows(report) {
    return report.rows.map((r) => row(report, r));
}


export function row(report, values) {
    const out = {};

    report.columns.forEach((c, i) => {
        out[c] = c.endsWith('_usd') ? money.parse(values[i]) : values[i];
    });

    return out;
}


/* ---- tiles --------------------------------------------------------------- */

export function tiles(total, byName) {
    const s = (name, value, below) =>
        el('div', null, el('dt', null, name), el('dd', null, value),
           el('dd', null, below || '\u00a0'));
    const first = total.first_tokens
        ? took(total.first_token_ms / total.first_tokens) : '\u2013';

    put('tiles',
        s('Spent', usd(total.cost_usd),
          total.unknown_cost ? count(total.unknown_cost) + ' of unknown cost'
          : total.unsure_usd ? money.short(total.unsure_usd) + ' estimated'
          : 'all as vendors reported'),
        s('Requests', count(total.requests),
          count(total.input) + ' in, ' + count(total.output) + ' out tokens'),
        s('Failed attempts', count(total.errors),
          total.attempts ? money.percent(total.errors, total.attempts)
                           + ' of ' + count(total.attempts) : ''),
        s('Fallbacks', count(total.fallbacks),
          'tries behind the first'),
        s('Escalations', count(total.escalated), 'asked somebody better'),
        s('First token, mean', first,
          total.first_tokens ? 'of ' + count(total.first_tokens) + ' answers'
                             : ''),
        s('Saved by caches', usd(total.saved_usd),
          count(total.cache_hits) + ' answers'));

    text('totals-h', 'Spend by ' + byName);
}


/* ---- spend --------------------------------------------------------------- */

/* The dearest names of a dimension, and the others in one. */
function series(totals, cells, by, pieces) {
    const top = totals.slice(0, SERIES).map((r) => r[by]);
    const place = new Map(top.map((name, i) => [name, i]));
    const at = new Map(pieces.map((p, i) => [p.name, i]));
    const sets = top.map((name) => ({ name,
        sums: pieces.map(() => 0n) }));
    let others = null;

    for (const c of cells) {
        const x = at.get(c.when);

        if (x === undefined) {
            continue;
        }

        let i = place.get(c[by]);

        if (i === undefined) {
            if (others === null) {
                others = { name: 'others', sums: pieces.map(() => 0n) };
            }

            others.sums[x] += c.cost_usd;
            continue;
        }

        sets[i].sums[x] += c.cost_usd;
    }

    return others ? [...sets, others] : sets;
}


export function spend(v) {
    const pieces = v.pieces.map((name) => ({ name,
                                             label: label(name, v.step) }));
    const sets = series(v.totals, v.cells, v.by, pieces);
    const dear = v.totals[0];
    const summary = v.total.cost_usd === 0n
        ? 'Nothing was spent in this period.'
        : money.short(v.total.cost_usd) + ' in this period, by '
          + NAMES[v.by] + (dear ? '; most by ' + plain(dear[v.by], 40)
          + ' with ' + money.short(dear.cost_usd) + ' ('
          + money.percent(dear.cost_usd, v.total.cost_usd) + ').' : '.')
          + (v.drawn ? '' : ' There are too many names to draw them over time.')
          + (v.more ? ' ' + count(v.more) + ' small sums are not drawn.' : '');

    draw({
        id: 'spend-c', stacked: true, labels: pieces.map((p) => p.label),
        tick: dollars,
        says: (item) => money.exact(sets[item.datasetIndex]
                                    .sums[item.dataIndex]),
        sets: sets.map((s) => ({ name: s.name,
                                 data: s.sums.map(money.number) }))
    }, summary);

    text('spend-s', summary);

    put('spend-t', table('Dollars by time and ' + NAMES[v.by],
        [{ name: v.step }, ...sets.map((s) => ({ name: plain(s.name, 60),
                                                 num: true }))],
        pieces.map((p, i) => [p.name, ...sets.map(
            (s) => money.exact(s.sums[i]))])));

    put('totals-t', table('Sums by ' + NAMES[v.by],
        [{ name: NAMES[v.by] }, { name: 'Cost', num: true },
         { name: 'Share', num: true }, { name: 'Requests', num: true },
         { name: 'Attempts', num: true }, { name: 'Failed', num: true },
         { name: 'Fallbacks', num: true }, { name: 'First token', num: true },
         { name: 'Tokens in', num: true }, { name: 'Tokens out', num: true }],
        v.totals.slice(0, 50).map((r) => [
            who(r[v.by]), usd(r.cost_usd),
            money.percent(r.cost_usd, v.total.cost_usd), count(r.requests),
            count(r.attempts), count(r.errors), count(r.fallbacks),
            r.first_tokens ? took(r.first_token_ms / r.first_tokens) : '',
            count(r.input), count(r.output)])));

    text('totals-s', v.totals.length > 50
         ? 'The 50 dearest of ' + count(v.totals.length) + '.' : '');
}


/* ---- traffic, latency over time ------------------------------------------ */

export function traffic(v) {
    const at = new Map(v.times.map((r) => [r.when, r]));
    const line = (k) => v.pieces.map((p) => at.has(p) ? at.get(p)[k] : 0);
    const t = v.total;
    const summary = count(t.requests) + ' requests, '
        + count(t.errors) + ' failed attempts, ' + count(t.fallbacks)
        + ' fallbacks, ' + count(t.escalated) + ' escalations, '
        + count(t.refused) + ' refused.';

    draw({
        id: 'traffic-c', labels: v.pieces.map((p) => label(p, v.step)),
        sets: [{ name: 'Requests', data: line('requests') },
               { name: 'Failed attempts', data: line('errors'), line: true,
                 colour: css('--bad') },
               { name: 'Fallbacks', data: line('fallbacks'), line: true,
                 colour: css('--c1') },
               { name: 'Escalations', data: line('escalated'), line: true,
                 colour: css('--c3') }]
    }, summary);

    text('traffic-s', summary);

    put('traffic-t', table('Requests by time',
        [{ name: v.step }, { name: 'Requests', num: true },
         { name: 'Failed attempts', num: true },
         { name: 'Fallbacks', num: true }, { name: 'Escalations', num: true },
         { name: 'Refused', num: true }, { name: 'Left by caller', num: true }],
        v.times.map((r) => [r.when, count(r.requests), count(r.errors),
                            count(r.fallbacks), count(r.escalated),
                            count(r.refused), count(r.aborted)])));

    const mean = (r, sum, n) => r && r[n] ? r[sum] / r[n] : null;
    const first = v.pieces.map((p) => mean(at.get(p), 'first_token_ms',
                                           'first_tokens'));
    const whole = v.pieces.map((p) => mean(at.get(p), 'latency_ms',
                                           'attempts'));
    const means = t.attempts
        ? 'On average an attempt took ' + took(t.latency_ms / t.attempts)
          + (t.errors ? ', with those that failed' : '')
          + (t.first_tokens ? '; a first token, where one came, '
             + took(t.first_token_ms / t.first_tokens) : '') + '.'
        : 'No attempt in this period.';

    draw({
        id: 'mean-c', labels: v.pieces.map((p) => label(p, v.step)),
        tick: took, says: (item) => took(item.parsed.y),
        sets: [{ name: 'First token', data: first, line: true },
               { name: 'Whole attempt', data: whole, line: true,
                 colour: css('--c2') }]
    }, means);

    text('mean-s', means);

    put('mean-t', table('Mean latency by time',
        [{ name: v.step }, { name: 'First token', num: true },
         { name: 'Whole attempt', num: true },
         { name: 'Attempts', num: true }],
        v.times.map((r) => [
            r.when,
            r.first_tokens ? took(r.first_token_ms / r.first_tokens) : '',
            r.attempts ? took(r.latency_ms / r.attempts) : '',
            count(r.attempts)])));
}


function css(name) {
    return getComputedStyle(document.documentElement)
        .getPropertyValue(name).trim();
}


/* ---- percentiles --------------------------------------------------------- */

/* The smallest value that p of the sorted ones do not pass. */
function percentile(sorted, p) {
    return sorted.length
        ? sorted[Math.max(0, Math.ceil(sorted.length * p) - 1)] : null;
}


export function percentiles(records) {
    const groups = new Map();

    for (const r of records) {
        if (r.kind !== 'attempt' || r.fault !== '' || !r.latency_ms) {
            continue;
        }

        const name = r.vendor + '/' + r.model;
        const g = groups.get(name) || { name, first: [], whole: [] };

        g.whole.push(r.latency_ms);

        if (r.first_token_ms) {
            g.first.push(r.first_token_ms);
        }

        groups.set(name, g);
    }

    const list = [...groups.values()]
        .sort((a, b) => b.whole.length - a.whole.length
                        || (a.name < b.name ? -1 : 1));

    for (const g of list) {
        g.first.sort((a, b) => a - b);
        g.whole.sort((a, b) => a - b);
    }

    const shown = list.slice(0, SERIES);
    const n = list.reduce((sum, g) => sum + g.whole.length, 0);
    const words = n === 0 ? 'No good answer among the newest records.'
        : 'Of the newest ' + count(n) + ' good answers: '
          + shown.slice(0, 3).map((g) => plain(g.name, 40) + ' half within '
              + took(percentile(g.whole, 0.5)) + ', 99 % within '
              + took(percentile(g.whole, 0.99))).join('; ') + '.';

    const narrow = matchMedia('(max-width: 44rem)').matches;

    draw({
        id: 'latency-c', labels: shown.map((g) => narrow ? plain(g.name, 18)
                                                         : g.name),
        tick: took, across: narrow,
        says: (item) => took(item.parsed[narrow ? 'x' : 'y']),
        sets: [['First token p50', 'first', 0.5, '--c0'],
               ['First token p90', 'first', 0.9, '--c6'],
               ['Whole p50', 'whole', 0.5, '--c2'],
               ['Whole p90', 'whole', 0.9, '--c1'],
               ['Whole p99', 'whole', 0.99, '--c5']]
            .map(([name, k, p, c]) => ({
                name, colour: css(c),
                data: shown.map((g) => percentile(g[k], p)) }))
    }, words);

    text('latency-s', words);

    const cell = (values, p) => values.length ? took(percentile(values, p))
                                              : '';

    put('latency-t', table('Latency percentiles of the newest answers',
        [{ name: 'Model' }, { name: 'Answers', num: true },
         { name: 'First p50', num: true }, { name: 'p90', num: true },
         { name: 'p99', num: true }, { name: 'Whole p50', num: true },
         { name: 'p90', num: true }, { name: 'p99', num: true }],
        list.map((g) => [who(g.name), count(g.whole.length),
                         cell(g.first, 0.5), cell(g.first, 0.9),
                         cell(g.first, 0.99), cell(g.whole, 0.5),
                         cell(g.whole, 0.9), cell(g.whole, 0.99)]),
        'No good answer yet.'));
}


/* ---- health -------------------------------------------------------------- */

function health(h, now) {
    if (h.state === 'up') {
        return tag('good', 'up');
    }

    if (h.state === 'resting') {
        return tag('bad', 'resting' + (h.reopen_ms > now
                                       ? ' ' + span(h.reopen_ms - now) : ''));
    }

    return tag('warn', 'probing');
}


function why(h) {
    const words = [];

    if (h.last_fault && (h.state !== 'up' || h.failed_in_row)) {
        words.push(h.last_fault.replace(/_/g, ' '));
    }

    if (h.failed_in_row) {
        words.push(count(h.failed_in_row) + ' failed in a row');
    }

    if (h.rests) {
        words.push('rested ' + count(h.rests) + (h.rests === 1 ? ' time'
                                                              : ' times'));
    }

    return words.join(', ');
}


function uptime(live) {
    const p = (v) => v === null || v === undefined ? '\u2013'
        : (v >= 99.95 ? '100' : Number(v).toFixed(1));

    return live ? [live.uptime_5m, live.uptime_30m, live.uptime_1d].map(p)
        .join(' / ') : '';
}


export function vendors(s) {
    const list = [];

    for (const v of s.vendors) {
        const below = [v.maker !== v.name ? v.maker : null, v.region, v.host,
                       v.simulated ? 'simulated' : null]
            .filter((x) => x).join(', ');

        list.push([el('strong', null, named(v.name, below)),
                   health(v, s.time_ms), why(v), '', '', '',
                   count(v.good) + ' / ' + count(v.failed)]);

        for (const t of s.targets.filter((x) => x.vendor === v.name)) {
            const live = t.live || {};
            const p = live.latency_ms || {};

            list.push([named(t.model, t.priced ? '' : 'no price known'),
                       health(t, s.time_ms), why(t), uptime(live),
                       p.p50 ? took(p.p50) + (p.p99 ? ' / ' + took(p.p99) : '')
                             : '',
                       live.running ? count(live.running) : '',
                       count(t.good) + ' / ' + count(t.failed)]);
        }
    }

    put('vendors-t', table('Vendors and models now',
        [{ name: 'Vendor, model' }, { name: 'State' }, { name: 'Why' },
         { name: 'Uptime % 5 min / 30 min / day', num: true },
         { name: 'First content p50 / p99', num: true },
         { name: 'Running', num: true }, { name: 'Good / failed', num: true }],
        list, 'No vendor is configured.'));
}


/* ---- budgets, limits ----------------------------------------------------- */

function account(a) {
    return a.scope === 'total' ? 'all requests'
        : el('span', null, el('span', { class: 'sub' },
                              a.scope.replace('_', ' ')), who(a.name));
}


export function budgets(s) {
    const list = [];
    const limits = [];

    for (const a of s.accounts || []) {

        for (const b of a.budgets || []) {
            const amount = money.parse(b.amount_usd);
            const spent = money.parse(b.spent_usd);
            const held = money.parse(b.reserved_usd);
            const left = money.parse(b.left_usd);
            const used = amount ? Number((spent + held) * 1000n / amount) : 0;

            list.push([account(a),
                el('span', null, usd(amount),
                   el('span', { class: 'sub' }, b.period === 'ever'
                      ? 'for ever' : 'a ' + b.period)),
                el('span', null, usd(spent), held
                   ? el('span', { class: 'sub' }, 'and ', usd(held), ' held')
                   : null),
                el('span', null,
                   left > 0n ? usd(left) : tag('bad', 'nothing'),
                   el('meter', { min: 0, max: 1000, value: Math.min(used, 1000),
                                 low: 800, high: 950, optimum: 0,
                                 'aria-label': Math.round(used / 10)
                                               + ' % used' })),
                b.resets_ms ? 'in ' + span(b.resets_ms - s.time_ms) : '']);
        }

        if (a.requests || a.tokens || a.running_limit) {
            const rate = (r) => r ? count(r.left) + ' of ' + count(r.limit)
                + (r.reset_ms ? ', full in ' + span(r.reset_ms) : '') : '';

            limits.push([account(a), rate(a.requests), rate(a.tokens),
                         a.running_limit ? count(a.running) + ' of '
                         + count(a.running_limit) : count(a.running || 0)]);
        }
    }

    put('budgets-t', table('Budgets',
        [{ name: 'Who' }, { name: 'Budget', num: true },
         { name: 'Spent', num: true }, { name: 'Left', num: true },
         { name: 'Resets', num: true }], list,
        s.accounts === null ? 'The accounts are being made of the ledger.'
                            : 'No budget is configured.'),
        s.accounts_not_shown ? el('p', { class: 'note' },
            count(s.accounts_not_shown) + ' more are not shown.') : '');

    put('limits-t', table('Rate limits',
        [{ name: 'Who' }, { name: 'Requests a minute left', num: true },
         { name: 'Tokens a minute left', num: true },
         { name: 'Running', num: true }], limits,
        'No limit is configured.'));
}


/* ---- concentration ------------------------------------------------------- */

const BANDS = { 'highly concentrated': 'bad',
                'moderately concentrated': 'warn', 'unconcentrated': 'good' };
const LOSSES = { untouched: ['good', 'untouched'], yes: ['good', 'goes on'],
                 paper: ['warn', 'on paper'], partly: ['warn', 'partly'],
                 no: ['bad', 'stops'] };


export function concentration(c) {
    const shown = c && c.vendors ? [['Vendors', c.vendors],
                                    ['Makers', c.makers]] : [];

    $('concentration').hidden = !c;

    if (!c) {
        return;
    }

    const none = (k) => k.shares.some((s) => !s.name) ? 'not known'
                                                      : 'nothing was spent';
    const part = (k) => {
        const no = k.shares.find((s) => !s.name);
        return no ? ' of the ' + (100 - Number(no.share_percent)).toFixed(1)
                    + ' % that are known' : '';
    };
    const words = shown.map(([name, k]) => name + ': '
        + (k.hhi === null ? none(k) : 'index ' + count(k.hhi) + ', '
           + k.band + part(k))).join('. ') + '.';
    const names = [...new Set(shown.flatMap(([, k]) => k.shares.slice(0, 8)
                                            .map((s) => s.name)))];

    draw({
        id: 'conc-c', across: true, stacked: true,
        labels: shown.map(([name]) => name),
        tick: (v) => v + ' %', says: (item) => item.parsed.x.toFixed(2) + ' %',
        sets: names.map((name) => ({ name: name || 'unknown',
            data: shown.map(([, k]) => Number((k.shares.find(
                (s) => s.name === name) || { share_percent: 0 })
                .share_percent)) }))
    }, words);

    put('conc-s', ...shown.map(([name, k]) => el('p', null, name + ' ',
        k.hhi === null ? tag('', none(k))
                       : tag(BANDS[k.band] || '', 'HHI ' + count(k.hhi) + ', '
                             + k.band), k.hhi === null ? '' : part(k))),
        el('p', null, c.guideline));

    for (const [name, k] of shown) {
        put('conc-' + name.toLowerCase() + '-t',
            table('Shares of what was spent: ' + name.toLowerCase(),
                  [{ name: name }, { name: 'Cost', num: true },
                   { name: 'Share', num: true }],
                  k.shares.slice(0, 12).map((s) => [
                      who(s.name || 'unknown'), usd(money.parse(s.cost_usd)),
                      s.share_percent + ' %'])));
    }

    const flows = c.survive && c.survive.length
        ? c.survive[0].workflows.map((w) => w.name) : [];

    put('survive-t', table('What becomes of each workflow without a vendor',
        [{ name: 'Without' }, ...flows.map((w) => ({ name: plain(w, 40) }))],
        (c.survive || []).map((s) => [
            who(s.name),
            ...s.workflows.map((w) => el('span', null,
                tag(...(LOSSES[w.verdict] || ['', w.verdict])),
                w.next ? el('span', { class: 'sub' }, 'by ', who(w.next))
                       : null))]),
        'No configuration was written beside the ledger yet.'));
}


/* ---- quality ------------------------------------------------------------- */

export function quality(list) {
    const flows = new Map();

    for (const r of list) {
        const f = flows.get(r.workflow)
            || { workflow: r.workflow, requests: 0, passed: 0, failed: 0,
                 unsure: 0, escalated: 0, pairs: 0, kept: 0, extra: 0n };

        if (r.for === 'answer' || r.for === 'failed') {
            for (const k of ['requests', 'passed', 'failed', 'unsure',
                             'escalated'])
            {
                f[k] += r[k];
            }
        }

        if (r.for === 'shadow') {
            f.pairs += r.pairs;
            f.kept += r.kept;
        }

        if (r.for !== 'answer') {
            f.extra += r.cost_usd;
        }

        flows.set(r.workflow, f);
    }

    put('quality-t', table('Quality by workflow',
        [{ name: 'Workflow' }, { name: 'Judged', num: true },
         { name: 'Passed', num: true }, { name: 'Below the floor', num: true },
         { name: 'Unsure', num: true }, { name: 'Escalated', num: true },
         { name: 'Kept in comparison', num: true },
         { name: 'Cost of quality', num: true }],
        [...flows.values()].map((f) => [
            who(f.workflow), count(f.passed + f.failed + f.unsure),
            f.passed + f.failed ? money.percent(f.passed, f.passed + f.failed)
                                : '',
            count(f.failed), count(f.unsure), count(f.escalated),
            f.pairs ? money.percent(f.kept, f.pairs) + ' of ' + count(f.pairs)
                    : '', usd(f.extra)]),
        'No workflow has a floor, classes of tasks or a shadow in this period.'
    ));
}


/* ---- requests ------------------------------------------------------------ */

function when(time, now) {
    return el('time', { datetime: time, title: time },
              time.slice(0, 10) === new Date(now).toISOString().slice(0, 10)
              ? time.slice(11, 19) : time.slice(5, 16).replace('T', ' '));
}


/* Records of one request together, newest request first. */
function requests(records) {
    const out = new Map();

    for (const r of records) {
        if (r.kind === 'adjust' || r.kind === 'verdict' || r.kind === 'drill') {
            continue;
        }

        const q = out.get(r.request_id) || { tries: [] };

        q.tries.push(r);
        out.set(r.request_id, q);
    }

    for (const q of out.values()) {
        q.tries.sort((a, b) => a.attempt - b.attempt || a.seq - b.seq);
        q.last = q.tries.find((r) => r.final) || q.tries[q.tries.length - 1];
    }

    return [...out.values()];
}


function outcome(r) {
    const flags = r.flags.split(' ');

    if (r.kind === 'cached') {
        return tag('good', 'from the cache');
    }

    if (r.kind === 'refused') {
        return tag('bad', 'refused: ' + (r.fault || 'no vendor')
                   .replace(/_/g, ' '));
    }

    if (r.fault) {
        return tag('bad', r.fault.replace(/_/g, ' ')
                   + (r.status ? ' ' + r.status : ''));
    }

    return flags.includes('aborted') ? tag('warn', 'caller left')
        : tag('good', 'answered');
}


function route(q) {
    const list = el('ol', { class: 'route' });

    for (const r of q.tries) {
        const words = [];

        if (r.reason) {
            words.push(r.reason.replace(/_/g, ' '));
        }

        if (r.left_out) {
            words.push(count(r.left_out) + ' left out');
        }

        if (r.fault && r !== q.last) {
            words.push(r.fault.replace(/_/g, ' ')
                       + (r.status ? ' ' + r.status : ''));
        }

        for (const f of r.flags.split(' ')) {
            if (['escalated', 'degraded', 'orphan', 'model_changed', 'shadow',
                 'judge', 'second', 'probe', 'cut'].includes(f))
            {
                words.push(f.replace(/_/g, ' '));
            }
        }

        list.append(el('li', null,
            r.vendor ? who(r.vendor + '/' + r.model) : 'nobody asked',
            words.length ? el('span', { class: 'sub' },
                              ' \u2013 ' + words.join(', ')) : null));
    }

    return list;
}


function matches(q, words) {
    return words.every((w) => q.tries.some((r) =>
        [r.workflow, r.principal, r.team, r.vendor, r.model, r.fault,
         r.reason, r.request_id, r.kind, r.tier, r.task, r.flags]
            .some((x) => String(x || '').toLowerCase().includes(w))));
}


/* Shows so many requests at the most; returns how many there are. */
export function recent(records, filter, now, most) {
    const words = filter.toLowerCase().split(/\s+/).filter((w) => w);
    const all = requests(records);
    const shown = all.filter((q) => matches(q, words));

    put('requests-t', table('Recent requests, newest first',
        [{ name: 'Time' }, { name: 'Workflow, principal' },
         { name: 'Who was asked, and why' }, { name: 'Outcome' },
         { name: 'Cost', num: true }, { name: 'First / whole', num: true },
         { name: 'Tokens in / out', num: true }],
        shown.slice(0, most).map((q) => {
            const known = q.tries.filter((r) => r.cost_usd !== null);
            const sum = known.reduce((n, r) => n + money.parse(r.cost_usd),
                                     0n);
            const r = q.last;
            const tokens = (k) => q.tries.reduce((n, t) => n + t[k], 0);

            return [when(r.time, now), named(r.workflow, r.principal
                                             ? who(r.principal) : null),
                    route(q), outcome(r),
                    known.length === q.tries.length ? usd(sum)
                    : known.length ? el('span', null, usd(sum),
                                        ' and unknown') : 'unknown',
                    (r.first_token_ms ? took(r.first_token_ms) + ' / ' : '')
                    + (r.latency_ms ? took(r.latency_ms) : '\u2013'),
                    count(tokens('input')) + ' / ' + count(tokens('output'))];
        }),
        words.length ? 'None of the ' + count(all.length)
                       + ' requests loaded fits the filter.'
                     : 'No request yet.'));

    text('requests-s', words.length ? count(shown.length) + ' of '
         + count(all.length) + ' requests loaded fit.'
         : all.length ? count(all.length) + ' requests loaded.' : '');

    return shown.length;
}


/* ---- ledger, alerts ------------------------------------------------------ */

function pairs(list) {
    return el('dl', { class: 'kv' }, ...list.filter((p) => p).flatMap(
        ([name, value]) => [el('dt', null, name), el('dd', null, value)]));
}


export function ledger(s, newest, damaged) {
    const l = s.ledger;

    put('ledger-t', pairs([
        ['State', l === null ? tag('warn', 'no ledger is kept')
            : !l.open ? tag('bad', 'cannot be opened: requests are refused')
            : !l.writable ? tag('bad', 'cannot be written')
            : tag('good', 'written')],
        l && ['Newest record', count(newest)],
        l && ['Attempts in flight', count(l.in_flight)],
        l && ['Damaged records', damaged ? tag('bad', count(damaged))
                                         : 'none']
        , l && ['Settled after a death', count(l.orphans)],
        ['Prices', s.prices === null ? 'no table is configured'
            : count(s.prices.models) + ' models' + (s.prices.time_ms
              ? ', ' + span(s.time_ms - s.prices.time_ms) + ' old' : '')],
        ['Router', s.version + ', up ' + span(s.uptime_seconds * 1000)]]));
}


export function alerts(s) {
    const hooks = Array.isArray(s.alerts) ? s.alerts : null;

    $('alerts').hidden = hooks === null;

    if (hooks === null) {
        return;
    }

    put('alerts-t', table('Webhooks of alerts',
        [{ name: 'Webhook' }, { name: 'State' }, { name: 'Sent', num: true },
         { name: 'Waiting', num: true }, { name: 'Failed', num: true },
         { name: 'Dropped', num: true }],
        hooks.map((h) => [
            named(h.hook, h.last_sent_ms ? 'last one '
                  + span(s.time_ms - h.last_sent_ms) + ' ago' : ''),
            h.next_try_ms > s.time_ms
                ? tag('bad', 'again in ' + span(h.next_try_ms - s.time_ms)
                      + (h.last_status ? ', after ' + h.last_status : ''))
                : h.pending ? tag('warn', 'sending') : tag('good', 'all sent'),
            count(h.sent), count(h.pending), count(h.failed),
            count(h.dropped)]), 'None.'));
}
