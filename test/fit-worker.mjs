/* global AbortController */
// A worker of fits in a process of its own, to be killed: node fit-worker.mjs PORT ROOT.

import { Queue, Worker } from 'bullmq';
import { fitProcessor } from '../dist/jobs/bullmq.js';

const [port, root] = process.argv.slice(2);
const connection = { host: '127.0.0.1', port: Number(port), maxRetriesPerRequest: null };
const queue = new Queue('fits', { connection });
const stop = new AbortController();
const options = { root, queue, signal: stop.signal, threads: 1, checkpointEvery: 0.1, lookEvery: 100 };
// A killed worker's job is another's after a second, not after the half minute that is usual.
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
