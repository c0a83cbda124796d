// do(z) on a grid of values, for a report: every latent alone, from −2 to 2 sd. All values use the same draws of noise,
// so that differences between values are not random.

import { variableNames } from '../causal/same-variable.js';
import { InputError } from '../errors/errors.js';
import { STEPS } from '../inference/traversal.js';
import { actionOf, type Action } from './action.js';
import { checkTested } from './latent-checks.js';
import type { Distribution, MeanEffect } from './distribution.js';
import type { GenerativeModel } from './generative-model.js';
import { drawBaseline, interveneIn, type Consequence, type InterventionResult } from './intervene.js';
import { levelGrid, type GridLevel } from './level-grid.js';
import { LEVEL } from './question-options.js';
import { latentNames } from './variables.js';
import { Pace } from '../threads/pace.js';

/** Maximum number of reported columns of each modality: those with the largest effects. */
const COLUMNS = 6;
const MAX_DRAWS = 500;
const MIN_DRAWS = 100;
/**
 * Total number of values, which bounds the time. A row counts as its columns plus `LATENTS_OF_A_ROW` for flow and maps.
 */
const VALUES = 10_000_000;
const LATENTS_OF_A_ROW = 500;

export interface InterventionGrid {
  /** Values of the set latents, in sd from their mean over the training subjects. */
  readonly steps: readonly number[];
  readonly draws: number;
  /** Level of all intervals. */
  readonly level: number;
  readonly latents: readonly GridLatent[];
  /** Latents that are not set, with the reason. */
  readonly unset: readonly RefusedLatent[];
  /** Effects of the levels of observed causes; left out if the model has none. */
  readonly levels?: readonly GridLevel[] | undefined;
}

export interface RefusedLatent {
  readonly name: string;
  readonly code: (typeof REFUSALS)[number];
  readonly reason: string;
}

/** Reasons why a single latent is not set. */
const REFUSALS = ['undetermined-latent', 'unreplicated-latent', 'direction-unknown'] as const;

export interface GridLatent {
  readonly name: string;
  readonly modality: string;
  /** Names of the same latent in other modalities: declared as shared, or the same variable in the tests. */
  readonly copies: readonly string[];
  /** Edges that effects follow in an assumed direction. */
  readonly assumed: Action['assumed'];
  /** For each step, true if the value is beyond the training data. */
  readonly beyond: readonly boolean[];
  /** Latents downstream, then columns. */
  readonly reached: readonly Reached[];
}

/** A latent or column without intervention and at each step. */
export interface Reached extends Pick<Consequence, 'name' | 'kind' | 'modality' | 'before'> {
  readonly after: readonly Distribution[];
  readonly effect: readonly MeanEffect[];
}

/** Returns the default answers of `intervene` for all latents. @throws InputError `untested`; the signal's reason */
export async function interventionGrid(model: GenerativeModel, signal?: AbortSignal): Promise<InterventionGrid> {
  checkTested(model, {});
  const names = latentNames(model.summary);
  const variable = variableNames(model.summary.evidence?.shared);
  const areCopies = (i: number, k: number): boolean =>
    model.positions[i] === model.positions[k] || variable(names[i]) === variable(names[k]);
  const firsts = names.flatMap((_, i) => (names.findIndex((_name, k) => areCopies(i, k)) === i ? [i] : []));
  const unset: RefusedLatent[] = [];
  const set = firsts.filter((i) => {
    const refusal = refusalOf(model, names, names[i]);
    if (refusal) unset.push(refusal);
    return refusal === undefined;
  });
  const valuesOfDraw = Math.max(1, set.length) * STEPS.length * (LATENTS_OF_A_ROW + model.layout.values);
  const draws = Math.max(MIN_DRAWS, Math.min(MAX_DRAWS, Math.floor(VALUES / valuesOfDraw)));
  const pace = new Pace(signal);
  const baseline = await drawBaseline(model, { draws, seed: 0, pace });
  const latents: GridLatent[] = [];
  for (const i of set) {
    const copies = names.filter((_, k) => k !== i && areCopies(i, k));
    const answers: InterventionResult[] = [];
    for (const sd of STEPS) {
      const action = actionOf(model, names, { [names[i]]: { sd } });
      answers.push(await interveneIn(model, baseline, action, { level: LEVEL, pace }));
    }
    const beyond = answers.map(({ warnings }) => warnings.some(({ code }) => code === 'beyond-training'));
    const modality = model.layout.modalities[model.layout.modalityOf[i]].name;
    const { assumed } = answers[0];
    const reached = reachedOf(answers, [names[i], ...copies]);
    latents.push({ name: names[i], modality, copies, assumed, beyond, reached });
  }
  const levels = model.known.causes.length > 0 && { levels: await levelGrid(model, baseline, pace) };
  return { steps: STEPS, draws, level: LEVEL, latents, unset, ...levels };
}

/** Returns the reason why a latent is not set; undefined if it can be set. */
function refusalOf(model: GenerativeModel, names: readonly string[], name: string): RefusedLatent | undefined {
  try {
    actionOf(model, names, { [name]: { sd: 0 } });
    return undefined;
  } catch (error) {
    const code = error instanceof InputError ? REFUSALS.find((one) => one === error.code) : undefined;
    if (code === undefined) throw error;
    return { name, code, reason: (error as InputError).message };
  }
}

/** @param answers answers at each step @param set names of the set latents */
function reachedOf(answers: readonly InterventionResult[], set: readonly string[]): Reached[] {
  const all = answers[0].consequences.map(({ name, kind, modality, before }, k): Reached => ({
    name,
    kind,
    modality,
    before,
    after: answers.map(({ consequences }) => consequences[k].after),
    effect: answers.map(({ consequences }) => consequences[k].effect),
  }));
  const columns = all.filter(({ kind }) => kind === 'column').sort((a, b) => reach(b) - reach(a));
  const modalities = [...new Set(all.map(({ modality }) => modality))];
  return [
    ...all.filter(({ kind, name }) => kind === 'latent' && !set.includes(name)),
    ...modalities.flatMap((one) => columns.filter(({ modality }) => modality === one).slice(0, COLUMNS)),
  ];
}

/** Returns the largest effect, in standard deviations without intervention. */
function reach({ before: { sd }, effect }: Reached): number {
  return Math.max(...effect.map(({ mean }) => Math.abs(mean))) / (sd || 1);
}
