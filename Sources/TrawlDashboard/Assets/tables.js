// Workers, dead shards, events, and the words for states.

import { retryAll, shardButtons } from './actions.js';
import { h, put } from './dom.js';
import { count, day, interval, percent, plural, rate, seconds, span } from './format.js';

/** Each state of a shard: a sign that tells it apart without colour, and what it means. */
export const states = {
  done: { sign: '✓', means: 'fetched, and proven complete as far as the endpoint allows' },
  unproven: { sign: '?', means: 'fetched, but not proven complete' },
  leased: { sign: '▸', means: 'in the hands of a worker' },
  delayed: { sign: '…', means: 'put off after a failure, or until its data is complete' },
  pending: { sign: '·', means: 'waits for a worker' },
  dead: { sign: '✕', means: 'gave up; an operator has to decide' },
  skipped: { sign: '–', means: 'gave up, and the operator goes without it' },
};

export const badge = (state) => h('span', { class: `badge ${state}` }, state);

export const stateMark = (state) =>
  h('span', { class: 'state' }, h('i', { class: `swatch s-${state}`, 'aria-hidden': 'true' }, states[state].sign), state);

/** A table that stays one for screen readers when a phone shows its rows as cards. */
function table(name, head, rows) {
  return h('table', { role: 'table', 'aria-label': name },
    h('thead', { role: 'rowgroup' },
      h('tr', { role: 'row' }, head.map((title) => h('th', { role: 'columnheader', scope: 'col' }, title)))),
    h('tbody', { role: 'rowgroup' }, rows.map((cells) =>
      h('tr', { role: 'row' }, cells.map((cell, index) => {
        const inner = h('span', { class: 'cell-value' }, cell);
        return h('td', { role: 'cell', 'data-label': head[index] }, inner);
      })))));
}

export function drawWorkers(box, view) {
  const workers = view.workers ?? [];
  const { pending = 0, leased = 0, delayed = 0 } = view.shards ?? {};
  const isOwed = pending + leased + delayed > 0;
  const phases = (worker) => {
    const counts = {};
    for (const activity of worker.activities ?? []) counts[activity.phase] = (counts[activity.phase] ?? 0) + 1;
    const said = Object.entries(counts).map(([phase, number]) => `${number} ${phase}`);
    return said.length ? said.join(', ') : '–';
  };
  put(box, h('h2', {}, 'Workers ', h('span', { class: 'amount' }, count(workers.length))),
    workers.length === 0 ? h('p', { class: 'note' }, isOwed
      ? 'Nobody is at work on this run; a ‘trawl worker’ with its Redis, or the same ‘trawl run’ command again, fetches what is owed.'
      : 'Nobody is at work on this run, and there is nothing left to fetch.')
      : table('Workers', ['Worker', 'Seen', 'In hand', 'Doing', 'Requests', 'Pages', '429s', 'Failures', 'Up'],
        workers.map((worker) => [
          [h('span', { class: 'code' }, worker.name), h('small', {}, `${worker.host} · pid ${worker.pid}`)],
          worker.silent ? h('span', { class: 'badge dead' }, `silent for ${span(worker.seen)}`)
            : worker.seen < 3 ? 'now' : `${span(worker.seen)} ago`,
          `${worker.shards} of ${plural(worker.slots, 'slot')}`, phases(worker), count(worker.requests), count(worker.pages),
          count(worker.throttled), count(worker.failures), span(worker.age),
        ])));
}

export function drawLimiter(box, limiter) {
  box.hidden = !limiter;
  if (!limiter) return;
  const row = (term, value) => [h('dt', {}, term), h('dd', {}, value)];
  put(box, h('h2', {}, 'Limiter'), h('dl', { class: 'facts-list' },
    row('Name', h('span', { class: 'code' }, limiter.name)),
    row('Quota', limiter.quotaPerSecond ? `${rate(limiter.quotaPerSecond)} requests/s` : 'none'),
    limiter.setRate ? row('Set by an operator', limiter.setRate) : null,
    row('Used by this run', percent(limiter.utilisation)), row('Used by all', percent(limiter.sharedUtilisation)),
    row('Slots given', count(limiter.reserved)), row('429s', count(limiter.throttled)),
    row('Gate', limiter.gate > 0 ? `shut for ${span(limiter.gate)}` : 'open')));
}

/** `dead` is the answer of /shards?state=dead,skipped. */
export function drawDead(box, run, dead, mayAct) {
  box.hidden = !dead || dead.count === 0;
  if (box.hidden) return;
  const owed = dead.shards.filter((shard) => shard.state === 'dead').map((shard) => shard.shard);
  const head = ['Shard', 'Why', 'Tries', 'State'];
  if (mayAct) head.push('Decide');
  put(box,
    h('div', { class: 'card-head' }, h('h2', {}, 'Dead letters ', h('span', { class: 'amount' }, count(dead.count))),
      mayAct && owed.length > 1
        ? h('button', { 'data-key': 'retry-all', onclick: () => retryAll(run, owed) }, `Retry all ${owed.length}`) : null),
    table('Dead letters', head, dead.shards.map((shard) => {
      const cells = [
        [h('span', { class: 'code' }, shard.shard),
          h('small', {}, `${interval(Date.parse(shard.from), Date.parse(shard.to))} UTC`)],
        [h('b', {}, shard.death?.cause ?? ''), ' ', shard.death?.reason ?? '',
          shard.skip ? h('small', {}, `skipped: ${shard.skip.reason}`) : null],
        [plural(shard.attempts, 'attempt'), h('small', {}, plural(shard.reclaims, 'worker') + ' lost')],
        stateMark(shard.state),
      ];
      if (mayAct) cells.push(h('div', { class: 'buttons' }, shardButtons(run, shard.shard, shard.state)));
      return cells;
    })),
    dead.count > dead.shards.length ? h('p', { class: 'note' }, `and ${count(dead.count - dead.shards.length)} more`) : null,
    mayAct ? null : h('p', { class: 'note' },
      '‘trawl dead retry’ and ‘trawl dead skip’ decide; with --allow-actions this page does, too.'));
}

/** What an event says, in words; its kind stands before them. */
function words({ kind, subject, detail }) {
  const code = (value) => h('span', { class: 'code' }, value);
  switch (kind) {
    case 'installed': return [`schedule of epoch ${subject} with ${plural(Number(detail), 'shard')}`];
    case 'state': return [`from ${detail} to ${subject}`];
    case 'halt': return [`exit code ${subject}: ${detail}`];
    case 'split': return [code(subject), ` into ${plural(Number(detail), 'shard')}`];
    case 'requeued': return [code(subject)];
    case 'operator': return [detail, detail.includes(subject) ? '' : [' ', code(subject)]];
    default: return [code(subject), detail ? ` ${detail}` : ''];
  }
}

export function drawEvents(box, events) {
  put(box, h('h2', {}, 'Events'),
    !events?.length ? h('p', { class: 'note' }, 'None yet.')
      : h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Events, newest first' },
        h('ol', { class: 'events' }, events.map((event) => {
          const at = Date.parse(event.time);
          return h('li', {}, h('time', { datetime: event.time, title: day(at) }, seconds(at)),
            h('span', { class: 'kind' }, event.kind), h('span', { class: 'detail' }, words(event)));
        }))));
}
