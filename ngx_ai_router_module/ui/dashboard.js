/*
 * The page's heart: what is asked when, what is kept when nobody answers.
 *
 *   status.json   every 5 s: what is now
 *   recent.json   as often: the newest records; when there is a new one
 *   report        what was, for the period chosen
 */

import { $, plain, text } from './dom.js';
import * as money from './money.js';
import { iso, period, pieces } from './period.js';
import * as views from './views.js';

const EVERY = 5000;
const KEEP = 1000;
const FIRST = 200;
const ROWS = 20;

const state = {
    status: null,
    newest: -1,
    before: null,
    records: [],
    rows: ROWS,               /* of requests that are shown */
    report: null,
    concentration: null,
    asked: '',                /* what the report answers */
    damaged: 0,
    paused: false,
    gone: 0,                  /* since when nobody answers */
    said: '',
    busy: false,
    again: false,
    timer: 0
};


/* ---- asking -------------------------------------------------------------- */

async function ask(path) {
    const r = await fetch(path, { cache: 'no-store', redirect: 'error',
                                  headers: { Accept: 'application/json' } });
    const body = await r.text();

    if (!r.ok) {
        let words = 'status ' + r.status;

        try {
            words = JSON.parse(body).error.message;
        } catch (e) { /* not ours */ }

        const error = new Error(words);

        error.status = r.status;
        error.large = body.includes('"too_large"');
        throw error;
    }

    return money.json(body);
}


function chosen() {
    return period($('range').value, $('from').value, $('to').value,
                  Date.now());
}


/* The records that are new, and those before them that are known. */
async function records() {
    const page = await ask('recent.json?n=' + (state.newest < 0 ? FIRST : 100));
    const known = new Set(state.records.map((r) => r.seq));
    const fresh = page.records.filter((r) => !known.has(r.seq));

    /* more than a page came: what is between is not known */

    if (state.newest < 0 || fresh.length === page.records.length) {
        state.records = page.records;
        state.before = page.before;

    } else {
        state.records = [...fresh, ...state.records].slice(0, KEEP);
    }

    const changed = page.newest !== state.newest;

    state.newest = page.newest;

    return changed;
}


async function report(p) {
    const by = $('by').value;
    const range = 'from=' + iso(p.from) + '&to=' + iso(p.to);
    const sums = (list) => ask('report?format=table&' + range
                               + list.map((x) => '&by=' + x).join(''));
    const plainly = [p.step, by, 'workflow,for'];
    let answer, cells = { rows: [], columns: [], more: 0 };

    /* too many names to follow each through time: their sums alone */

    try {
        answer = await sums([...plainly, p.step + ',' + by]);
        cells = answer.reports[3];
    } catch (e) {
        if (!e.large) {
            throw e;
        }

        answer = await sums(plainly);
    }

    const [times, totals, quality] = answer.reports;
    const name = (rows) => rows.map((r) => ({ ...r, when: r[p.step] }));

    state.damaged = times.damaged_records;
    state.report = {
        by, step: p.step, more: cells.more, drawn: cells.columns.length > 0,
        pieces: pieces(p, Date.now()),
        total: views.row(times, times.total),
        times: name(views.rows(times)),
        cells: name(views.rows(cells)),
        totals: views.rows(totals),
        quality: views.rows(quality)
    };

    try {
        state.concentration = await ask('concentration.json?' + range);
    } catch (e) {
        if (e.status === undefined) {
            throw e;
        }

        state.concentration = null;
    }
}


/* ---- showing ------------------------------------------------------------- */

function showReport() {
    const r = state.report;

    if (r === null) {
        return;
    }

    views.tiles(r.total, r.by);
    views.spend(r);
    views.traffic(r);
    views.quality(r.quality);
    views.concentration(state.concentration);
}


function showRecords() {
    const n = views.recent(state.records, $('filter').value, Date.now(),
                           state.rows);

    $('older').hidden = n <= state.rows && (state.before === null
                                            || state.records.length >= KEEP);
}


function showStatus() {
    const s = state.status;

    if (s === null) {
        return;
    }

    views.vendors(s);
    views.budgets(s);
    views.ledger(s, Math.max(state.newest, 0), state.damaged);
    views.alerts(s);
    $('empty').hidden = s.ledger === null || state.newest !== 0;

    text('example', 'curl ' + location.origin + '/v1/chat/completions \\\n'
         + '  -H \'Content-Type: application/json\' \\\n'
         + '  -d \'{"model": "' + (s.targets.length
             ? plain(s.targets[0].model, 64) : 'gpt-5-mini')
         + '", "messages": [{"role": "user", "content": "Hello"}]}\'');
}


