// interlatent fit STUDY --out RUN: trains, keeps the best run, writes the RUN folder.

import { Command, Option } from 'commander';
import type { LatentGraph } from '../causal/index.js';
import type { Study } from '../study/study.js';
import { InputError } from '../errors.js';
import { MultimodalCausalModel } from '../multimodal-causal-model.js';
import { SUBSPACE_KINDS, type SubspaceKind } from '../models/subspace-kinds.js';
import { subspacesText, type Warning } from '../quality/index.js';
import { mixtures } from '../report/index.js';
import { chooseDevice, type DeviceChoice, type DeviceName, type MatmulPrecision } from '../runtime/device.js';
import { MOST_EPOCHS } from '../study/fit-schema.js';
import { fitConfigFor, type FitConfig, type FitSettings } from '../training/config.js';
import { fitWarnings } from '../training/fit-warnings.js';
import { settleFolder } from '../training/finished-fit.js';
import { LockedFolder } from '../training/locked-folder.js';
import type { RunSummary } from '../training/run-folder.js';
import { onStdout } from './colors.js';
import { printEdges, printEvidence } from './evidence.js';
import { fitToFolder } from './fit-folder.js';
import { interruptible, Interrupted } from './interrupt.js';
import { decimal, deviceText, duration, print, printJson, table } from './output.js';
import { printQuality, printWarnings } from './quality.js';
import { progressPrinter } from './progress.js';
import { readWithProgress } from './reading-progress.js';
import {
  deviceOption,
  jsonOption,
  matmulPrecisionOption,
  MAX_THREADS,
  tensorboardOption,
  wholeNumber,
} from './settings.js';

interface Flags {
  out: string;
  fit?: 'two-part' | 'joint';
  subspaces?: SubspaceKind;
  runs?: number;
  restarts?: number;
  epochs?: number;
  seed?: number;
  batch?: number;
  threads?: number;
  device: DeviceName;
  matmulPrecision: MatmulPrecision;
  resume?: boolean;
  evidence: boolean;
  tensorboard?: boolean;
  json?: boolean;
}

