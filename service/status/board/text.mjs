// How numbers, sizes and times are written.

const numbers = new Intl.NumberFormat('en');
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const dateAndClock = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

// What is shown for a value that is not known.
export const unknown = '–';

export const number = (value) => (value === null ? unknown : numbers.format(value));

export const counted = (count, singular, plural) => `${number(count)} ${count === 1 ? singular : plural}`;

// The time of day, with the date if it is not that of `now`.
export function time(milliseconds, now) {
  if (milliseconds === null) return unknown;
  const date = new Date(milliseconds);
  const isToday = date.toDateString() === new Date(now).toDateString();
  return (isToday ? clock : dateAndClock).format(date);
}

export function duration(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const parts = [
    [Math.floor(seconds / 86400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return '0 s';
  return parts.slice(first, first + 2).map(([count, unit]) => `${count} ${unit}`).join(' ');
}

export function size(bytes) {
  if (bytes === null) return unknown;
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    ++unit;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : number(Math.round(value))} ${units[unit]}`;
}

// Texts are set only if they change: a screen reader, and the browser's layout, have less to do.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
