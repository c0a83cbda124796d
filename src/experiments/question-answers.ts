// Answers of a fitted model beside those of the simulator that made its data.

import type { Dataset } from '../data/dataset.js';
import type { MultimodalCausalModel } from '../multimodal-causal-model.js';
import type { Setting } from '../questions/index.js';
import { redraw } from '../simulation/interventions.js';
import type { Simulation } from '../simulation/simulate.js';
import type { LatentMatch } from './latent-match.js';

const DRAWS = 10_000;
/** Test subjects that are asked about one by one. */
const SUBJECTS = 300;
const SUBJECT_DRAWS = 100;
/** Draws of what the other modalities leave open, for the best possible R². */
const REDRAWS = 100;

/** The truth is known here, so nothing is refused. */
const ANYTHING = {
  undetermined: true,
  unreplicated: true,
  untested: true,
  assumeOrder: true,
  edges: 'fitted',
} as const;

/** All that answers depend on beside the fit. */
export const ANSWER_SETTINGS = { DRAWS, SUBJECTS, SUBJECT_DRAWS, REDRAWS };

/** A latent or column downstream: error of its mean in sd, share of subjects whose value its interval holds. */
export interface InterventionAnswer {
  readonly name: string;
  readonly error: number;
  readonly covered: number;
}

/** A column downstream: its counterfactual values with the true ones. */
export interface CounterfactualAnswer {
  readonly name: string;
  readonly correlation: number;
  /** Root mean square error, in sd of the column as it is. */
  readonly error: number;
  /** sd of the true counterfactual values in the same unit: what setting the latent leaves to correlate with. */
  readonly left: number;
}

/** A column of the modality that is missing: R², the best possible one, share of values inside their intervals. */
export interface ImputationAnswer {
  readonly name: string;
  readonly r2: number;
  readonly best: number;
  readonly covered: number;
}

export interface Asked {
  readonly simulation: Simulation;
  readonly truth: Pick<Simulation, 'z' | 'modalities'>;
  readonly setting: Setting;
}

export async function compareInterventions(
  model: MultimodalCausalModel,
  { simulation, truth, match, setting }: Asked & { readonly match: LatentMatch },
): Promise<InterventionAnswer[]> {
  const { consequences } = await model.intervene(setting, { draws: DRAWS, ...ANYTHING });
  const subjects = simulation.ids.length;
  const width = match.names.length;
  return consequences.flatMap(({ name, kind, modality, before, after }) => {
    if (kind === 'latent' && name in setting) return [];
    let is: Float64Array;
    if (kind === 'latent') {
      const latent = match.truthOf.get(name)!;
      is = Float64Array.from({ length: subjects }, (_, row) => match.value(latent, truth.z[row * width + latent]));
    } else {
      is = columnOf(truth, modality, name);
    }
    const inside = is.filter((value) => value >= after.low && value <= after.high).length;
    return [{ name, error: Math.abs(mean(is) - after.mean) / before.sd, covered: inside / subjects }];
  });
}

export async function compareCounterfactuals(
  model: MultimodalCausalModel,
  { dataset, simulation, truth, setting }: Asked & { readonly dataset: Dataset },
): Promise<CounterfactualAnswer[]> {
  const rows = Array.from(dataset.split.test).slice(0, SUBJECTS);
  const options = { subjects: rows.map((row) => dataset.ids[row]), draws: SUBJECT_DRAWS, ...ANYTHING };
  const found = new Map<string, { modality: string; values: number[] }>();
  for await (const { consequences } of model.counterfactual(dataset, setting, options)) {
    for (const { name, kind, modality, counterfactual } of consequences) {
      if (kind === 'latent') continue;
      const own = found.get(name) ?? { modality, values: [] };
      found.set(name, own);
      own.values.push(counterfactual.mean);
    }
  }
  return Array.from(found, ([name, { modality, values }]) => {
    const [is, was] = [truth, simulation].map((world) => {
      const column = columnOf(world, modality, name);
      return rows.map((row) => column[row]);
    });
    const sd = spreadOf(was);
    const error = Math.sqrt(mean(values.map((value, i) => (value - is[i]) ** 2))) / sd;
    return { name, correlation: correlation(values, is), error, left: spreadOf(is) / sd };
  });
}

/** The last modality, which causes no other, from all others: R² of its columns on test subjects. */
export async function compareImputation(
  model: MultimodalCausalModel,
  dataset: Dataset,
  simulation: Simulation,
): Promise<ImputationAnswer[]> {
  const target = simulation.modalities.length - 1;
  const names = dataset.modalities.map(({ name }) => name);
  const rows = Array.from(dataset.split.test).slice(0, SUBJECTS);
  const { x, columns } = simulation.modalities[target];
  const means = new Float64Array(x.length);
  for (let draw = 0; draw < REDRAWS; draw++) {
    redraw(simulation, target, draw).x.forEach((value, at) => (means[at] += value / REDRAWS));
  }
  const options = {
    from: names.filter((_, m) => m !== target),
    to: [names[target]],
    subjects: rows.map((row) => dataset.ids[row]),
    draws: SUBJECT_DRAWS,
  };
  const answers = Array.from({ length: columns }, () => new Array<{ mean: number; inside: boolean; is: number }>());
  for await (const { row, column, value } of model.predict(dataset, options)) {
    const is = x[row * columns + column.c];
    answers[column.c].push({ mean: value.mean, inside: is >= value.low && is <= value.high, is });
  }
  return dataset.modalities[target].columns.map(({ name }, c) => {
    const is = answers[c].map((one) => one.is);
    const best = rows.map((row) => means[row * columns + c]);
    return {
      name,
      r2: explained(
        is,
        answers[c].map((one) => one.mean),
        1,
      ),
      // A mean of so many draws has so much variance more than the conditional mean itself.
      best: explained(is, best, REDRAWS / (REDRAWS + 1)),
      covered: mean(answers[c].map(({ inside }) => Number(inside))),
    };
  });
}

/** 1 − Σ residual² · factor / Σ total². */
function explained(is: readonly number[], said: readonly number[], factor: number): number {
  const centre = mean(is);
  const total = is.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return 1 - (factor * is.reduce((sum, value, i) => sum + (value - said[i]) ** 2, 0)) / total;
}

function columnOf({ modalities }: Pick<Simulation, 'modalities'>, modality: string, variable: string): Float64Array {
  const { x, columns } = modalities.find(({ name }) => name === modality)!;
  const column = Number(variable.slice(modality.length + 2)) - 1;
  return Float64Array.from({ length: x.length / columns }, (_, row) => x[row * columns + column]);
}

function spreadOf(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  let [product, squareA, squareB] = [0, 0, 0];
  a.forEach((value, i) => {
    product += (value - meanA) * (b[i] - meanB);
    squareA += (value - meanA) ** 2;
    squareB += (b[i] - meanB) ** 2;
  });
  return product / Math.sqrt(squareA * squareB);
}
