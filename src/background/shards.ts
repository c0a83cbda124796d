// A worker of a fit that many processes share.

import { checkAccepted, checkArgument, checkOptions } from '../argument.js';
import type { Dataset } from '../data/dataset.js';
import type { FitOptions } from '../fit-run.js';
import { native } from '../runtime/native.js';
import { MAX_SHARDS, SHARD_OPTIONS, type ShardOptions } from '../shards/shard-options.js';
import type { Study } from '../study/study.js';
import { task } from './index.js';

/** As those of a fit, which must be the same of all workers. */
export type WorkerOptions = Omit<
  FitOptions,
  'folder' | 'resume' | 'tensorboard' | 'onRestarts' | 'logger' | 'shards' | 'dataParallel'
>;

/** @throws what `workOnShards` throws */
export async function workOnShards(
  study: Study | Dataset,
  shards: ShardOptions,
  options: WorkerOptions = {},
): Promise<void> {
  checkArgument('workOnShards: study', study, {});
  checkArgument('workOnShards: options', options, {});
  checkOptions('workOnShards', shards, SHARD_OPTIONS);
  const { of = 1, index = 0, dataParallel = 1 } = shards;
  const isCount = (number: number, least: number): boolean =>
    Number.isInteger(number) && number >= least && number <= MAX_SHARDS;
  checkAccepted('of', of, isCount(of, 1), `are whole numbers from 1 to ${MAX_SHARDS}`);
  checkAccepted('index', index, isCount(index, 0), 'are whole numbers from 0');
  const isProcessCount = isCount(dataParallel, 1);
  checkAccepted('dataParallel', dataParallel, isProcessCount, `are whole numbers from 1 to ${MAX_SHARDS}`);
  // Here: the threads that do the work may read the environment while it changes.
  if (dataParallel > 1) native().Ranks.prepareMpi();
  // A worker does nothing else.
  const { signal, onProgress, niceness = 0, ...given } = options;
  await task('workOnShards', [study, { ...given, shards }], { signal, listeners: { onProgress }, niceness });
}
