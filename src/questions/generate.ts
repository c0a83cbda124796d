// New subjects from a fitted model, in the units of its tables; and how near they come to those it was fitted to.

import type { ObservedValues } from '../data/dataset.js';
import { InputError } from '../errors.js';
import type { RunSummary } from '../training/run-folder.js';
import type { GenerativeModel } from './generative-model.js';
import { drawPopulation, observe } from './population.js';
import { checkDraws, LEVEL, type SignalOption } from './question-options.js';
import { Pace } from '../threads/pace.js';
import { checkUnits, columnVariables, latentNames } from './variables.js';

/** Columns by name, one number per subject. */
export interface GeneratedTable {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly values: Float64Array }[];
}

export interface GeneratedSubjects {
  readonly subjects: number;
  /** By modality, in the units of the tables. */
  readonly tables: readonly GeneratedTable[];
  /** By latent. */
  readonly latents: readonly { readonly name: string; readonly values: Float64Array }[];
  /** Standardised columns of all modalities, subjects × columns. */
  readonly standardised: Float64Array;
}

export interface GenerateOptions extends SignalOption {
  /** Of the draws. Default: 0. */
  readonly seed?: number | undefined;
}

/**
 * @param subjects how many; where a draw has no columns, the next one takes its place
 * @throws InputError `no-inverse` for a modality of counts per million or log-ratios; `invalid-option`; `no-subjects`
 *   where hardly any draw has columns
 */
export async function generateSubjects(
  model: GenerativeModel,
  subjects: number,
  { seed = 0, signal }: GenerateOptions = {},
): Promise<GeneratedSubjects> {
  checkDraws({ draws: subjects, seed, level: LEVEL });
  const columns = columnVariables(model.summary);
  checkUnits(columns);
  const drawn = Math.ceil(subjects * SPARE);
  const pace = new Pace(signal);
  const population = await drawPopulation(model, drawn, seed, pace);
  const { x, lost } = await observe(model, population.z, population, { pace });
  const rows = Array.from({ length: drawn }, (_, row) => row).filter((row) => !lost.has(row));
  if (rows.length < subjects) {
    throw new InputError(
      'no-subjects',
      `${lost.size} of ${drawn} draws have latents that no columns belong to; the fit does not cover its own ` +
        'population, and new subjects of it would not either. Look at the warnings of the fit.',
    );
  }
  rows.length = subjects;
  const width = columns.length;
  return {
    subjects,
    tables: model.summary.columns.map(({ name }, m) => ({
      name,
      columns: columns
        .filter((column) => column.m === m)
        .map(({ column, at, inUnits }) => ({
          name: column,
          values: Float64Array.from(rows, (row) => inUnits(x[row * model.layout.values + at])),
        })),
    })),
    latents: latentNames(model.summary).map((name, latent) => ({
      name,
      values: Float64Array.from(rows, (row) => population.z[row * model.flow.size + model.positions[latent]]),
    })),
    standardised: Float64Array.from({ length: subjects * width }, (_, at) => {
      return x[rows[Math.floor(at / width)] * model.layout.values + columns[at % width].at];
    }),
  };
}

/** Draws for each subject that is asked for. */
const SPARE = 1.1;

export interface NearestDistances {
  /** Median distance of a new subject to the nearest training subject. */
  readonly generated: number;
  /** The same of training subjects to the nearest other one. */
  readonly training: number;
}

/** Subjects of either kind that are looked at; each is compared with all training subjects. */
const MAX_COMPARED = 1000;

/**
 * Root mean square difference of standardised columns over those that are observed of both.
 * @param standardised of new subjects
 * @param training per modality in the model's order, rows of the training split alone
 */
export function nearestDistances(
  summary: Pick<RunSummary, 'columns'>,
  standardised: Float64Array,
  training: readonly ObservedValues[],
): NearestDistances {
  const columns = columnVariables(summary);
  const width = columns.length;
  const people = Array.from({ length: training[0].values.length / columns[0].width }, (_, row) =>
    Float64Array.from(columns, ({ m, c, width: own }) => {
      const { values, observed } = training[m];
      return observed?.[row * own + c] === 0 ? NaN : values[row * own + c];
    }),
  );
  const made = Array.from({ length: standardised.length / width }, (_, row) =>
    standardised.subarray(row * width, (row + 1) * width),
  );
  return {
    generated: Math.sqrt(median(some(made).map((one) => nearest(one, people)))),
    training: Math.sqrt(median(some(people).map((one) => nearest(one, people)))),
  };
}

/** Evenly spaced ones. */
function some<T>(all: readonly T[]): T[] {
  const count = Math.min(all.length, MAX_COMPARED);
  return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]);
}

/** Mean square difference from the nearest of the others. */
function nearest(one: Float64Array, others: readonly Float64Array[]): number {
  let least = Infinity;
  for (const other of others) if (other !== one) least = Math.min(least, distance(one, other));
  return least;
}

/** Mean square difference. */
function distance(a: Float64Array, b: Float64Array): number {
  let [square, count] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    const term = (a[i] - b[i]) ** 2;
    // NaN, of a value that is missing, is at least nothing.
    if (term >= 0) {
      square += term;
      count++;
    }
  }
  return count === 0 ? Infinity : square / count;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}
