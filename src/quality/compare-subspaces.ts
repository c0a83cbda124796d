// Chooses the model with the best subspaces. Latents represent what modalities share, so the prediction of the columns
// of the other modalities decides, in validation subjects. Also describes the choice and its reason.

import type { Dataset } from '../data/dataset.js';
import { partsOf, type ModelReading, MIN_SUBJECTS } from './modality-parts.js';
import { nonlinearErrors, type SubjectErrors } from './nonlinear-errors.js';
import type { HeldOutShares, SubspaceChoice } from './schema.js';
import type { PerSplit, TwoSplits } from './two-splits.js';
import type { Samples } from '../metrics/index.js';
import { percentText } from './warnings.js';

/** Number of standard errors of a difference that is more than chance. */
const CERTAIN = 2;
/** Maximum disadvantage of the network, in standard errors, if it is chosen for its reconstruction of columns. */
const BEHIND = 1.5;
/** Minimum nonlinear difference of R², averaged over modalities, because a read-out has errors, too. */
const NOTABLE = 0.01;
/** Minimum advantage of the network over the linear model in the R² of the reconstruction that shows curved columns. */
const CURVED = 0.1;
/** The same for columns so curved that a residual subspace, which only predicts, may miss some of their variation. */
const STRONGLY_CURVED = 0.2;
/** Models whose subspaces are compared. `residual` is left out if there is none. */
export interface Candidates<T> {
  readonly network: T;
  readonly linear: T;
  readonly residual?: T | undefined;
}

export interface SubspaceComparison {
  /** Shares by candidate and modality. */
  readonly compared: Candidates<readonly HeldOutShares[]>;
  readonly chosen: keyof Candidates<unknown>;
}

/** Errors of a model by modality; undefined if a modality has too few subjects with another one. */
interface Errors {
  readonly straight: (SubjectErrors | undefined)[];
  readonly nonlinear: (SubjectErrors | undefined)[];
  readonly shares: HeldOutShares[];
}

/**
 * Compares the candidates by these rules:
 * 1. Linear and residual subspaces are compared by least squares. Residual ones win if they predict the columns of the
 *    other modalities better, by more than two standard errors over subjects.
 * 2. Latents of the network may be curved, so a nonlinear read-out compares them with the winner. A difference of more
 *    than two standard errors and one point of R² decides.
 * 3. Residual latents are linear predictors of the other modalities, which favours them in a read-out. Columns are
 *    strongly curved if the network reconstructs columns of the modality better than the linear model by twenty points
 *    of R². Then the network wins unless it is behind the linear model by more than 1.5 standard errors.
 * 4. If validation subjects cannot decide, the linear or residual winner is kept, unless columns are curved. They are
 *    if the network reconstructs columns of the modality better than the linear model by ten points of R². This rule
 *    only breaks ties: the network must not be behind by more than 1.5 standard errors.
 * 5. A single modality, in a study with observed causes, is compared by its columns alone: the network must
 *    reconstruct them better than the linear model by one point of R².
 * 6. With observed causes, columns that are linear in the numbers of their modality need no curved encoder: all numbers
 *    are latents, whether they predict other modalities or not. Linear subspaces are kept if the network reconstructs
 *    the columns of no modality better by one point of R². With one number per column, the reconstruction shows
 *    nothing about curvature: every modality with several numbers must have more columns, and there must be such a
 *    modality.
 * @param readings outputs of each model for the same rows
 */
