// Draws for subjects. (z, η) come from the posterior given their observed values. Latents of missing modalities follow
// from those of the present ones and from observed causes. Exogenous variables of missing modalities have the
// distribution of the training subjects.

import { selectCauses, termsOfSubjects, type Cause } from '../data/causes.js';
import type { ObservedValues } from '../data/dataset.js';
import { sizePosition, valueCount } from '../data/observation.js';
import { presenceOf } from '../data/presence.js';
import type { SizeOf } from '../inference/model-parts.js';
import type { GenerativeModel } from './generative-model.js';
import type { RandomStream } from '../random/random-stream.js';
import { columnNoise, spread, subjectNoise } from './noises.js';
import { MAX_DRAWS } from './question-options.js';
import type { Pace } from '../threads/pace.js';

/** Subjects of a data set. */
export interface Subjects {
  /** Per modality in the model's order, subjects × columns. An absent modality has no observed values. */
  readonly values: readonly ObservedValues[];
  /** The row of each subject in the data set, which its draws depend on. */
  readonly rows: readonly number[];
  /** Terms of observed causes, subjects × T, NaN where they are unknown. Default: unknown. */
  readonly terms?: Float32Array | undefined;
}

/** Draws subject by subject, with `draws` rows each. */
export interface SubjectDraws {
  /** Decoder inputs, rows × width. */
  readonly v: Float32Array;
  /** Latents, rows × `flow.size`. */
  readonly z: Float64Array;
  /** Expected columns, standardised, rows × columns. */
  readonly x: Float32Array;
  /** Columns with noise, as they could be observed. */
  readonly drawn: Float32Array;
  /** Observed sizes. */
  readonly sizeOf: SizeOf;
  /** Rows without columns. */
  readonly lost: ReadonlySet<number>;
}

export interface DrawOptions {
  /** Number of draws for each subject. */
  readonly draws: number;
  readonly seed: number;
  readonly pace: Pace;
}

/** Draws subjects. @throws InputError `cannot-infer` if a modality is absent and the fit cannot infer it */
export async function drawSubjects(
  model: GenerativeModel,
  { values, rows, terms }: Subjects,
  { draws, seed, pace }: DrawOptions,
): Promise<SubjectDraws> {
  const { width, layout, ranges, exogenous } = model;
  const posterior = await model.posterior(values, rows.length);
  const present = layout.modalities.map(({ observation }, m) =>
    repeated(presenceOf({ ...values[m], columns: { length: valueCount(observation) } }), draws),
  );
  const all = rows.length * draws;
  const v = new Float32Array(all * width);
  const rest = new Float64Array(all * exogenous);
  for (const [i, row] of rows.entries()) {
    const random = subjectNoise(seed, row);
    for (let at = i * draws; at < (i + 1) * draws; at++) {
      if (pace.isDue) await pace.rest();
      for (let f = 0; f < width; f++) {
        v[at * width + f] = posterior.mean[i * width + f] + posterior.sd[i * width + f] * random.normal();
      }
      for (let e = 0; e < exogenous; e++) rest[at * exogenous + e] = spread(random.normal(), ranges.eta[e]);
    }
  }
  const streams = rows.map((row) => columnNoise(seed, row));
  const randomOf = (at: number): RandomStream => streams[Math.floor(at / draws)];
  const sizeOf = observedSizes(model, values, draws);
  if (present.every((mask) => !mask.includes(0))) {
    return { v, ...(await model.read(v, { randomOf, sizeOf, pace })), sizeOf, lost: new Set() };
  }
  const places = rows.flatMap((row) => Array.from({ length: draws }, (_, draw) => row * MAX_DRAWS + draw));
  const z = await model.inferMissing((await model.read(v, { pace })).z, {
    ...{ present, places, seed },
    terms: terms && repeatedRows(terms, model.terms, draws),
  });
  const moves = (row: number, m: number): boolean => present[m][row] === 0;
  const placed = await model.place(z, model.withLatents(rest, z), { near: v, moves, pace });
  const { x, drawn } = await model.read(placed.v, { randomOf, sizeOf, pace });
  return { v: placed.v, z, x, drawn, sizeOf, lost: placed.lost };
}

/** Returns the terms of some subjects. @param causes observed causes of all subjects; undefined if they are unknown */
export function termsOfRows(
  { known }: GenerativeModel,
  causes: readonly Cause[] | undefined,
  rows: readonly number[],
): Float32Array | undefined {
  return causes && termsOfSubjects(known.causes, selectCauses(causes, Int32Array.from(rows)), rows.length);
}

/** Returns the observed sizes by row, with `draws` rows for each subject. */
export function observedSizes({ layout }: GenerativeModel, values: readonly ObservedValues[], draws: number): SizeOf {
  const places = layout.modalities.map(({ observation }) => ({
    width: valueCount(observation),
    at: sizePosition(observation),
  }));
  return (row, m) => {
    const { width, at } = places[m];
    return at === undefined ? 0 : values[m].values[Math.floor(row / draws) * width + at];
  };
}

/** Repeats every number `times` times. */
function repeated(numbers: Uint8Array, times: number): Uint8Array {
  return Uint8Array.from({ length: numbers.length * times }, (_, at) => numbers[Math.floor(at / times)]);
}

/** Repeats every row of a table `times` times. */
function repeatedRows(table: Float32Array, width: number, times: number): Float32Array {
  return Float32Array.from({ length: table.length * times }, (_, at) => {
    return table[Math.floor(at / (width * times)) * width + (at % width)];
  });
}
