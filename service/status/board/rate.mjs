// Bets a second: now, and as a curve over the last minutes.

import { duration, number, setText } from './text.mjs';

const width = 300;
const height = 80;

const byId = (id) => document.getElementById(id);
const curve = byId('rate-curve');

export function showRate(snapshot) {
  const { now, history, interval_seconds: interval } = snapshot.bets_per_second;
  const peak = Math.max(0, ...history);
  const rates = `${number(Math.round(now))} bets a second now, at most ${number(Math.round(peak / interval))}`;
  setText(byId('rate-now'), number(Math.round(now)));
  setText(byId('rate-peak'), peak > 0 ? `peak ${number(Math.round(peak / interval))}` : '');
  setText(byId('rate-from'), history.length > 0 ? `${duration(history.length * interval * 1000)} ago` : '');
  const label = history.length > 0
    ? `${rates} in the last ${duration(history.length * interval * 1000)}`
    : 'No bets yet';
  if (curve.getAttribute('aria-label') !== label) curve.setAttribute('aria-label', label);

  // The newest value is at the right edge, whatever the number of values.
  const step = width / Math.max(history.length - 1, 1);
  const points = history.map((bets, index) => {
    const y = height - 2 - (peak > 0 ? (bets / peak) * (height - 6) : 0);
    return `${(index * step).toFixed(1)},${y.toFixed(1)}`;
  });
  const line = points.length > 1 ? `M${points.join('L')}` : '';
  curve.querySelector('.line').setAttribute('d', line);
  curve.querySelector('.area').setAttribute('d', line === '' ? '' : `${line}L${width},${height}L0,${height}Z`);
}
