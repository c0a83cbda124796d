// A population of the fitted model: noises with the means and sds that those of the training subjects have, latents by
// ancestral sampling of the flow, causes before effects, columns through the decoders with what they scatter by.

import type { GenerativeModel } from './generative-model.js';
import { PopulationNoise, spread } from './noises.js';

/** Draws of noises, from which everything else follows. */
export interface Population {
  readonly rows: number;
  /** Rows × `flow.size`. */
  readonly epsilon: Float64Array;
  readonly z: Float64Array;
  /** What the latents do not say of the private noises, rows × private noises. */
  readonly rest: Float64Array;
  /** What columns scatter by, standardised, rows × columns. */
  readonly scatter: Float64Array;
}

export function drawPopulation(model: GenerativeModel, rows: number, seed: number): Population {
  const noise = new PopulationNoise(seed);
  const { flow, layout, ranges, positions } = model;
  const behind = Array.from({ length: flow.size }, (_, position) => ranges.epsilon[positions.indexOf(position)]);
  const epsilon = noise.epsilon(rows, flow.size).map((value, at) => spread(value, behind[at % flow.size]));
  const sds = ranges.noise.flat();
  const scatter = noise.columns(rows, layout.values).map((value, at) => value * sds[at % sds.length]);
  const z = new Float64Array(rows * flow.size);
  follow(model, { z, epsilon }, flow.order);
  const rest = noise.eta(rows, model.exogenous).map((value, at) => spread(value, ranges.eta[at % model.exogenous]));
  return { rows, epsilon, z, rest, scatter };
}

/** Sets latents, in place, to what their ε make of their parents. @param latents causes before effects */
export function follow(
  { flow }: GenerativeModel,
  { z, epsilon }: { readonly z: Float64Array; readonly epsilon: Float64Array },
  latents: readonly number[],
): void {
  for (let first = 0; first < z.length; first += flow.size) {
    const own = z.subarray(first, first + flow.size);
    for (const latent of latents) own[latent] = flow.value(latent, own, epsilon[first + latent]);
  }
}

/** Columns with their scatter, standardised; rows that could not be followed to the columns are lost. */
export async function observe(
  model: GenerativeModel,
  z: Float64Array,
  { rest, scatter }: Population,
): Promise<{ readonly x: Float64Array; readonly lost: ReadonlySet<number> }> {
  const { v, lost } = model.place(z, model.withLatents(rest, z));
  const { x } = await model.read(v);
  return { x: scatter.map((value, at) => x[at] + value), lost };
}
