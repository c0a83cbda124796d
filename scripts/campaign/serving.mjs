// A server in this process has clients that abort their questions, never read an answer or never end a body. Honest
// clients must get the same bits as before, and the process must not grow.
/* global performance, setTimeout, fetch */
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { measured, noteGrowth } from './growth.mjs';
import { pick } from './random.mjs';
import { workshop } from './workshop.mjs';

const SAMPLE_EVERY_MS = 5000;
/** Maximal number of open connections of hostile clients. */
const MAX_OPEN = 100;
/** Seconds after which a missing answer is a failure. */
const PATIENCE = 30;
const SET = { set: { 'm1.z1': { sd: 1 } }, assumeOrder: true, untested: true, unreplicated: true, undetermined: true };

export async function serving({ folder, randomOf, minutes, report, outcome }) {
  const { run } = await workshop(folder);
  const { createHandler } = await import('../../dist/serving/index.js');
  const random = randomOf();
  const handler = await createHandler({ models: { model: run } });
  const server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const address = `http://127.0.0.1:${port}/models/model`;
  const subject = () => ({ m1: columns(), m2: columns() });
  const columns = () => Object.fromEntries(Array.from({ length: 15 }, (_, i) => [`x${i + 1}`, Math.sin(i)]));
  const encode = JSON.stringify({ rows: Array.from({ length: 5 }, subject) });
  const many = JSON.stringify({ rows: Array.from({ length: 1000 }, subject) });
  const expensive = JSON.stringify({ ...SET, draws: 200_000 });
  const question = JSON.stringify({ ...SET, draws: 200, seed: 1 });
  const answerTo = async (path, body) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${address}/${path}`, { method: 'POST', headers, body });
    return `${answer.status} ${await answer.text()}`;
  };
  const usual = { encode: await answerTo('encode', encode), intervene: await answerTo('intervene', question) };

  for (const [path, answer] of Object.entries(usual)) {
    if (!answer.startsWith('200 ')) throw new Error(`${path} without a fault: ${answer.slice(0, 500)}`);
  }

  const open = new Set();
  const tracked = (socket) => {
    open.add(socket);
    socket.on('error', () => undefined).on('close', () => open.delete(socket));
    return socket;
  };
  const head = (path, length) =>
    `POST /models/model/${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ` +
    `${length}\r\n\r\n`;
  const acts = {
    'question aborted': async () => {
      const gone = request(`${address}/intervene`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        agent: false,
      });
      gone.on('error', () => undefined).end(expensive);
      await later(100 * random());
      gone.destroy();
    },
    'answer never read': () => {
      if (open.size >= MAX_OPEN) return;
      const socket = tracked(connect(port, '127.0.0.1'));
      socket.pause().write(head('encode', many.length) + many);
    },
    'body never ended': () => {
      if (open.size >= MAX_OPEN) return;
      tracked(connect(port, '127.0.0.1')).write(`${head('encode', many.length)}{"rows"`);
    },
    'connection cut': () => {
      for (const socket of open) if (random() < 0.5) socket.destroy();
    },
    'honest encode': () => honest('encode', encode),
    'honest question': () => honest('intervene', question),
  };
  async function honest(path, body) {
    const answer = await Promise.race([answerTo(path, body), later(1000 * PATIENCE).then(() => 'no answer')]);
    if (answer !== usual[path]) throw new Error(`another answer: ${answer.slice(0, 200)}`);
  }

  const samples = [];
  const end = performance.now() + 60_000 * minutes;
  let sampled = 0;
  while (performance.now() < end) {
    const name = pick(random, Object.keys(acts));
    const problem = await Promise.resolve()
      .then(acts[name])
      .then(
        () => undefined,
        (error) => error.stack,
      );
    outcome.count(name);
    outcome.note(name, problem);
    if (performance.now() - sampled < SAMPLE_EVERY_MS) continue;
    sampled = performance.now();
    // Hostile clients are disconnected before the measurement, so that their connections do not count.
    for (const socket of open) socket.destroy();
    await later(500);
    samples.push(await measured());
    if (samples.length % 12 === 1) report(`${outcome.tried} acts, ${JSON.stringify(samples.at(-1))}`);
  }
  for (const socket of open) socket.destroy();
  server.close();
  server.closeAllConnections();
  const start = performance.now();
  await Promise.race([handler.close(), later(1000 * PATIENCE)]);
  const seconds = (performance.now() - start) / 1000;
  outcome.note('the end', seconds < PATIENCE ? undefined : `closing takes more than ${PATIENCE} s`);
  noteGrowth(outcome, samples);
}

function later(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
