// One run, live.

import { runButtons } from './actions.js';
import { Charts } from './charts.js';
import { h, put, say } from './dom.js';
import { bytes, count, interval, percent, plural, rate, span } from './format.js';
import { ask, Live } from './live.js';
import { drawItem } from './shard.js';
import { badge, drawDead, drawEvents, drawLimiter, drawWorkers } from './tables.js';
import { drawLegend, Timeline } from './timeline.js';

export class RunPage {
  constructor(main, run, session) {
    Object.assign(this, { main, run, session, path: `/api/runs/${encodeURIComponent(run)}` });
    const card = (name, label) => h('section', { class: `card ${name}`, 'aria-label': label });
    this.head = h('div', { class: 'run-title' }, h('h1', {}, run));
    this.notes = h('div', { class: 'notes' });
    this.tiles = h('section', { class: 'tiles', 'aria-label': 'Where the run stands' });
    this.timelineBox = card('timeline-card', 'Timeline');
    this.legend = h('ul', { class: 'legend', 'aria-label': 'States of shards' });
    this.shard = card('shard-card', 'Shard');
    this.chartsBox = card('charts', 'Throughput');
    this.deadBox = card('dead-card', 'Dead letters');
    this.workers = card('workers', 'Workers');
    this.limiter = card('limiter', 'Limiter');
    this.events = card('events-card', 'Events');
    this.deadBox.id = 'dead';
    this.deadBox.tabIndex = -1;
    this.deadBox.hidden = true;
    main.append(this.head, this.notes, this.tiles, this.timelineBox,
      h('div', { class: 'pair' }, this.shard, this.chartsBox), this.deadBox, this.workers,
      h('div', { class: 'pair' }, this.limiter, this.events));
    this.charts = new Charts(this.chartsBox);
    ask(`${this.path}/history`).then(({ points }) => this.charts.set(points), () => {});
    ask(this.path).then((view) => this.draw(view), (error) => {
      put(this.notes, h('p', { class: 'alert' }, `${error.message}.`));
    });
    this.live = new Live(`${this.path}/events`, { view: (view) => this.draw(view) });
    // What was missed meanwhile, the server has.
    this.live.onrecovery = () => {
      ask(`${this.path}/history`).then(({ points }) => this.charts.set(points), () => {});
      say('The connection is back.');
    };
  }

  close() {
    this.live.close();
    this.charts.close();
    this.timeline?.close();
  }

  draw(view) {
    const before = this.view;
    this.view = view;
    this.drawHead(view);
    this.drawTiles(view);
    drawWorkers(this.workers, view);
    drawLimiter(this.limiter, view.limiter);
    drawEvents(this.events, view.events);
    if (view.now) {
      this.charts.add({
        at: Date.parse(view.now), requests: view.requestsPerSecond, records: view.recordsPerSecond,
        quota: view.limiter?.quotaPerSecond, shortfall: view.shortfall?.cause, throttled: view.throttled ?? 0,
      });
    }
    this.timelineBox.hidden = this.shard.hidden = !view.from;
    // What a store alone tells has no rates.
    this.chartsBox.hidden = !view.now;
    if (!view.from) return;
    drawLegend(this.legend, view.shards);
    if (!this.timeline) this.begin(view);
    if (before?.revision !== view.revision) {
      this.timeline.refresh();
      this.loadShards(view);
    }
    if (before && before.state !== view.state) say(`The run is ${view.state} now.`);
  }

  begin(view) {
    this.timeline = new Timeline({
      from: Date.parse(view.from), to: Date.parse(view.to),
      load: (from, to, limit) => ask(`${this.path}/shards?${new URLSearchParams({
        from: new Date(from).toISOString(), to: new Date(to).toISOString(), limit,
      })}`),
      onshow: () => this.drawShard(),
    });
    this.timelineBox.append(h('h2', {}, 'Timeline'), this.timeline.element, this.legend);
  }

  drawShard() { drawItem(this.shard, this.timeline?.current, this.run, this.session.actions, this.inHand); }

