/* global AbortController */
// A separate process that works on fits, so that a test can kill it: node fit-worker.mjs PORT ROOT.

import { Queue, Worker } from 'bullmq';
import { fitProcessor } from '../../dist/serving/bullmq.js';

const [port, root] = process.argv.slice(2);
const connection = { host: '127.0.0.1', port: Number(port), maxRetriesPerRequest: null };
const queue = new Queue('fits', { connection });
const stop = new AbortController();
const options = { root, queue, signal: stop.signal, threads: 1, checkpointEvery: 0.1, pollEvery: 100 };
// Another worker takes the job of a killed worker after 1 s instead of the default of 30 s.
const worker = new Worker('fits', fitProcessor(options), {
  connection,
  lockDuration: 1000,
  stalledInterval: 500,
  maxStalledCount: 100,
});
worker.on('error', () => undefined);
await worker.waitUntilReady();
process.once('SIGTERM', async () => {
  stop.abort();
  await worker.close();
  await queue.close();
});
console.log('ready');
