// Listens to the service's snapshots, also after the service was away.

// A snapshot comes every second. After a silence of this long, the service is away.
const silenceMs = 5000;
const lookEveryMs = 1000;

// True if the service is there, and has no place for one more who listens.
async function isFull() {
  try {
    return (await fetch('events', { method: 'HEAD' })).status === 503;
  } catch {
    return false;
  }
}

// Calls onSnapshot with each snapshot, and onAway with the time since when nothing has come, once
// for each absence; or onFull, if the service has no place for this page.
export function listen({ onSnapshot, onAway, onFull }) {
  let source = null;
  let openedAt = 0;
  let heardAt = Date.now();
  let isAway = false;

  const open = () => {
    if (source) source.close();
    openedAt = Date.now();
    source = new EventSource('events');
    source.addEventListener('snapshot', (event) => {
      heardAt = Date.now();
      isAway = false;
      onSnapshot(JSON.parse(event.data));
    });
    source.addEventListener('error', async () => {
      // The browser connects again by itself, unless the service has refused it.
      if (!isAway) {
        isAway = true;
        onAway(heardAt);
      }
      if (source.readyState === EventSource.CLOSED && await isFull()) onFull();
    });
  };

  // A browser may give up, and a connection may be dead without a word.
  setInterval(() => {
    const now = Date.now();
    if (now - heardAt < silenceMs) return;
    if (!isAway) {
      isAway = true;
      onAway(heardAt);
    }
    if (now - openedAt >= silenceMs) open();
  }, lookEveryMs);

  open();
}