function showState(error) {
    const time = new Date().toISOString().slice(11, 19);
    const banner = $('banner');
    let words = '';

    if (error) {
        state.gone = state.gone || Date.now();
        words = error.status === undefined
            ? 'nginx does not answer' : 'nginx answered: ' + error.message;
        words += ' (since ' + new Date(state.gone).toISOString().slice(11, 19)
            + ' UTC).' + (state.status
            ? ' What you see is from before; it is tried again.'
            : ' It is tried again.');

    } else if (state.gone) {
        state.gone = 0;
        say('nginx answers again.');
    }

    text('banner', words);
    banner.hidden = words === '';

    $('pulse').className = 'pulse ' + (error ? 'gone' : state.paused ? ''
                                                                     : 'live');
    text('state', error ? 'No answer' : (state.paused ? 'Paused, as of '
                                                      : 'Live, ')
         + time + ' UTC');
}


function say(words) {
    text('say', words);
}


/* ---- the turn ------------------------------------------------------------ */

async function turn(force) {
    clearTimeout(state.timer);

    if (state.busy) {
        state.again = state.again || force;
        return;
    }

    state.busy = true;

    try {
        const p = chosen();
        const what = JSON.stringify([p, $('by').value]);

        for (const id of ['from', 'to']) {
            $(id).setAttribute('aria-invalid', String(p === null));
        }

        if (p === null) {
            say('The period has to begin before it ends.');
        }

        state.status = await ask('status.json');
        showStatus();

        if (state.status.ledger !== null) {
            const changed = await records();

            showRecords();
            showStatus();

            if (p !== null && (changed || force || state.asked !== what)) {
                const moved = state.asked !== what && state.asked !== '';

                await report(p);
                state.asked = what;
                showReport();
                showStatus();
                views.percentiles(state.records);

                if (moved) {
                    say('Showing ' + $('range').selectedOptions[0].textContent
                        + ', by ' + $('by').value + '.');
                }
            }
        }

        showState(null);

    } catch (e) {
        showState(e);
    }

    state.busy = false;

    if (state.again) {
        state.again = false;
        turn(true);
        return;
    }

    if (!state.paused && !document.hidden) {
        state.timer = setTimeout(turn, EVERY, false);
    }
}


/* More rows, and more records when all are shown. */
async function older() {
    const rows = $('requests-t').querySelectorAll('tbody tr').length;

    state.rows += 50;

    if (rows >= state.rows - 50 || state.before === null
        || state.records.length >= KEEP)
    {
        showRecords();
        return;
    }

    const page = await ask('recent.json?n=200&before=' + state.before);

    state.records = [...state.records, ...page.records].slice(0, KEEP);
    state.before = page.before;
    showRecords();
    say(page.records.length + ' older records.');
}


/* ---- controls ------------------------------------------------------------ */

const THEMES = ['auto', 'light', 'dark'];


function keep(name, value) {
    try {
        localStorage.setItem('ai-' + name, value);
    } catch (e) { /* not allowed: it is only for the next time */ }
}


function kept(name) {
    try {
        return localStorage.getItem('ai-' + name);
    } catch (e) {
        return null;
    }
}


function theme(name) {
    if (name === 'auto') {
        document.documentElement.removeAttribute('data-theme');
    } else {
        document.documentElement.setAttribute('data-theme', name);
    }

    text('theme', 'Theme: ' + name);
    redraw();
}


/* Colours of charts are not the style sheet's. */
function redraw() {
    showReport();

    if (state.report !== null) {
        views.percentiles(state.records);
    }
}


function pause(on) {
    state.paused = on;
    $('pause').setAttribute('aria-pressed', String(on));
    text('pause', on ? 'Resume' : 'Pause');
    say(on ? 'Paused.' : 'Live again.');

    if (on) {
        clearTimeout(state.timer);
        showState(null);
    } else {
        turn(false);
    }
}


function start() {
    const today = new Date().toISOString().slice(0, 10);

    $('from').value = today.slice(0, 8) + '01';
    $('to').value = today;

    for (const id of ['range', 'by']) {
        const value = kept(id);

        if ([...$(id).options].some((o) => o.value === value)) {
            $(id).value = value;
        }

        $(id).addEventListener('change', () => {
            keep(id, $(id).value);
            $('custom').hidden = $('range').value !== 'custom';
            turn(true);
        });
    }

    $('custom').hidden = $('range').value !== 'custom';

    for (const id of ['from', 'to']) {
        $(id).addEventListener('change', () => turn(true));
    }

    $('controls').addEventListener('submit', (e) => e.preventDefault());
    $('pause').addEventListener('click', () => pause(!state.paused));
    $('filter').addEventListener('input', showRecords);
    $('older').addEventListener('click', () => older().catch(showState));

    $('theme').addEventListener('click', () => {
        const now = document.documentElement.dataset.theme || 'auto';
        const next = THEMES[(THEMES.indexOf(now) + 1) % THEMES.length];

        keep('theme', next);
        theme(next);
    });

    matchMedia('(prefers-color-scheme: dark)').addEventListener('change',
                                                                redraw);

    /* nobody looks: nothing is asked */

    document.addEventListener('visibilitychange', () => {
        if (document.hidden) {
            clearTimeout(state.timer);
        } else if (!state.paused) {
            turn(false);
        }
    });

    theme(THEMES.includes(kept('theme')) ? kept('theme') : 'auto');
    turn(true);
}


start();
