// The last draws, and what is known of the service itself.

import { duration, number, setText, size, time } from './text.mjs';

const byId = (id) => document.getElementById(id);

export function showPastDraws(snapshot) {
  const body = byId('past-draws').tBodies[0];
  byId('no-past-draws').hidden = snapshot.past_draws.length > 0;
  byId('past-draws-table').hidden = snapshot.past_draws.length === 0;
  while (body.rows.length > snapshot.past_draws.length) body.deleteRow(-1);
  snapshot.past_draws.forEach((draw, index) => {
    let row = body.rows[index];
    if (!row) {
      row = body.insertRow();
      const head = document.createElement('th');
      head.scope = 'row';
      row.append(head);
      for (const className of ['', 'number', 'number', 'number']) row.insertCell().className = className;
    }
    const texts = [
      String(draw.draw_id),
      time(draw.drawn_at_ms, snapshot.taken_at_ms),
      draw.winning_number === null ? number(null) : String(draw.winning_number),
      number(draw.bets),
      number(draw.winners),
    ];
    texts.forEach((text, cell) => setText(row.cells[cell], text));
  });
}

export function showService(snapshot) {
  const { service, connections } = snapshot;
  setText(byId('uptime'), duration(snapshot.taken_at_ms - service.started_at_ms));
  setText(byId('version'), service.version);
  const refused = connections.refused > 0 ? `, ${number(connections.refused)} refused` : '';
  setText(byId('connections'), `${number(connections.open)} of at most ${number(connections.max)}${refused}`);
  setText(byId('database'), service.database);
  const wal = service.wal_bytes === null ? '' : `, and ${size(service.wal_bytes)} not yet copied into it (WAL)`;
  setText(byId('database-size'), `${size(service.database_bytes)}${wal}`);
}
