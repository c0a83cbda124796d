// Removes values from real studies and measures how well fits impute them: a fifth of all cells, or one modality of the
// held-out subjects. Each study, question and seed has a record. bench/imputation_baselines.py measures other methods.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Dataset, Modality } from '../../src/data/dataset.js';
import { fingerprintOf } from '../../src/data/fingerprint.js';
import { selectSubjects } from '../../src/data/select-rows.js';
import { makeFolder, writeFileAtomic } from '../../src/files/atomic.js';
import { exists } from '../../src/files/exists.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { spreadOver } from '../../src/quality/tables.js';
import type { ImputedCell } from '../../src/questions/index.js';
import { seedKey, uniforms } from '../../src/random/streams.js';
import { version } from '../../src/runtime/package.js';
import { fitConfig } from '../../src/training/config.js';
import { imputationSchema } from '../../src/training/imputation-schema.js';
import { readOrMakeRecord } from './record-file.js';
import { splitStudy, type WideOptions } from './wide.js';
import { WIDE_STUDIES, type WideStudy } from './wide-studies.js';

/** `cells` removes a fifth of all cells before the fit, `modality` one modality of held-out subjects after it. */
export const IMPUTATION_QUESTIONS = ['cells', 'modality'] as const;
export type ImputationQuestion = (typeof IMPUTATION_QUESTIONS)[number];

/** Share of the cells that are removed. */
const HIDDEN = 0.2;
/** Random stream that draws the removed cells. */
const HIDE_STREAM = 0x60200;
/** Maximal number of held-out subjects that are imputed; they are evenly spaced. */
const MAX_MEASURED = 1000;
const DRAWS = 100;
const LEVEL = 0.9;

const count = z.int().min(0);

const recordSchema = z.object({
  experiment: z.string(),
  question: z.enum(IMPUTATION_QUESTIONS),
  /** Seed of the split, the removed cells and the fit. */
  seed: count,
  /** Numbers of latents and subjects, and all settings of the fit. */
  settings: z.string(),
  /** Fingerprint of the complete data set. */
  fingerprint: z.string(),
  subjects: z.object({ train: count, validation: count, test: count, measured: count }),
  modalities: z.array(
    z.object({
      name: z.string(),
      /** R² of all removed values about the column means of training subjects' remaining values. */
      r2: z.number(),
      /** Share of the removed values in their 90 % intervals. */
      covered: z.number(),
    }),
  ),
  /** Weights of the decoder and the Gaussian that the fit chose. */
  imputation: imputationSchema.optional(),
  /** Time of the fit and of the measurement. */
  seconds: z.number(),
  version: z.string(),
});

export type ImputationRecord = z.infer<typeof recordSchema>;

/** The studies of `wide` with four latents. */
export const IMPUTATION_STUDIES: readonly WideStudy[] = WIDE_STUDIES.filter(({ latents }) => latents === 4).map(
  (study) => ({ ...study, id: study.id.replace('wide-', 'imputation-') }),
);

/** Returns the name of a study's records and files. */
export function imputationId({ id }: Pick<WideStudy, 'id'>, question: ImputationQuestion): string {
  return `${id}-${question}`;
}

/**
 * Yields the records; every study gets its first seed before any gets its second. `out/studies` receives the study file
 * of each fit, `out/holes` the positions of the removed cells.
 * @throws what `wideRecords` throws
 */
export async function* imputationRecords(
  studies: readonly WideStudy[],
  options: WideOptions,
): AsyncGenerator<ImputationRecord> {
  const { out, firstSeed = 0, seeds, fit = {}, signal, onFit } = options;
  for (const folder of ['fits', 'studies', 'holes']) await makeFolder(join(out, folder));
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    for (const study of studies) {
      for (const question of IMPUTATION_QUESTIONS) {
        signal?.throwIfAborted();
        const { title, latents, train, validation } = study;
        const experiment = imputationId(study, question);
        const path = join(out, 'fits', `${experiment}-seed${seed}.json`);
        const settings = JSON.stringify({
          latents,
          train,
          validation,
          fit: fitConfig({ ...fit, seed }, { subjects: train }),
        });
        yield readOrMakeRecord(path, recordSchema, settings, async () => {
          onFit?.(`${title}, ${train} train, ${question} missing, seed ${seed}`);
          return { experiment, question, seed, settings, ...(await fitOne(study, question, seed, options)) };
        });
        // A record may have been copied without the file of removed cells, which other methods read.
        if (!(await exists(holesPath(out, study, seed)))) await removeValues(study, 'cells', seed, out);
      }
    }
  }
}

interface ImputationTask {
  readonly complete: Dataset;
  /** The complete data set in standard units. */
  readonly dataset: Dataset;
  /** The data set that the fit sees. */
  readonly shown: Dataset;
  /** Rows of the held-out subjects to impute. */
  readonly measured: Int32Array;
}

/** Removes the values of a question. Writes the study file, and the positions of removed cells. */
async function removeValues(
  study: WideStudy,
  question: ImputationQuestion,
  seed: number,
  out: string,
): Promise<ImputationTask> {
  const name = `${imputationId(study, question)}-seed${seed}`;
  const { dataset: complete } = await splitStudy(study, seed, join(out, 'studies', `${name}.json`));
  const measured = spreadOver(complete.split.test, MAX_MEASURED);
  const dataset = inStandardUnits(complete);
  const shown = question === 'cells' ? withHoles(dataset, measured, seed) : dataset;
  if (question === 'cells') await writeFileAtomic(holesPath(out, study, seed), holesText(shown));
  return { complete, dataset, shown, measured };
}

