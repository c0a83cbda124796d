// Which of several models has the best subspaces. Latents are for what modalities share, so the other modalities'
// columns decide, in validation subjects.

import type { Dataset } from '../data/dataset.js';
import { partsOf, type ModelReading } from './modality-parts.js';
import { nonlinearErrors, type SubjectErrors } from './nonlinear-errors.js';
import type { HeldOutShares } from './schema.js';
import { straightErrors } from './straight-errors.js';
import type { PerSplit } from './two-splits.js';

/** Standard errors from which on a difference is more than chance. */
const CERTAIN = 2;
/** Standard errors by which the network may be behind and still be taken for its own columns. */
const BEHIND = 1.5;
/** R², in the mean over modalities, from which on a nonlinear difference counts: a read-out has errors too. */
const NOTABLE = 0.01;
/** R² of its own columns by which the network is ahead of the linear model where columns are curved. */
const CURVED = 0.1;

/** The same where columns are so curved that a residual subspace, which only predicts, may leave out part of them. */
const STRONGLY_CURVED = 0.2;

/** Models whose subspaces compete. `residual` is left out where there is none. */
export interface Candidates<T> {
  readonly network: T;
  readonly linear: T;
  readonly residual?: T | undefined;
}

export interface SubspaceComparison {
  /** By modality. */
  readonly compared: Candidates<readonly HeldOutShares[]>;
  readonly chosen: keyof Candidates<unknown>;
}

/** A model's errors by modality, left out where a modality is related to no other. */
interface Errors {
  readonly straight: (SubjectErrors | undefined)[];
  readonly nonlinear: (SubjectErrors | undefined)[];
  readonly shares: HeldOutShares[];
}

/**
 * 1. Of linear and residual subspaces, a reader draws straight lines: residual ones are taken if they predict the other
 *    modalities' columns better by least squares, by more than two standard errors over subjects.
 * 2. The network's latents may be curved, so a nonlinear read-out compares them with the winner: a difference of more
 *    than two standard errors and one point of R² decides.
 * 3. Residual latents are what predicts others along straight lines: a read-out has them for the asking, though the
 *    network's say as much. Where the columns are strongly curved (the network rebuilds its own by twenty points of R²
 *    better than the linear model), it is taken if it is not behind this model by more than 1.5 standard errors.
 * 4. Where validation subjects cannot tell, straight lines are kept, unless the columns are shown to be curved: the
 *    network rebuilds its own columns better than the linear model by ten points of R². This rule only breaks ties: the
 *    network must not be behind by more than 1.5 standard errors.
 * @param readings of the same rows by each model
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
    const { own, columnsOf, relation } = partsOf(dataset, rows, m);
    positions.push(relation?.positions.heldOut);
    for (const name of names) {
      const { straight, nonlinear, shares } = errors.get(name)!;
      const reading = readings[name]!;
      const numbers = relation?.latentsOf(reading);
      straight.push(numbers && straightErrors(numbers, relation!.others));
      nonlinear.push(numbers && nonlinearErrors(numbers, relation!.others));
      shares.push({
        own: own.shares(columnsOf(reading)).heldOut,
        others: r2(nonlinear[m]),
        straight: r2(straight[m]),
      });
    }
  }
  const difference = (kind: 'straight' | 'nonlinear', first: string, second: string): Difference =>
    pairedDifference(dataset, rows.heldOut, positions, [errors.get(first)![kind], errors.get(second)![kind]]);
  const shares = (name: string) => errors.get(name)?.shares;
  const compared = { network: shares('network')!, linear: shares('linear')!, residual: shares('residual') };
  const curvature = meanOwn(compared.network) - meanOwn(compared.linear);
  const isAdding = readings.residual !== undefined && isCertain(difference('straight', 'linear', 'residual'));
  const rival = isAdding ? 'residual' : 'linear';
  if (isAdding && curvature >= STRONGLY_CURVED && !isBehind(difference('nonlinear', 'linear', 'network'))) {
    return { compared, chosen: 'network' };
  }
  const ahead = difference('nonlinear', rival, 'network');
  if (isCertain(ahead, NOTABLE)) return { compared, chosen: 'network' };
  if (isBehind(ahead)) return { compared, chosen: rival };
  return { compared, chosen: curvature >= CURVED ? 'network' : rival };
}

interface Difference {
  /** Over modalities: by how much the first model's error is larger. */
  readonly mean: number;
  readonly standardError: number;
}

function isCertain({ mean, standardError }: Difference, least = 0): boolean {
  return mean > Math.max(CERTAIN * standardError, least);
}

/** Whether the second model is not to be taken for its own columns. */
function isBehind({ mean, standardError }: Difference): boolean {
  return -mean > Math.max(BEHIND * standardError, NOTABLE);
}

/** Of the mean over modalities, paired by subject, or by group where rows belong to groups. */
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

function meanOwn(shares: readonly HeldOutShares[]): number {
  return shares.reduce((sum, { own }) => sum + (own ?? 0), 0) / shares.length;
}
