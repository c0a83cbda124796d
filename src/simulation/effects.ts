// True effects of the causes of a simulation on its latents.

import { meanAndSd } from '../metrics/vectors.js';
import { CASES } from './cases.js';
import type { SimulatedCause } from './causes.js';
import type { Simulation } from './simulate.js';
import { structuralModel } from './structural-model.js';

/** Doses at which the effect of a continuous dose is computed. */
const DOSES = [2.5, 5, 7.5, 10];

export interface TrueEffects {
  /** A value of a cause: the name of a level, or a dose. */
  readonly rows: readonly { readonly cause: string; readonly value: string }[];
  /**
   * Rows × latents: mean over all subjects of the latent under do(value) minus that at the reference, in sds of the
   * latent at the reference. Other causes are at their reference.
   */
  readonly effects: Float64Array;
}

/** Returns the values of a cause other than the reference, as the simulation stores them, with their names. */
function valuesOf({ kind, levels }: SimulatedCause): { readonly number: number; readonly value: string }[] {
  if (kind === 'continuous') return DOSES.map((number) => ({ number, value: String(number) }));
  return levels!.slice(1).map((value, at) => ({ number: kind === 'categorical' ? at + 1 : Number(value), value }));
}

/** Returns the effects: the latents of the same subjects with the same noise under every value of every cause. */
export function trueEffects({ case: name, options, ids, causes = [] }: Simulation): TrueEffects {
  const model = structuralModel(CASES[name], options, ids.length);
  const latents = model.names.length;
  const columns = (z: Float64Array) =>
    model.names.map((_, latent) => meanAndSd(ids.map((_id, row) => z[row * latents + latent])));
  const reference = columns(model.latents(new Map()));
  const rows = causes.flatMap((cause, at) => valuesOf(cause).map((value) => ({ at, cause: cause.name, ...value })));
  const effects = rows.flatMap(({ at, number }) => {
    const changes = model.causes!.changes((cause) => (cause === at ? number : 0));
    return columns(model.latents(changes)).map(({ mean }, i) => (mean - reference[i].mean) / reference[i].sd);
  });
  return { rows: rows.map(({ cause, value }) => ({ cause, value })), effects: Float64Array.from(effects) };
}
