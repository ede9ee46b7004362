// The server's events, and the truth about whether what is shown is still so.

import { h, put, text } from './dom.js';
import { seconds, span } from './format.js';

/** Nothing for so long, and what is shown is old: events come every second. */
const SILENCE = 5000;

export class Live {
  /** `handlers` maps names of events to functions of their data. */
  constructor(url, handlers) {
    this.url = url;
    this.handlers = handlers;
    this.begun = Date.now();
    /** When the server was heard, and when it last had something to show. */
    this.heardAt = null;
    this.shownAt = null;
    /** Looks at a large run take longer than a second; what is usual is not stale. */
    this.usual = 1000;
    this.trouble = null;
    this.open();
    this.timer = setInterval(() => this.check(), 500);
  }

  open() {
    this.source?.close();
    this.openedAt = Date.now();
    this.source = new EventSource(this.url);
    for (const name of [...Object.keys(this.handlers), 'beat', 'trouble']) {
      this.source.addEventListener(name, (event) => this.hear(name, event));
    }
  }

  hear(name, event) {
    const now = Date.now();
    this.heardAt = now;
    if (name === 'trouble') this.trouble = JSON.parse(event.data).message;
    if (this.handlers[name]) {
      if (this.shownAt !== null && !this.wasGone) this.usual = Math.min(30000, Math.max(1000, now - this.shownAt));
      this.wasGone = false;
      this.trouble = null;
      this.shownAt = now;
      this.handlers[name](JSON.parse(event.data));
    }
    this.check();
  }

  /** Says what state the connection is in. A browser tells of a closed connection, but not of a silent one. */
  check() {
    const now = Date.now();
    const silent = now - (this.heardAt ?? this.begun);
    const old = now - (this.shownAt ?? this.begun);
    const isLost = silent > SILENCE || this.source.readyState === EventSource.CLOSED;
    // How long that took says nothing of how long looks take.
    if (isLost || this.trouble) this.wasGone = true;
    const wasStale = this.isStale;
    this.isStale = isLost || old > SILENCE + 2 * this.usual;
    document.body.classList.toggle('stale', this.isStale);
    const pulse = document.getElementById('pulse');
    pulse.className = this.isStale ? 'pulse lost' : this.shownAt === null ? 'pulse' : 'pulse live';
    text(pulse, this.isStale ? 'stale' : this.shownAt === null ? 'connecting' : 'live');
    const banner = document.getElementById('banner');
    if (this.isStale) {
      if (!wasStale) put(banner, h('strong'), ' ', h('span', { 'aria-hidden': 'true' }));
      text(banner.firstElementChild, this.reason(isLost));
      // The age is for the eye: read aloud each second it would be noise.
      text(banner.lastElementChild, this.shownAt === null ? ''
        : `What you see is from ${seconds(this.shownAt)} UTC, ${span(old / 1000)} ago. Trying again.`);
    }
    banner.hidden = !this.isStale;
    // Also where the server is stopped: its end of the connection stays open and says nothing.
    if (isLost && now - this.openedAt > 3000) this.open();
    if (wasStale && !this.isStale) this.onrecovery?.();
  }

  reason(isLost) {
    if (isLost) return 'The connection to the server is lost.';
    return this.trouble ? `The server cannot read this now: ${this.trouble}.` : 'The server has nothing new to show.';
  }

  close() {
    clearInterval(this.timer);
    this.source.close();
    document.getElementById('banner').hidden = true;
    document.body.classList.remove('stale');
  }
}

/** An answer's JSON; throws what the server says where it refuses. */
export async function ask(path, options) {
  const answer = await fetch(path, { headers: { Accept: 'application/json' }, ...options });
  if (answer.status === 401) location.assign('/login');
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.error ?? `the server answered ${answer.status}`);
  return body;
}
