// The run's interval as a strip, from years down to minutes. One listbox: the arrow keys move, Enter zooms in, Escape out.

import { h, put, say, text } from './dom.js';
import { interval, length, plural, ticks } from './format.js';
import { sentence } from './shard.js';
import { states } from './tables.js';

const MINUTE = 60000;

export class Timeline {
  /**
   * `load(from, to, limit)` gives a window of the run; `onshow(item)` is told what is pointed at or focused.
   */
  constructor({ from, to, load, onshow }) {
    Object.assign(this, { whole: { from, to }, window: { from, to }, load, onshow });
    this.items = [];
    /** Where the focus is, as an instant: it stays there when the cells become others. */
    this.focus = null;
    this.hover = null;
    this.steps = [];
    this.readHash();
    this.build();
    this.observer = new ResizeObserver(() => this.refresh());
    this.observer.observe(this.strip);
  }

  build() {
    const button = (label, sign, action) =>
      h('button', { class: 'tool', type: 'button', 'aria-label': label, title: label, onclick: action }, sign);
    this.title = h('p', { class: 'window' });
    this.back = button('Earlier', '←', () => this.pan(-0.5));
    this.forth = button('Later', '→', () => this.pan(0.5));
    this.out = button('Zoom out', '−', () => this.zoom(2.5));
    this.in = button('Zoom in', '+', () => this.zoom(0.4));
    this.all = button('Show the whole run', 'All', () => this.show(this.whole, 'the whole run'));
    this.strip = h('div', {
      class: 'strip', tabindex: '0', role: 'listbox', 'aria-orientation': 'horizontal', 'aria-label': 'Shards by time',
      'aria-describedby': 'timeline-keys',
    });
    this.overview = h('div', { class: 'overview', 'aria-hidden': 'true' });
    this.axis = h('div', { class: 'axis', 'aria-hidden': 'true' });
    this.selection = h('div', { class: 'selection', hidden: true });
    this.element = h('div', { class: 'timeline' },
      h('div', { class: 'card-head' }, this.title,
        h('div', { class: 'tools', role: 'group', 'aria-label': 'Zoom and move' }, this.back, this.forth, this.out, this.in,
          this.all)),
      this.overview, h('div', { class: 'strip-box' }, this.strip, this.selection), this.axis,
      h('p', { id: 'timeline-keys', class: 'note keys' }, h('kbd', {}, '←'), ' ', h('kbd', {}, '→'), ' move, ',
        h('kbd', {}, 'Enter'), ' zooms in, ', h('kbd', {}, 'Esc'), ' out, ', h('kbd', {}, '+'), ' ', h('kbd', {}, '−'),
        ' too; drag or turn the wheel over the strip.'));
    this.strip.addEventListener('keydown', (event) => this.key(event));
    this.strip.addEventListener('focus', () => this.focusAt(this.focus ?? this.items[0]?.from ?? null));
    this.strip.addEventListener('pointermove', (event) => this.point(event));
    this.strip.addEventListener('pointerleave', () => { this.hover = null; this.tell(); });
    this.strip.addEventListener('pointerdown', (event) => this.press(event));
    this.strip.addEventListener('pointerup', (event) => this.release(event));
    this.strip.addEventListener('pointercancel', () => { this.pressed = null; this.selection.hidden = true; });
    this.strip.addEventListener('dblclick', (event) => this.enter(this.itemAt(this.instantAt(event))));
    this.strip.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
  }

  close() { this.observer.disconnect(); }

  // Data

  /** Loads what the window shows. Answers that were overtaken are dropped. */
  async refresh() {
    const width = this.strip.clientWidth;
    if (!width) return;
    const { from, to } = this.window;
    const turn = this.turn = (this.turn ?? 0) + 1;
    let data, whole;
    try {
      [data, whole] = await Promise.all([
        this.load(from, to, Math.max(20, Math.floor(width / 5))),
        this.isWhole ? null : this.load(this.whole.from, this.whole.to, 120),
      ]);
    } catch { return; }
    if (turn !== this.turn) return;
    this.count = data.count;
    this.items = read(data);
    this.draw();
    this.drawOverview(whole ? read(whole) : null);
  }

  get isWhole() { return this.window.from <= this.whole.from && this.window.to >= this.whole.to; }

  // Drawing

  place(at) { return (at - this.window.from) / (this.window.to - this.window.from); }