  /** Those that people look for by their state: dead ones, and those in hand. */
  async loadShards(view) {
    const { dead, skipped, leased } = view.shards;
    const load = (states, limit) => ask(`${this.path}/shards?state=${states}&limit=${limit}`);
    try {
      const [gone, held] = await Promise.all([
        dead || skipped ? load('dead,skipped', 100) : null, leased ? load('leased', 8) : null,
      ]);
      this.inHand = held;
      this.drawShard();
      drawDead(this.deadBox, this.run, gone, this.session.actions);
    } catch { /* The next change of the run asks again; a lost connection is told of already. */ }
  }

  drawHead(view) {
    const details = [];
    if (view.from) details.push(`${interval(Date.parse(view.from), Date.parse(view.to))} UTC`, view.profile, view.shardSize);
    put(this.head,
      h('div', {}, h('h1', {}, this.run, ' ', badge(view.state)),
        h('p', { class: 'run-sub' }, details.join(' · '), details.length ? h('br') : null, h('span', { class: 'code' }, view.store))),
      this.session.actions && view.from
        ? h('div', { class: 'buttons', role: 'group', 'aria-label': 'Act on the run' }, runButtons(this.run, view.state)) : null);
    const notes = [];
    if (view.problem) {
      notes.push(h('p', { class: 'alert' }, `Shown from Redis alone: ${view.problem}. `,
        '‘--store RUN=DIR’ says where the store is on this machine.'));
    }
    if (view.halt) notes.push(h('p', { class: 'alert' }, `Halted, exit code ${view.halt.code}: ${view.halt.message}`));
    if (view.shards?.dead) {
      notes.push(h('p', { class: 'alert' }, `${plural(view.shards.dead, 'shard')} gave up and ${view.shards.dead === 1 ? 'waits' : 'wait'} for a decision: `,
        h('a', { href: '#dead', onclick: (event) => this.goToDead(event) }, 'dead letters'), '.'));
    }
    if (view.shortfall && view.state !== 'complete') {
      const used = view.limiter?.utilisation;
      const said = view.shortfall.text;
      notes.push(h('p', { class: 'shortfall' }, used !== undefined ? h('b', { class: 'value' }, `${percent(used)} of the quota`) : null,
        used !== undefined ? `: ${said}.` : `${said[0].toUpperCase()}${said.slice(1)}.`));
    }
    put(this.notes, notes);
  }

  /** Leaves the window of the timeline in the address. */
  goToDead(event) {
    event.preventDefault();
    this.deadBox.scrollIntoView();
    this.deadBox.focus({ preventScroll: true });
  }

  drawTiles(view) {
    const { shards = {}, leaves = 0 } = view;
    const done = (shards.done ?? 0) + (shards.unproven ?? 0);
    const share = leaves ? done / leaves : 0;
    const tile = (label, value, note, extra) => h('div', { class: 'tile' }, h('span', { class: 'label' }, label),
      h('b', { class: 'value' }, value), note ? h('small', {}, note) : null, extra ?? null);
    const { estimate } = view;
    put(this.tiles,
      tile('Shards', percent(share), `${count(done)} of ${count(leaves)}`,
        h('progress', { max: '100', value: String(Math.round(share * 1000) / 10), 'aria-label': 'Shards done' })),
      tile('Records', count(view.records), view.recordsPerSecond ? `${rate(view.recordsPerSecond)} per second` : null),
      tile('Requests', count(view.requests), view.requestsPerSecond !== undefined
        ? `${rate(view.requestsPerSecond)}${view.limiter?.quotaPerSecond ? ` of ${rate(view.limiter.quotaPerSecond)}` : ''} per second`
        : null),
      estimate ? tile('Left', span(estimate.expected), `${span(estimate.least)} to ${span(estimate.most)}`) : null,
      tile('429s', count(view.throttled ?? 0), view.failures ? plural(view.failures, 'other failure') : 'no other failures'),
      view.bytes !== undefined ? tile('Received', bytes(view.bytes), plural(view.pages ?? 0, 'page')) : null);
  }
}
