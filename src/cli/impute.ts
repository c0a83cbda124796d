// interlatent impute RUN STUDY and predict RUN STUDY --from a,b --to c: estimates of unknown values with their
// uncertainty (docs/reference/questions.md).

import { extname } from 'node:path';
import { Command } from 'commander';
import type { Dataset } from '../data/dataset.js';
import { rescale } from '../data/rescale.js';
import { InputError } from '../errors/errors.js';
import type { MultimodalCausalModel } from '../model/multimodal-causal-model.js';
import type { ImputedCell, QuestionOptions } from '../questions/index.js';
import { checkOriginals } from '../study/reading/originals.js';
import type { Imputation } from '../training/imputation-schema.js';
import { checkCompleted, writeCompleted } from './completed-tables.js';
import { print, printJson, table } from './output.js';
import {
  askModel,
  printWarnings,
  questionOptions,
  readAsked,
  subjectProgress,
  writeRecords,
  type AnswerFlags,
} from './questions.js';
import { describe } from './help.js';

interface ImputeFlags extends AnswerFlags, QuestionOptions<'impute'> {
  readonly completed?: string;
}

interface PredictFlags extends AnswerFlags, QuestionOptions<'predict'> {
  readonly out: string;
}

export function imputeCommand(): Command {
  const command = new Command('impute')
    .argument('<run>', 'RUN folder of a fit.')
    .argument('<study>', 'Study file with the subjects.');
  questionOptions(command, 'impute').option(
    '--completed <folder>',
    "Write the study's tables there without gaps, as CSV or in the format of --out.",
  );
  return describe(command, {
    description: 'Estimates missing cells and whole missing modalities of a study, with an interval for each cell.',
    examples: [
      'interlatent impute runs/study study.yaml --out imputed.csv',
      ['interlatent impute runs/study study.yaml --completed completed', 'the tables without gaps'],
    ],
    details: [
      '--out writes one row per missing cell: id, modality, column, mean, sd, low, high, in the units of the tables.',
      '--completed writes one table per modality with the columns of the model. Observed values stay as they are. A ' +
        'missing value becomes its mean, a missing level the most probable level. Only --out has the uncertainty.',
    ],
  }).action(async (run: string, path: string, { out, completed, json, ...options }: ImputeFlags) => {
    if (out === undefined && completed === undefined) {
      throw new InputError(
        'invalid-option',
        'Name the output: --out FILE for missing cells, or --completed FOLDER for tables.',
      );
    }
    await askModel(run, async (model) => {
      const study = await readAsked(model, path, { keepTables: true, keepUnknownCauses: true });
      const { dataset } = study;
      const format = out === undefined ? '.csv' : extname(out);
      const files = completed === undefined ? undefined : { folder: completed, format, list: out };
      if (files) await checkCompleted(study, model, files);
      if (out !== undefined) await checkOriginals(path, [out]);
      const cells = await collect(dataset, model.impute(dataset, options), json);
      if (out !== undefined) {
        await writeRecords(
          out,
          cells.map((cell) => record(dataset, cell)),
          NO_CELL,
        );
      }
      const tables = files && (await writeCompleted(study, model, { cells, files }));
      const subjects = new Set(cells.map(({ row }) => row)).size;
      const { imputation } = model.summary;
      const warnings = model.warnings(dataset);
      if (json) {
        printJson({ out, completed: tables, cells: cells.length, subjects, imputation, warnings });
        return;
      }
      const written = [out ?? [], tables ?? []].flat();
      print(`${cells.length} missing cells of ${subjects} subjects written to ${written.join(', ')}`);
      printWarnings(warnings);
      if (imputation) print(`\n${sourcesTable(model.columnScales, imputation)}`);
    });
  });
}

