// A population of the fitted model: noises with the means and sds that those of the training subjects have, latents by
// ancestral sampling of the flow, causes before effects, columns through the decoders with what they scatter by.

import type { GenerativeModel, Placed } from './generative-model.js';
import type { Pace } from '../threads/pace.js';
import type { RandomStream } from '../random/random-stream.js';
import { PopulationNoise, spread } from './noises.js';

/** Draws of noises, from which everything else follows. */
export interface Population {
  readonly rows: number;
  readonly seed: number;
  /** Rows × `flow.size`. */
  readonly epsilon: Float64Array;
  readonly z: Float64Array;
  /** Private noises, rows × private noises: they stay when latents are set. */
  readonly eta: Float64Array;
  /** For what columns scatter by, of each row. */
  readonly chance: (row: number) => RandomStream;
}

/** Columns of a population, standardised, as they could be observed; lost rows have none. */
export interface ObservedColumns {
  readonly x: Float32Array;
  readonly lost: ReadonlySet<number>;
  /** Of which latents they are. */
  readonly placed: Placed;
}

export async function drawPopulation(
  model: GenerativeModel,
  rows: number,
  seed: number,
  pace: Pace,
): Promise<Population> {
  const noise = new PopulationNoise(seed);
  const { flow, ranges, positions } = model;
  const behind = Array.from({ length: flow.size }, (_, position) => ranges.epsilon[positions.indexOf(position)]);
  const epsilon = noise.epsilon(rows, flow.size).map((value, at) => spread(value, behind[at % flow.size]));
  const z = new Float64Array(rows * flow.size);
  for (let first = 0; first < z.length; first += flow.size) {
    if (pace.isDue) await pace.rest();
    const own = z.subarray(first, first + flow.size);
    for (const latent of flow.order) own[latent] = flow.value(latent, own, epsilon[first + latent]);
  }
  const rest = noise.eta(rows, model.exogenous).map((value, at) => spread(value, ranges.eta[at % model.exogenous]));
  return { rows, seed, epsilon, z, eta: model.withLatents(rest, z), chance: (row) => noise.row(row) };
}

/**
 * Columns with their scatter, standardised; rows that could not be followed to the columns are lost.
 * @param options.earlier of the same population, with other latents; rows lost there may not be lost again
 */
export async function observe(
  model: GenerativeModel,
  z: Float64Array,
  { eta, chance }: Population,
  { earlier, pace }: { readonly earlier?: ObservedColumns; readonly pace: Pace },
): Promise<ObservedColumns> {
  const { v, lost } = await model.place(z, eta, { earlier: earlier?.placed, pace });
  const { drawn } = await model.read(v, { chance, pace });
  return { x: drawn, lost, placed: { z, v } };
}
