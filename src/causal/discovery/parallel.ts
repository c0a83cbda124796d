// Discovery over worker threads: all data and every resample are a task each, handed to whichever worker is free. A task
// depends on nothing but its number, so that any number of threads gives the same answer; the event loop stays free.

import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { DeviceError, InputError, InternalError } from '../../errors.js';
import { packageRoot } from '../../runtime/package.js';
import { EdgeCounts } from './bootstrap.js';
import type { DataColumn } from './columns.js';
import { assemble, checkDiscovery, type DiscoverOptions, type Discovery } from './discover.js';
import type { PcResult } from './pc.js';

export interface ParallelOptions extends DiscoverOptions {
  /** Worker threads; as many as there are cores when left out. */
  readonly threads?: number;
  /** Aborting ends the workers; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after every task: all data, then each resample. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What a worker begins with. */
export interface WorkerTasks {
  readonly columns: readonly DataColumn[];
  readonly options: DiscoverOptions;
}

/** Task −1 is all data, the others are resamples by number. */
export type WorkerAnswer =
  | { readonly task: number; readonly found: PcResult }
  | { readonly task: number; readonly error: { kind: string; code: string; message: string; details: object } };

/**
 * The same as `discover`, on worker threads.
 * @throws what `discover` throws; InputError `invalid-threads`; the signal's reason
 */
export async function discoverInParallel(
  columns: readonly DataColumn[],
  { threads = availableParallelism(), signal, onProgress, ...options }: ParallelOptions = {},
): Promise<Discovery> {
  checkDiscovery(columns, options);
  if (!Number.isSafeInteger(threads) || threads < 1) {
    throw new InputError('invalid-threads', `threads must be a whole number of at least 1, got ${threads}`);
  }
  signal?.throwIfAborted();
  const { bootstrap = 0, seed = 0 } = options;
  const total = bootstrap + 1;
  const counts = new EdgeCounts(columns);
  let whole: PcResult | undefined;
  let given = -1;
  let done = 0;
  const workerData: WorkerTasks = { columns: columns.map(shared), options };
  const workers = Array.from({ length: Math.min(threads, total) }, () => new Worker(WORKER, { workerData }));
  try {
    await new Promise<void>((resolve, reject) => {
      const fail = (cause: unknown): void => {
        reject(cause instanceof Error ? cause : new Error(String(cause)));
      };
      signal?.addEventListener('abort', () => {
        fail(signal.reason);
      });
      for (const worker of workers) {
        const next = () => {
          if (given < bootstrap) worker.postMessage(given++);
        };
        worker.on('error', fail);
        worker.on('message', (answer: WorkerAnswer) => {
          try {
            if ('error' in answer) throw rebuilt(answer.error);
            if (answer.task < 0) whole = answer.found;
            else counts.add(answer.found.graph.marks);
            done++;
            onProgress?.(done, total);
            if (done === total) resolve();
            else next();
          } catch (error) {
            fail(error);
          }
        });
        next();
      }
    });
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  const resampled = bootstrap === 0 ? undefined : { resamples: bootstrap, seed, pairs: counts.pairs() };
  return assemble(whole!, options, resampled);
}

const WORKER = join(packageRoot, 'dist/causal/discovery/worker.js');

/** Values that all threads read in one place. */
function shared(column: DataColumn): DataColumn {
  const values = new Float64Array(new SharedArrayBuffer(column.values.byteLength));
  values.set(column.values);
  return { ...column, values };
}

/** Errors lose their class on the way between threads. */
function rebuilt({ kind, code, message, details }: Extract<WorkerAnswer, { error: object }>['error']): Error {
  const Kind = kind === 'InputError' ? InputError : kind === 'DeviceError' ? DeviceError : InternalError;
  return new Kind(code, message, { ...details });
}
