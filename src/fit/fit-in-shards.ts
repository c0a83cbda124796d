// A fit that many processes share, on one machine or several. They exchange files in a folder that all of them see, and
// the result has the bits of a fit in one process. Workers train; then one process gathers their results into a model.

import type { Dataset } from '../data/dataset.js';
import { canBeTested, fitFold, foldsOf, splitsOf } from '../evidence/index.js';
import { fitRun, prepareFit, type FittedRun, type PreparedFit, type ReportingOptions } from './fit-run.js';
import { InputError } from '../errors/errors.js';
import { absolutePath } from '../files/absolute-path.js';
import { causeCode, causeMessage } from '../errors/cause.js';
import { launchOf, shareOf } from '../distributed/launch.js';
import type { Device } from '../runtime/device.js';
import { ShardFolder, type ShardUse } from '../distributed/shard-folder.js';
import type { ShardOptions } from '../distributed/shard-options.js';
import { ShardTrainer } from '../distributed/shard-trainer.js';
import { ProcessGroup } from '../distributed/process-group.js';
import type { Study } from '../study/study.js';
import { runConcurrently } from '../threads/run-concurrently.js';
import { fitModel } from '../training/fit.js';

type WorkerFitOptions = Omit<ReportingOptions, 'shards'> & { readonly shards: ShardOptions };

/**
 * Trains open shards together with other workers until no shard is open.
 * @throws InputError `shard-mismatch` if the folder belongs to another fit or another kind of machine,
 *   `invalid-option`; StateError `no-mpi`, `rank-lost`, `rank-mismatch`; what a fit throws
 */
export async function workOnShards(
  study: Study | Dataset,
  { shards: where, ...options }: WorkerFitOptions,
): Promise<void> {
  const { dataParallel = 1 } = where;
  if (dataParallel === 1) return work(study, where, options);
  const launch = launchOf(process.env);
  const group = await ProcessGroup.join(launch, dataParallel, options.signal);
  try {
    await work(study, { ...(launch && shareOf(launch, dataParallel)), ...where }, options, group);
    await group.end();
  } catch (error) {
    group.leave(causeCode(error) === 'rank-lost' ? 'has lost a rank' : `has ended: ${causeMessage(error)}`);
    throw error;
  }
}

async function work(
  study: Study | Dataset,
  where: ShardOptions,
  options: Omit<ReportingOptions, 'shards'>,
  group?: ProcessGroup,
): Promise<void> {
  const prepared = await prepareFit(study, options);
  const { dataset, config, evidence } = prepared;
  if (group) checkTogether(prepared.device);
  const shards = await trainerIn(where, 'work', study, prepared, group);
  const hooks = { ...prepared.hooks, shards, folder: undefined };
  const splits = evidence !== 'none' && canBeTested(dataset, config.seed) ? splitsOf(evidence, dataset.ids.length) : 0;
  const folds = Array.from({ length: splits }, (_, split) => foldsOf(dataset, config, hooks, split)).flat();
  const fits = [
    (stop: AbortSignal) => fitModel(dataset, config, { ...hooks, signal: stop }),
    ...folds.map((fold) => (stop: AbortSignal) => fitFold(fold.dataset, fold.config, { ...fold.hooks, signal: stop })),
  ];
  // No fit waits for another: while the last shard of one is trained, the shards of the next are open. The ranks of a
  // process group must train the same fit, so each group trains the fits in sequence, beginning with a different one.
  const [concurrency, first] = group ? [1, group.number] : [fits.length, 0];
  const one = (turn: number, stop: AbortSignal): Promise<unknown> => fits[(first + turn) % fits.length](stop);
  await runConcurrently(fits.length, concurrency, one, hooks.signal);
}

/**
 * Returns what `fitRun` returns, from the results of workers.
 * @throws StateError `shards-missing`; InputError `no-shards`, `shard-mismatch`; what a fit throws
 */
export async function gatherShards(
  study: Study | Dataset,
  folder: string,
  options: Omit<ReportingOptions, 'shards'>,
): Promise<FittedRun> {
  const prepared = await prepareFit(study, options);
  return fitRun(study, { ...options, shards: await trainerIn({ folder }, 'gather', study, prepared) });
}

/** @throws InputError `invalid-option` */
function checkTogether({ backend, name }: Device): void {
  if (backend === 'cpu') return;
  throw new InputError(
    'invalid-option',
    `Processes that train together (--data-parallel) need CPUs, not ${name}. GPUs share restarts: leave out ` +
      '--data-parallel.',
    { device: name },
  );
}

async function trainerIn(
  where: ShardOptions,
  use: ShardUse,
  study: Study | Dataset,
  { dataset, config, settings, evidence, device }: PreparedFit,
  group?: ProcessGroup,
): Promise<ShardTrainer> {
  const path = 'dataset' in study ? absolutePath(study.path) : undefined;
  const { fingerprint } = dataset;
  const plan = { study: path, settings, config, evidence, fingerprint };
  return new ShardTrainer(await ShardFolder.open(where, use, plan, device), group);
}
