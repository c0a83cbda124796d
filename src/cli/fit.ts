// interlatent fit STUDY --out RUN: trains, keeps the best run, writes the RUN folder.

import { Command } from 'commander';
import { InputError } from '../errors.js';
import { MultimodalCausalModel } from '../multimodal-causal-model.js';
import { chooseDevice } from '../runtime/device.js';
import type { Study } from '../study/study.js';
import { fitConfigFor, type FitConfig } from '../training/config.js';
import { settleFolder } from '../training/finished-fit.js';
import { fitWarnings } from '../training/fit-warnings.js';
import { LockedFolder } from '../training/locked-folder.js';
import { fitToFolder } from './fit-folder.js';
import { settingsOf, withFitOptions, type FitFlags } from './fit-options.js';
import { printResult, printStart } from './fit-text.js';
import { interruptible, Interrupted } from './interrupt.js';
import { printJson } from './output.js';
import { progressPrinter } from './progress.js';
import { readWithProgress } from './reading-progress.js';
import { jsonOption, tensorboardOption } from './settings.js';

interface Flags extends FitFlags {
  out: string;
  resume?: boolean;
  tensorboard?: boolean;
  json?: boolean;
}

export function fitCommand(): Command {
  const command = new Command('fit')
    .description('train on a study and write a RUN folder: weights, graph, latents, figures')
    .argument('<study>', 'study file (YAML or JSON)')
    .requiredOption('--out <run>', 'folder for the result; holds checkpoints while the fit goes on');
  return withFitOptions(command)
    .addOption(tensorboardOption())
    .option('--resume', 'go on from the checkpoint in RUN, to the same bits')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nOptions given here win over the study file. Ctrl-C writes a checkpoint; --resume goes on from it.',
    )
    .action(fit);
}

async function fit(path: string, flags: Flags): Promise<void> {
  const study = await readWithProgress(path, { quiet: flags.json });
  const finished = flags.resume === true && (await settleFolder(flags.out));
  const model = finished ? await reload(study, flags) : await train(study, path, flags);
  try {
    if (flags.json) printJson({ ...model.summary, edges: model.graph.edges });
    else printResult(model, flags.out, finished ? [] : fitWarnings(study.dataset, configOf(study, flags)));
  } finally {
    await model.dispose();
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

async function train(study: Study, path: string, flags: Flags): Promise<MultimodalCausalModel> {
  const { choice } = await chooseDevice(flags.device, flags.matmulPrecision);
  if (!flags.json) printStart(study, configOf(study, flags), choice);
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
