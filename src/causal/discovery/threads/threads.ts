// What discovery's threads say to each other.

import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { packageRoot } from '../../../runtime/package.js';
import type { DataColumn } from '../columns.js';
import type { DiscoverOptions } from '../options.js';
import type { Learned, SetQuestion, SetsFound } from '../independence/independence.js';
import type { PcResult } from '../search/pc.js';
import type { SerializedError } from '../../../threads/serialized-error.js';

/** What a thread begins with. */
export interface ThreadData {
  readonly columns: readonly DataColumn[];
  readonly options: DiscoverOptions;
  /** How many threads a graph's questions may be shared with. */
  readonly helpers: number;
}

/** The graph of all data (−1) or of a half-sample, by number; or questions, each to be answered. */
export type ThreadTask = { readonly graph: number } | { readonly questions: readonly SetQuestion[] };

export type ThreadAnswer =
  | { readonly graph: number; readonly result: PcResult }
  | { readonly sets: readonly SetsFound[]; readonly learned: Learned }
  | { readonly error: SerializedError };

export function startThread(workerData: ThreadData): Worker {
  return new Worker(join(packageRoot, 'dist/causal/discovery/threads/worker.js'), { workerData });
}
