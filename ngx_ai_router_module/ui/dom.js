/*
 * Elements of text: whatever a name holds stays text, for nothing here reads
 * markup.
 */

export const $ = (id) => document.getElementById(id);


/* el('td', { class: 'n' }, 'text', other) */
export function el(tag, attrs, ...children) {
    const node = document.createElement(tag);

    for (const [k, v] of Object.entries(attrs || {})) {
        if (v !== null && v !== undefined && v !== false) {
            node.setAttribute(k, v === true ? '' : v);
        }
    }

    for (const c of children) {
        if (c !== null && c !== undefined && c !== '') {
            node.append(c);
        }
    }

    return node;
}


/* A name out of the ledger: on its own as to direction, "-" when empty. */
export function who(name) {
    return name ? el('bdi', { class: 'name' }, name) : '\u2013';
}


/* For where nothing keeps directions apart: a canvas, a title. */
export function plain(name, most) {
    const text = String(name)
        .replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
                 '\ufffd');

    return text === '' ? '\u2013'
        : text.length > most ? text.slice(0, most - 1) + '\u2026' : text;
}


/*
 * A table.  Columns are { name, num }, cells texts or elements.  Roles stand
 * there because narrow screens lay rows out as blocks.
 */
export function table(caption, columns, rows, none) {
    if (rows.length === 0) {
        return el('p', { class: 'none' }, none || 'Nothing in this period.');
    }

    const head = el('tr', { role: 'row' });

    for (const c of columns) {
        head.append(el('th', { scope: 'col', role: 'columnheader',
                               class: c.num ? 'n' : null }, c.name));
    }

    const body = el('tbody', { role: 'rowgroup' });

    for (const row of rows) {
        const tr = el('tr', { role: 'row' });

        row.forEach((cell, i) => {
            const td = el(i ? 'td' : 'th',
                          { role: i ? 'cell' : 'rowheader',
                            scope: i ? null : 'row',
                            class: columns[i].num ? 'n' : null,
                            'data-label': columns[i].name });

            if (cell === null || cell === undefined || cell === '') {
                td.classList.add('blank');
                td.append('\u2013');
            } else {
                td.append(cell);
            }

            tr.append(td);
        });

        body.append(tr);
    }

    return el('table', { role: 'table' },
              el('caption', { class: 'unseen' }, caption),
              el('thead', { role: 'rowgroup' }, head), body);
}


/* Puts nodes in place of what a place has, unless they look the same. */
export function put(id, ...nodes) {
    const at = $(id);
    const next = el('div');

    next.append(...nodes);

    if (!next.isEqualNode(el('div', null, ...[...at.childNodes].map(
        (n) => n.cloneNode(true)))))
    {
        at.replaceChildren(...next.childNodes);
    }
}


export function text(id, words) {
    const at = $(id);

    if (at.textContent !== words) {
        at.textContent = words;
    }
}
