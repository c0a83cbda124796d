// The worker thread of parallel.ts: answers every task number with the graph of its rows.

import { parentPort, workerData } from 'node:worker_threads';
import { InterlatentError } from '../../errors.js';
import { resample } from './bootstrap.js';
import { findGraph } from './discover.js';
import type { WorkerAnswer, WorkerTasks } from './parallel.js';

const { columns, options } = workerData as WorkerTasks;

parentPort!.on('message', (task: number) => {
  parentPort!.postMessage(answer(task));
});

function answer(task: number): WorkerAnswer {
  try {
    return { task, found: findGraph(task < 0 ? columns : resample(columns, options.seed ?? 0, task), options) };
  } catch (error) {
    if (!(error instanceof InterlatentError)) throw error;
    const { name, code, message, details } = error;
    return { task, error: { kind: name, code, message, details } };
  }
}
