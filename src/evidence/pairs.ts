// Tests if two modalities are associated, by their latents in held-out subjects.

import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { LatentNode } from '../causal/index.js';
import { holm } from '../quality/pair-test.js';
import { correlationOf, crossCorrelations, rotated } from './alignment.js';
import { associationTest } from './association-test.js';
import { cauchy, combineFolds } from './combine.js';
import type { CrossFit, HeldOutFold } from './cross-fit.js';
import type { Interval } from './interval.js';
import type { TableComponents } from './table-components.js';
import { FreePermutations, type Permutations } from './permutations.js';
import { testWithinGroups } from './within-groups.js';

/** Significance level of p-values. */
export const ALPHA = 0.05;
/**
 * Half the width of a 95 % interval, in standard errors. The sign in either fold is learnt in the other. Therefore,
 * under independence, the mean of both has two chances to be far from 0: the sum and the difference (Šidák 1967).
 */
const NORMAL_95_OF_TWO = 2.236477;

/** Evidence for the association of two modalities. */
export interface PairEvidence {
  readonly first: string;
  readonly second: string;
  /** Number of held-out subjects (or groups) with both modalities, in all folds of a split. */
  readonly subjects: number;
  /** p of every fold, split by split; empty if too few subjects have both modalities. */
  readonly folds: readonly number[];
  /**
   * p of principal components: the same number as latents, and twice that number. Left out for images, series, and
   * constant tables.
   */
  readonly components?: readonly number[] | undefined;
  /** p of the folds of all splits combined with the components. */
  readonly p: number;
  /** p corrected for the number of tested pairs (Holm). */
  readonly corrected: number;
  /** True if `corrected` is at most alpha. */
  readonly associated: boolean;
  /**
   * Correlation of the two combinations of latents with the strongest association: learnt in one fold, measured in the
   * other. Left out if nothing was tested.
   */
  readonly correlation?: Interval | undefined;
  /** Test within groups. Left out without groups, or if too few groups have two rows. */
  readonly within?: WithinGroups | undefined;
}

/** Test of the rows within their groups. */
export interface WithinGroups {
  /** Number of held-out rows with both modalities, in groups of two or more. */
  readonly rows: number;
  readonly p: number;
  readonly corrected: number;
  readonly associated: boolean;
}

/**
 * Tests every pair of modalities. The p-value of a pair that is not tested is 1.
 * @param crossFit undefined if nothing was tested
 */
export function pairEvidence(
  nodes: readonly LatentNode[],
  crossFit: CrossFit | undefined,
  seed: number,
): PairEvidence[] {
  const modalities = [...new Set(nodes.map(({ modality }) => modality))];
  const permutations = new FreePermutations(seed);
  const raw = modalities.flatMap((first, m) =>
    modalities.slice(m + 1).map((second) => {
      const columns = [first, second].map((modality) =>
        nodes.flatMap((node, latent) => (node.modality === modality ? [latent] : [])),
      );
      const width = Math.min(...[first, second].map((modality) => crossFit?.widths?.get(modality) ?? Infinity));
      const within = withinGroups(crossFit, columns, { seed, width });
      const components = [first, second].map((modality) => crossFit?.components?.get(modality));
      return { first, second, ...testPair(columns, components, crossFit, { permutations, width }), within };
    }),
  );
  const corrected = holm(raw.filter(({ folds }) => folds.length > 0).map(({ p }) => p));
  const correctedWithin = holm(raw.flatMap(({ within }) => (within ? [within.p] : [])));
  let [tested, testedWithin] = [0, 0];
  return raw.map(({ within, ...pair }) => {
    const p = pair.folds.length > 0 ? corrected[tested++] : 1;
    return {
      ...pair,
      corrected: p,
      associated: p <= ALPHA,
      ...(within && { within: judged(within, correctedWithin[testedWithin++]) }),
    };
  });
}

function judged(within: Omit<WithinGroups, 'corrected' | 'associated'>, corrected: number): WithinGroups {
  return { ...within, corrected, associated: corrected <= ALPHA };
}

/** Tests one pair of modalities, given as the positions of their latents. */
export function testPair(
  [a, b]: readonly (readonly number[])[],
  tables: readonly (TableComponents | undefined)[],
  crossFit: CrossFit | undefined,
  { permutations, width }: { readonly permutations: Permutations; readonly width: number },
): Pick<PairEvidence, 'subjects' | 'folds' | 'components' | 'p' | 'correlation'> {
  const splits = (crossFit?.splits ?? []).map(({ folds }) => folds.map((fold) => unitsOfBoth(fold, a, b)));
  const subjects = (splits.at(0) ?? []).reduce((sum, { units }) => sum + units, 0);
  const minUnits = Math.max(crossFit?.minUnits ?? 0, a.length + b.length + 3);
  const isEnough = splits.length > 0 && splits.flat().every(({ units, lost }) => units - lost >= minUnits);
  if (!isEnough) return { subjects, folds: [], p: 1 };
  const folds = splits.map((split) =>
    split.map(({ unrotated, lost }) => associationTest(...unrotated, { permutations, lost }).p),
  );
  const latents = combineFolds(folds, width);
  const components = testComponents(tables, { permutations, minUnits });
  return {
    subjects,
    folds: folds.flat(),
    ...(components && { components }),
    p: components ? cauchy([latents, ...components]) : latents,
    correlation: crossCorrelation(splits),
  };
}

