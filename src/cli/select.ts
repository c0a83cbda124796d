// interlatent select STUDY: recommends a number of latents for each modality, by cross-validation. It changes nothing.

import { join } from 'node:path';
import { Command } from 'commander';
import { readStudy, type Study } from '../study/study.js';
import { makeFolder, writeFileAtomic } from '../files/atomic.js';
import { selectionSvg } from '../report/index.js';
import { chooseDevice, type DeviceChoice, type DeviceName, type MatmulPrecision } from '../runtime/device.js';
import {
  SELECTION_DEFAULTS,
  selectLatents,
  type LatentSelection,
  type ModalitySelection,
  type SelectionProgress,
} from '../selection/select-latents.js';
import { trainingDevice } from '../training/training-device.js';
import { interruptible, Interrupted } from './interrupt.js';
import { deviceText, duration, print, printJson, table } from './output.js';
import {
  deviceOption,
  jsonOption,
  trainingPrecisionOption,
  numberBetween,
  wholeNumber,
  threadsOption,
} from './settings.js';
import { describe } from './help.js';

interface Flags {
  out?: string;
  maxLatents: number;
  splits: number;
  tolerance: number;
  seed: number;
  threads: number;
  device: DeviceName;
  matmulPrecision?: MatmulPrecision;
  json?: boolean;
}

const LINE_EVERY_MS = 5000;

export function selectCommand(): Command {
  const { maxLatents, splits, tolerance, seed } = SELECTION_DEFAULTS;
  const command = new Command('select')
    .argument('<study>', 'Study file (YAML or JSON). Its numbers of latents are compared, not used.')
    .option('--out <folder>', 'Also write selection.json and selection.svg to this folder.')
    .option('--max-latents <n>', 'Try 1 to n latents per modality.', wholeNumber('--max-latents', 1, 256), maxLatents)
    .option('--splits <n>', 'Splits of the cross-validation, at least 3.', wholeNumber('--splits', 3, 1000), splits)
    .option(
      '--tolerance <share>',
      'Share of all that can be predicted that a latent must add.',
      numberBetween('--tolerance', 0, 0.999),
      tolerance,
    )
    .option('--seed <n>', 'Seed of splits and initial values.', wholeNumber('--seed', 0), seed)
    .addOption(threadsOption())
    .addOption(deviceOption())
    .addOption(trainingPrecisionOption())
    .addOption(jsonOption());
  return describe(command, {
    description: 'Finds by cross-validation how many latents each modality has. It recommends and changes nothing.',
    examples: ['interlatent select study.yaml --out selection'],
    details: [
      'A latent is what a modality shares with other modalities; private noise is not a latent. Each modality ' +
        'therefore predicts the columns of all other modalities through a bottleneck of 1, 2, … numbers. The error ' +
        'is measured on held-out subjects. With too few numbers something shared is lost and the error is higher. ' +
        'With too many the error does not fall any more.',
      'A latent counts if it lowers the error by more than twice the standard error over the splits and adds at ' +
        'least --tolerance of all that can be predicted. The recommendation is the last latent that counts. The test ' +
        'split of the study is never read.',
      'Each modality is judged separately, so the numbers may differ. All candidates and splits train as one ' +
        'program: about half a minute for two modalities and two minutes for four, on one core.',
      'Exogenous variables (private noise) are not searched. Leave their number at 1, and raise it if the report of ' +
        'a fit says that columns are poorly reconstructed. See docs/explanation/choosing-latents.md.',
    ],
  }).action(select);
}

async function select(path: string, { out, json, ...options }: Flags): Promise<void> {
  // A device that cannot be used is reported before a large study is read.
  await chooseDevice(options.device, options.matmulPrecision);
  const study = await readStudy(path);
  const { choice } = await trainingDevice(study.dataset, options.device, options.matmulPrecision);
  if (!json) printStart(study, choice, options);
  if (out !== undefined) await makeFolder(out);
  const selection = await interruptible(async (signal) => {
    try {
      const onProgress = json ? undefined : progressLines(process.stderr);
      return await selectLatents(study.dataset, { ...options, signal, onProgress });
    } catch (error) {
      if (!signal.aborted || error !== signal.reason) throw error;
      throw new Interrupted('Stopped. Nothing was written. The same command starts again.');
    }
  });
  const files = out === undefined ? [] : await write(out, study.name, selection);
  if (json) printJson({ study: study.name, ...selection });
  else printSelection(selection, path, files);
}

async function write(out: string, study: string, selection: LatentSelection): Promise<string[]> {
  const [numbers, drawing] = ['selection.json', 'selection.svg'].map((name) => join(out, name));
  await writeFileAtomic(numbers, `${JSON.stringify({ study, ...selection }, null, 2)}\n`);
  await writeFileAtomic(drawing, selectionSvg(selection, { title: `How many latents? Study ${study}` }));
  return [numbers, drawing];
}

function printStart(
  { name, dataset }: Study,
  device: DeviceChoice,
  { maxLatents, splits, seed }: Omit<Flags, 'out' | 'json'>,
): void {
  const { train, validation } = dataset.split;
  print(
    `Study ${name}: ${train.length + validation.length} subjects of training and validation in ${splits} splits, ` +
      `1 to ${maxLatents} latents per modality, seed ${seed}, computed on ${deviceText(device)}`,
  );
}

function progressLines(stream: NodeJS.WriteStream): (progress: SelectionProgress) => void {
  let last = performance.now();
  return ({ epoch, epochs, secondsLeft }) => {
    const now = performance.now();
    if (now - last < LINE_EVERY_MS) return;
    last = now;
    stream.write(`epoch ${epoch}/${epochs}  ${duration(secondsLeft)} left\n`);
  };
}

function printSelection(selection: LatentSelection, path: string, files: readonly string[]): void {
  for (const modality of selection.modalities) printModality(modality);
  const changed = selection.modalities.filter(({ latents, recommended }) => recommended > 0 && recommended !== latents);
  print(`\nFound in ${duration(selection.seconds)}. Nothing was changed.`);
  if (changed.length === 0) {
    print(`${path} states the recommended numbers already.`);
  } else {
    const lines = changed.map(
      ({ name, recommended, latents }) => `  ${name}: latents: ${recommended} (now ${latents})`,
    );
    print([`To follow the recommendation, write in ${path}:`, ...lines].join('\n'));
  }
  if (files.length > 0) print(`Written: ${files.join(', ')}`);
}

function printModality({ name, columns, otherColumns, recommended, verdict, candidates }: ModalitySelection): void {
  print(`\n${name} (${columns} columns) predicts the ${otherColumns} columns of other modalities:`);
  print(
    table(
      ['latents', 'error', '± se', 'predicted', 'gain', '± se', ''],
      candidates.map((candidate) => [
        candidate.latents,
        candidate.error.toFixed(4),
        candidate.standardError.toFixed(4),
        `${(100 * candidate.predicted).toFixed(1)} %`,
        candidate.gain.toFixed(4),
        candidate.gainStandardError.toFixed(4),
        candidate.latents === recommended ? 'recommended' : candidate.counts ? '' : 'unused',
      ]),
    ),
  );
  if (verdict === 'largest-tried') {
    print(`Even latent ${recommended} counts: there may be more. Try --max-latents ${2 * recommended}.`);
  }
  if (verdict === 'nothing-shared') {
    print(
      'Nothing of the other modalities can be predicted from it: check that ids name the same subjects, or ' +
        'leave it out.',
    );
  }
}