export function predictCommand(): Command {
  const command = new Command('predict')
    .argument('<run>', 'RUN folder of a fit.')
    .argument('<study>', 'Study file with the subjects.');
  questionOptions(command, 'predict')
    .options.find(({ long }) => long === '--out')!
    .makeOptionMandatory();
  return describe(command, {
    description: 'Predicts the columns of some modalities from other modalities alone.',
    examples: ['interlatent predict runs/study study.yaml --from blood,body --to sleep --out sleep.csv'],
    details: [
      'If the predicted modality was observed, the command prints R² of its columns over those subjects. R² is too ' +
        'high for subjects of the training split: give a study of other subjects.',
    ],
  }).action(async (run: string, path: string, { from, to, out, json, ...options }: PredictFlags) => {
    await askModel(run, async (model) => {
      const { dataset } = await readAsked(model, path, { keepUnknownCauses: true });
      const cells = await collect(dataset, model.predict(dataset, { from, to, ...options }), json);
      await writeRecords(
        out,
        cells.map((cell) => record(dataset, cell)),
        NO_CELL,
      );
      const scores = scoresOf(model, dataset, cells);
      const warnings = model.warnings(dataset, from);
      if (json) {
        printJson({ out, cells: cells.length, scores, warnings });
        return;
      }
      print(`${cells.length} cells written to ${out}`);
      printWarnings(warnings);
      if (scores.length > 0) print(table(['column', 'R²', 'in interval', 'subjects'], scores.map(Object.values)));
    });
  });
}

/** Returns the table of methods that imputed the cells, and their accuracy in validation subjects. */
function sourcesTable(scales: readonly { readonly name: string }[], { modalities }: Imputation): string {
  const rows = modalities.flatMap(({ cells, whole }, m) =>
    [
      { missing: 'single cells', mix: cells },
      { missing: 'all of it', mix: whole },
    ].flatMap(({ missing, mix }) => {
      if (!mix) return [];
      const { weight, r2 } = mix;
      const shares = [r2.both, r2.decoder, r2.gaussian].map((share) => share.toFixed(2));
      return [[scales[m].name, missing, weight.toFixed(2), ...shares]];
    }),
  );
  const header = [
    'modality',
    'missing',
    "weight of the columns' Gaussian",
    'R² on hidden cells',
    'decoder',
    'Gaussian',
  ];
  return table(header, rows);
}

async function collect(
  { ids }: Dataset,
  answers: AsyncGenerator<ImputedCell>,
  silent: boolean | undefined,
): Promise<ImputedCell[]> {
  const progress = subjectProgress(process.stderr, ids.length);
  const cells: ImputedCell[] = [];
  for await (const cell of answers) {
    cells.push(cell);
    if (!silent) progress(cell.row + 1);
  }
  return cells;
}

/** Columns of a table without cells. */
const NO_CELL = { id: '', modality: '', column: '', mean: 0, sd: 0, low: 0, high: 0 };

function record({ ids }: Dataset, { row, column, value }: ImputedCell): Record<string, string | number> {
  const { mean, sd, low, high } = value;
  return { id: ids[row], modality: column.modality, column: column.column, mean, sd, low, high };
}

interface Score {
  readonly column: string;
  readonly r2: number;
  /** Share of observed values within their intervals. */
  readonly covered: number;
  readonly subjects: number;
}

/** Returns how well observed columns are predicted, in the units of the tables. */
function scoresOf(model: MultimodalCausalModel, dataset: Dataset, cells: readonly ImputedCell[]): Score[] {
  const scales = model.columnScales.filter(({ name }) => dataset.modalities.some((data) => data.name === name));
  const values = new Map(rescale(dataset, scales).map((rows, i) => [scales[i].name, rows]));
  const byColumn = new Map<string, { is: number; cell: ImputedCell }[]>();
  for (const cell of cells) {
    const { modality, name, c, width, inUnits } = cell.column;
    const rows = values.get(modality);
    const at = cell.row * width + c;
    if (rows === undefined || rows.observed?.[at] === 0) continue;
    const pairs = byColumn.get(name) ?? [];
    byColumn.set(name, pairs);
    pairs.push({ is: inUnits(rows.values[at]), cell });
  }
  return Array.from(byColumn, ([column, pairs]) => {
    const mean = pairs.reduce((sum, { is }) => sum + is, 0) / pairs.length;
    const total = pairs.reduce((sum, { is }) => sum + (is - mean) ** 2, 0);
    const rest = pairs.reduce((sum, { is, cell }) => sum + (is - cell.value.mean) ** 2, 0);
    const inside = pairs.filter(({ is, cell }) => is >= cell.value.low && is <= cell.value.high).length;
    return { column, r2: 1 - rest / total, covered: inside / pairs.length, subjects: pairs.length };
  });
}
