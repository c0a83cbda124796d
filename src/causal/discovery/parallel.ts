// Discovery on worker threads. All data and every half-sample are one task each, which the next idle worker takes.
// Without half-samples, the threads share the tests of all data (question-threads.ts). A task depends only on its
// number, so that any number of threads gives the same result. The event loop stays free.

import { checkOptions } from '../../errors/argument.js';
import { availableParallelism } from 'node:os';
import { InputError } from '../../errors/errors.js';
import { EdgeCounts, type HalfSampleShares } from './half-samples.js';
import type { DataColumn } from './columns.js';
import { assemble, checkDiscovery, variablesOf, type Discovery } from './discover.js';
import { PARALLEL_OPTIONS, type ParallelOptions } from './options.js';
import type { PcResult } from './search/pc.js';
import { runConcurrently } from '../../threads/run-concurrently.js';
import { discoveryThreads } from './question-threads.js';

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
  const counts = new EdgeCounts(variablesOf(columns, options));
  let whole: PcResult | undefined;
  let done = 0;
  const count = Math.min(threads, total);
  const helpers = halfSamples === 0 ? threads - 1 : 0;
  const pool = discoveryThreads(count, { columns: columns.map(shared), options, helpers });
  const one = async (task: number, stop: AbortSignal): Promise<void> => {
    const result = (await pool.call('graph', [task - 1], { signal: stop, endsOnAbort: true })) as PcResult;
    if (task === 0) whole = result;
    else counts.add(result.graph.marks);
    onProgress?.(++done, total);
  };
  try {
    await runConcurrently(total, count, one, signal);
  } finally {
    await pool.close();
  }
  return { whole: whole!, pairs: counts.pairs() };
}

/** Moves the values to memory that all threads share. */
function shared(column: DataColumn): DataColumn {
  const values = new Float64Array(new SharedArrayBuffer(column.values.byteLength));
  values.set(column.values);
  return { ...column, values };
}
