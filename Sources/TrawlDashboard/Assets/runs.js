// All runs, each with its small timeline.

import { h, put } from './dom.js';
import { count, interval, percent, plural, rate, span } from './format.js';
import { ask, Live } from './live.js';
import { badge } from './tables.js';

export class RunsPage {
  constructor(main) {
    this.list = h('div', { class: 'runs' }, h('p', { class: 'note' }, 'Looking for runs…'));
    main.append(h('h1', {}, 'Runs'), this.list);
    ask('/api/runs').then((data) => this.draw(data), () => {});
    this.live = new Live('/api/events', { runs: (data) => this.draw(data) });
  }

  close() { this.live.close(); }

  draw({ runs, trouble }) {
    const ranks = ['halted', 'dead', 'running', 'paused', 'idle', 'cancelled', 'fetched', 'unknown', 'complete'];
    const sorted = [...runs].sort((a, b) => ranks.indexOf(a.state) - ranks.indexOf(b.state) || (a.run < b.run ? 1 : -1));
    put(this.list,
      trouble ? h('p', { class: 'alert' }, `Redis cannot be read now: ${trouble}`) : null,
      runs.length === 0 ? h('div', { class: 'card empty' }, h('p', {}, 'No runs yet.'),
        h('p', { class: 'note' }, 'They appear here as soon as a ‘trawl run’ or ‘trawl plan’ has begun.')) : null,
      h('ul', { class: 'run-list' }, sorted.map((run) => h('li', {}, card(run)))));
  }
}

function card(run) {
  const done = (run.shards?.done ?? 0) + (run.shards?.unproven ?? 0);
  const share = run.leaves ? done / run.leaves : 0;
  const isOn = run.state === 'running';
  return h('a', { class: 'card run', href: `/runs/${encodeURIComponent(run.run)}` },
    h('div', { class: 'run-head' }, h('span', { class: 'name' }, run.run), badge(run.state),
      run.shards?.dead ? h('span', { class: 'badge dead' }, plural(run.shards.dead, 'dead shard')) : null),
    h('div', { class: 'run-sub' },
      run.from ? `${interval(Date.parse(run.from), Date.parse(run.to))} UTC · ${run.profile}` : run.store),
    run.strip ? h('div', { class: 'mini', 'aria-hidden': 'true' }, run.strip.map((state) => h('i', { class: `s-${state}` })))
      : null,
    run.problem ? h('p', { class: 'note' }, `From Redis alone: ${run.problem}`) : null,
    h('div', { class: 'facts' },
      fact(percent(share), `${count(done)} of ${plural(run.leaves ?? 0, 'shard')}`),
      run.records !== undefined ? fact(count(run.records), 'records') : null,
      isOn ? fact(`${rate(run.requestsPerSecond)} /s`,
        run.quotaPerSecond ? `of ${rate(run.quotaPerSecond)} requests` : 'requests') : null,
      isOn && run.estimate ? fact(span(run.estimate.expected), 'left') : null,
      isOn ? fact(count(run.workers), run.silent ? `workers, ${run.silent} silent` : 'workers') : null));
}

const fact = (value, label) => h('span', { class: 'fact' }, h('b', {}, value), ' ', label);
