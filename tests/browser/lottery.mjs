// A lottery of its own for each test: the service as a process, agencies as sockets, and a browser.

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const programs = process.env.LOTTERY_PROGRAMS ?? fileURLToPath(new URL('../../build/bin', import.meta.url));

// What no page may show.
export const person = { first: 'Xenophilia', last: 'Quuxington', document: '98765432101', birthdate: '1987-06-05' };
export const bet = (number) => `${person.first},${person.last},${person.document},${person.birthdate},${number}\n`;

export class Lottery {
  static async create(options = {}) {
    const folder = await mkdtemp(path.join(tmpdir(), 'lottery-browser-'));
    const lottery = new Lottery(folder, options);
    await lottery.start();
    return lottery;
  }

  constructor(folder, { agencies = 3, database = 'bets.db', statusConnections = 64 }) {
    this.statusConnections = statusConnections;
    this.folder = folder;
    this.agencies = agencies;
    this.database = path.join(folder, database);
    this.ports = { service: 'any', status: 'any' };
  }

  // Starts the service, on the same ports as before.
  async start() {
    this.process = spawn(path.join(programs, 'lottery_service'), [
      '--service.host=127.0.0.1', `--service.port=${this.ports.service}`, `--status.port=${this.ports.status}`,
      `--status.max_connections=${this.statusConnections}`, `--lottery.agencies=${this.agencies}`, `--storage.path=${this.database}`,
    ], { cwd: this.folder, stdio: ['ignore', 'pipe', 'inherit'] });
    this.ended = once(this.process, 'exit');
    let log = '';
    for await (const text of this.process.stdout.setEncoding('utf8')) {
      log += text;
      const service = /action: listen \| result: success \| address: 127\.0\.0\.1:(\d+)/.exec(log);
      const status = /action: status_page \| result: success \| url: http:\/\/127\.0\.0\.1:(\d+)\//.exec(log);
      if (service && status) {
        this.ports = { service: service[1], status: status[1] };
        break;
      }
    }
    if (this.ports.status === 'any') throw new Error(`the service does not start: ${log}`);
    this.url = `http://127.0.0.1:${this.ports.status}/`;
  }

  async stop() {
    this.process.kill('SIGTERM');
    const [code] = await this.ended;
    if (code !== 0) throw new Error(`the service ended with ${code}`);
  }

  // Sends a message as an agency, and returns the answer.
  async ask(message) {
    const socket = connect(Number(this.ports.service), '127.0.0.1').setEncoding('utf8');
    socket.write(`${message}\r\n`);
    let answer = '';
    for await (const text of socket) {
      answer += text;
      if (answer.endsWith('\r\n')) break;
    }
    socket.destroy();
    return answer;
  }

  async placeBets(agency, numbers) {
    const answer = await this.ask(`${agency}:4:${numbers.map(bet).join('')}`);
    if (answer !== 'server:0\r\n') throw new Error(answer);
  }

  async closeBooks(agency) {
    const answer = await this.ask(`${agency}:5`);
    if (answer !== 'server:0\r\n') throw new Error(answer);
  }

  async destroy() {
    if (this.process.exitCode === null) await this.stop();
    await rm(this.folder, { recursive: true });
  }
}

export const launchBrowser = () => chromium.launch({
  executablePath: '/usr/bin/chromium',
  // Chromium has no sandbox for root.
  args: process.getuid() === 0 ? ['--no-sandbox'] : [],
});

// Opens the board. Collects what must not happen: errors, broken rules of the page's security policy, and
// requests to another host.
export async function openBoard(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const problems = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    // A service that is away is no fault of the page.
    if (message.type() === 'error' &&
        !message.text().includes('net::ERR_')) {
      problems.push(message.text());
    }
  });
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) problems.push(`a request to ${request.url()}`);
  });
  await page.goto(url);
  await waitForText(page, '#service-state', 'ready');
  return { page, problems, close: () => context.close() };
}

// Waits until the element has this text in it.
export async function waitForText(page, selector, text) {
  await page.waitForFunction(
    ([wanted, part]) => document.querySelector(wanted)?.textContent.includes(part), [selector, text],
    { timeout: 20000 });
}
