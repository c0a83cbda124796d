// interlatent fit STUDY --out RUN: trains a model, and writes the RUN folder.

import { Command, Option } from 'commander';
import { InputError } from '../errors/errors.js';
import type { MultimodalCausalModel } from '../model/multimodal-causal-model.js';
import { launchOf, type Launch } from '../distributed/launch.js';
import { MAX_SHARDS } from '../distributed/shard-options.js';
import type { Study } from '../study/study.js';
import { settleFolder } from '../training/finished-fit.js';
import { fitWarnings } from '../training/fit-warnings.js';
import { LockedFolder } from '../training/locked-folder.js';
import { fitToFolder } from './fit-folder.js';
import { reload } from './finished-run.js';
import { fitAsRank, type Fitted } from './fit-as-rank.js';
import { LAUNCHERS, fitByLauncher, type LauncherName } from './fit-by-launcher.js';
import { checkDataParallel, configOf, settingsOf, withFitOptions, type FitFlags } from './fit-options.js';
import { printResult, printStart } from './fit-text.js';
import { interruptible, Interrupted } from './interrupt.js';
import { describeConclusions } from '../conclusions/index.js';
import { trainingDevice } from '../training/training-device.js';
import { printJson } from './output.js';
import { progressOption, requestedProgress, type ProgressFlags } from './progress.js';
import { readWithProgress } from './reading-progress.js';
import { jsonOption, tensorboardOption, wholeNumber } from './settings.js';
import { checkUnshared, removeShards } from './shared-folder.js';
import { describe } from './help.js';

interface Flags extends FitFlags, ProgressFlags {
  out: string;
  resume?: boolean;
  tensorboard?: boolean;
  workers?: number;
  launcher?: LauncherName;
  verbose?: boolean;
}

export function fitCommand(): Command {
  const command = new Command('fit')
    .argument('<study>', 'Study file (YAML or JSON).')
    .requiredOption('--out <run>', 'RUN folder to write. It holds checkpoints during the fit.');
  withFitOptions(command)
    .optionsGroup('Output and progress:')
    .option('--resume', 'Continue from the checkpoint in RUN, to the same bits.')
    .addOption(tensorboardOption())
    .option('--verbose', 'Also print what each stage chose and how restarts agree.')
    .addOption(progressOption())
    .addOption(jsonOption())
    .optionsGroup('Processes and machines:')
    .option(
      '--workers <n>',
      'Share the fit among this many processes, to the same bits.',
      wholeNumber('--workers', 1, MAX_SHARDS),
    )
    .addOption(
      new Option('--launcher <launcher>', 'Start the workers on this machine, or as a job array of Slurm.').choices(
        LAUNCHERS,
      ),
    );
  return describe(command, {
    description:
      'Trains a model on a study, tests what it found on held-out subjects, and writes a RUN folder: weights, graph, ' +
      'latents and figures.',
    examples: [
      'interlatent fit study.yaml --out runs/study',
      ['interlatent fit study.yaml --out runs/study --resume', 'continue after Ctrl-C or a crash'],
      ['interlatent fit study.yaml --out runs/study --workers 4', 'four processes of this machine'],
      [
        'interlatent fit study.yaml --out runs/study --workers 16 --launcher slurm',
        'a job array of Slurm (docs/explanation/scaling.md)',
      ],
    ],
    details: ['Options override the study file. Ctrl-C writes a checkpoint; --resume continues from it.'],
  }).action(fit);
}

async function fit(path: string, flags: Flags): Promise<void> {
  const launch = launchOf(process.env);
  checkTogether(flags, launch);
  const fitted = launch ? await fitAsRank(path, flags, launch) : await fitFromHere(path, flags);
  // Among the processes of a launcher, only the first one has a model and prints.
  if (!fitted) return;
  const { model, warned } = fitted;
  try {
    if (flags.json) printJson({ ...model.summary, edges: model.graph.edges, ...describeConclusions(model) });
    else printResult(model, flags.out, { printed: warned, verbose: flags.verbose });
  } finally {
    await model.dispose();
  }
}

/** Refuses options that are not compatible. @throws InputError `invalid-option` */
function checkTogether(flags: Flags, launch: Launch | undefined): void {
  const { workers, launcher, tensorboard } = flags;
  const isLaunched = workers !== undefined || launcher !== undefined;
  const problem =
    launch && isLaunched
      ? `${launch.launcher} has started the workers. Leave out --workers and --launcher.`
      : launcher !== undefined && workers === undefined
        ? `--launcher ${launcher} needs --workers.`
        : tensorboard && (launch !== undefined || isLaunched)
          ? '--tensorboard is possible only for a fit in one process.'
          : undefined;
  if (problem !== undefined) throw new InputError('invalid-option', problem);
  checkDataParallel(flags, launch);
}

/** Fits in this process, or with workers that it starts. */
async function fitFromHere(path: string, flags: Flags): Promise<Fitted> {
  const { workers, launcher, out, resume, json } = flags;
  const study = await readWithProgress(path, { quiet: json });
  if (resume && (await settleFolder(out))) {
    await removeShards(out);
    return { model: await reload(study, flags), warned: [] };
  }
  const { choice } = await trainingDevice(study.dataset, flags.device, flags.matmulPrecision);
  if (!json) printStart(study, configOf(study, flags), choice);
  const warned = fitWarnings(study.dataset, configOf(study, flags));
  if (workers === undefined) return { model: await train(study, path, flags), warned };
  await fitByLauncher(path, { ...flags, workers, launcher: launcher ?? 'local' });
  return { model: await reload(study, flags), warned };
}

async function train(study: Study, path: string, flags: Flags): Promise<MultimodalCausalModel> {
  const progress = requestedProgress(flags);
  const { out, threads = 0, device, matmulPrecision, resume = false } = flags;
  await checkUnshared(out);
  return interruptible(async (signal) => {
    await using folder = await LockedFolder.open(out);
    const { evidence, tensorboard = false } = flags;
    const writing = { folder, resume, tensorboard };
    const computing = { threads, device, matmulPrecision };
    const options = { ...settingsOf(flags), ...computing, evidence, ...writing, signal };
    try {
      return await fitToFolder(
        study,
        progress
          ? {
              ...options,
              onProgress: (state) => {
                progress.update(state);
              },
            }
          : options,
      );
    } catch (error) {
      if (!signal.aborted || error !== signal.reason) throw error;
      throw new Interrupted(
        `Stopped. The checkpoint is in ${out}. Continue with: interlatent fit ${path} --out ${out} --resume`,
      );
    } finally {
      progress?.stop();
    }
  });
}
