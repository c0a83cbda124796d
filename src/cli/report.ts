// interlatent report RUN --out report.html: writes a report as one HTML page (docs/reference/report.md).

import { relative } from 'node:path';
import { Command } from 'commander';
import type { Study } from '../study/study.js';
import { InputError } from '../errors/errors.js';
import { writeFileAtomic } from '../files/atomic.js';
import { readText } from '../files/bytes.js';
import type { Latents } from '../inference/model-latents.js';
import type { ReportWithFigures } from '../background/index.js';
import { MultimodalCausalModel } from '../model/multimodal-causal-model.js';
import {
  comparisonHtml,
  readDiscovery,
  sharedInformation,
  type ComparedRun,
  type ReportDiscovery,
  type SharedInformation,
} from '../report/index.js';
import type { DeviceName } from '../runtime/device.js';
import { fitConfigFor, type FitConfig } from '../training/config.js';
import { optionName } from './fit-options.js';
import { bytes, print, printJson, wrapped } from './output.js';
import { deviceOption, jsonOption } from './settings.js';
import { describe } from './help.js';
import { findStudy } from './study-of-run.js';

interface Flags {
  out: string;
  study?: string;
  discovery?: string;
  compare?: string[];
  device: DeviceName;
  subjects?: boolean;
  sets?: readonly string[];
  json?: boolean;
}

export function reportCommand(): Command {
  const command = new Command('report')
    .argument('[run]', 'RUN folder of a fit.')
    .requiredOption('--out <file>', 'HTML file to write.')
    .option('--study <file>', 'Study file, for sections that need the data (default: the one that RUN was fitted on).')
    .option(
      '--discovery <file>',
      'Graph that `interlatent discover --out FILE.json` wrote, shown next to the graph of RUN.',
    )
    .option('--sets <files...>', 'GMT files with gene sets, for a section on the sets that latents raise or lower.')
    .option('--compare <runs...>', 'RUN folders to show side by side.')
    .option('--subjects', 'Show images and series of some held-out subjects. The page then contains personal data.')
    .addOption(deviceOption())
    .addOption(jsonOption());
  return describe(command, {
    description: 'Writes a report of a fit, or of several fits side by side: one HTML file that opens in any browser.',
    examples: [
      'interlatent report runs/study --out report.html',
      ['interlatent report runs/study --discovery graph.json --out report.html', 'with a graph of discover'],
      ['interlatent report --compare runs/a runs/b runs/c --out compare.html', 'three fits side by side'],
    ],
    details: [
      "The page needs no network. Without the study's data or the native library it omits what the latents stand for.",
    ],
  }).action(write);
}

async function write(run: string | undefined, flags: Flags): Promise<void> {
  const { out, compare, subjects, sets, json } = flags;
  const folders = [...(run === undefined ? [] : [run]), ...(compare ?? [])];
  if (folders.length === 0) {
    throw new InputError('invalid-option', 'report needs a RUN folder, or --compare with two or more.');
  }
  if (compare !== undefined && folders.length < 2) {
    throw new InputError('invalid-option', '--compare needs two or more RUN folders, but there is only one.');
  }
  if (compare !== undefined && sets) {
    throw new InputError('invalid-option', '--sets belongs to the report of one RUN. Leave it out with --compare.');
  }
  if (compare !== undefined && subjects) {
    throw new InputError('invalid-option', '--subjects belongs to the report of one RUN. Leave it out with --compare.');
  }
  const { html, missing, figures } =
    compare === undefined ? await one(folders[0], flags) : await several(folders, flags);
  await writeFileAtomic(out, html);
  const size = Buffer.byteLength(html);
  if (json) {
    printJson({ out, bytes: size, data: missing === undefined, reason: missing, ...figures });
    return;
  }
  print(`Report of ${folders.join(', ')} written to ${out} (${bytes(size)})`);
  for (const { modality, shown } of figures?.regularArrays ?? []) {
    if (shown.length > 0) print(wrapped(`It shows ${modality} of ${shown.join(', ')}. Protect it like their data.`));
  }
  if (missing !== undefined) print(wrapped(`Sections that need the study's data are missing: ${missing}`));
}

