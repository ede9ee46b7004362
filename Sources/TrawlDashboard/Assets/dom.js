// Elements without markup in strings: text is always text.

const SVG = 'http://www.w3.org/2000/svg';

/** An element with properties (`class`, `on…` listeners, attributes) and children; null and false are left out. */
export function h(name, properties = {}, ...children) {
  return fill(document.createElement(name), properties, children);
}

/** The same in SVG. */
export function s(name, properties = {}, ...children) {
  return fill(document.createElementNS(SVG, name), properties, children);
}

function fill(element, properties, children) {
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (key === 'style') Object.assign(element.style, value);
    else element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Replaces what is in an element, unless it would be the same: then focus and selection stay. */
export function put(element, ...children) {
  const fresh = document.createElement('div');
  fresh.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  if (fresh.innerHTML === element.innerHTML) return;
  const focused = element.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  element.replaceChildren(...fresh.childNodes);
  if (focused) element.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

export function text(element, value) {
  if (element.textContent !== value) element.textContent = value;
}

let spoken;
/** Tells those who listen to the page instead of looking at it. */
export function say(message) {
  clearTimeout(spoken);
  spoken = setTimeout(() => text(document.getElementById('say'), message), 150);
}
