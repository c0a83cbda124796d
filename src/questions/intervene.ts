// do(z) in the population: what every latent and column downstream would be if some latents were set, beside what they
// are, for the same draws of noise.

import { actionOf, type Action, type ActionOptions } from './action.js';
import { distributionOf, meanEffect, type Distribution, type MeanEffect } from './distribution.js';
import type { Edge } from './followed-edges.js';
import type { LatentLayout } from '../models/layout.js';
import type { GenerativeModel } from './generative-model.js';
import { drawPopulation, observe, type ObservedColumns, type Population } from './population.js';
import { checkDraws, LEVEL, type SignalOption } from './question-options.js';
import { Pace } from '../threads/pace.js';
import type { SetLatent, Setting } from './setting.js';
import type { Warning } from '../quality/index.js';
import { columnVariables, latentNames, type ColumnUnit } from './variables.js';

export interface InterventionOptions extends ActionOptions, SignalOption {
  /** Draws of the population. Default: 4,000. */
  readonly draws?: number | undefined;
  /** Of the draws. Default: 0. */
  readonly seed?: number | undefined;
  /** Of all intervals. Default: 0.9. */
  readonly level?: number | undefined;
}

/** A latent or column that an intervention reaches. */
export interface Consequence {
  readonly name: string;
  readonly kind: 'latent' | 'column';
  readonly modality: string;
  readonly unit: 'latent' | ColumnUnit;
  /** True if an effect follows a direction that is assumed on the way here. */
  readonly assumed: boolean;
  /** Without and with the intervention. */
  readonly before: Distribution;
  readonly after: Distribution;
  /** Mean difference. */
  readonly effect: MeanEffect;
}

export interface InterventionResult {
  readonly set: readonly SetLatent[];
  readonly draws: number;
  /** Draws that were left out: no columns belong to their latents. */
  readonly lost: number;
  readonly seed: number;
  readonly level: number;
  /** Latents, then columns of their modalities, in the model's order. */
  readonly consequences: readonly Consequence[];
  /** Edges that effects follow in a direction that is assumed. */
  readonly assumed: readonly Edge[];
  readonly warnings: readonly Warning[];
}

const DRAWS = 4000;

/** A population as it is, which may be asked several things. */
export interface AskedPopulation {
  readonly population: Population;
  readonly before: ObservedColumns;
  /** By variable, over all rows that are not lost: asked again, they are known. */
  readonly known: Map<string, Distribution>;
}

/** @throws what `actionOf` throws; InputError `invalid-option` */
export async function intervene(
  model: GenerativeModel,
  setting: Setting,
  { draws = DRAWS, seed = 0, level = LEVEL, signal, ...options }: InterventionOptions = {},
): Promise<InterventionResult> {
  checkDraws({ draws, seed, level });
  // What may not be asked is refused before anything is drawn.
  const action = actionOf(model, latentNames(model.summary), setting, options);
  const pace = new Pace(signal);
  return interveneIn(model, await askedPopulation(model, { draws, seed, pace }), action, { level, pace });
}

export async function askedPopulation(
  model: GenerativeModel,
  { draws, seed, pace }: { readonly draws: number; readonly seed: number; readonly pace: Pace },
): Promise<AskedPopulation> {
  const population = await drawPopulation(model, draws, seed, pace);
  return { population, before: await observe(model, population.z, population, { pace }), known: new Map() };
}

/** @param options.level of all intervals */
export async function interveneIn(
  model: GenerativeModel,
  { population, before, known }: AskedPopulation,
  { set, held, effects, moved, seenBy, assumed, assumedLatents, warnings }: Action,
  { level, pace }: { readonly level: number; readonly pace: Pace },
): Promise<InterventionResult> {
  const names = latentNames(model.summary);
  const { flow, positions, layout } = model;
  const z = population.z.slice();
  for (let first = 0; first < z.length; first += flow.size) {
    if (pace.isDue) await pace.rest();
    const [own, other] = [population.z, z].map((all) => all.subarray(first, first + flow.size));
    for (const [position, value] of held) other[position] = value;
    for (const latent of effects) {
      other[latent] = flow.value(latent, seenBy(latent, own, other), population.epsilon[first + latent]);
    }
  }
  const after = await observe(model, z, population, { earlier: before, pace });
  const kept = Array.from({ length: population.rows }, (_, row) => row).filter(
    (row) => !before.lost.has(row) && !after.lost.has(row),
  );
  const isAsBefore = kept.length === population.rows - before.lost.size;
  const compared = (name: string, one: (row: number) => number, other: (row: number) => number) => {
    const [without, under, differences] = [0, 1, 2].map(() => new Float64Array(kept.length));
    kept.forEach((row, i) => {
      without[i] = one(row);
      under[i] = other(row);
      differences[i] = under[i] - without[i];
    });
    const key = `${level} ${name}`;
    const ofBefore = (isAsBefore && known.get(key)) || distributionOf(without, level);
    if (isAsBefore) known.set(key, ofBefore);
    return { before: ofBefore, after: distributionOf(under, level), effect: meanEffect(differences, level) };
  };
  const reached = modalitiesOf(moved, layout);
  const doubtful = modalitiesOf(assumedLatents, layout);
  const latents: Consequence[] = [];
  for (const latent of moved) {
    await pace.rest();
    const at = (row: number): number => row * flow.size + positions[latent];
    const modality = layout.modalities[layout.modalityOf[latent]].name;
    latents.push({
      ...{ name: names[latent], kind: 'latent', modality, unit: 'latent', assumed: assumedLatents.has(latent) },
      ...compared(
        `latent ${latent}`,
        (row) => population.z[at(row)],
        (row) => z[at(row)],
      ),
    });
  }
  const columns: Consequence[] = [];
  for (const { name, modality, unit, m, at, inUnits } of columnVariables(model.summary)) {
    if (!reached.has(m)) continue;
    await pace.rest();
    const value = (x: Float32Array) => (row: number) => inUnits(x[row * layout.values + at]);
    columns.push({
      ...{ name, kind: 'column', modality, unit, assumed: doubtful.has(m) },
      ...compared(`column ${at}`, value(before.x), value(after.x)),
    });
  }
  return {
    set,
    draws: kept.length,
    lost: population.rows - kept.length,
    seed: population.seed,
    level,
    consequences: [...latents, ...columns],
    assumed,
    warnings,
  };
}

/** Positions of the modalities of some latents. */
export function modalitiesOf(
  latents: Iterable<number>,
  { modalityOf }: Pick<LatentLayout, 'modalityOf'>,
): ReadonlySet<number> {
  return new Set(Array.from(latents, (latent) => modalityOf[latent]));
}
