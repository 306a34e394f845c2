// Shows each snapshot that the service sends, and says so when none comes any more.

import { showAgencies } from './agencies.mjs';
import { announce, announceChanges } from './announcements.mjs';
import { listen } from './connection.mjs';
import { showDraw } from './draw.mjs';
import { showRate } from './rate.mjs';
import { showPastDraws, showService } from './service.mjs';
import { setText, time } from './text.mjs';

const schemaVersion = 1;

const serviceState = document.getElementById('service-state');
const notice = document.getElementById('notice');
let wasAway = false;

function showState(className, symbol, words) {
  serviceState.className = `state ${className}`;
  setText(serviceState.querySelector('.symbol'), symbol);
  setText(serviceState.querySelector('.words'), words);
}

function showNotice(text) {
  notice.hidden = text === null;
  setText(notice, text ?? '');
}

function show(snapshot) {
  if (snapshot.schema_version !== schemaVersion) {
    showState('bad', '✕', 'not understood');
    showNotice(`The service sends version ${snapshot.schema_version} of its data, but this page knows version ` +
      `${schemaVersion}. Reload the page.`);
    return;
  }
  const { service } = snapshot;
  if (service.ready) {
    showState('good', '✓', 'ready');
    showNotice(null);
  } else {
    showState('bad', '✕', 'not ready');
    showNotice(`The service can't store bets: ${service.not_ready_because}`);
  }
  showDraw(snapshot);
  showRate(snapshot);
  showAgencies(snapshot);
  showPastDraws(snapshot);
  showService(snapshot);
  announceChanges(snapshot);
  if (wasAway) announce('The service answers again.');
  wasAway = false;
}

function showAway(since) {
  wasAway = true;
  const sentence = `The service has not answered since ${time(since, Date.now())}.`;
  showState('bad', '✕', 'no answer');
  showNotice(`${sentence} This page shows the state from then, and continues by itself when the service is back.`);
  announce(sentence);
}

function showFull() {
  wasAway = true;
  showState('bad', '✕', 'no place');
  showNotice('The service already has as many open boards as it allows. This page tries again every few seconds.');
}

listen({ onSnapshot: show, onAway: showAway, onFull: showFull });
