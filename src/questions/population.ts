// A population of the fitted model: noises with the means and standard deviations of the training subjects, latents by
// ancestral sampling of the flow (causes before effects), and columns from the decoders with noise.

import { drawCauses, type CauseOptions } from './cause-draws.js';
import type { GenerativeModel, Placed } from './generative-model.js';
import type { Pace } from '../threads/pace.js';
import type { RandomStream } from '../random/random-stream.js';
import { PopulationNoise, spread } from './noises.js';

/** Draws of noises and the latents that follow from them. */
export interface Population {
  readonly rows: number;
  readonly seed: number;
  /** Noises and latents, rows × `flow.size`. */
  readonly epsilon: Float64Array;
  readonly z: Float64Array;
  /** Exogenous variables, rows × exogenous variables. They do not change when latents are set. */
  readonly eta: Float64Array;
  /** Terms of the observed causes, rows × T, and their values by cause and row. */
  readonly terms: Float64Array;
  readonly causes: readonly Float64Array[];
  /** Returns the stream of the column noise of a row. */
  readonly randomOf: (row: number) => RandomStream;
}

/** Standardised columns of a population with noise, as they could be observed. Lost rows have none. */
export interface ObservedColumns {
  readonly x: Float32Array;
  readonly lost: ReadonlySet<number>;
  /** Latents and decoder inputs of the columns. */
  readonly placed: Placed;
}

export interface PopulationOptions extends CauseOptions {
  readonly rows: number;
  readonly seed: number;
  readonly pace: Pace;
}

export async function drawPopulation(
  model: GenerativeModel,
  { rows, seed, pace, ...options }: PopulationOptions,
): Promise<Population> {
  const noise = new PopulationNoise(seed);
  const { flow, ranges, positions } = model;
  const behind = Array.from({ length: flow.size }, (_, position) => ranges.epsilon[positions.indexOf(position)]);
  const epsilon = noise.epsilon(rows, flow.size).map((value, at) => spread(value, behind[at % flow.size]));
  const { terms, values: causes } = drawCauses(model.known, rows, noise.causes(), options);
  const z = new Float64Array(rows * flow.size);
  for (let row = 0; row < rows; row++) {
    if (pace.isDue) await pace.rest();
    const first = row * flow.size;
    const ofRow = z.subarray(first, first + flow.size);
    const termsOfRow = terms.subarray(row * model.terms, (row + 1) * model.terms);
    for (const latent of flow.order) ofRow[latent] = flow.value(latent, ofRow, epsilon[first + latent], termsOfRow);
  }
  const rest = noise.eta(rows, model.exogenous).map((value, at) => spread(value, ranges.eta[at % model.exogenous]));
  return { rows, seed, epsilon, z, eta: model.withLatents(rest, z), terms, causes, randomOf: (row) => noise.row(row) };
}

/**
 * Returns standardised columns with noise. Rows are lost if no columns correspond to their latents.
 * @param options.earlier result for the same population with other latents; rows lost there may not be lost again
 */
export async function observe(
  model: GenerativeModel,
  z: Float64Array,
  { eta, randomOf }: Population,
  { earlier, pace }: { readonly earlier?: ObservedColumns; readonly pace: Pace },
): Promise<ObservedColumns> {
  const { v, lost } = await model.place(z, eta, { earlier: earlier?.placed, pace });
  const { drawn } = await model.read(v, { randomOf, pace });
  return { x: drawn, lost, placed: { z, v } };
}
