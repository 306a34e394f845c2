import assert from 'node:assert/strict';
import { get } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { launchBrowser, Lottery, openBoard, person, waitForText } from './lottery.mjs';

let browser;
before(async () => { browser = await launchBrowser(); });
after(async () => { await browser.close(); });

// Calls `body` with a lottery and its board, and expects that nothing went wrong on the page.
async function withBoard(options, body) {
  const lottery = await Lottery.create(options.lottery);
  try {
    const board = await openBoard(browser, lottery.url, options.context);
    await body({ lottery, page: board.page });
    assert.deepEqual(board.problems, []);
    await board.close();
  } finally {
    await lottery.destroy();
  }
}

// The texts of the agencies' rows that are shown, cell by cell.
const agencyRows = (page) => page.locator('#agencies tbody tr:visible').evaluateAll(
  (rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent.trim())));

async function expectNoBarriers(page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`), []);
}

// Whether the page is wider than the window.
const overflows = (page) => page.evaluate(
  () => document.documentElement.scrollWidth > document.documentElement.clientWidth);

const said = (page) => page.locator('#announcements').textContent();

describe('the board', () => {
  test('shows a whole draw from the first batch to the winners without a reload', () =>
    withBoard({}, async ({ lottery, page }) => {
      await page.evaluate(() => { window.wasNotReloaded = true; });
      await waitForText(page, '#draw-title', 'No draw yet');
      assert.deepEqual((await agencyRows(page)).map((row) => row.slice(0, 2)),
        [['1', '○ waiting'], ['2', '○ waiting'], ['3', '○ waiting']]);

      await lottery.placeBets(2, [7574, 1, 2]);
      await waitForText(page, '#draw-title', 'Draw 1: open');
      await waitForText(page, '#draw-bets', '3');
      await waitForText(page, '#announcements', 'Draw 1 has opened.');
      assert.deepEqual((await agencyRows(page))[0].slice(0, 4), ['2', '● betting', '1', '3']);

      await lottery.placeBets(2, [3]);
      await waitForText(page, '#draw-bets', '4');
      await lottery.closeBooks(2);
      await waitForText(page, '#draw-done', '1 of 3');
      await waitForText(page, '#announcements', '1 of 3 agencies are done.');
      assert.deepEqual((await agencyRows(page))[2].slice(0, 4), ['2', '✓ done', '2', '4']);
      assert.equal(await page.locator('#winning-number').isVisible(), false);

      await lottery.placeBets(3, [7574, 7574]);
      await lottery.closeBooks(3);
      await lottery.closeBooks(1);
      await waitForText(page, '#draw-title', 'Draw 1: drawn');
      assert.equal(await page.locator('#winning-number').textContent(), '7574');
      assert.equal(await page.locator('#winners').textContent(), '3');
      assert.deepEqual((await agencyRows(page)).map((row) => [row[0], row[3], row[5]]),
        [['1', '0', '0'], ['2', '4', '1'], ['3', '2', '2']]);
      assert.match(await said(page), /Draw 1 has happened. The winning number is 7574, with 3 winners./);

      await lottery.placeBets(1, [5]);
      await waitForText(page, '#draw-title', 'Draw 2: open');
      await waitForText(page, '#past-draws tbody', '7574');
      assert.equal(await page.evaluate(() => window.wasNotReloaded), true);
      assert.match(await page.locator('#rate-curve .line').getAttribute('d'), /^M/);
    }));

  test('says that the service is away and since when, and goes on by itself', () =>
    withBoard({}, async ({ lottery, page }) => {
      await lottery.placeBets(1, [1]);
      await waitForText(page, '#draw-bets', '1');
      await lottery.stop();
      await waitForText(page, '#notice', 'The service has not answered since');
      await waitForText(page, '#service-state', 'no answer');
      assert.match(await said(page), /The service has not answered since/);
      assert.equal(await page.locator('#draw-bets').textContent(), '1');
      await lottery.start();
      await waitForText(page, '#service-state', 'ready');
      assert.equal(await page.locator('#notice').isVisible(), false);
      assert.equal(await said(page), 'The service answers again.');
      await lottery.placeBets(1, [1]);
      await waitForText(page, '#draw-bets', '2');
    }));

  test('notices that a service which is frozen says nothing more', () =>
    withBoard({}, async ({ lottery, page }) => {
      lottery.process.kill('SIGSTOP');
      try {
        await waitForText(page, '#notice', 'The service has not answered since');
      } finally {
        lottery.process.kill('SIGCONT');
      }
      await waitForText(page, '#service-state', 'ready');
    }));

  test('says that there is no place for it, and takes the next one', async () => {
    const lottery = await Lottery.create({ statusConnections: 32 });
    const context = await browser.newContext();
    try {
      const listeners = [];
      for (let i = 0; i < 24; ++i) {
        listeners.push(await new Promise((resolve) => {
          get(`${lottery.url}events`, (answer) => answer.once('data', () => resolve(answer)));
        }));
      }
      const page = await context.newPage();
      await page.goto(lottery.url);
      await waitForText(page, '#notice', 'as many open boards as it allows');
      for (const listener of listeners) listener.destroy();
      await waitForText(page, '#service-state', 'ready');
    } finally {
      await context.close();
      await lottery.destroy();
    }
  });

  test('is usable with 500 agencies', () =>
    withBoard({ lottery: { agencies: 500 } }, async ({ lottery, page }) => {
      await lottery.placeBets(321, [1]);
      await lottery.closeBooks(17);
      await waitForText(page, '#agencies tbody tr:first-child', '321');
      await waitForText(page, '#draw-done', '1 of 500');
      const rows = await agencyRows(page);
      assert.equal(rows.length, 500);
      assert.deepEqual([rows[0][0], rows[1][0], rows.at(-1)[0]], ['321', '1', '17']);

      await page.getByLabel('Filter').fill('betting');
      assert.deepEqual((await agencyRows(page)).map((row) => row[0]), ['321']);
      await waitForText(page, '#agencies-shown', '1 of 500 agencies');
      await page.getByLabel('Filter').fill('49');
      assert.deepEqual((await agencyRows(page)).map((row) => row[0]).sort(),
        ['49', ...Array.from({ length: 10 }, (_, digit) => `49${digit}`)]);
      await page.getByLabel('Filter').fill('');

      // What is read or typed stays where it is while numbers change.
      await page.getByLabel('Filter').focus();
      await page.mouse.wheel(0, 4000);
      await page.waitForFunction(() => window.scrollY > 1000);
      const scrolled = await page.evaluate(() => window.scrollY);
      await lottery.placeBets(321, [2]);
      await waitForText(page, '#draw-bets', '2');
      assert.equal(await page.evaluate(() => window.scrollY), scrolled);
      assert.equal(await page.evaluate(() => document.activeElement.id), 'filter');
    }));

  for (const colorScheme of ['light', 'dark']) {
    test(`has no barriers in a ${colorScheme} scheme, before, in and after a draw`, () =>
      withBoard({ context: { colorScheme } }, async ({ lottery, page }) => {
        await expectNoBarriers(page);
        await lottery.placeBets(1, [7574]);
        await lottery.closeBooks(2);
        await waitForText(page, '#draw-done', '1 of 3');
        await expectNoBarriers(page);
        await lottery.closeBooks(1);
        await lottery.closeBooks(3);
        await waitForText(page, '#draw-title', 'drawn');
        await expectNoBarriers(page);
        await lottery.stop();
        await waitForText(page, '#service-state', 'no answer');
        await expectNoBarriers(page);
      }));

    test(`fits on a telephone in a ${colorScheme} scheme`, () =>
      withBoard({ context: { colorScheme, viewport: { width: 360, height: 640 } } }, async ({ lottery, page }) => {
        await lottery.placeBets(1, Array.from({ length: 150 }, (_, number) => number));
        await waitForText(page, '#draw-bets', '150');
        assert.equal(await overflows(page), false);
        for (const agency of [1, 2, 3]) await lottery.closeBooks(agency);
        await waitForText(page, '#draw-title', 'drawn');
        assert.equal(await overflows(page), false);
        await expectNoBarriers(page);
      }));
  }

  test('fills a wall display', () =>
    withBoard({ context: { viewport: { width: 2560, height: 1440 } } }, async ({ page }) => {
      assert.equal(await overflows(page), false);
      const size = await page.locator('#draw-bets').evaluate((figure) => parseFloat(getComputedStyle(figure).fontSize));
      assert.ok(size >= 48, `${size} px`);
    }));

  test('can be used with the keyboard alone', () =>
    withBoard({ lottery: { agencies: 20 } }, async ({ lottery, page }) => {
      await lottery.placeBets(12, [1]);
      await waitForText(page, '#draw-bets', '1');
      const reached = [];
      for (let i = 0; i < 8; ++i) {
        await page.keyboard.press('Tab');
        const [name, outline] = await page.evaluate(() => {
          const element = document.activeElement;
          if (element === document.body) return ['none', ''];
          return [element.getAttribute('aria-label') || element.id || element.textContent,
            getComputedStyle(element).outlineStyle];
        });
        if (name === 'none') break;
        assert.notEqual(outline, 'none', `${name} has no visible focus`);
        reached.push(name);
        if (name === 'filter') {
          await page.keyboard.type('betting');
          await waitForText(page, '#agencies-shown', '1 of 20 agencies');
        }
      }
      assert.deepEqual(reached.slice(0, 3), ['filter', 'Table of agencies', 'JSON']);
      assert.equal(reached.at(-1), 'metrics');
    }));

  test('moves nothing where people ask for less motion', () =>
    withBoard({ context: { reducedMotion: 'reduce' } }, async ({ page }) => {
      const moving = await page.evaluate(() => [...document.querySelectorAll('*')].filter((element) => {
        const style = getComputedStyle(element);
        return style.animationName !== 'none' || style.transitionDuration !== '0s';
      }).length);
      assert.equal(moving, 0);
    }));

  test('shows markup in a path as text', () =>
    withBoard({ lottery: { database: '<img src=x onerror=alert(1)>.db' } }, async ({ page }) => {
      await waitForText(page, '#database', '<img src=x onerror=alert(1)>.db');
      assert.equal(await page.locator('img').count(), 0);
    }));
});

// The bytes of an answer, with its header.
const served = (url) => new Promise((resolve, reject) => {
  get(url, (answer) => {
    let text = JSON.stringify(answer.headers);
    answer.setEncoding('utf8');
    answer.on('data', (more) => {
      text += more;
      if (url.endsWith('/events') && text.includes('"winners":1')) {
        answer.destroy();
        resolve(text);
      }
    });
    answer.on('end', () => resolve(text));
    answer.on('error', () => resolve(text));
  }).on('error', reject);
});

test('nothing that is served has a word of a person', async () => {
  const lottery = await Lottery.create({ agencies: 1 });
  try {
    await lottery.placeBets(1, [7574]);
    await lottery.closeBooks(1);
    const board = await served(lottery.url);
    const files = [...board.matchAll(/(?:href|src)=\\?"([\w./-]+)\\?"/g)].map(([, file]) => file);
    assert.ok(files.includes('main.mjs') && files.includes('board.css'), files.join(' '));
    let all = board;
    for (const file of [...files, 'events', 'status', 'metrics', 'readyz', 'healthz', 'nowhere']) {
      all += await served(`${lottery.url}${file}`);
    }
    assert.match(all, /"winners":1/);
    for (const word of Object.values(person)) assert.ok(!all.includes(word), word);
  } finally {
    await lottery.destroy();
  }
});