export function compareSubspaces(
  dataset: Dataset,
  rows: PerSplit<Int32Array>,
  readings: Candidates<PerSplit<ModelReading>>,
): SubspaceComparison {
  const names = (['network', 'linear', 'residual'] as const).filter((name) => readings[name] !== undefined);
  /** By modality, positions of the held-out subjects that are compared. */
  const positions: (Int32Array | undefined)[] = [];
  const errors = new Map(names.map((name): [string, Errors] => [name, { straight: [], nonlinear: [], shares: [] }]));
  for (const m of dataset.modalities.keys()) {
    const { columns, columnsOf, relation } = partsOf(dataset, rows, m);
    positions.push(relation?.positions.heldOut);
    for (const name of names) {
      const { straight, nonlinear, shares } = errors.get(name)!;
      const reading = readings[name]!;
      const latents = relation?.latentsOf(reading);
      straight.push(latents && straightErrors(latents, relation!.otherColumns));
      nonlinear.push(latents && nonlinearErrors(latents, relation!.otherColumns));
      shares.push({
        reconstruction: columns.shares(columnsOf(reading)).heldOut,
        prediction: r2(nonlinear[m]),
        straight: r2(straight[m]),
      });
    }
  }
  const shares = (name: string) => errors.get(name)?.shares;
  const compared = { network: shares('network')!, linear: shares('linear')!, residual: shares('residual') };
  if (dataset.causes && areStraight(dataset, compared.linear, compared.network)) return { compared, chosen: 'linear' };
  const difference = (kind: 'straight' | 'nonlinear', first: string, second: string): Difference =>
    pairedDifference(dataset, rows.heldOut, positions, [errors.get(first)![kind], errors.get(second)![kind]]);
  const curvature = meanReconstruction(compared.network) - meanReconstruction(compared.linear);
  const isAdding = readings.residual !== undefined && isCertain(difference('straight', 'linear', 'residual'));
  const rival = isAdding ? 'residual' : 'linear';
  if (isAdding && curvature >= STRONGLY_CURVED && !isBehind(difference('nonlinear', 'linear', 'network'))) {
    return { compared, chosen: 'network' };
  }
  const ahead = difference('nonlinear', rival, 'network');
  if (isCertain(ahead, NOTABLE)) return { compared, chosen: 'network' };
  if (isBehind(ahead)) return { compared, chosen: rival };
  const curved = dataset.modalities.length > 1 ? CURVED : NOTABLE;
  return { compared, chosen: curvature >= curved ? 'network' : rival };
}

/**
 * True if the columns show that every modality is linear in its numbers, by rule 6.
 * @param linear shares of the linear model by modality
 * @param network the same of the network. Default: the best one possible, which reconstructs everything
 */
function areStraight(
  { modalities }: Pick<Dataset, 'modalities'>,
  linear: readonly Pick<HeldOutShares, 'reconstruction'>[],
  network?: typeof linear,
): boolean {
  const several = modalities.filter(({ latents, exogenous }) => latents + exogenous > 1);
  const reconstructed = (shares: typeof linear | undefined, m: number): number => shares?.[m].reconstruction ?? 1;
  return (
    several.length > 0 &&
    several.every(({ columns, latents, exogenous }) => columns.length > latents + exogenous) &&
    linear.every((_, m) => reconstructed(network, m) < (linear[m].reconstruction ?? 0) + NOTABLE)
  );
}

/**
 * True if no network could win against linear subspaces by rule 6 of `compareSubspaces`, so that none needs training.
 * @param reading outputs of the linear model for the same rows
 */
export function needsNoNetwork(dataset: Dataset, rows: PerSplit<Int32Array>, reading: PerSplit<ModelReading>): boolean {
  const shares = dataset.modalities.map((_, m) => {
    const { columns, columnsOf } = partsOf(dataset, rows, m);
    return { reconstruction: columns.shares(columnsOf(reading)).heldOut };
  });
  return dataset.causes !== undefined && areStraight(dataset, shares);
}

interface Difference {
  /** Mean over modalities of the error of the first model minus that of the second. */
  readonly mean: number;
  readonly standardError: number;
}

function isCertain({ mean, standardError }: Difference, minMean = 0): boolean {
  return mean > Math.max(CERTAIN * standardError, minMean);
}

/** True if the second model predicts too badly to be chosen for its reconstruction of columns. */
function isBehind({ mean, standardError }: Difference): boolean {
  return -mean > Math.max(BEHIND * standardError, NOTABLE);
}