export function fitCommand(): Command {
  return new Command('fit')
    .description('train on a study and write a RUN folder: weights, graph, latents, figures')
    .argument('<study>', 'study file (YAML or JSON)')
    .requiredOption('--out <run>', 'folder for the result; holds checkpoints while the fit goes on')
    .addOption(
      new Option('--fit <kind>', 'two-part: subspaces, then components, then a polish; joint: all at once').choices([
        'two-part',
        'joint',
      ]),
    )
    .addOption(
      new Option(
        '--subspaces <kind>',
        'network, or linear, which trains no network (default: what explains validation subjects better)',
      ).choices(SUBSPACE_KINDS),
    )
    .option('--runs <n>', 'independent joint models; the best by validation is kept', wholeNumber('--runs', 1))
    .option('--restarts <n>', 'restarts of the component part', wholeNumber('--restarts', 1))
    .option(
      '--epochs <n>',
      'passes of the joint model over the training subjects',
      wholeNumber('--epochs', 1, MOST_EPOCHS),
    )
    .option('--batch <n>', 'subjects per step', wholeNumber('--batch', 2))
    .option('--seed <n>', 'seed of initial values, noise and order', wholeNumber('--seed', 0))
    .option('--threads <n>', 'threads (default: all cores)', wholeNumber('--threads', 1, MAX_THREADS))
    .addOption(deviceOption())
    .addOption(matmulPrecisionOption())
    .option('--no-evidence', 'do not test what modalities share by cross-fitting: nothing is known about the edges')
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

function settingsOf({ fit: kind, subspaces, runs, restarts, epochs, seed, batch }: Flags): FitSettings {
  const given = { fit: kind, subspaces, runs, restarts, epochs, seed, batch };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function configOf(study: Study, flags: Flags): FitConfig {
  const settings = { ...study.config.training, sparsity: study.config.sparsity, ...settingsOf(flags) };
  return fitConfigFor(study.dataset, settings);
}

async function train(study: Study, path: string, flags: Flags): Promise<MultimodalCausalModel> {
  const { choice } = await chooseDevice(flags.device, flags.matmulPrecision);
  if (!flags.json) printStart(study, flags, choice);
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

function printStart(study: Study, flags: Flags, device: DeviceChoice): void {
  const { name, dataset } = study;
  const { train, validation, test } = dataset.split;
  const { fit: kind, runs, restarts, subspaces, sparsity, seed } = configOf(study, flags);
  const modalities = dataset.modalities.map((m) => `${m.name} (${m.columns.length} → ${m.latents})`).join(', ');
  print(`Study ${name}: ${train.length} + ${validation.length} + ${test.length} subjects (train + validation + test)`);
  print(`Modalities (columns → latents): ${modalities}`);
  const first = subspaces === 'linear' ? 'linear subspaces' : `${runs} runs for the subspaces`;
  const work = kind === 'joint' ? `${runs} runs` : `${first}, ${restarts} restarts for the components`;
  print(`${kind} fit on ${deviceText(device)}: ${work}, sparsity ${sparsity.kind} at ${sparsity.weight}, seed ${seed}`);
  printWarnings(fitWarnings(dataset, configOf(study, flags)));
}

/** @param said warnings that were printed before the fit */
function printResult({ summary, graph }: MultimodalCausalModel, out: string, said: readonly Warning[]): void {
  const { parts, seconds } = summary;
  print(`\nFitted in ${duration(seconds)}. Each part chose a run by its validation objective:`);
  print(
    table(
      ['part', 'runs', 'epochs', 'seconds', 'chosen', 'objective', 'next', 'median'],
      parts.map(({ name, chosenRun, objectives, epochs, seconds: time }) => {
        const ranked = objectives.filter((value) => value !== null).sort((a, b) => a - b);
        const median = ranked[Math.floor(ranked.length / 2)];
        return [name, objectives.length, epochs, time, chosenRun, ranked[0], ranked.at(1) ?? '–', median];
      }),
    ),
  );
  for (const part of parts) {
    if (part.name === 'polish') {
      const kept = part.bestEpochs[part.chosenRun] < 0;
      print(
        kept ? 'The polish improved nothing: the composition stays.' : 'The polish improved the validation objective.',
      );
    }
    for (const { run, step, tensor } of part.failures) {
      print(`${part.name}: run ${run} left the finite numbers at step ${step}, first in "${tensor}"`);
    }
  }
  printEvidence(summary.evidence);
  if (summary.quality) printQuality(summary.quality, said);
  printSubspaces(summary);
  const agreement = graph.nodes.map((node, i) => `${node.name} ${decimal(summary.agreement[i])}`).join(', ');
  print(`Agreement of the runs on each latent (mean |rank correlation| on the same data): ${agreement}`);
  printDetermination(summary, graph);
  printEdges(graph, 'Edges of the chosen run');
  print(`\nWritten to ${out}. Next: interlatent graph ${out} --format svg > graph.svg`);
}

function printSubspaces({ subspaces, model }: RunSummary): void {
  const text = subspacesText(
    subspaces,
    model.modalities.map(({ name }) => name),
  );
  if (text !== undefined) print(text);
}

function printDetermination({ determination }: RunSummary, graph: LatentGraph): void {
  if (determination === undefined) return;
  const { restarts, equals } = determination;
  const warnings = mixtures(graph, determination);
  for (const { title, text } of warnings) print(`${onStdout.yellow(`Careful: ${title}.`)} ${text}`);
  if (warnings.length > 0) return;
  print(
    equals === 1
      ? `None of the other ${restarts - 1} restarts is as good as the chosen one: ` +
          'whether latents could be mixed is not known.'
      : `${equals} of ${restarts} restarts explain held-out subjects equally well, and found the same latents.`,
  );
}
