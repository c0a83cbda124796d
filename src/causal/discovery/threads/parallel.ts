// Discovery on worker threads. All data and every half-sample are one task each, which the next idle worker takes.
// Without half-samples, the threads share the tests of all data (helpers.ts). A task depends only on its number, so
// that any number of threads gives the same result. The event loop stays free.

import { checkOptions } from '../../../errors/argument.js';
import { availableParallelism } from 'node:os';
import { InputError } from '../../../errors/errors.js';
import { EdgeCounts, type HalfSampleShares } from '../half-samples.js';
import type { DataColumn } from '../columns.js';
import { assemble, checkDiscovery, type Discovery } from '../discover.js';
import { PARALLEL_OPTIONS, type ParallelOptions } from '../options.js';
import type { PcResult } from '../search/pc.js';
import { deserializeError } from '../../../errors/serialized-error.js';
import { startThread, type ThreadAnswer, type ThreadData } from './threads.js';

/**
 * Does the same as `discover`, on worker threads.
 * @throws what `discover` throws; InputError `invalid-threads`; the signal's reason
 */
export async function discoverInParallel(
  columns: readonly DataColumn[],
  parallel: ParallelOptions = {},
): Promise<Discovery> {
  checkOptions('discoverInParallel', parallel, PARALLEL_OPTIONS);
  const { whole, pairs } = await searchInParallel(columns, parallel);
  const { halfSamples: count = 0, seed = 0 } = parallel;
  return assemble(columns, whole, parallel, count === 0 ? undefined : { count, seed, resampled: 'rows', pairs });
}

/**
 * Returns the graph of all data, and the shares of half-samples that have each edge.
 * @throws what `discoverInParallel` throws
 */
export async function searchInParallel(
  columns: readonly DataColumn[],
  parallel: ParallelOptions,
): Promise<{ readonly whole: PcResult; readonly pairs: HalfSampleShares['pairs'] }> {
  const { threads = availableParallelism(), signal, onProgress, ...options } = parallel;
  checkDiscovery(columns, options);
  if (!Number.isSafeInteger(threads) || threads < 1) {
    throw new InputError('invalid-threads', `threads must be a whole number of at least 1, got ${threads}`);
  }
  signal?.throwIfAborted();
  const { halfSamples = 0 } = options;
  const total = halfSamples + 1;
  const counts = new EdgeCounts(columns);
  let whole: PcResult | undefined;
  let nextGraph = -1;
  let done = 0;
  const helpers = halfSamples === 0 ? threads - 1 : 0;
  const data: ThreadData = { columns: columns.map(shared), options, helpers };
  const workers = Array.from({ length: Math.min(threads, total) }, () => startThread(data));
  const ended = new AbortController();
  try {
    await new Promise<void>((resolve, reject) => {
      const fail = (cause: unknown): void => {
        reject(cause instanceof Error ? cause : new Error(String(cause)));
      };
      signal?.addEventListener('abort', () => fail(signal.reason), { signal: ended.signal });
      for (const worker of workers) {
        const next = () => {
          if (nextGraph < halfSamples) worker.postMessage({ graph: nextGraph++ });
        };
        worker.on('error', fail);
        worker.on('message', (answer: ThreadAnswer) => {
          try {
            if ('error' in answer) throw deserializeError(answer.error);
            if (!('graph' in answer)) return;
            if (answer.graph < 0) whole = answer.result;
            else counts.add(answer.result.graph.marks);
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
    ended.abort();
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return { whole: whole!, pairs: counts.pairs() };
}

/** Moves the values to memory that all threads share. */
function shared(column: DataColumn): DataColumn {
  const values = new Float64Array(new SharedArrayBuffer(column.values.byteLength));
  values.set(column.values);
  return { ...column, values };
}
