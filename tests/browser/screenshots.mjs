// Makes the pictures of the board for the README, in the middle of a draw that this starts itself.
//
//   node screenshots.mjs FOLDER

import path from 'node:path';
import { launchBrowser, Lottery, openBoard, waitForText } from './lottery.mjs';

const folder = process.argv[2];
if (!folder) {
  console.error('usage: node screenshots.mjs FOLDER');
  process.exit(1);
}

const seconds = 12;
const batchesASecond = [3, 9, 14, 21, 17, 26, 30, 24, 28, 22, 27, 25];

async function draw(lottery, agencies) {
  for (const agency of agencies) {
    await lottery.placeBets(agency, Array.from({ length: 150 }, (_, index) => (index === 7 ? 7574 : index)));
  }
  for (const agency of agencies) await lottery.closeBooks(agency);
}

const lottery = await Lottery.create({ agencies: 5 });
const browser = await launchBrowser();
try {
  for (let past = 0; past < 3; ++past) await draw(lottery, [1, 2, 3, 4, 5]);
  const boards = [];
  for (const colorScheme of ['light', 'dark']) {
    boards.push({
      colorScheme,
      ...await openBoard(browser, lottery.url, { colorScheme, reducedMotion: 'reduce', viewport: { width: 1120, height: 610 } }),
    });
  }
  for (let second = 0; second < seconds; ++second) {
    const end = Date.now() + 1000;
    for (let batch = 0; batch < batchesASecond[second]; ++batch) {
      await lottery.placeBets(1 + (batch * 7 + second) % 4, Array.from({ length: 150 }, (_, number) => number));
    }
    await new Promise((resolve) => { setTimeout(resolve, Math.max(0, end - Date.now())); });
  }
  await lottery.closeBooks(3);
  for (const { page, colorScheme } of boards) {
    await waitForText(page, '#draw-done', '1 of 5');
    await page.screenshot({ path: path.join(folder, `board-${colorScheme}.png`) });
  }
} finally {
  await browser.close();
  await lottery.destroy();
}
