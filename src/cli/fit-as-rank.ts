// A fit whose processes a launcher has started (mpirun -n 8 interlatent fit …): all of them train, the first one writes
// the RUN and prints. No message goes between them but files, so any launcher does.

import { workOnShards } from '../background/shards.js';
import { removeFolder } from '../files/atomic.js';
import { MultimodalCausalModel } from '../multimodal-causal-model.js';
import { Meeting, threadsOf, type Launch } from '../shards/launcher.js';
import { pause } from '../shards/pause.js';
import type { Study } from '../study/study.js';
import { settingsOf, type FitFlags } from './fit-options.js';
import { gatherQuietly } from './gather.js';
import { interruptible, Interrupted } from './interrupt.js';
import { progressPrinter } from './progress.js';
import { checkFresh, sharedFolder } from './shared-folder.js';

/** Seconds that the first rank waits for the others to have read what it removes. */
const LEAVE_WITHIN = 60;

/**
 * @returns the model, of the first rank
 * @throws StateError `rank-lost` where ranks do not see each other; what a fit throws
 */
export async function fitAsRank(
  study: Study,
  flags: FitFlags & { readonly out: string; readonly resume?: boolean; readonly json?: boolean },
  launch: Launch,
): Promise<MultimodalCausalModel | undefined> {
  const { out, device, matmulPrecision, evidence, resume, threads = threadsOf(launch) } = flags;
  const { rank, size } = launch;
  const isFirst = rank === 0;
  const folder = sharedFolder(out);
  // The others see what this one writes.
  if (isFirst) await checkFresh(out, resume);
  const progress = isFirst && !flags.json ? progressPrinter(process.stderr) : undefined;
  await interruptible(async (signal) => {
    const meeting = await Meeting.meet(folder, launch, { signal });
    try {
      const settings = { ...settingsOf(flags), threads, device, matmulPrecision, evidence };
      const onProgress = progress && { onProgress: progress.update.bind(progress) };
      await workOnShards(study, { folder, of: size, index: rank }, { ...settings, signal, ...onProgress });
      progress?.stop();
      if (isFirst) await gatherQuietly(folder, out);
    } catch (error) {
      if (!signal.aborted || error !== signal.reason) throw error;
      throw new Interrupted(`Stopped; what was trained is in ${folder}. The same command goes on with --resume.`);
    } finally {
      await meeting.leave();
    }
  });
  if (!isFirst) return undefined;
  await untilAllLeft(folder, size);
  await removeFolder(folder);
  return MultimodalCausalModel.load(out);
}

async function untilAllLeft(folder: string, size: number): Promise<void> {
  const until = performance.now() + LEAVE_WITHIN * 1000;
  for (let rank = 1; rank < size; rank++) {
    while (performance.now() < until && !(await Meeting.hasLeft(folder, rank))) await pause(0.2);
  }
}
