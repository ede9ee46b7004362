// Throughput against the quota, over the last minutes, and why the quota was not used.

import { h, put, s } from './dom.js';
import { percent, rate, seconds, span } from './format.js';

const spans = [{ label: '5 min', ms: 300000 }, { label: '15 min', ms: 900000 }, { label: '1 h', ms: 3600000 }];

/** Why a run does not use its whole quota, in a few words. */
const causes = {
  paused: 'paused', no_workers: 'no workers', throttled: 'throttled (429)', waiting_for_data: 'waiting for data',
  failing: 'failing requests', shared_quota: 'quota shared', few_shards: 'few shards left', slow_api: 'slow API',
  busy_workers: 'busy workers', starting_up: 'starting up',
};

export class Charts {
  constructor(box) {
    this.points = [];
    this.span = 300000;
    this.buttons = spans.map(({ label, ms }) => h('button', {
      type: 'button', class: 'tool', onclick: () => { this.span = ms; this.draw(); },
    }, label));
    this.requests = h('div', { class: 'chart' });
    this.records = h('div', { class: 'chart' });
    this.why = h('div', { class: 'why' });
    this.table = h('details', { class: 'numbers' }, h('summary', {}, 'As a table'), h('div'));
    this.table.addEventListener('toggle', () => this.draw());
    box.append(
      h('div', { class: 'card-head' }, h('h2', {}, 'Throughput'),
        h('div', { class: 'tools', role: 'group', 'aria-label': 'Time shown' }, this.buttons)),
      this.requests, this.why, this.records, this.table);
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.requests);
  }

  close() { this.observer.disconnect(); }

  set(points) { this.points = points; this.draw(); }

  add(point) {
    const last = this.points.at(-1);
    if (last && point.at <= last.at) return;
    this.points.push(point);
    const oldest = point.at - 3600000;
    while (this.points.length && this.points[0].at < oldest) this.points.shift();
    this.draw();
  }

  draw() {
    const to = this.points.at(-1)?.at ?? Date.now();
    const from = to - this.span;
    const shown = this.points.filter((point) => point.at >= from);
    this.buttons.forEach((button, index) => button.setAttribute('aria-pressed', String(spans[index].ms === this.span)));
    plot(this.requests, 'Requests per second', shown, from, to, 'requests', 'quota');
    plot(this.records, 'Records per second', shown, from, to, 'records');
    this.drawWhy(shown, from, to);
    if (this.table.open) this.drawTable(shown);
  }

  /** A band under the chart: for each stretch, why the quota was not used. */
  drawWhy(shown, from, to) {
    const parts = [];
    const sums = {};
    shown.forEach((point, index) => {
      const end = shown[index + 1]?.at ?? to;
      const last = parts.at(-1);
      if (last && last.cause === point.shortfall && point.at - last.to < 30000) last.to = end;
      else parts.push({ cause: point.shortfall, from: point.at, to: end });
      if (point.shortfall) sums[point.shortfall] = (sums[point.shortfall] ?? 0) + end - point.at;
    });
    const place = (at) => ((at - from) / (to - from)) * 100;
    const named = Object.entries(sums).filter(([, ms]) => ms > 0).sort((a, b) => b[1] - a[1]);
    put(this.why,
      h('div', { class: 'band', 'aria-hidden': 'true' }, parts.filter((part) => part.cause).map((part) =>
        h('i', { class: `c-${part.cause}`, title: causes[part.cause],
          style: { left: `${place(part.from)}%`, width: `${Math.max(0.3, place(part.to) - place(part.from))}%` } }))),
      h('ul', { class: 'causes' }, named.length === 0
        ? h('li', {}, shown.some((point) => point.quota) ? 'Nothing kept the run from its quota.'
          : 'No quota is known while nobody is at work.')
        : named.map(([cause, ms]) => h('li', {}, h('i', { class: `swatch c-${cause}`, 'aria-hidden': 'true' }),
          ` ${causes[cause] ?? cause} `, h('b', {}, span(ms / 1000))))));
  }

  drawTable(shown) {
    const step = Math.max(1, Math.floor(shown.length / 20));
    const head = ['Time (UTC)', 'Requests/s', 'Quota', 'Used', 'Records/s', 'Not used because'];
    put(this.table.lastElementChild, h('div', { class: 'scroll wide', tabindex: '0', role: 'region', 'aria-label': 'Throughput' },
      h('table', {}, h('thead', {}, h('tr', {}, head.map((title) => h('th', { scope: 'col' }, title)))),
        h('tbody', {}, shown.filter((_, index) => index % step === 0).reverse().map((point) => h('tr', {},
          h('td', {}, seconds(point.at)), h('td', {}, rate(point.requests)), h('td', {}, rate(point.quota)),
          h('td', {}, point.quota && point.requests !== undefined ? percent(point.requests / point.quota) : '–'),
          h('td', {}, rate(point.records)), h('td', {}, causes[point.shortfall] ?? '')))))));
  }
}

