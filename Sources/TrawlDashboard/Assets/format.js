// Numbers and times as people read them. All instants are UTC, as in the store.

const grouped = new Intl.NumberFormat('en-US');

export const count = (value) => (value === undefined || value === null ? '–' : grouped.format(value));

export function plural(value, noun) {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** Three significant digits. */
export function rate(value) {
  if (value === undefined || value === null) return '–';
  if (value >= 1000) return grouped.format(Math.round(value));
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** Not all is not 100 %. What is measured to be a little more than all is all: rates are taken over seconds. */
export function percent(share) {
  if (share === undefined || share === null) return '–';
  if (share > 0.99 && share < 1) return '99 %';
  return `${share > 1 && share < 1.05 ? 100 : Math.round(share * 100)} %`;
}

export function bytes(value) {
  if (value === undefined || value === null) return '–';
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) { value /= 1000; unit += 1; }
  return `${unit === 0 ? value : rate(value)} ${units[unit]}`;
}

/** Seconds as `40 s`, `12 min`, `3 h 20 min`, `4 d 2 h`. */
export function span(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 90) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 36) return join(hours, 'h', minutes % 60, 'min');
  return join(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

const join = (large, unit, small, smaller) => `${large} ${unit}${small ? ` ${small} ${smaller}` : ''}`;

const pad = (value, width = 2) => String(value).padStart(width, '0');
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export const day = (ms) => {
  const date = new Date(ms);
  return `${date.getUTCDate()} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
};

export function clock(ms) {
  const date = new Date(ms);
  const seconds = date.getUTCSeconds() || date.getUTCMilliseconds() ? `:${pad(date.getUTCSeconds())}` : '';
  const fraction = date.getUTCMilliseconds() ? `.${pad(date.getUTCMilliseconds(), 3)}` : '';
  return `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}${seconds}${fraction}`;
}

export const seconds = (ms) => new Date(ms).toISOString().slice(11, 19);

/** Days without a time where both ends are midnights. */
export function interval(from, to) {
  const isDays = from % 86400000 === 0 && to % 86400000 === 0;
  if (isDays) return to - from === 86400000 ? day(from) : `${day(from)} to ${day(to)}`;
  const end = day(from) === day(to) ? clock(to) : `${day(to)} ${clock(to)}`;
  return `${day(from)} ${clock(from)} to ${end}`;
}

export const length = (ms) => span(ms / 1000);

/** Ticks for a time axis: whole years, months, days, hours or minutes, at most `most` of them. */
export function ticks(from, to, most) {
  const minute = 60000, hour = 60 * minute, dayLong = 24 * hour;
  const steps = [minute, 2 * minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute, hour, 2 * hour, 3 * hour,
    6 * hour, 12 * hour, dayLong, 2 * dayLong, 7 * dayLong, 14 * dayLong];
  const step = steps.find((candidate) => (to - from) / candidate <= most);
  if (step) {
    // Weeks begin on Mondays; the fourth day of 1970 was the first one.
    const shift = step >= 7 * dayLong ? 4 * dayLong : 0;
    const first = Math.ceil((from - shift) / step) * step + shift;
    const result = [];
    for (let at = first; at <= to; at += step) {
      result.push({ at, label: at % dayLong === 0 ? shortDay(at) : clock(at) });
    }
    return result;
  }
  for (const monthsLong of [1, 2, 3, 6, 12, 24, 60, 120]) {
    const result = [];
    const start = new Date(from);
    let index = start.getUTCFullYear() * 12 + start.getUTCMonth();
    index = Math.ceil(index / monthsLong) * monthsLong;
    for (;; index += monthsLong) {
      const at = Date.UTC(Math.floor(index / 12), index % 12, 1);
      if (at > to) break;
      if (at < from) continue;
      const year = Math.floor(index / 12);
      result.push({ at, label: index % 12 === 0 ? String(year) : months[index % 12] });
      if (result.length > most) break;
    }
    if (result.length <= most) return result;
  }
  return [];
}

const shortDay = (ms) => `${new Date(ms).getUTCDate()} ${months[new Date(ms).getUTCMonth()]}`;
