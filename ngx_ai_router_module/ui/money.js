/*
 * Dollars as whole pico-dollars in a BigInt: no float ever holds a sum.
 */

export const DOLLAR = 1000000000000n;


/* "12.0000034" as pico-dollars; null for what is unknown. */
export function parse(text) {
    if (text === null || text === undefined || text === '') {
        return null;
    }

    const m = /^(-?)(\d+)(?:\.(\d{1,12}))?$/.exec(String(text));

    if (m === null) {
        return null;
    }

    const pico = BigInt(m[2]) * DOLLAR + BigInt((m[3] || '').padEnd(12, '0'));

    return m[1] ? -pico : pico;
}


/* All digits, as the ledger writes them. */
export function exact(pico) {
    if (pico === null) {
        return 'unknown';
    }

    const sign = pico < 0n ? '-' : '';
    const abs = pico < 0n ? -pico : pico;
    const frac = String(abs % DOLLAR).padStart(12, '0').replace(/0+$/, '');

    return sign + '$' + group(abs / DOLLAR) + (frac ? '.' + frac : '');
}


/* Rounded for the eye: cents from a dollar on, else three digits. */
export function short(pico) {
    if (pico === null) {
        return 'unknown';
    }

    const abs = pico < 0n ? -pico : pico;

    if (abs === 0n) {
        return '$0';
    }

    let unit = DOLLAR / 100n;

    if (abs < DOLLAR) {
        unit = 1n;

        while (abs / unit >= 1000n) {
            unit *= 10n;
        }
    }

    const text = exact((abs + unit / 2n) / unit * unit);

    return (pico < 0n ? '-' : '')
        + (abs >= DOLLAR - DOLLAR / 200n ? cents(text) : text);
}


function cents(text) {
    const dot = text.indexOf('.');

    return dot < 0 ? text + '.00' : text.padEnd(dot + 3, '0');
}


/* 1234567 as "1,234,567". */
export function group(n) {
    return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}


/* part of whole in percent with one decimal, or "". */
export function percent(part, whole) {
    const p = BigInt(part);
    const w = BigInt(whole);

    if (w === 0n) {
        return '';
    }

    const tenths = (p * 2000n + w) / (w * 2n);

    return tenths / 10n + '.' + tenths % 10n + ' %';
}


/* Only for where a picture is drawn. */
export function number(pico) {
    return pico === null ? 0 : Number(pico) / 1e12;
}


/*
 * JSON in which the dollars of a status are numbers: made text before any
 * float sees them.  A name cannot look like a member, its quotes are escaped.
 */
export function json(text) {
    return JSON.parse(text.replace(/("[a-z_]+_usd":)(-?\d+(?:\.\d+)?)/g,
                                   '$1"$2"'));
}
