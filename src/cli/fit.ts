// interlatent fit STUDY --out RUN: trains, keeps the best run, writes the RUN folder.

import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { readStudy, type Study } from '../data/study.js';
import { InputError } from '../errors.js';
import { MultimodalCausalModel, type FitOptions } from '../multimodal-causal-model.js';
import { fitConfig, type FitSettings } from '../training/config.js';
import { removeCheckpoint } from '../training/checkpoint.js';
import { interruptible, Interrupted } from './interrupt.js';
import { writeLatents } from './latents-file.js';
import { decimal, duration, print, printJson, table } from './output.js';
import { progressPrinter } from './progress.js';
import { jsonOption, wholeNumber } from './settings.js';

interface Flags {
  out: string;
  runs?: number;
  epochs?: number;
  seed?: number;
  batch?: number;
  threads?: number;
  device: 'cpu';
  resume?: boolean;
  json?: boolean;
}

export function fitCommand(): Command {
  return new Command('fit')
    .description('train on a study and write a RUN folder: weights, graph, latents, figures')
    .argument('<study>', 'study file (YAML or JSON)')
    .requiredOption('--out <run>', 'folder for the result; holds checkpoints while the fit goes on')
    .option('--runs <n>', 'independent fits; the best by validation is kept', wholeNumber('--runs', 1))
    .option('--epochs <n>', 'passes over the training subjects', wholeNumber('--epochs', 1))
    .option('--batch <n>', 'subjects per step', wholeNumber('--batch', 2))
    .option('--seed <n>', 'seed of initial values, noise and order', wholeNumber('--seed', 0))
    .option('--threads <n>', 'threads (default: all cores)', wholeNumber('--threads', 1))
    .addOption(new Option('--device <device>', 'where to compute').choices(['cpu']).default('cpu'))
    .option('--resume', 'go on from the checkpoint in RUN, to the same bits')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nOptions given here win over the study file. Ctrl-C writes a checkpoint; --resume goes on from it.',
    )
    .action(fit);
}

async function fit(path: string, flags: Flags): Promise<void> {
  const study = await readStudy(path);
  const finished = flags.resume === true && (await exists(join(flags.out, 'run.json')));
  const model = finished ? await reload(study, flags) : await train(study, path, flags);
  try {
    if (flags.json) printJson({ ...model.summary, edges: model.graph.edges });
    else printResult(model, flags.out);
  } finally {
    await model.dispose();
  }
}

/** A finished run, if it is of this study and these options. */
async function reload(study: Study, flags: Flags): Promise<MultimodalCausalModel> {
  const model = await MultimodalCausalModel.load(flags.out);
  const config = fitConfig({ ...study.config.training, sparsity: study.config.sparsity, ...settingsOf(flags) });
  const { summary } = model;
  if (summary.fingerprint !== study.dataset.fingerprint || JSON.stringify(summary.config) !== JSON.stringify(config)) {
    throw new InputError(
      'checkpoint-mismatch',
      `${flags.out} is a finished run of other data or options. Choose another --out, or give the same study and options.`,
      { folder: flags.out },
    );
  }
  return model;
}

function settingsOf({ runs, epochs, seed, batch }: Flags): FitSettings {
  return Object.fromEntries(Object.entries({ runs, epochs, seed, batch }).filter(([, value]) => value !== undefined));
}

async function train(study: Study, path: string, flags: Flags): Promise<MultimodalCausalModel> {
  if (!flags.json) printStart(study, flags);
  const progress = flags.json ? undefined : progressPrinter(process.stderr);
  const { out, threads = 0, device, resume = false } = flags;
  return interruptible(async (signal) => {
    const options: FitOptions = { ...settingsOf(flags), threads, device, folder: out, resume, signal };
    try {
      const model = await MultimodalCausalModel.fit(
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
      await writeLatents(
        join(out, 'latents.csv'),
        study.config.id,
        study.dataset.ids,
        await model.encode(study.dataset),
      );
      await model.save(out);
      await removeCheckpoint(out);
      return model;
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

function printStart({ name, dataset, config }: Study, flags: Flags): void {
  const { train, validation, test } = dataset.split;
  const modalities = dataset.modalities.map((m) => `${m.name} (${m.columns.length} → ${m.latents})`).join(', ');
  print(`Study ${name}: ${train.length} + ${validation.length} + ${test.length} subjects (train + validation + test)`);
  print(`Modalities (columns → latents): ${modalities}`);
  print(
    `${flags.runs ?? config.training.runs} runs on ${flags.device}, ` +
      `sparsity ${config.sparsity.kind} at ${config.sparsity.weight}, seed ${flags.seed ?? config.training.seed}`,
  );
}

function printResult({ summary, graph }: MultimodalCausalModel, out: string): void {
  const { objectives, chosenRun, bestEpochs, failures, epochs, seconds } = summary;
  print(`\n${epochs} epochs in ${duration(seconds)}. Validation objective of each run (lower is better):`);
  print(
    table(
      ['run', 'objective', 'epoch', ''],
      objectives.map((value, run) => [run, value ?? '–', bestEpochs[run] + 1, run === chosenRun ? 'chosen' : '']),
    ),
  );
  for (const { run, step, tensor } of failures)
    print(`run ${run} left the finite numbers at step ${step}, first in "${tensor}"`);
  print(graph.edges.length === 0 ? '\nNo edges.' : '\nEdges of the chosen run:');
  if (graph.edges.length > 0) {
    print(
      table(
        ['from', 'to', 'strength', 'agreement'],
        graph.edges.map((e) => [e.from, e.to, decimal(e.strength), `${Math.round(e.agreement * 100)} %`]),
      ),
    );
  }
  print(`\nWritten to ${out}. Next: interlatent graph ${out} --format svg > graph.svg`);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