function plot(box, title, points, from, to, key, quotaKey) {
  const width = box.clientWidth, height = 150;
  if (!width) return;
  const [left, right, top, bottom] = [44, 8, 12, 22];
  const values = points.map((point) => point[key]).filter((value) => value !== undefined);
  const quota = quotaKey && points.findLast((point) => point[quotaKey] !== undefined)?.[quotaKey];
  const highest = nice(Math.max(...values, quota ? quota * 1.08 : 0) || 1);
  const x = (at) => left + ((at - from) / (to - from)) * (width - left - right);
  const y = (value) => top + (1 - value / highest) * (height - top - bottom);
  const now = values.at(-1);
  const lines = segments(points, key);
  const path = (line) => line.map(([at, value], index) => `${index ? 'L' : 'M'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join('');
  const marks = points.filter((point, index) => index > 0 && point.throttled > points[index - 1].throttled);
  const summary = values.length
    ? `${title}: now ${rate(now)}, at least ${rate(Math.min(...values))}, at most ${rate(Math.max(...values))} in ${span((to - from) / 1000)}`
      + (quota ? `; the quota is ${rate(quota)}` : '')
    : `${title}: nothing measured yet`;
  put(box,
    h('p', { class: 'chart-title' }, h('span', {}, title), h('b', { class: 'value' }, rate(now)),
      quota ? h('small', {}, ` of ${rate(quota)} allowed${now !== undefined ? ` · ${percent(now / quota)}` : ''}`) : null),
    s('svg', { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': summary, class: `plot p-${key}` },
      [0, 0.5, 1].map((part) => [
        s('line', { class: 'grid', x1: left, x2: width - right, y1: y(highest * part), y2: y(highest * part) }),
        s('text', { class: 'scale', x: left - 6, y: y(highest * part) + 4, 'text-anchor': 'end' }, label(highest * part)),
      ]),
      timeMarks(from, to, width < 420 ? 3 : 5).map((at) =>
        s('text', { class: 'scale', x: x(at), y: height - 5, 'text-anchor': 'middle' }, seconds(at).slice(0, 5))),
      lines.map((line) => [
        s('path', { class: 'area', d: `${path(line)}L${x(line.at(-1)[0]).toFixed(1)} ${y(0)}L${x(line[0][0]).toFixed(1)} ${y(0)}Z` }),
        s('path', { class: 'line', d: path(line) }),
      ]),
      quota ? s('line', { class: 'quota', x1: left, x2: width - right, y1: y(quota), y2: y(quota) }) : null,
      quotaKey ? marks.map((point) => s('path', {
        class: 'throttle', d: `M${(x(point.at) - 4).toFixed(1)} ${top - 8}h8l-4 7z`,
      }, s('title', {}, `429 at ${seconds(point.at)}`))) : null,
      now !== undefined ? s('circle', { class: 'now', cx: x(points.at(-1).at), cy: y(now), r: 3.5 }) : null));
}

/** Lines do not bridge times that nothing is known of. */
function segments(points, key) {
  const lines = [];
  let last = null;
  for (const point of points) {
    if (point[key] === undefined) { last = null; continue; }
    if (last === null || point.at - last > 20000) lines.push([]);
    lines.at(-1).push([point.at, point[key]]);
    last = point.at;
  }
  return lines;
}

function timeMarks(from, to, most) {
  const step = [60000, 120000, 300000, 600000, 900000, 1800000].find((candidate) => (to - from) / candidate <= most) ?? 1800000;
  const marks = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
    if (at - from > (to - from) * 0.04 && to - at > (to - from) * 0.04) marks.push(at);
  }
  return marks;
}

/** The next 1, 2, 2.5 or 5 times a power of ten. */
function nice(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= value);
}

const label = (value) => (value >= 1000 ? `${+(value / 1000).toFixed(1)}k` : String(+value.toPrecision(3)));
