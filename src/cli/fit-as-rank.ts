// A fit with several processes that a launcher started (mpirun -n 8 interlatent fit …). All ranks train; the first one
// writes the RUN and prints. They communicate through files, so any launcher works. Ranks that train together
// (--data-parallel) need the launcher's MPI.

import { workOnShards } from '../background/shards.js';
import type { MultimodalCausalModel } from '../model/multimodal-causal-model.js';
import type { Warning } from '../quality/index.js';
import { Meeting, shareOf, threadsOf, type Launch } from '../distributed/launch.js';
import { settleFolder } from '../training/finished-fit.js';
import { fitWarnings } from '../training/fit-warnings.js';
import { trainingDevice } from '../training/training-device.js';
import { reload } from './finished-run.js';
import { configOf, settingsOf, type FitFlags } from './fit-options.js';
import { printStart } from './fit-text.js';
import { gatherQuietly } from './gather.js';
import { interruptible, Interrupted } from './interrupt.js';
import { progressPrinter } from './progress.js';
import { readWithProgress } from './reading-progress.js';
import { checkFresh, removeShards, sharedFolder } from './shared-folder.js';

export interface RankFlags extends FitFlags {
  readonly out: string;
  readonly resume?: boolean;
  readonly json?: boolean;
}

export interface Fitted {
  readonly model: MultimodalCausalModel;
  /** Warnings that were printed before the fit. */
  readonly warned: readonly Warning[];
}

/**
 * Fits as one rank.
 * @returns the model on the first rank, undefined on the other ranks
 * @throws InputError `run-exists`; StateError `rank-lost` if ranks do not see each other; the errors of a fit
 */
export async function fitAsRank(path: string, flags: RankFlags, launch: Launch): Promise<Fitted | undefined> {
  const { out, resume } = flags;
  // All ranks check the folder before any of them begins.
  await checkFresh(out, resume);
  return interruptible(async (signal) => {
    const meeting = await Meeting.meet(sharedFolder(out), launch, { signal });
    try {
      return await fitAmong(meeting, path, flags, launch, signal);
    } catch (error) {
      if (!signal.aborted || error !== signal.reason) throw error;
      throw new Interrupted(
        `Stopped. The checkpoint is in ${sharedFolder(out)}. The same command with --resume continues.`,
      );
    } finally {
      await meeting.leave();
    }
  });
}

async function fitAmong(
  meeting: Meeting,
  path: string,
  flags: RankFlags,
  launch: Launch,
  signal: AbortSignal,
): Promise<Fitted | undefined> {
  const { out, device, matmulPrecision, evidence, resume, threads = threadsOf(launch), dataParallel } = flags;
  const isFirst = launch.rank === 0;
  const isQuiet = !isFirst || flags.json === true;
  const study = await readWithProgress(path, { quiet: isQuiet });
  const isFinished = resume === true && (await settleFolder(out));
  if (isFinished) return isFirst ? { model: await reload(study, flags), warned: [] } : undefined;
  const { choice } = await trainingDevice(study.dataset, device, matmulPrecision);
  if (!isQuiet) printStart(study, configOf(study, flags), choice, dataParallel);
  const progress = isQuiet ? undefined : progressPrinter(process.stderr);
  const settings = { ...settingsOf(flags), threads, device, matmulPrecision, evidence };
  const onProgress = progress && { onProgress: progress.update.bind(progress) };
  const shared = dataParallel !== undefined && { dataParallel };
  const where = { folder: sharedFolder(out), ...shareOf(launch, dataParallel), ...shared };
  await workOnShards(study, where, { ...settings, signal, ...onProgress });
  progress?.stop();
  if (!isFirst) return undefined;
  await gatherQuietly(where.folder, out, signal);
  // Other ranks may still read shards, so they must leave first.
  await meeting.untilAlone();
  // Leave first, so that this rank does not write its file again while the folder is removed.
  await meeting.leave();
  await removeShards(out);
  return { model: await reload(study, flags), warned: fitWarnings(study.dataset, configOf(study, flags)) };
}