  draw() {
    const width = this.strip.clientWidth;
    const { from, to } = this.window;
    text(this.title, `${interval(from, to)} UTC · ${length(to - from)} · ${plural(this.count, 'shard')}`);
    const nodes = this.strip.children;
    this.items.forEach((item, index) => {
      const node = nodes[index] ?? this.strip.appendChild(h('div', { role: 'option', id: `cell-${index}` }));
      this.drawCell(node, item, width);
    });
    while (nodes.length > this.items.length) this.strip.lastChild.remove();
    put(this.axis, ticks(from, to, Math.max(3, Math.floor(width / 76))).map(({ at, label }) => {
      const place = this.place(at);
      const edge = place < 0.03 ? ' first' : place > 0.97 ? ' last' : '';
      return h('span', { class: `tick${edge}`, style: { left: `${place * 100}%` } }, label);
    }));
    this.out.disabled = this.all.disabled = this.isWhole;
    this.back.disabled = from <= this.whole.from;
    this.forth.disabled = to >= this.whole.to;
    this.in.disabled = to - from <= MINUTE;
    this.mark();
    this.tell();
  }

  drawCell(node, item, width) {
    const left = Math.max(0, this.place(item.from)), right = Math.min(1, this.place(item.to));
    const pixels = (right - left) * width;
    const name = `cell s-${item.state}${item.shard ? ' single' : ''}${pixels < 4 ? ' thin' : ''}`;
    if (node.className !== name) node.className = name;
    node.style.left = `${left * 100}%`;
    node.style.width = `${(right - left) * 100}%`;
    const label = sentence(item);
    if (node.getAttribute('aria-label') !== label) node.setAttribute('aria-label', label);
    if (item.shard) {
      const { activity } = item.shard;
      const share = activity?.hits ? Math.min(1, activity.records / activity.hits) : 0;
      put(node, share ? h('i', { class: 'filled', style: { width: `${share * 100}%` } }) : null,
        pixels >= 15 ? h('b', {}, states[item.state].sign) : null);
    } else {
      put(node, stack(item.shares));
    }
  }

  drawOverview(items) {
    this.overview.hidden = !items;
    if (!items) return;
    const all = this.whole.to - this.whole.from;
    const share = (at) => `${((at - this.whole.from) / all) * 100}%`;
    put(this.overview,
      items.map((item) => h('i', {
        class: `s-${item.state}`, style: { left: share(item.from), width: `${((item.to - item.from) / all) * 100}%` },
      })),
      h('span', {
        class: 'brush',
        style: { left: share(this.window.from), width: `${((this.window.to - this.window.from) / all) * 100}%` },
      }));
  }

  // What is pointed at

  itemAt(at) { return at === null ? null : this.items.find((item) => item.from <= at && at < item.to) ?? null; }

  get current() { return this.itemAt(this.hover) ?? this.itemAt(this.focus); }

  tell() { this.onshow(this.current); }

  mark() {
    const focused = this.itemAt(this.focus);
    const index = focused ? this.items.indexOf(focused) : -1;
    [...this.strip.children].forEach((node, at) => node.setAttribute('aria-selected', String(at === index)));
    if (index >= 0) this.strip.setAttribute('aria-activedescendant', `cell-${index}`);
    else this.strip.removeAttribute('aria-activedescendant');
  }

  focusAt(at) {
    this.focus = at;
    this.mark();
    this.tell();
    const item = this.itemAt(at);
    if (item) say(sentence(item));
  }

  // Moving

  show(window, description) {
    let { from, to } = window;
    const longest = this.whole.to - this.whole.from;
    const span = Math.min(longest, Math.max(MINUTE, to - from));
    const middle = (from + to) / 2;
    from = Math.max(this.whole.from, Math.min(this.whole.to - span, Math.round(middle - span / 2)));
    this.window = { from, to: Math.round(from + span) };
    if (this.isWhole) this.steps = [];
    if (this.focus !== null && (this.focus < this.window.from || this.focus >= this.window.to)) this.focus = null;
    this.writeHash();
    say(description ?? `${interval(this.window.from, this.window.to)} UTC`);
    return this.refresh();
  }

  zoom(factor, around) {
    const { from, to } = this.window;
    const at = around ?? this.focus ?? (from + to) / 2;
    const place = (at - from) / (to - from);
    const span = Math.min(this.whole.to - this.whole.from, Math.max(MINUTE, (to - from) * factor));
    if (factor < 1) this.steps.push(this.window);
    return this.show({ from: at - place * span, to: at + (1 - place) * span });
  }

  pan(share) {
    const { from, to } = this.window;
    return this.show({ from: from + (to - from) * share, to: to + (to - from) * share });
  }

  /** A stretch of many shards fills the strip; a single one is shown among its neighbours. */
  async enter(item) {
    if (!item) return;
    this.focus = item.from;
    this.steps.push(this.window);
    const margin = item.shard ? (item.to - item.from) * 2 : 0;
    await this.show({ from: item.from - margin, to: item.to + margin }, `zoomed in: ${interval(item.from, item.to)} UTC`);
    if (document.activeElement === this.strip) this.focusAt(item.shard ? item.from : this.items[0]?.from ?? null);
  }

  async leave() {
    const before = this.window;
    const window = this.steps.pop();
    const keep = this.focus;
    if (window) await this.show(window, 'zoomed out');
    else if (!this.isWhole) await this.zoom(3);
    if (before !== this.window && keep !== null) this.focusAt(keep);
  }

