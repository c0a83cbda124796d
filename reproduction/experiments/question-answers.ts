// Compares answers of a fitted model with those of the simulator of its data.

import type { Dataset } from '../../src/data/dataset.js';
import type { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import type { Setting } from '../../src/questions/index.js';
import { redraw } from '../../src/simulation/interventions.js';
import type { Simulation } from '../../src/simulation/simulate.js';
import type { LatentMatch } from './latent-match.js';

const DRAWS = 10_000;
/** Number of test subjects with an answer each. */
const SUBJECTS = 300;
const SUBJECT_DRAWS = 100;
/** Number of draws of the last modality from the true latents of the other modalities, for the best possible R². */
const REDRAWS = 100;

/** Answers every question: the truth is known, so none has to be refused. */
const ANYTHING = {
  undetermined: true,
  unreplicated: true,
  untested: true,
  assumeOrder: true,
  edges: 'fitted',
} as const;

/** Settings that answers depend on, in addition to those of the fit. */
export const ANSWER_SETTINGS = { DRAWS, SUBJECTS, SUBJECT_DRAWS, REDRAWS };

/** The answer for a latent or column downstream of the intervention. */
export interface InterventionAnswer {
  readonly name: string;
  /** Error of the mean, in sd before the intervention. */
  readonly error: number;
  /** Share of subjects whose true value is in the interval. */
  readonly covered: number;
}

/** The comparison of a downstream column's counterfactual values with the true ones. */
export interface CounterfactualAnswer {
  readonly name: string;
  readonly correlation: number;
  /** Root mean square error, in sd of the factual column. */
  readonly error: number;
  /** sd of the true counterfactual values in the same unit: the spread that remains once the latent is set. */
  readonly remaining: number;
}

/** The answer for a column of the missing modality. */
export interface ImputationAnswer {
  readonly name: string;
  readonly r2: number;
  /** Best possible R². */
  readonly best: number;
  /** Share of true values in their intervals. */
  readonly covered: number;
}

export interface Intervention {
  readonly simulation: Simulation;
  readonly truth: Pick<Simulation, 'z' | 'modalities'>;
  readonly setting: Setting;
}

export async function compareInterventions(
  model: MultimodalCausalModel,
  { simulation, truth, match, setting }: Intervention & { readonly match: LatentMatch },
): Promise<InterventionAnswer[]> {
  const { consequences } = await model.intervene(setting, { draws: DRAWS, ...ANYTHING });
  const subjects = simulation.ids.length;
  const width = match.names.length;
  return consequences.flatMap(({ name, kind, modality, before, after }) => {
    if (kind === 'latent' && name in setting) return [];
    let trueValues: Float64Array;
    if (kind === 'latent') {
      const latent = match.truthOf.get(name)!;
      trueValues = Float64Array.from({ length: subjects }, (_, row) =>
        match.value(latent, truth.z[row * width + latent]),
      );
    } else {
      trueValues = columnOf(truth, modality, name);
    }
    const inside = trueValues.filter((value) => value >= after.low && value <= after.high).length;
    return [{ name, error: Math.abs(mean(trueValues) - after.mean) / before.sd, covered: inside / subjects }];
  });
}

export async function compareCounterfactuals(
  model: MultimodalCausalModel,
  { dataset, simulation, truth, setting }: Intervention & { readonly dataset: Dataset },
): Promise<CounterfactualAnswer[]> {
  const rows = Array.from(dataset.split.test).slice(0, SUBJECTS);
  const options = { subjects: rows.map((row) => dataset.ids[row]), draws: SUBJECT_DRAWS, ...ANYTHING };
  const columns = new Map<string, { modality: string; values: number[] }>();
  for await (const { consequences } of model.counterfactual(dataset, setting, options)) {
    for (const { name, kind, modality, counterfactual } of consequences) {
      if (kind === 'latent') continue;
      const column = columns.get(name) ?? { modality, values: [] };
      columns.set(name, column);
      column.values.push(counterfactual.mean);
    }
  }
  return Array.from(columns, ([name, { modality, values }]) => {
    const [trueValues, factual] = [truth, simulation].map((world) => {
      const column = columnOf(world, modality, name);
      return rows.map((row) => column[row]);
    });
    const sd = spreadOf(factual);
    const error = Math.sqrt(mean(values.map((value, i) => (value - trueValues[i]) ** 2))) / sd;
    return { name, correlation: correlation(values, trueValues), error, remaining: spreadOf(trueValues) / sd };
  });
}

/** Predicts the last modality, which causes no other one, from all other modalities of test subjects. */
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
  const answers = Array.from({ length: columns }, () => new Array<{ mean: number; inside: boolean; true: number }>());
  for await (const { row, column, value } of model.predict(dataset, options)) {
    const trueValue = x[row * columns + column.c];
    const inside = trueValue >= value.low && trueValue <= value.high;
    answers[column.c].push({ mean: value.mean, inside, true: trueValue });
  }
  return dataset.modalities[target].columns.map(({ name }, c) => {
    const trueValues = answers[c].map((one) => one.true);
    const best = rows.map((row) => means[row * columns + c]);
    return {
      name,
      r2: explained(
        trueValues,
        answers[c].map((one) => one.mean),
        1,
      ),
      // The mean of REDRAWS draws misses the true value by (REDRAWS + 1) / REDRAWS times the variance of the best
      // prediction's error.
      best: explained(trueValues, best, REDRAWS / (REDRAWS + 1)),
      covered: mean(answers[c].map(({ inside }) => Number(inside))),
    };
  });
}

/** Returns 1 − Σ residual² · factor / Σ total². */
function explained(trueValues: readonly number[], predicted: readonly number[], factor: number): number {
  const centre = mean(trueValues);
  const total = trueValues.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return 1 - (factor * trueValues.reduce((sum, value, i) => sum + (value - predicted[i]) ** 2, 0)) / total;
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