/** Sources of a report in addition to RUN folders, and the device. */
type Sources = Pick<Flags, 'study' | 'discovery' | 'device' | 'subjects' | 'sets'>;

/** A written report. `missing` is the reason why it has no data. */
interface Written {
  readonly html: string;
  readonly missing?: string | undefined;
  readonly figures?: Pick<ReportWithFigures, 'regularArrays'> & {
    readonly correlation?: SharedInformation | undefined;
  };
}

async function one(
  folder: string,
  { study: path, discovery, device, subjects = false, sets }: Sources,
): Promise<Written> {
  const read = discovery === undefined ? undefined : await discoveryOf(discovery);
  const model = await MultimodalCausalModel.load(folder, { device });
  try {
    const { study, missing } = await findStudy(model, path);
    const { html, regularArrays } = await model.reportWithFigures({
      study,
      discovery: read,
      command: commandOf(model, folder, study),
      showSubjects: subjects,
      sets,
    });
    return { html, missing, figures: { correlation: sharedInformation(model.summary), regularArrays } };
  } finally {
    await model.dispose();
  }
}

async function several(folders: readonly string[], { study: path, discovery, device }: Sources): Promise<Written> {
  if (discovery !== undefined) {
    throw new InputError(
      'invalid-option',
      '--discovery belongs to the report of one RUN. Leave it out with --compare.',
    );
  }
  const models: MultimodalCausalModel[] = [];
  try {
    for (const folder of folders) models.push(await MultimodalCausalModel.load(folder, { device }));
    const { study, missing } = await findStudy(models[0], path);
    const runs: ComparedRun[] = [];
    for (const [i, model] of models.entries()) {
      const { summary, graph, history } = model;
      const latents = study === undefined ? undefined : await latentsOf(model, study);
      runs.push({ name: folders[i], summary, graph, history, latents });
    }
    return { html: await comparisonHtml(runs), missing };
  } finally {
    await Promise.all(models.map((model) => model.dispose()));
  }
}

/** Returns the latents of the study's subjects in one table. Returns undefined if the model has other columns. */
async function latentsOf(model: MultimodalCausalModel, { dataset }: Study): Promise<Float32Array | undefined> {
  let latents: Latents;
  try {
    latents = await model.encode(dataset);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
  const rows = dataset.ids.length;
  const parts = Object.values(latents).map((values) => ({ values, width: values.length / rows }));
  const width = parts.reduce((sum, part) => sum + part.width, 0);
  const joined = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    let at = row * width;
    for (const part of parts) {
      joined.set(part.values.subarray(row * part.width, (row + 1) * part.width), at);
      at += part.width;
    }
  }
  return joined;
}

async function discoveryOf(path: string): Promise<ReportDiscovery> {
  return readDiscovery(await readText(path), path);
}

/** Options of `fit` whose values can differ from those of the study file. */
const FIT_OPTIONS = ['fit', 'encoderRestarts', 'componentRestarts', 'epochs', 'batch', 'seed'] as const;

/** Returns the command line of the fit: the study file, and the options that differ from it. */
function commandOf({ summary }: MultimodalCausalModel, folder: string, study: Study | undefined): string {
  const path = study?.path ?? summary.studyFile;
  const file = path === undefined ? 'STUDY' : relative('.', path);
  const alone = study && withoutOptions(study, summary.config);
  const options = FIT_OPTIONS.filter((name) => alone && alone[name] !== summary.config[name]);
  const words = options.map((name) => `${optionName(name)} ${summary.config[name]}`);
  return ['interlatent fit', file, '--out', folder, ...words].join(' ');
}

/** Returns the settings of a fit of this kind without options. */
function withoutOptions({ config: { training }, dataset }: Study, { fit, subspaces, sparsity }: FitConfig) {
  return { ...fitConfigFor(dataset, { ...training, fit, subspaces, sparsity }), fit: training.fit ?? 'two-stage' };
}