  async step(by) {
    const index = this.items.indexOf(this.itemAt(this.focus));
    const next = index + by;
    if (index < 0) return this.focusAt(this.items[by > 0 ? 0 : this.items.length - 1]?.from ?? null);
    if (this.items[next]) return this.focusAt(this.items[next].from);
    const edge = by > 0 ? this.window.to : this.window.from - 1;
    if (edge < this.whole.from || edge >= this.whole.to) return;
    await this.pan(by > 0 ? 0.5 : -0.5);
    this.focusAt(this.itemAt(edge)?.from ?? null);
  }

  // Input

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const moves = {
      ArrowRight: () => this.step(1), ArrowLeft: () => this.step(-1),
      Home: () => this.focusAt(this.items[0]?.from ?? null), End: () => this.focusAt(this.items.at(-1)?.from ?? null),
      PageDown: () => this.pan(0.8), PageUp: () => this.pan(-0.8),
      Enter: () => this.enter(this.itemAt(this.focus)), Escape: () => this.leave(),
      '+': () => this.zoom(0.4), '=': () => this.zoom(0.4), '-': () => this.zoom(2.5),
      0: () => this.show(this.whole, 'the whole run'),
    };
    if (!moves[event.key]) return;
    event.preventDefault();
    moves[event.key]();
  }

  instantAt(event) {
    const box = this.strip.getBoundingClientRect();
    const share = Math.min(0.999999, Math.max(0, (event.clientX - box.left) / box.width));
    return this.window.from + share * (this.window.to - this.window.from);
  }

  point(event) {
    this.hover = event.pointerType === 'touch' ? null : this.instantAt(event);
    if (this.pressed) {
      const [left, right] = [this.pressed.x, event.clientX].sort((a, b) => a - b);
      const box = this.strip.getBoundingClientRect();
      this.selection.hidden = right - left < 6;
      Object.assign(this.selection.style, { left: `${left - box.left}px`, width: `${right - left}px` });
    }
    this.tell();
  }

  press(event) {
    if (event.button !== 0) return;
    this.pressed = { x: event.clientX, at: this.instantAt(event) };
    this.strip.setPointerCapture(event.pointerId);
  }

  release(event) {
    const { pressed } = this;
    this.pressed = null;
    this.selection.hidden = true;
    if (!pressed) return;
    const at = this.instantAt(event);
    if (Math.abs(event.clientX - pressed.x) < 6) return this.focusAt(this.itemAt(at)?.from ?? null);
    this.steps.push(this.window);
    this.show({ from: Math.min(at, pressed.at), to: Math.max(at, pressed.at) });
  }

  wheel(event) {
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      return this.pan(Math.sign(event.deltaX) * 0.1);
    }
    // Where there is nothing more to zoom, the page scrolls.
    if (event.deltaY > 0 ? this.isWhole : this.in.disabled) return;
    event.preventDefault();
    this.zoom(event.deltaY > 0 ? 1.25 : 0.8, this.instantAt(event));
  }

  // The window stands in the address, so that it can be sent to somebody and survives a reload.

  readHash() {
    const match = location.hash.match(/^#(\d+)-(\d+)$/);
    if (!match) return;
    const [from, to] = [Number(match[1]), Number(match[2])];
    if (from < to && from >= this.whole.from && to <= this.whole.to) this.window = { from, to };
  }

  writeHash() {
    const { from, to } = this.window;
    history.replaceState(null, '', this.isWhole ? location.pathname : `#${from}-${to}`);
  }
}

/** Single shards and equal cells, in one form. */
function read(data) {
  const ends = (value) => ({ from: Date.parse(value.from), to: Date.parse(value.to) });
  if (data.shards) return data.shards.map((shard) => ({ ...ends(shard), state: shard.state, shard }));
  return data.cells.map((cell) => ({ ...ends(cell), state: cell.state, shares: cell.shares, shards: cell.shards }));
}

/** From the bottom up: what is fetched, what is under way, what waits. What is dead stands on top, and is never too thin to see. */
const order = ['dead', 'delayed', 'pending', 'leased', 'skipped', 'unproven', 'done'];

function stack(shares) {
  return order.filter((state) => shares[state]).map((state) =>
    h('i', { class: `s-${state}`, style: { height: `${Math.max(shares[state], state === 'dead' ? 0.14 : 0) * 100}%` } }));
}

/** What the colours and signs mean, with how many there are. */
export function drawLegend(box, shards) {
  put(box, Object.entries(states).map(([state, { sign, means }]) =>
    h('li', { title: means, class: shards[state] ? '' : 'none' },
      h('i', { class: `swatch s-${state}`, 'aria-hidden': 'true' }, sign), ` ${state} `,
      h('b', { class: 'value' }, (shards[state] ?? 0).toLocaleString('en-US')))));
}
