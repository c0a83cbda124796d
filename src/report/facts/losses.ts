// The losses of a fit for the drawings of a page: by stage, term and restart, thinned to the resolution of a screen.

import type { LossCurve } from '../loss-svg.js';
import type { EpochMetrics } from '../../training/training-state.js';
import { stageTitle } from './stages.js';

/** The losses of one stage of a fit. */
export interface LossHistory {
  readonly stage: string;
  readonly title: string;
  /** Number of the chosen restart, −1 for none. */
  readonly chosen: number;
  /** Names of the curves, if they belong to several fits. */
  readonly names?: readonly string[];
  /** Numbers of the epochs, from 1. */
  readonly epochs: readonly number[];
  readonly terms: readonly LossTerm[];
  readonly learningRate: readonly number[];
  readonly sparsityWeight: readonly number[];
  /** Phases of the schedule, by first and last epoch. */
  readonly phases: readonly { readonly name: string; readonly from: number; readonly to: number }[];
}

export interface LossTerm {
  readonly name: string;
  readonly title: string;
  /** Values, restarts × epochs. Null if a restart had stopped or the term did not exist. */
  readonly training: readonly (readonly (number | null)[])[];
  readonly validation: readonly (readonly (number | null)[])[];
}

type Values = EpochMetrics['training'];

const MAX_POINTS = 300;

const TITLES: Readonly<Record<string, string>> = {
  objective: 'Objective',
  reconstruction: 'Reconstruction error',
  independence: 'Independence (KL)',
  likelihood: 'Negative log-likelihood',
  gates: 'Open gates',
  curvature: 'Curvature of the maps (prior)',
  error: 'Squared error of the columns',
  jacobian: 'Jacobian strengths',
  crossPrediction: 'Cross-prediction (warm start)',
};

/** Returns the losses of all stages. @param chosen chosen restart of each stage, by name */
export function lossHistories(history: readonly EpochMetrics[], chosen: ReadonlyMap<string, number>): LossHistory[] {
  const names = [...new Set(history.map(({ stage }) => stage))];
  return names.map((stage) =>
    lossHistory(
      history.filter((metrics) => metrics.stage === stage),
      stage,
      chosen.get(stage) ?? 0,
    ),
  );
}

function lossHistory(history: readonly EpochMetrics[], stage: string, chosen: number): LossHistory {
  const shown = thinned(history.length).map((at) => ({ at, metrics: history[at] }));
  const names = new Set(
    history.flatMap(({ training, validation }) => [...Object.keys(training), ...Object.keys(validation)]),
  );
  // The training loss and the validation objective are the same quantity, shown as one term.
  names.delete('loss');
  names.delete('objective');
  const restarts = Math.max(
    0,
    ...history.flatMap(({ training, validation }) => [training, validation].map(restartsIn)),
  );
  const values = (read: (metrics: EpochMetrics) => readonly (number | null)[] | undefined) =>
    Array.from({ length: restarts }, (_, restart) =>
      shown.map(({ metrics }) => rounded(read(metrics)?.[restart] ?? null)),
    );
  const term = (name: string, ofTraining: (training: Values) => Values[string] | undefined): LossTerm => ({
    name,
    title: TITLES[name] ?? name,
    training: values(({ training }) => ofTraining(training)),
    validation: values(({ validation }) => validation[name]),
  });
  const terms = [term('objective', objective), ...[...names].map((name) => term(name, (training) => training[name]))];
  return {
    stage,
    title: stageTitle(stage),
    chosen,
    epochs: shown.map(({ at }) => at + 1),
    terms: terms.filter(({ training, validation }) =>
      [...training, ...validation].flat().some((value) => value !== null),
    ),
    learningRate: shown.map(({ metrics }) => metrics.learningRate),
    sparsityWeight: shown.map(({ metrics }) => metrics.sparsityWeight),
    phases: phases(history),
  };
}

/** Returns the curves of one term between two epochs. */
export function lossCurves(
  { epochs, terms, chosen, names }: LossHistory,
  { term, from, to, onlyChosen }: { term: string; from: number; to: number; onlyChosen: boolean },
): LossCurve[] {
  const { training, validation } = terms.find(({ name }) => name === term) ?? terms[0];
  const inside = epochs.flatMap((epoch, k) => (epoch >= from && epoch <= to ? [k] : []));
  const pick = (values: readonly (number | null)[]) => inside.map((k) => values[k] ?? NaN);
  return training
    .map((values, restart) => ({
      restart,
      name: names?.[restart],
      epochs: inside.map((k) => epochs[k]),
      training: pick(values),
      validation: pick(validation[restart]),
    }))
    .filter(({ restart }) => !onlyChosen || restart === chosen);
}

/** Returns the training loss without the additional term of the warm start, which the validation loss does not have. */
function objective({ loss, crossPrediction }: Partial<Values>): Values[string] | undefined {
  return loss?.map((value, restart) => {
    const extra = crossPrediction?.[restart] ?? 0;
    return value === null ? null : value - extra;
  });
}

function restartsIn(values: Values): number {
  return Math.max(0, ...Object.values(values).map(({ length }) => length));
}

/** Returns evenly spaced positions, including the last one. */
function thinned(length: number): number[] {
  const taken = Math.min(length, MAX_POINTS);
  const step = taken === 1 ? 0 : (length - 1) / (taken - 1);
  return Array.from({ length: taken }, (_, i) => (taken === 1 ? length - 1 : Math.round(i * step)));
}

function phases(history: readonly EpochMetrics[]): LossHistory['phases'] {
  const result: { name: string; from: number; to: number }[] = [];
  for (const [at, { phase }] of history.entries()) {
    const last = result.at(-1);
    if (last?.name === phase) last.to = at + 1;
    else result.push({ name: phase, from: at + 1, to: at + 1 });
  }
  return result;
}

/** Rounds to five digits, which suffice for a chart and keep the page small. */
function rounded(value: number | null): number | null {
  return value === null || !Number.isFinite(value) ? null : Number(value.toPrecision(5));
}