function holesPath(out: string, study: WideStudy, seed: number): string {
  return join(out, 'holes', `${imputationId(study, 'cells')}-seed${seed}.json`);
}

async function fitOne(
  study: WideStudy,
  question: ImputationQuestion,
  seed: number,
  { out, fit, threads, device, signal }: WideOptions,
): Promise<Omit<ImputationRecord, 'experiment' | 'question' | 'seed' | 'settings'>> {
  const { complete, dataset, shown, measured } = await removeValues(study, question, seed, out);
  const { split, fingerprint } = complete;
  const start = performance.now();
  const folder = join(out, 'checkpoints', `${imputationId(study, question)}-seed${seed}`);
  const settings = { ...fit, seed, threads, device, signal, folder, resume: true, evidence: 'none' as const };
  await using model = await MultimodalCausalModel.fit(shown, settings);
  const modalities = [];
  for (const { name } of dataset.modalities) {
    const incomplete = question === 'cells' ? shown : without(dataset, name);
    const subjects = Array.from(measured, (row) => incomplete.ids[row]);
    const cells: ImputedCell[] = [];
    for await (const cell of model.impute(incomplete, { subjects, draws: DRAWS, level: LEVEL, seed })) {
      if (cell.column.modality === name) cells.push(cell);
    }
    modalities.push({ name, ...scoreOf(dataset, shown, cells) });
  }
  await rm(folder, { recursive: true, force: true });
  return {
    fingerprint,
    subjects: {
      train: split.train.length,
      validation: split.validation.length,
      test: split.test.length,
      measured: measured.length,
    },
    modalities,
    imputation: model.summary.imputation,
    seconds: (performance.now() - start) / 1000,
    version,
  };
}

/** Returns the data set as if its tables had standardised values, so that imputed values are in the units of R². */
function inStandardUnits(dataset: Dataset): Dataset {
  const modalities = dataset.modalities.map(({ name, columns, values, observed, latents, exogenous }): Modality => ({
    name,
    columns: columns.map((column) => ({ name: column.name, log: false, offset: 0, mean: 0, sd: 1 })),
    values,
    observed,
    latents,
    exogenous,
  }));
  return rehashed({ ...dataset, modalities });
}

/** Removes a random fifth of the cells of training, validation and measured subjects. */
function withHoles(dataset: Dataset, measured: Int32Array, seed: number): Dataset {
  const rows = new Set([...dataset.split.train, ...dataset.split.validation, ...measured]);
  const modalities = dataset.modalities.map((modality, m): Modality => {
    const { values, columns } = modality;
    const draws = uniforms(seedKey(seed), HIDE_STREAM + m, 0, values.length);
    const observed = Uint8Array.from(draws, (draw, at) =>
      draw < HIDDEN && rows.has(Math.floor(at / columns.length)) ? 0 : 1,
    );
    return { ...modality, observed, values: values.map((value, at) => value * observed[at]) };
  });
  return rehashed({ ...dataset, modalities });
}

/** Removes all values of a modality. */
function without(dataset: Dataset, name: string): Dataset {
  const modalities = dataset.modalities.map((modality): Modality => {
    if (modality.name !== name) return modality;
    const size = modality.values.length;
    return { ...modality, observed: new Uint8Array(size), values: new Float32Array(size) };
  });
  return { ...dataset, modalities };
}

function rehashed(dataset: Dataset): Dataset {
  return { ...dataset, fingerprint: fingerprintOf(dataset) };
}

/** Returns JSON with the removed cells of each modality, as positions in subjects × columns. */
function holesText({ modalities }: Dataset): string {
  const holes = modalities.map(({ name, observed }) => {
    const positions: number[] = [];
    observed?.forEach((mark, at) => {
      if (mark === 0) positions.push(at);
    });
    return [name, positions];
  });
  return `${JSON.stringify(Object.fromEntries(holes))}\n`;
}

/** Compares imputed cells of one modality with the complete data. */
function scoreOf(
  { modalities }: Dataset,
  { modalities: seen, split }: Dataset,
  cells: readonly ImputedCell[],
): { readonly r2: number; readonly covered: number } {
  const means = seen.map((modality) => columnMeans(modality, split.train));
  let [residual, total, inside] = [0, 0, 0];
  for (const { row, column, value } of cells) {
    const truth = modalities[column.m].values[row * column.width + column.c];
    residual += (truth - value.mean) ** 2;
    total += (truth - means[column.m][column.c]) ** 2;
    if (truth >= value.low && truth <= value.high) inside++;
  }
  return { r2: 1 - residual / total, covered: inside / cells.length };
}

/** Returns the means of the observed values of some rows. */
function columnMeans(modality: Modality, rows: Int32Array): number[] {
  const { length } = modality.columns;
  const { values, observed } = selectSubjects(modality, length, rows);
  return modality.columns.map((_, c) => {
    const positions = Array.from(rows, (_row, i) => i * length + c).filter((at) => observed?.[at] !== 0);
    return positions.reduce((sum, at) => sum + values[at], 0) / positions.length;
  });
}
