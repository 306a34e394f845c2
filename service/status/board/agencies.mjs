// The table of agencies: sorted by state, filtered by what was typed.

import { counted, duration, number, setText, unknown } from './text.mjs';

// Those first that the draw still waits for.
const states = {
  betting: { order: 0, symbol: '●' },
  waiting: { order: 1, symbol: '○' },
  done: { order: 2, symbol: '✓' },
  drawn: { order: 3, symbol: '✓' },
};
const otherState = { order: 4, symbol: '?' };

const table = document.getElementById('agencies');
const body = table.tBodies[0];
const filter = document.getElementById('filter');
const shown = document.getElementById('agencies-shown');

const rows = new Map(); // by agency
let latest = { agencies: [], now: 0 };

function makeRow() {
  const row = document.createElement('tr');
  const cell = (kind, className) => {
    const element = document.createElement(kind);
    element.className = className;
    row.append(element);
    return element;
  };
  const id = cell('th', '');
  id.scope = 'row';
  const state = cell('td', 'agency-state');
  const symbol = document.createElement('span');
  symbol.setAttribute('aria-hidden', 'true');
  const word = document.createElement('span');
  state.append(symbol, ' ', word);
  return {
    row,
    id,
    symbol,
    word,
    batches: cell('td', 'number'),
    bets: cell('td', 'number'),
    lastBatch: cell('td', 'number'),
    winners: cell('td', 'number winners-column'),
  };
}

function fill(cells, agency, now) {
  const state = states[agency.state] ?? otherState;
  const className = `agency-${agency.state === 'drawn' ? 'done' : agency.state}`;
  if (cells.row.className !== className) cells.row.className = className;
  setText(cells.id, String(agency.agency_id));
  setText(cells.symbol, state.symbol);
  setText(cells.word, agency.state);
  setText(cells.batches, number(agency.batches));
  setText(cells.bets, number(agency.bets));
  setText(cells.lastBatch,
    agency.last_batch_at_ms === null ? unknown : `${duration(now - agency.last_batch_at_ms)} ago`);
  setText(cells.winners, number(agency.winners));
}

const orderOf = (agency) => (states[agency.state] ?? otherState).order;

function matches(agency, words) {
  return words.every((word) => agency.state.startsWith(word) || String(agency.agency_id).startsWith(word));
}

function show() {
  const words = filter.value.toLowerCase().split(/\s+/).filter((word) => word !== '');
  const sorted = [...latest.agencies].sort(
    (left, right) => orderOf(left) - orderOf(right) || left.agency_id - right.agency_id);
  let place = body.firstChild;
  let count = 0;
  for (const agency of sorted) {
    let cells = rows.get(agency.agency_id);
    if (!cells) {
      cells = makeRow();
      rows.set(agency.agency_id, cells);
    }
    fill(cells, agency, latest.now);
    cells.row.hidden = !matches(agency, words);
    if (!cells.row.hidden) ++count;
    // Rows are moved only if their order has changed, so that the page stays where it was.
    if (cells.row === place) {
      place = place.nextSibling;
    } else {
      body.insertBefore(cells.row, place);
    }
  }
  const present = new Set(sorted.map((agency) => agency.agency_id));
  for (const [id, cells] of rows) {
    if (present.has(id)) continue;
    cells.row.remove();
    rows.delete(id);
  }
  setText(shown, words.length === 0
    ? counted(sorted.length, 'agency', 'agencies')
    : `${number(count)} of ${counted(sorted.length, 'agency', 'agencies')}`);
}

export function showAgencies(snapshot) {
  latest = { agencies: snapshot.agencies, now: snapshot.taken_at_ms };
  table.classList.toggle('no-winners', snapshot.draw === null || snapshot.draw.state !== 'drawn');
  show();
}

filter.addEventListener('input', show);
