// What a screen reader says: changes of state, and nothing that changes every second.

import { counted, number, setText } from './text.mjs';

const region = document.getElementById('announcements');
let before = null;

export const announce = (text) => setText(region, text);

export function announceChanges(snapshot) {
  const { draw } = snapshot;
  const sentences = [];
  if (before !== null && draw !== null) {
    const isNew = before.draw === null || before.draw.draw_id !== draw.draw_id;
    const isDrawn = draw.state === 'drawn';
    if (isNew && !isDrawn) sentences.push(`Draw ${draw.draw_id} has opened.`);
    if (isDrawn && (isNew || before.draw.state !== 'drawn')) {
      sentences.push(`Draw ${draw.draw_id} has happened. The winning number is ${draw.winning_number}, with ` +
        `${counted(draw.winners, 'winner', 'winners')}.`);
    } else if (!isDrawn && draw.agencies_done > (isNew ? 0 : before.draw.agencies_done)) {
      sentences.push(`${number(draw.agencies_done)} of ${number(snapshot.agencies.length)} agencies are done.`);
    }
  }
  if (sentences.length > 0) announce(sentences.join(' '));
  before = snapshot;
}
