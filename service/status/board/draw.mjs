// The card of the newest draw.

import { counted, duration, number, setText, time } from './text.mjs';

const byId = (id) => document.getElementById(id);

function since(draw, now) {
  if (draw === null) return 'It opens with the first bet.';
  if (draw.state === 'drawn') return `Drawn at ${time(draw.drawn_at_ms, now)}`;
  return `Open since ${time(draw.opened_at_ms, now)}, for ${duration(now - draw.opened_at_ms)}`;
}

function title(draw) {
  if (draw === null) return 'No draw yet';
  return `Draw ${draw.draw_id}: ${draw.state === 'drawn' ? 'drawn' : 'open'}`;
}

export function showDraw(snapshot) {
  const { draw } = snapshot;
  const agencies = snapshot.agencies.length;
  const done = draw === null ? 0 : draw.agencies_done;
  const isDrawn = draw !== null && draw.state === 'drawn';
  setText(byId('draw-title'), title(draw));
  setText(byId('draw-since'), since(draw, snapshot.taken_at_ms));
  setText(byId('draw-bets'), number(draw === null ? 0 : draw.bets));
  setText(byId('draw-done'), `${number(done)} of ${number(agencies)}`);
  const progress = byId('draw-progress');
  progress.max = Math.max(agencies, 1);
  progress.value = done;
  byId('winning-number-figure').hidden = !isDrawn;
  byId('winners-figure').hidden = !isDrawn;
  if (isDrawn) {
    // A number that was drawn is a name, not an amount: 7574.
    setText(byId('winning-number'), draw.winning_number === null ? number(null) : String(draw.winning_number));
    setText(byId('winners'), number(draw.winners));
  }
  document.title = draw === null ? 'Lottery' : `${title(draw)}, ${counted(draw.bets, 'bet', 'bets')}`;
}