/** Tests the components of two tables in all units that have both. @returns undefined if there are too few units */
function testComponents(
  [a, b]: readonly (TableComponents | undefined)[],
  { permutations, minUnits }: { readonly permutations: Permutations; readonly minUnits: number },
): number[] | undefined {
  if (!a?.units.length || !b?.units.length) return undefined;
  const hasBoth = (_: number, unit: number) => !Number.isNaN(a.units[0][unit]) && !Number.isNaN(b.units[0][unit]);
  const units = Int32Array.from(a.units[0].keys()).filter(hasBoth);
  const lost = Math.max(a.removed, b.removed);
  if (units.length - lost < minUnits) return undefined;
  const known = ({ units: all, sizes }: TableComponents, i: number) =>
    all.slice(0, sizes[i]).map((values) => Float64Array.from(units, (unit) => values[unit]));
  const pairs = a.sizes.map((_, i) => [known(a, i), known(b, i)] as const);
  // A narrow table has no further components, and the same test must not count twice.
  const isNew = ([x, y]: (typeof pairs)[number], i: number) =>
    i === 0 || x.length > pairs[i - 1][0].length || y.length > pairs[i - 1][1].length;
  return pairs.filter(isNew).map(([x, y]) => associationTest(x, y, { permutations, lost }).p);
}

/** Tests a pair of modalities within groups. Returns undefined if any fold has too few rows. */
function withinGroups(
  crossFit: CrossFit | undefined,
  [a, b]: readonly (readonly number[])[],
  { seed, width }: { readonly seed: number; readonly width: number },
): Omit<WithinGroups, 'corrected' | 'associated'> | undefined {
  const splits = (crossFit?.splits ?? []).map(({ folds }) =>
    folds.map(({ grouped, removed }) => {
      const lost = Math.max(...[...a, ...b].map((latent) => removed[latent]));
      return grouped && testWithinGroups(grouped, a, b, { seed, lost });
    }),
  );
  const tested = splits.map((folds) => folds.flatMap((fold) => fold ?? []));
  if (splits.length === 0 || tested.some((folds, s) => folds.length < splits[s].length)) return undefined;
  const rows = tested[0].reduce((sum, fold) => sum + fold.rows, 0);
  return {
    rows,
    p: combineFolds(
      tested.map((folds) => folds.map(({ p }) => p)),
      width,
    ),
  };
}

export interface UnitsOfBoth {
  readonly a: readonly Float64Array[];
  readonly b: readonly Float64Array[];
  readonly unrotated: readonly [readonly Float64Array[], readonly Float64Array[]];
  readonly units: number;
  /** Number of removed directions, which reduce the number of free units. */
  readonly lost: number;
}

/** Returns the latents of the units of a fold that have both modalities. */
export function unitsOfBoth(
  { units, unrotated, removed }: HeldOutFold,
  a: readonly number[],
  b: readonly number[],
): UnitsOfBoth {
  const [one, other] = [units[a[0]], units[b[0]]];
  const rows = Int32Array.from(one.keys()).filter((row) => !Number.isNaN(one[row]) && !Number.isNaN(other[row]));
  const at = (all: readonly Float64Array[]) => (latent: number) => Float64Array.from(rows, (row) => all[latent][row]);
  return {
    a: a.map(at(units)),
    b: b.map(at(units)),
    unrotated: [a.map(at(unrotated)), b.map(at(unrotated))],
    units: rows.length,
    lost: Math.max(...[...a, ...b].map((latent) => removed[latent])),
  };
}

/**
 * Returns the correlation in one fold of the combinations that are most correlated in the other fold, over all splits.
 */
function crossCorrelation(splits: readonly (readonly UnitsOfBoth[])[]): Interval {
  const zs = splits.flatMap((folds) =>
    folds.map((learnt, f) => {
      const { a, b } = folds[folds.length - 1 - f];
      const [u, v] = leadingPair(learnt);
      return Math.atanh(Math.max(-0.999999, Math.min(0.999999, correlationOf(combined(a, u), combined(b, v)))));
    }),
  );
  const z = zs.reduce((sum, value) => sum + value, 0) / zs.length;
  // Splits measure the same subjects again. They stabilise the mean, but the interval is that of one split.
  const free = splits[0].reduce((sum, { units, lost }) => sum + units - lost - 3, 0);
  const half = NORMAL_95_OF_TWO / Math.sqrt(Math.max(1, free));
  return { estimate: Math.tanh(z), lower: Math.tanh(z - half), upper: Math.tanh(z + half) };
}

export function combined(columns: readonly Float64Array[], weights: readonly number[]): Float64Array {
  return rotated(columns, Matrix.columnVector([...weights]))[0];
}

/** Returns the weights of the first pair of canonical variates (Hotelling 1936). */
export function leadingPair({ a, b }: Pick<UnitsOfBoth, 'a' | 'b'>): [number[], number[]] {
  const cross = crossCorrelations(a, b);
  const [left, right] = [inverse(crossCorrelations(a, a)), inverse(crossCorrelations(b, b))];
  // u is the leading eigenvector of Raa⁻¹ Rab Rbb⁻¹ Rba, and v = Rbb⁻¹ Rba u.
  const product = left.mmul(cross).mmul(right).mmul(cross.transpose());
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(product);
  const u = eigenvectorMatrix.getColumn(realEigenvalues.indexOf(Math.max(...realEigenvalues)));
  return [u, right.mmul(cross.transpose()).mmul(Matrix.columnVector(u)).getColumn(0)];
}

/** Returns the pseudo-inverse of correlations, so that copies of a latent count once. */
function inverse(correlations: Matrix): Matrix {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(correlations, { assumeSymmetric: true });
  const scales = realEigenvalues.map((value) => (value > 1e-9 ? 1 / value : 0));
  return eigenvectorMatrix.clone().mulRowVector(scales).mmul(eigenvectorMatrix.transpose());
}
