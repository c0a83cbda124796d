// A worker of a shared fit.

import { checkAccepted, checkArgument, checkOptions } from '../errors/argument.js';
import type { Dataset } from '../data/dataset.js';
import type { FitOptions } from '../fit/fit-run.js';
import { native } from '../runtime/native.js';
import { MAX_SHARDS, SHARD_OPTIONS, type ShardOptions } from '../distributed/shard-options.js';
import type { Study } from '../study/study.js';
import { task } from './index.js';

/** Options of a fit that must be the same for all workers. */
export type WorkerOptions = Omit<FitOptions, 'folder' | 'resume' | 'tensorboard' | 'onRestarts' | 'logger' | 'shards'>;

/** Works on shards in a background thread. @throws as `workOnShards` of src/fit/fit-in-shards.ts */
export async function workOnShards(
  study: Study | Dataset,
  shards: ShardOptions,
  options: WorkerOptions = {},
): Promise<void> {
  checkArgument('workOnShards: study', study, {});
  checkArgument('workOnShards: options', options, {});
  checkOptions('workOnShards', shards, SHARD_OPTIONS);
  const { of = 1, index = 0, dataParallel = 1 } = shards;
  const isCount = (number: number, min: number): boolean =>
    Number.isInteger(number) && number >= min && number <= MAX_SHARDS;
  checkAccepted('of', of, isCount(of, 1), `are whole numbers from 1 to ${MAX_SHARDS}`);
  checkAccepted('index', index, isCount(index, 0), 'are whole numbers from 0');
  const isProcessCount = isCount(dataParallel, 1);
  checkAccepted('dataParallel', dataParallel, isProcessCount, `are whole numbers from 1 to ${MAX_SHARDS}`);
  // This changes the environment, so it is done before the threads of the work exist, which may read it.
  if (dataParallel > 1) native().Ranks.prepareMpi();
  // Niceness 0, because a worker does nothing else.
  const { signal, onProgress, niceness = 0, ...sent } = options;
  await task('workOnShards', [study, { ...sent, shards }], { signal, listeners: { onProgress }, niceness });
}
