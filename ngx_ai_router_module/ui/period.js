/*
 * Periods, and the pieces of time that a chart has; all in UTC.
 */

const HOUR = 3600000;
const DAY = 24 * HOUR;


function floor(ms, step) {
    return Math.floor(ms / step) * step;
}


function day(text) {
    return text ? Date.parse(text + 'T00:00:00Z') : NaN;
}


/* { from, to, step } of a choice: ms, to not included; null when it is wrong. */
export function period(choice, from, to, now) {
    const d = new Date(now);
    const year = d.getUTCFullYear();
    const quarter = Math.floor(d.getUTCMonth() / 3) * 3;

    switch (choice) {

    case '24h':
        return { from: floor(now, HOUR) - 23 * HOUR,
                 to: floor(now, HOUR) + HOUR, step: 'hour' };

    case '7d':
        return { from: floor(now, DAY) - 6 * DAY,
                 to: floor(now, DAY) + DAY, step: 'day' };

    case '30d':
        return { from: floor(now, DAY) - 29 * DAY,
                 to: floor(now, DAY) + DAY, step: 'day' };

    case 'quarter':
        return { from: Date.UTC(year, quarter, 1),
                 to: Date.UTC(year, quarter + 3, 1), step: 'day' };

    case 'lastquarter':
        return { from: Date.UTC(year, quarter - 3, 1),
                 to: Date.UTC(year, quarter, 1), step: 'day' };

    case 'year':
        return { from: Date.UTC(year, 0, 1), to: Date.UTC(year + 1, 0, 1),
                 step: 'month' };
    }

    const a = day(from);
    const b = day(to) + DAY;

    if (!(a < b) || a < 0) {
        return null;
    }

    return { from: a, to: b, step: b - a <= 3 * DAY ? 'hour'
                                   : b - a <= 190 * DAY ? 'day' : 'month' };
}


/* "2026-11-23T04" and so on, as reports name the pieces. */
function name(ms, step) {
    const text = new Date(ms).toISOString();

    return step === 'hour' ? text.slice(0, 13)
        : step === 'day' ? text.slice(0, 10) : text.slice(0, 7);
}


function after(ms, step) {
    const d = new Date(ms);

    return step === 'hour' ? ms + HOUR : step === 'day' ? ms + DAY
        : Date.UTC(d.getUTCFullYear(), d.getUTCMonth() + 1, 1);
}


/* The names of all pieces of a period that have begun. */
export function pieces(p, now) {
    const out = [];
    const end = Math.min(p.to, now + 1);

    for (let ms = p.from; ms < end && out.length < 2000;
         ms = after(ms, p.step))
    {
        out.push(name(ms, p.step));
    }

    return out;
}


/* As a question has it. */
export function iso(ms) {
    return new Date(ms).toISOString().slice(0, 19) + 'Z';
}


/* Short words for an axis. */
export function label(piece, step) {
    const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug',
                    'Sep', 'Oct', 'Nov', 'Dec'];
    const month = months[Number(piece.slice(5, 7)) - 1];

    return step === 'hour' ? piece.slice(11) + ':00'
        : step === 'day' ? Number(piece.slice(8, 10)) + ' ' + month
        : month + ' ' + piece.slice(0, 4);
}


/* "4 min", "2 h" until then or since. */
export function span(ms) {
    const s = Math.round(Math.abs(ms) / 1000);

    return s < 90 ? s + ' s' : s < 5400 ? Math.round(s / 60) + ' min'
        : s < 129600 ? Math.round(s / 3600) + ' h'
        : Math.round(s / 86400) + ' d';
}


/* Milliseconds for the eye. */
export function took(ms) {
    return ms < 1000 ? Math.round(ms) + ' ms'
        : (ms / 1000).toFixed(ms < 10000 ? 2 : 1) + ' s';
}
