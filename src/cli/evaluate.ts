// interlatent evaluate RUN --truth truth.npz: how close latents and graph are to a known truth, on held-out subjects.

import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { adjacencyMatrix } from '../causal/index.js';
import { readTruth, type Truth } from '../simulation/truth.js';
import { InputError } from '../errors.js';
import { readTable } from '../files/read-table.js';
import { evaluate, type Evaluation } from '../metrics/index.js';
import { readRun, type SavedRun } from '../training/run-folder.js';
import { SUBJECTS_FILE } from '../training/subjects-file.js';
import { INFERRED } from './latents-file.js';
import { print, printJson, table } from './output.js';
import { jsonOption } from './settings.js';

export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description('compare latents and graph of a RUN with a known truth, on the subjects held out from training')
    .argument('<run>', 'RUN folder of a fit')
    .requiredOption('--truth <file>', 'truth.npz: id, z (subjects × latents, modalities in study order), adjacency')
    .addOption(jsonOption())
    .action(async (folder: string, options: { truth: string; json?: boolean }) => {
      const run = await readRun(folder);
      const { evaluation, inferred } = await compare(folder, run, await readTruth(options.truth));
      if (options.json) printJson({ ...evaluation, inferred });
      else printEvaluation(evaluation);
      if (options.json) return;
      for (const [name, count] of Object.entries(inferred)) {
        print(`note: ${count} of these subjects lack ${name}: their latents of it are inferred from other modalities`);
      }
    });
}

interface Comparison {
  readonly evaluation: Evaluation;
  /** By modality, how many of the held-out subjects lack it; none where nobody does. */
  readonly inferred: Readonly<Record<string, number>>;
}

async function compare(folder: string, { summary, heldOut, graph }: SavedRun, truth: Truth): Promise<Comparison> {
  if (summary.subjects.test === 0) {
    throw new InputError(
      'no-held-out',
      `${folder} was fitted with split.test 0: there are no held-out subjects to compare on. Set split.test ` +
        'above 0 and fit again.',
    );
  }
  if (heldOut === undefined) {
    const subjects = join(folder, SUBJECTS_FILE);
    throw new InputError(
      'missing-file',
      `${subjects} is missing: it names the subjects that were held out. Copy it from the folder of the fit, or fit ` +
        'again.',
      { path: subjects },
    );
  }
  const path = join(folder, 'latents.csv');
  const exists = await lstat(path).then(
    () => true,
    () => false,
  );
  if (!exists) {
    throw new InputError(
      'missing-file',
      `${path} is missing. Make it with: interlatent encode ${folder} STUDY --out ${path}`,
      { path },
    );
  }
  const names = graph.nodes.map((node) => node.name);
  const { available } = await readTable(path, { columns: names });
  const marks = new Map(summary.model.modalities.map(({ name }) => [name, `${name}${INFERRED}`]));
  const marked = [...marks.values()].filter((mark) => available.includes(mark));
  const latents = await readTable(path, { text: [summary.id], columns: [...names, ...marked] });
  const estimateRow = rowsById(
    latents.texts(summary.id),
    path,
    `encode the study of the fit again: interlatent encode ${folder} STUDY --out ${path}`,
  );
  const truthRow = rowsById(truth.ids, 'the truth', 'give the truth of the study that was fitted');
  const columns = graph.nodes.map((node) => latents.numbers(node.name));
  const estimated = columns.length;
  const zHat = new Float64Array(heldOut.length * estimated);
  const z = new Float64Array(heldOut.length * truth.latents);
  heldOut.forEach((id, i) => {
    const from = estimateRow(id);
    const to = truthRow(id);
    columns.forEach((column, j) => (zHat[i * estimated + j] = column[from]));
    z.set(truth.z.subarray(to * truth.latents, (to + 1) * truth.latents), i * truth.latents);
  });
  const modalities = summary.model.modalities.map(({ name, latents: count }) => ({ name, latents: count }));
  const inferred = Array.from(marks, ([name, mark]): [string, number] => {
    const isInferred = marked.includes(mark) ? latents.numbers(mark) : new Float64Array(latents.rows);
    return [name, heldOut.reduce((sum, id) => sum + isInferred[estimateRow(id)], 0)];
  }).filter(([, count]) => count > 0);
  const evaluation = evaluate(
    { z: { values: z, rows: heldOut.length, columns: truth.latents }, modalities, adjacency: truth.adjacency },
    { z: { values: zHat, rows: heldOut.length, columns: estimated }, modalities, adjacency: adjacencyMatrix(graph) },
  );
  return { evaluation, inferred: Object.fromEntries(inferred) };
}

function rowsById(ids: readonly string[], where: string, advice: string): (id: string) => number {
  const rows = new Map(ids.map((id, row) => [id, row]));
  return (id) => {
    const row = rows.get(id);
    if (row === undefined) {
      throw new InputError(
        'missing-subject',
        `Subject "${id}" was held out by the fit but is not in ${where}; ${advice}`,
      );
    }
    return row;
  };
}

function printEvaluation(evaluation: Evaluation): void {
  print(
    `${evaluation.subjects} held-out subjects; MCC matched within each modality, R² by kernel ridge on a second part`,
  );
  const rows = Object.entries(evaluation.modalities).map(([name, m]) => [
    name,
    m.mcc,
    m.mccSpearman,
    m.r2,
    m.shd ?? '–',
  ]);
  rows.push(['total', evaluation.mcc, evaluation.mccSpearman, evaluation.r2, evaluation.shd ?? '–']);
  print(table(['modality', 'MCC', 'MCC (Spearman)', 'R²', 'SHD'], rows));
  print(
    `matched over all latents: MCC ${evaluation.globalMcc.toFixed(3)}, ` +
      `Spearman ${evaluation.globalMccSpearman.toFixed(3)}; ` +
      `SHD with reversals counted twice: ${evaluation.shdReversalTwice ?? '–'}`,
  );
  for (const { message } of evaluation.warnings) print(`note: ${message}`);
}
