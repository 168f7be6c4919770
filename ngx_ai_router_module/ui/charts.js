/*
 * Charts: Chart.js in the colours of the page.  Labels are cut and cleaned, a
 * canvas draws what it is given.
 */

import { plain } from './dom.js';
import { short } from './money.js';

/* global Chart */

const made = new Map();


function css(name) {
    return getComputedStyle(document.documentElement)
        .getPropertyValue(name).trim();
}


export function colour(i) {
    return css('--c' + Math.min(i, 8));
}


/* Dollars on an axis: a tick is a float anyway. */
export function dollars(v) {
    return short(BigInt(Math.round(v * 1e9)) * 1000n);
}


function options(o) {
    const soft = css('--soft');
    const line = css('--line');
    const value = { stacked: !!o.stacked, beginAtZero: true,
                    border: { display: false },
                    grid: { color: line, drawBorder: false },
                    ticks: { color: soft, maxTicksLimit: 6,
                             callback: o.tick || ((v) => v) } };
    const names = { stacked: !!o.stacked, grid: { display: false },
                    ticks: { color: soft, maxRotation: 0, autoSkip: !o.across,
                             autoSkipPadding: 12 } };

    return {
        animation: false,
        responsive: true,
        maintainAspectRatio: false,
        indexAxis: o.across ? 'y' : 'x',
        interaction: { mode: 'index', intersect: false,
                       axis: o.across ? 'y' : 'x' },
        scales: o.across ? { x: value, y: names } : { x: names, y: value },
        plugins: {
            legend: { display: o.legend !== false, position: 'bottom',
                      align: 'start',
                      labels: { sort: (a, b) => a.datasetIndex - b.datasetIndex,
                          color: css('--text'), boxWidth: 12,
                                boxHeight: 12, padding: 12 } },
            tooltip: {
                filter: (item) => item.parsed[o.across ? 'x' : 'y'] !== 0,
                callbacks: {
                    label: (item) => item.dataset.label + ': '
                        + (o.says ? o.says(item)
                                  : item.parsed[o.across ? 'x' : 'y'])
                }
            }
        }
    };
}


/*
 * Draws, or draws anew: o has id, type, labels, sets ({ name, data, colour,
 * line }), says(item) for the exact value, and what options() looks at.  What
 * has nothing to show takes no room.
 */
export function draw(o, summary) {
    const canvas = document.getElementById(o.id);

    const nothing = o.sets.every((s) => s.data.every((v) => !v));

    canvas.setAttribute('aria-label', summary);
    canvas.parentNode.hidden = nothing;

    if (nothing) {
        return;
    }

    const data = {
        labels: o.labels.map((l) => plain(l, 28)),
        datasets: o.sets.map((s, i) => {
            const c = s.colour || colour(i);

            return { label: plain(s.name, 40), data: s.data,
                     type: s.line ? 'line' : 'bar', order: s.line ? 0 : 1,
                     backgroundColor: c, borderColor: c,
                     borderWidth: s.line ? 2 : 0, pointRadius: s.line ? 2 : 0,
                     tension: 0.2, spanGaps: false, maxBarThickness: 48,
                     hidden: s.hidden || false };
        })
    };

    const old = made.get(o.id);

    if (old && old.sets === o.sets.length && old.across === !!o.across) {
        old.chart.data.labels = data.labels;
        old.chart.data.datasets.forEach((d, i) =>
            Object.assign(d, data.datasets[i], { hidden: d.hidden }));
        old.chart.options = options(o);
        old.chart.update('none');
        return;
    }

    if (old) {
        old.chart.destroy();
    }

    made.set(o.id, { sets: o.sets.length, across: !!o.across,
                     chart: new Chart(canvas, { type: 'bar', data,
                                                options: options(o) }) });
}
