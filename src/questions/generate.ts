// New subjects from a fitted model, in the units of its tables, and their distances from the training subjects.

import type { ObservedValues } from '../data/dataset.js';
import { InputError } from '../errors/errors.js';
import type { RunSummary } from '../training/run-folder.js';
import { changesOf, checkedCauses, valueText } from './cause-setting.js';
import type { GenerativeModel } from './generative-model.js';
import { drawPopulation, observe } from './population.js';
import type { SignalOption } from './question-options.js';
import type { Setting } from './setting.js';
import { Pace } from '../threads/pace.js';
import { checkUnits, columnVariables, latentNames } from './variables.js';

/** A table of columns by name, one number per subject. */
export interface GeneratedTable {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly values: Float64Array }[];
}

export interface GeneratedSubjects {
  readonly subjects: number;
  /** Tables by modality, in the original units. */
  readonly tables: readonly GeneratedTable[];
  /** Values of each latent. */
  readonly latents: readonly { readonly name: string; readonly values: Float64Array }[];
  /** Level or number of each observed cause; left out if the model has none. */
  readonly causes?: readonly { readonly name: string; readonly values: readonly (string | number)[] }[] | undefined;
  /** Standardised columns of all modalities, subjects × columns. */
  readonly standardised: Float64Array;
}

/**
 * Draws new subjects.
 * @param options.subjects number of subjects; a draw without columns is replaced by the next one
 * @param options.causes values of observed causes for all subjects
 * @throws InputError `invalid-setting`, `unknown-level`; `no-inverse` for a modality of counts per million or
 *   log-ratios; `no-subjects` if too few draws have columns
 */
export async function generateSubjects(
  model: GenerativeModel,
  {
    subjects,
    seed,
    causes: wanted = {},
    signal,
  }: { readonly subjects: number; readonly seed: number; readonly causes?: Setting | undefined } & SignalOption,
): Promise<GeneratedSubjects> {
  const columns = columnVariables(model.summary);
  checkUnits(columns);
  const drawn = Math.ceil(subjects * SPARE);
  const pace = new Pace(signal);
  const { causes } = model.known;
  const set = changesOf(model.known, checkedCauses(model.known, wanted));
  const fixed = new Map(set.map(({ index, value }) => [index, value]));
  const population = await drawPopulation(model, { rows: drawn, seed, pace, fixed, drawsAssigned: true });
  const { x, lost } = await observe(model, population.z, population, { pace });
  const rows = Array.from({ length: drawn }, (_, row) => row).filter((row) => !lost.has(row));
  if (rows.length < subjects) {
    throw new InputError(
      'no-subjects',
      `${lost.size} of ${drawn} draws have latents that no columns correspond to. The fit does not represent its ` +
        'population, so new subjects would not either. Look at the warnings of the fit.',
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
    ...(causes.length > 0 && {
      causes: causes.map((cause, k) => ({
        name: cause.name,
        values: rows.map((row) => valueText(cause, population.causes[k][row])),
      })),
    }),
    standardised: Float64Array.from({ length: subjects * width }, (_, at) => {
      return x[rows[Math.floor(at / width)] * model.layout.values + columns[at % width].at];
    }),
  };
}

/** Number of draws per requested subject. */
const SPARE = 1.1;

export interface NearestDistances {
  /** Median distance of a new subject from the nearest training subject. */
  readonly generated: number;
  /** Median distance of a training subject from the nearest other one. */
  readonly training: number;
}

/** Maximum number of subjects of either kind that are compared with all training subjects. */
const MAX_COMPARED = 1000;

/**
 * Returns median distances: root mean square differences of standardised columns that are observed in both subjects.
 * @param standardised standardised columns of new subjects
 * @param training per modality in the model's order, only rows of the training split
 */
export function nearestDistances(
  summary: Pick<RunSummary, 'columns'>,
  standardised: Float64Array,
  training: readonly ObservedValues[],
): NearestDistances {
  const columns = columnVariables(summary);
  const width = columns.length;
  const people = Array.from({ length: training[0].values.length / columns[0].width }, (_, row) =>
    Float64Array.from(columns, ({ m, c, width: ofModality }) => {
      const { values, observed } = training[m];
      return observed?.[row * ofModality + c] === 0 ? NaN : values[row * ofModality + c];
    }),
  );
  const generated = Array.from({ length: standardised.length / width }, (_, row) =>
    standardised.subarray(row * width, (row + 1) * width),
  );
  return {
    generated: Math.sqrt(median(some(generated).map((one) => nearest(one, people)))),
    training: Math.sqrt(median(some(people).map((one) => nearest(one, people)))),
  };
}

/** Returns at most `MAX_COMPARED` evenly spaced items. */
function some<T>(all: readonly T[]): T[] {
  const count = Math.min(all.length, MAX_COMPARED);
  return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]);
}

/** Returns the mean square difference from the nearest other subject. */
function nearest(one: Float64Array, candidates: readonly Float64Array[]): number {
  let min = Infinity;
  for (const other of candidates) if (other !== one) min = Math.min(min, distance(one, other));
  return min;
}

/** Returns the mean square difference of the columns that both subjects have. */
function distance(a: Float64Array, b: Float64Array): number {
  let [square, count] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    const term = (a[i] - b[i]) ** 2;
    // The comparison is false for NaN, that is for a missing value.
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