/** Returns the mean difference over modalities, paired by subject, or by group if rows belong to groups. */
function pairedDifference(
  { groups, modalities }: Dataset,
  heldOut: Int32Array,
  positions: readonly (Int32Array | undefined)[],
  [first, second]: readonly [Errors['straight'], Errors['straight']],
): Difference {
  const differences = new Map<string | number, number>();
  positions.forEach((compared, m) => {
    const [a, b] = [first[m], second[m]];
    if (compared === undefined || a === undefined || b === undefined) return;
    a.heldOut.forEach((position, i) => {
      const row = heldOut[compared[position]];
      const subject = groups?.[row] ?? row;
      const more = (a.errors[i] - b.errors[i]) / modalities.length;
      differences.set(subject, (differences.get(subject) ?? 0) + more);
    });
  });
  const bySubject = [...differences.values()];
  const mean = bySubject.reduce((total, value) => total + value, 0);
  const squares = bySubject.reduce((total, value) => total + (value - mean / bySubject.length) ** 2, 0);
  return { mean, standardError: bySubject.length > 2 ? Math.sqrt(squares) : Infinity };
}

function r2(errors: SubjectErrors | undefined): number | null {
  return errors ? 1 - errors.errors.reduce((sum, error) => sum + error, 0) : null;
}

function meanReconstruction(shares: readonly HeldOutShares[]): number {
  return shares.reduce((sum, { reconstruction }) => sum + (reconstruction ?? 0), 0) / shares.length;
}

/**
 * Returns the errors of the linear prediction of all other columns from features of a modality, over observed values
 * only: errors of held-out subjects by least squares on training subjects.
 * @param features features of the same subjects as the columns
 */
function straightErrors(features: PerSplit<Samples>, columns: TwoSplits): SubjectErrors {
  const readOut = columns.readOutOf(features);
  const predicted = readOut.features.heldOut.mmul(readOut.weights);
  const actual = columns.centred('heldOut');
  const { observed } = columns.heldOut;
  const errors = new Float64Array(actual.rows);
  let total = 0;
  for (let row = 0; row < actual.rows; row++) {
    for (let c = 0; c < actual.columns; c++) {
      if (observed?.[row * actual.columns + c] === 0) continue;
      const value = actual.get(row, c);
      errors[row] += (value - predicted.get(row, c)) ** 2;
      total += value ** 2;
    }
  }
  return {
    heldOut: Int32Array.from(errors.keys()),
    errors: errors.map((error) => (total > 0 ? error / total : 0)),
  };
}

const NAMES = { network: "the network's", linear: 'linear', residual: 'linear plus a network' } as const;

/** Returns the description; undefined if there was no choice. @param names names of the modalities */
export function subspacesText(choice: SubspaceChoice | undefined, names: readonly string[]): string | undefined {
  const { chosen, compared } = choice ?? {};
  if (compared === undefined || chosen === undefined || chosen === 'correlation') return undefined;
  const candidates = [chosen, ...(['network', 'residual', 'linear'] as const).filter((name) => name !== chosen)];
  const each = candidates.flatMap((candidate) => {
    const shares = compared[candidate];
    if (shares === undefined) return [];
    const figures = names.map((name, m) => {
      const { straight, prediction, reconstruction } = shares[m];
      return `${name} ${[straight, prediction, reconstruction].map(percentText).join(', ')}`;
    });
    return [`${NAMES[candidate]}: ${figures.join('; ')}`];
  });
  const isUnknown = candidates.some((name) => compared[name]?.some(({ prediction }) => prediction === null));
  return (
    `Subspaces: ${NAMES[chosen]}. Variance that latents explain in validation subjects (other modalities' ` +
    'columns along ' +
    `straight lines, the same along curves, columns of their modality): ${each.join(' | ')}.` +
    (isUnknown ? ` –: fewer than ${MIN_SUBJECTS} subjects have the modality and another one.` : '')
  );
}
