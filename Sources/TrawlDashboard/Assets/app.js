// The page: the list of runs at /, one run at /runs/ID.

import { h, put } from './dom.js';
import { ask } from './live.js';
import { RunPage } from './run.js';
import { RunsPage } from './runs.js';

let page;
/** The path of the page that is shown. */
let shown;

function show(session) {
  page?.close();
  shown = location.pathname;
  const match = location.pathname.match(/^\/runs\/([^/]+)$/);
  const main = document.getElementById('main');
  main.replaceChildren();
  const crumbs = document.getElementById('crumbs');
  if (match) {
    const run = decodeURIComponent(match[1]);
    document.title = `${run} · Trawl`;
    put(crumbs, h('a', { href: '/' }, 'Runs'), h('span', { 'aria-hidden': 'true' }, '/'),
      h('span', { 'aria-current': 'page' }, run));
    page = new RunPage(main, run, session);
  } else {
    document.title = 'Runs · Trawl';
    put(crumbs);
    page = new RunsPage(main);
  }
}

/** Links between our own pages keep the page, and nothing flashes. */
function follow(event, session) {
  const link = event.target.closest?.('a[href^="/"]');
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (link.getAttribute('href').startsWith('/api')) return;
  event.preventDefault();
  history.pushState(null, '', link.href);
  show(session);
  document.getElementById('main').focus();
}

const session = await ask('/api/session');
document.getElementById('logout').hidden = !session.token;
document.getElementById('mode').textContent =
  `${session.token ? `${session.who} · ` : ''}${session.actions ? 'may act' : 'read-only'}`;
document.addEventListener('click', (event) => follow(event, session));
window.addEventListener('popstate', () => {
  // A link within the page leads nowhere else; a window of the timeline in the address does.
  if (location.pathname !== shown || /^#\d+-\d+$/.test(location.hash)) show(session);
});
show(session);
