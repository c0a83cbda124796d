// interlatent fit STUDY --out RUN: trains, keeps the best run, writes the RUN folder.

import { Command, Option } from 'commander';
import { InputError } from '../errors.js';
import { MultimodalCausalModel } from '../multimodal-causal-model.js';
import { chooseDevice } from '../runtime/device.js';
import { launchOf, type Launch } from '../shards/launcher.js';
import { MOST_SHARDS } from '../shards/shard-options.js';
import type { Study } from '../study/study.js';
import { fitConfigFor, type FitConfig } from '../training/config.js';
import { settleFolder } from '../training/finished-fit.js';
import { fitWarnings } from '../training/fit-warnings.js';
import { LockedFolder } from '../training/locked-folder.js';
import { fitToFolder } from './fit-folder.js';
import { fitAsRank } from './fit-as-rank.js';
import { CARRIERS, fitOnCarrier, type CarrierName } from './fit-on-carrier.js';
import { settingsOf, withFitOptions, type FitFlags } from './fit-options.js';
import { printResult, printStart } from './fit-text.js';
import { interruptible, Interrupted } from './interrupt.js';
import { printJson } from './output.js';
import { progressPrinter } from './progress.js';
import { readWithProgress } from './reading-progress.js';
import { jsonOption, tensorboardOption, wholeNumber } from './settings.js';

interface Flags extends FitFlags {
  out: string;
  resume?: boolean;
  tensorboard?: boolean;
  workers?: number;
  carrier?: CarrierName;
  json?: boolean;
}

export function fitCommand(): Command {
  const command = new Command('fit')
    .description('train on a study and write a RUN folder: weights, graph, latents, figures')
    .argument('<study>', 'study file (YAML or JSON)')
    .requiredOption('--out <run>', 'folder for the result; holds checkpoints while the fit goes on');
  return withFitOptions(command)
    .addOption(tensorboardOption())
    .option('--workers <n>', 'processes that share the fit, to the same bits', wholeNumber('--workers', 1, MOST_SHARDS))
    .addOption(
      new Option('--carrier <carrier>', 'what starts the workers: this machine, or Slurm as a job array').choices(
        CARRIERS,
      ),
    )
    .option('--resume', 'go on from the checkpoint in RUN, to the same bits')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Options given here win over the study file. Ctrl-C writes a checkpoint; --resume goes on from it.

  interlatent fit study.yaml --out run --workers 4                    # four processes of this machine
  interlatent fit study.yaml --out run --workers 16 --carrier slurm   # a job array; docs/scaling.md`,
    )
    .action(fit);
}

async function fit(path: string, flags: Flags): Promise<void> {
  const launch = launchOf(process.env);
  // Of the processes of a launcher, the first one speaks for all.
  const isQuiet = flags.json === true || (launch?.rank ?? 0) > 0;
  const study = await readWithProgress(path, { quiet: isQuiet });
  const finished = flags.resume === true && (await settleFolder(flags.out));
  const model = finished ? await reload(study, flags) : await begin(study, path, { ...flags, isQuiet }, launch);
  try {
    if (flags.json && model) printJson({ ...model.summary, edges: model.graph.edges });
    else if (model) printResult(model, flags.out, finished ? [] : fitWarnings(study.dataset, configOf(study, flags)));
  } finally {
    await model?.dispose();
  }
}

/** A finished run, if it is of this study and these options. */
async function reload(study: Study, flags: Flags): Promise<MultimodalCausalModel> {
  const model = await MultimodalCausalModel.load(flags.out);
  const config = configOf(study, flags);
  const { summary } = model;
  const same =
    summary.fingerprint === study.dataset.fingerprint &&
    JSON.stringify(summary.config) === JSON.stringify(config) &&
    (summary.device?.matmulPrecision ?? 'float32') === flags.matmulPrecision;
  if (!same) {
    throw new InputError(
      'checkpoint-mismatch',
      `${flags.out} is a finished run of other data or options. ` +
        'Choose another --out, or give the same study and options.',
      { folder: flags.out },
    );
  }
  return model;
}

function configOf(study: Study, flags: Flags): FitConfig {
  const settings = { ...study.config.training, sparsity: study.config.sparsity, ...settingsOf(flags) };
  return fitConfigFor(study.dataset, settings);
}

/**
 * In this process, or by several.
 * @returns undefined in a process that only helps
 * @throws InputError `invalid-option` for options that do not go together
 */
async function begin(
  study: Study,
  path: string,
  { isQuiet, ...flags }: Flags & { readonly isQuiet: boolean },
  launch: Launch | undefined,
): Promise<MultimodalCausalModel | undefined> {
  const { workers, carrier, tensorboard, out } = flags;
  const { choice } = await chooseDevice(flags.device, flags.matmulPrecision);
  if (!isQuiet) printStart(study, configOf(study, flags), choice);
  const isAlone = launch === undefined && carrier === undefined && (workers ?? 1) === 1;
  if (isAlone) return train(study, path, flags);
  if (tensorboard) throw new InputError('invalid-option', '--tensorboard tells of a fit that one process does alone.');
  if (launch) {
    if (workers === undefined && carrier === undefined) return fitAsRank(study, flags, launch);
    throw new InputError(
      'invalid-option',
      `${launch.launcher} has started the workers; leave --workers and --carrier out.`,
    );
  }
  if (workers === undefined) throw new InputError('invalid-option', `--carrier ${carrier} needs --workers.`);
  await fitOnCarrier(path, { ...flags, workers, carrier: carrier ?? 'local' });
  return MultimodalCausalModel.load(out);
}

async function train(study: Study, path: string, flags: Flags): Promise<MultimodalCausalModel> {
  const progress = flags.json ? undefined : progressPrinter(process.stderr);
  const { out, threads = 0, device, matmulPrecision, resume = false } = flags;
  return interruptible(async (signal) => {
    await using folder = await LockedFolder.open(out);
    const { evidence, tensorboard = false } = flags;
    const writing = { folder, resume, tensorboard };
    const options = { ...settingsOf(flags), threads, device, matmulPrecision, evidence, ...writing, signal };
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
        `Stopped; the checkpoint is in ${out}. Go on with: interlatent fit ${path} --out ${out} --resume`,
      );
    } finally {
      progress?.stop();
    }
  });
}
