// Everything that is known of one shard, or of a stretch of many.

import { shardButtons } from './actions.js';
import { h, put } from './dom.js';
import { bytes, clock, count, day, interval, length, plural } from './format.js';
import { stateMark, states } from './tables.js';

/** One sentence, for those who listen. */
export function sentence(item) {
  const when = `${interval(item.from, item.to)} UTC`;
  if (!item.shard) {
    const parts = Object.entries(item.shards ?? {}).map(([state, number]) => `${number} ${state}`);
    return `${when}: ${parts.length ? parts.join(', ') : `part of a ${item.state} shard`}`;
  }
  const { state, attempts, outcome, activity, death, worker } = item.shard;
  const more = [];
  if (attempts) more.push(plural(attempts, 'attempt'));
  if (outcome) more.push(`${plural(outcome.records, 'record')} in ${plural(outcome.pages, 'page')}, ${outcome.verdict}`);
  if (activity) more.push(`${activity.phase}, ${plural(activity.pages, 'page')} so far`);
  else if (worker) more.push(`held by ${worker}`);
  if (death) more.push(`${death.cause}: ${death.reason}`);
  return `${when}: ${[state, ...more].join(', ')}`;
}

/** `inHand` are the shards that workers hold: shown while no other is pointed at. */
export function drawItem(box, item, run, mayAct, inHand) {
  put(box, ...(!item ? hands(inHand) : item.shard ? single(item.shard, run, mayAct) : many(item)));
}

function hands(shards) {
  const row = ({ shard, from, to, worker, activity }) => h('li', { 'data-key': shard },
    h('div', {}, h('span', { class: 'when' }, interval(Date.parse(from), Date.parse(to))), h('small', {}, worker)),
    activity ? [
      h('div', {}, h('span', {}, activity.phase, activity.walk > 1 ? `, walk ${activity.walk}` : ''),
        h('small', {}, plural(activity.pages, 'page'), activity.hits !== undefined
          ? `, ${count(activity.records)} of ${plural(activity.hits, 'record')}` : `, ${plural(activity.records, 'record')}`,
        activity.throttled ? `, ${plural(activity.throttled, '429')}` : '')),
      activity.hits ? h('progress', {
        max: '100', value: String(Math.min(100, Math.round((activity.records / activity.hits) * 100))),
        'aria-label': `Records of ${shard}`,
      }) : null,
    ] : null);
  return [
    h('h2', {}, 'In hand ', h('span', { class: 'amount' }, count(shards?.count ?? 0))),
    h('p', { class: 'note' }, 'Point at the timeline, or move along it with the arrow keys, to see a shard.'),
    shards?.shards.length ? h('ul', { class: 'hands' }, shards.shards.map(row)) : null,
    shards?.count > shards?.shards.length
      ? h('p', { class: 'note' }, `and ${count(shards.count - shards.shards.length)} more`) : null,
  ];
}

function many(item) {
  const entries = Object.entries(item.shards ?? {});
  const total = entries.reduce((sum, [, number]) => sum + number, 0);
  return [
    h('h2', {}, total ? plural(total, 'shard') : 'Part of a shard'),
    h('p', { class: 'when' }, `${interval(item.from, item.to)} UTC · ${length(item.to - item.from)}`),
    h('ul', { class: 'tally' }, entries.map(([state, number]) => h('li', {}, stateMark(state), ' ', h('b', {}, count(number))))),
    h('p', { class: 'note' }, 'Enter or a double click zooms in.'),
  ];
}

function single(shard, run, mayAct) {
  const from = Date.parse(shard.from), to = Date.parse(shard.to);
  const { outcome, activity, death, skip } = shard;
  const rows = [];
  const row = (term, value) => {
    if (value !== undefined && value !== null && value !== '') rows.push(h('dt', {}, term), h('dd', {}, value));
  };
  const code = (value) => (value ? h('span', { class: 'code' }, value) : null);
  const when = (value) => value && `${day(Date.parse(value))} ${clock(Date.parse(value))}`;
  row('Shard', code(shard.shard));
  row('Attempts', `${shard.attempts} failed${shard.reclaims ? `, ${plural(shard.reclaims, 'worker')} lost` : ''}`);
  row('Worker', code(shard.worker));
  row('Token', code(shard.token));
  row(shard.state === 'leased' ? 'Lease until' : 'Next try', when(shard.due));
  row('Data complete up to', when(shard.availableTo) ?? shard.availableTo);
  if (activity) {
    row('Doing', `${activity.phase}${activity.walk > 1 ? `, walk ${activity.walk}` : ''}`);
    row('Pages', count(activity.pages));
    row('Records', activity.hits !== undefined ? `${count(activity.records)} of ${count(activity.hits)}`
      : count(activity.records));
    row('Requests', count(activity.requests));
    row('429s', count(activity.throttled));
    row('Failures', count(activity.failures));
    row('Correlation id', code(activity.correlation));
    row('Last failure', activity.failure);
  }
  if (outcome) {
    row('Verdict', h('b', {}, outcome.verdict));
    row('Records', `${count(outcome.records)}, ${count(outcome.distinct)} distinct`);
    row('API’s total', outcome.firstHits !== undefined
      ? outcome.firstHits === outcome.lastHits ? count(outcome.firstHits)
        : `${count(outcome.firstHits)}, then ${count(outcome.lastHits)}` : 'not stated');
    row('Pages', `${count(outcome.pages)} in ${plural(outcome.walks, 'walk')}`);
    row('Requests', count(outcome.requests));
    row('429s', outcome.throttled);
    row('Failures', outcome.failures);
    row('Correlation id', code(outcome.correlation));
    row('Last failure', outcome.failure);
    row('Ended by', outcome.end);
    row('Part', code(outcome.part));
    row('Size', bytes(outcome.bytes));
  }
  row('Parent’s hits', shard.parentHits !== undefined ? count(shard.parentHits) : null);
  if (death) row('Gave up', [h('b', {}, death.cause), ' ', death.reason]);
  if (skip) row('Skipped', skip.reason);
  return [
    h('div', { class: 'card-head' }, h('h2', {}, stateMark(shard.state)),
      mayAct ? h('div', { class: 'buttons' }, shardButtons(run, shard.shard, shard.state)) : null),
    h('p', { class: 'when' }, `${interval(from, to)} UTC · ${length(to - from)}`),
    h('p', { class: 'note' }, states[shard.state].means),
    h('dl', { class: 'facts-list' }, rows),
  ];
}
