// interlatent gather DIR --out RUN: writes the model from the shards that workers have trained.

import { rmdir } from 'node:fs/promises';
import { Command } from 'commander';
import { InputError } from '../errors/errors.js';
import type { MultimodalCausalModel } from '../model/multimodal-causal-model.js';
import { readPlan } from '../distributed/shard-folder.js';
import { settleFinishedFit } from '../training/finished-fit.js';
import { LockedFolder } from '../training/locked-folder.js';
import type { FitFlags } from './fit-options.js';
import { fitToFolder } from './fit-folder.js';
import { printResult } from './fit-text.js';
import { interruptible, Interrupted } from './interrupt.js';
import { describeConclusions } from '../conclusions/index.js';
import { printJson } from './output.js';
import { readWithProgress } from './reading-progress.js';
import { jsonOption, MAX_THREADS, wholeNumber } from './settings.js';
import { describe } from './help.js';

interface Flags extends Pick<FitFlags, 'threads'> {
  out: string;
  study?: string;
  json?: boolean;
}

export function gatherCommand(): Command {
  const command = new Command('gather')
    .argument('<dir>', 'Folder in which the workers met.')
    .requiredOption('--out <run>', 'RUN folder to write.')
    .option('--study <file>', 'Study file, if it is not where the workers had it.')
    .option('--threads <n>', 'Number of threads (default: all cores).', wholeNumber('--threads', 1, MAX_THREADS))
    .addOption(jsonOption());
  return describe(command, {
    description: 'Writes the RUN folder of a fit that workers (interlatent shard) have trained.',
    examples: ['interlatent gather shards --out runs/study'],
    details: [
      'It trains nothing. If shards are missing, it names them and writes nothing. The folder records the study and ' +
        'the options of the workers. You may remove it afterwards.',
    ],
  }).action((folder: string, flags: Flags) => gather(folder, flags));
}

/** Gathers shards, and prints the result. @throws as `gathered` */
export async function gather(folder: string, flags: Flags): Promise<void> {
  const { out, json } = flags;
  const model = await interruptible((signal) => gathered(folder, flags, signal));
  try {
    if (json) printJson({ ...model.summary, edges: model.graph.edges, ...describeConclusions(model) });
    else printResult(model, out, { printed: [] });
  } finally {
    await model.dispose();
  }
}

/** Gathers shards without output. */
export async function gatherQuietly(folder: string, out: string, signal: AbortSignal): Promise<void> {
  const model = await gathered(folder, { out, json: true }, signal);
  await model.dispose();
}

/**
 * Gathers shards.
 * @throws StateError `shards-missing`; InputError `no-shards`, `shard-mismatch`, `run-exists`; the errors of a fit
 */
async function gathered(folder: string, flags: Flags, signal: AbortSignal): Promise<MultimodalCausalModel> {
  const { out, study: elsewhere, threads = 0, json } = flags;
  const { study: known, settings, evidence, device, matmulPrecision } = await readPlan(folder);
  const path = elsewhere ?? known;
  if (path === undefined) {
    throw new InputError(
      'no-study-file',
      `${folder} belongs to a data set that a program had in memory. That program must gather it: ` +
        'MultimodalCausalModel.fit(dataset, { shards })',
      { folder },
    );
  }
  const study = await readWithProgress(path, { quiet: json });
  try {
    await using locked = await LockedFolder.open(out);
    if (await settleFinishedFit(locked.path)) {
      throw new InputError('run-exists', `${out} already contains a fit. Choose another folder, or remove it first.`, {
        folder: out,
      });
    }
    return await fitToFolder(study, {
      ...settings,
      device,
      matmulPrecision,
      threads,
      evidence,
      shards: folder,
      folder: locked,
      signal,
    });
  } catch (error) {
    // Nothing was written, so a folder that was created for it is removed.
    await rmdir(out).catch(() => undefined);
    if (!signal.aborted || error !== signal.reason) throw error;
    throw new Interrupted(`Stopped. Nothing was written to ${out}. The same command starts again.`);
  }
}
