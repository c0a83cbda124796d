// Messages between the threads of discovery.

import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { packageRoot } from '../../../runtime/package.js';
import type { DataColumn } from '../columns.js';
import type { DiscoverOptions } from '../options.js';
import type { Learned, SetQuestion, SetAnswer } from '../independence/independence.js';
import type { PcResult } from '../search/pc.js';
import type { SerializedError } from '../../../errors/serialized-error.js';

/** The initial data of a thread. */
export interface ThreadData {
  readonly columns: readonly DataColumn[];
  readonly options: DiscoverOptions;
  /** Number of threads that the questions of a graph may be shared with. */
  readonly helpers: number;
}

/** Requests the graph of all data (−1) or of a half-sample by its number, or the answers to questions. */
export type ThreadTask = { readonly graph: number } | { readonly questions: readonly SetQuestion[] };

export type ThreadAnswer =
  | { readonly graph: number; readonly result: PcResult }
  | { readonly sets: readonly SetAnswer[]; readonly learned: Learned }
  | { readonly error: SerializedError };

export function startThread(workerData: ThreadData): Worker {
  return new Worker(join(packageRoot, 'dist/causal/discovery/threads/worker.js'), { workerData });
}
