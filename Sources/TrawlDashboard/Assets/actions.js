// What a person may do to a run. Where the server only shows, there are no buttons.

import { h, say } from './dom.js';
import { ask } from './live.js';

/** Does it, and says what became of it. Returns whether it was done. */
async function act(path, body) {
  try {
    const answer = await ask(path, {
      method: 'POST',
      headers: { 'X-Trawl-Action': '1', 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify(body ?? {}),
    });
    notice(`${answer.action}: ${answer.result}`, false);
    return true;
  } catch (error) {
    notice(`Not done: ${error.message}`, true);
    return false;
  }
}

let fading;
function notice(message, isFault) {
  let box = document.getElementById('notice');
  if (!box) {
    box = h('div', { id: 'notice' });
    document.getElementById('main').append(box);
  }
  box.className = isFault ? 'notice fault' : 'notice';
  box.textContent = message;
  say(message);
  clearTimeout(fading);
  fading = setTimeout(() => box.remove(), 6000);
}

const path = (run, rest) => `/api/runs/${encodeURIComponent(run)}/${rest}`;

/** The buttons that fit the run's state. */
export function runButtons(run, state) {
  const button = (verb, label, kind) =>
    h('button', { class: kind, 'data-key': verb, onclick: () => verb === 'cancel' ? confirmCancel(run) : act(path(run, verb)) },
      label);
  if (state === 'running' || state === 'idle') return [button('pause', 'Pause'), button('cancel', 'Cancel', 'danger')];
  if (state === 'paused') return [button('resume', 'Resume', 'primary'), button('cancel', 'Cancel', 'danger')];
  if (state === 'cancelled' || state === 'halted') return [button('resume', 'Resume', 'primary')];
  return [];
}

export function shardButtons(run, shard, state) {
  if (state !== 'dead' && state !== 'skipped') return [];
  const retry = h('button', {
    'data-key': `retry ${shard}`, 'aria-label': `Retry shard ${shard}`,
    onclick: () => act(path(run, `shards/${shard}/retry`)),
  }, 'Retry');
  if (state === 'skipped') return [retry];
  return [retry, h('button', {
    'data-key': `skip ${shard}`, 'aria-label': `Skip shard ${shard}`, onclick: () => askReason(run, shard),
  }, 'Skip…')];
}

/** One after the other, so that the log has them in order. */
export async function retryAll(run, shards) {
  let done = 0;
  for (const shard of shards) if (await act(path(run, `shards/${shard}/retry`))) done += 1;
  notice(`retry: ${done} of ${shards.length} shards given another life`, done < shards.length);
}

function confirmCancel(run) {
  dialog('Cancel this run?', [
    h('p', {}, 'Workers give back what they hold; everything fetched is kept, and the run can be resumed.'),
  ], 'Cancel the run', () => act(path(run, 'cancel')));
}

function askReason(run, shard) {
  const input = h('input', { id: 'reason', required: true, maxlength: '300', autocomplete: 'off' });
  dialog('Go without this shard?', [
    h('p', {}, 'The result will be labelled with a gap at ', h('span', { class: 'code' }, shard), '.'),
    h('label', { for: 'reason' }, 'Why the run may go without it (kept in the manifest)'), input,
  ], 'Skip the shard', () => act(path(run, `shards/${shard}/skip`), { reason: input.value }));
}

function dialog(title, content, label, action) {
  const before = document.activeElement;
  const key = before?.dataset?.key;
  const box = h('dialog', { 'aria-labelledby': 'dialog-title' },
    h('form', { method: 'dialog', onsubmit: () => { box.returnValue = 'yes'; } },
      h('h2', { id: 'dialog-title' }, title), content,
      h('div', { class: 'buttons' },
        h('button', { type: 'button', onclick: () => box.close('') }, 'Go back'),
        h('button', { class: 'danger', value: 'yes' }, label))));
  box.addEventListener('close', () => {
    box.remove();
    // What had the focus may have been drawn anew meanwhile.
    const back = before?.isConnected ? before : key && document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    back?.focus();
    if (box.returnValue === 'yes') action();
  });
  document.body.append(box);
  box.showModal();
}
