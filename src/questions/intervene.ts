// do(z) in the population: every latent and column downstream with and without the setting of some latents, for the
// same draws of noise.

import { actionOf, type Action } from './action.js';
import { classEffects, type ClassEffect } from './class-effects.js';
import { distributionOf, meanEffect, type Distribution, type MeanEffect } from './distribution.js';
import type { Against, SetCause } from './cause-setting.js';
import { heldOutEffects, type HeldOutEffect } from './held-out-effects.js';
import type { LatentLayout } from '../networks/layout.js';
import type { GenerativeModel } from './generative-model.js';
import {
  drawPopulation,
  observe,
  type ObservedColumns,
  type Population,
  type PopulationOptions,
} from './population.js';
import type { ActionOptions, DrawingOptions, Edge, SignalOption } from './question-options.js';
import { Pace } from '../threads/pace.js';
import type { SetLatent, Setting } from './setting.js';
import type { Warning } from '../quality/index.js';
import { columnVariables, latentNames, type ColumnUnit } from './variables.js';

/** A latent or column that an intervention reaches. */
export interface Consequence {
  readonly name: string;
  readonly kind: 'latent' | 'column';
  readonly modality: string;
  readonly unit: 'latent' | ColumnUnit;
  /** True if an effect on the path to this variable follows an assumed direction. */
  readonly assumed: boolean;
  /** Distributions without and with the intervention. */
  readonly before: Distribution;
  readonly after: Distribution;
  /** Mean difference. */
  readonly effect: MeanEffect;
  /** For a latent, the total effect of the cause that is set, as held-out subjects show it. Left out if not measured. */
  readonly heldOut?: HeldOutEffect | undefined;
}

export interface InterventionResult {
  readonly set: readonly SetLatent[];
  /** Observed causes that are set; left out if none is. */
  readonly causes?: readonly SetCause[] | undefined;
  readonly draws: number;
  /** Number of draws that were left out, because no columns correspond to their latents. */
  readonly lost: number;
  readonly seed: number;
  readonly level: number;
  /**
   * Latents, then columns of their modalities, in the model's order. Empty if nothing determines the direction of a
   * link on the way (warning `direction-unknown`): only `overClass` is known.
   */
  readonly consequences: readonly Consequence[];
  /** Edges that effects follow in an assumed direction. */
  readonly assumed: readonly Edge[];
  /**
   * If a single latent is set: effects on latents in held-out subjects, over all equally good graphs. If effects follow
   * an assumed direction, only graphs in the order of the study count.
   */
  readonly overClass?: readonly ClassEffect[] | undefined;
  readonly warnings: readonly Warning[];
}

/** A population without intervention, for one or several questions. */
export interface BaselinePopulation {
  readonly population: Population;
  readonly before: ObservedColumns;
  /** Cache of the distributions by variable, over all rows that are not lost. */
  readonly known: Map<string, Distribution>;
}

/** Returns the effects of a setting. @throws what `actionOf` throws */
export async function intervene(
  model: GenerativeModel,
  {
    set,
    draws,
    seed,
    level,
    signal,
    ...options
  }: {
    readonly set: Setting;
    readonly against?: Against | undefined;
  } & ActionOptions &
    DrawingOptions &
    SignalOption,
): Promise<InterventionResult> {
  // Refuse impossible questions before anything is drawn.
  const action = actionOf(model, latentNames(model.summary), set, { ...options, allowsUnknown: true });
  if (action.overClass) {
    const { set: held, assumed, overClass, warnings } = action;
    return { set: held, draws: 0, lost: 0, seed, level, consequences: [], assumed, overClass, warnings };
  }
  const pace = new Pace(signal);
  const { baseline: fixed } = action;
  return interveneIn(model, await drawBaseline(model, { draws, seed, pace, fixed }), action, { level, pace });
}

/** @param options.fixed values of observed causes by position */
export async function drawBaseline(
  model: GenerativeModel,
  { draws, ...options }: { readonly draws: number } & Pick<PopulationOptions, 'seed' | 'pace' | 'fixed'>,
): Promise<BaselinePopulation> {
  const population = await drawPopulation(model, { rows: draws, ...options });
  const { pace } = options;
  return { population, before: await observe(model, population.z, population, { pace }), known: new Map() };
}

/** Returns the effects of an action in a population. @param options.level level of all intervals */
export async function interveneIn(
  model: GenerativeModel,
  { population, before, known }: BaselinePopulation,
  { set, causes, held, effects, moved, seenBy, termsSeenBy, assumed, assumedLatents, warnings }: Action,
  { level, pace }: { readonly level: number; readonly pace: Pace },
): Promise<InterventionResult> {
  const names = latentNames(model.summary);
  const { flow, positions, layout } = model;
  const z = population.z.slice();
  for (let row = 0; row < population.rows; row++) {
    if (pace.isDue) await pace.rest();
    const first = row * flow.size;
    const terms = population.terms.subarray(row * model.terms, (row + 1) * model.terms);
    const [base, other] = [population.z, z].map((all) => all.subarray(first, first + flow.size));
    for (const [position, value] of held) other[position] = value;
    for (const latent of effects) {
      const seen = seenBy(latent, base, other);
      other[latent] = flow.value(latent, seen, population.epsilon[first + latent], termsSeenBy(latent, terms));
    }
  }
  const after = await observe(model, z, population, { earlier: before, pace });
  const valid = Array.from({ length: population.rows }, (_, row) => row).filter(
    (row) => !before.lost.has(row) && !after.lost.has(row),
  );
  const isAsBefore = valid.length === population.rows - before.lost.size;
  const compared = (name: string, one: (row: number) => number, other: (row: number) => number) => {
    const [without, under, differences] = [0, 1, 2].map(() => new Float64Array(valid.length));
    valid.forEach((row, i) => {
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
  const measured = heldOutEffects(model, { causes, latents: set.length });
  const overClass = classEffects(model, { set, causes, isOrderAsserted: assumed.length > 0 });
  const latents: Consequence[] = [];
  for (const latent of moved) {
    await pace.rest();
    const at = (row: number): number => row * flow.size + positions[latent];
    const modality = layout.modalities[layout.modalityOf[latent]].name;
    latents.push({
      name: names[latent],
      kind: 'latent',
      modality,
      unit: 'latent',
      assumed: assumedLatents.has(latent),
      ...compared(
        `latent ${latent}`,
        (row) => population.z[at(row)],
        (row) => z[at(row)],
      ),
      ...(measured.has(names[latent]) && { heldOut: measured.get(names[latent]) }),
    });
  }
  const columns: Consequence[] = [];
  for (const { name, modality, unit, m, at, inUnits } of columnVariables(model.summary)) {
    if (!reached.has(m)) continue;
    await pace.rest();
    const value = (x: Float32Array) => (row: number) => inUnits(x[row * layout.values + at]);
    columns.push({
      name,
      kind: 'column',
      modality,
      unit,
      assumed: doubtful.has(m),
      ...compared(`column ${at}`, value(before.x), value(after.x)),
    });
  }
  return {
    set,
    ...(causes.length > 0 && { causes }),
    draws: valid.length,
    lost: population.rows - valid.length,
    seed: population.seed,
    level,
    consequences: [...latents, ...columns],
    assumed,
    ...(overClass.length > 0 && { overClass }),
    warnings,
  };
}

/** Returns the positions of the modalities of some latents. */
export function modalitiesOf(
  latents: Iterable<number>,
  { modalityOf }: Pick<LatentLayout, 'modalityOf'>,
): ReadonlySet<number> {
  return new Set(Array.from(latents, (latent) => modalityOf[latent]));
}
