// Finds the latents that several modalities have in common: directions of the latents of each modality whose canonical
// correlation, corrected for errors of measurement, is 1 (docs/explanation/evidence-statistics.md).

import type { SharedVerdict } from '../causal/discovery/link-figures.js';
import type { LatentNode } from '../causal/index.js';
import { centred, dot, mean } from '../metrics/vectors.js';
import { cycleEigenvalues, measuredDirections } from './canonical-cycle.js';
import type { Interval } from './interval.js';
import type { HeldOutFold } from './cross-fit.js';

export interface SharedDirection extends Interval {
  readonly verdict: SharedVerdict;
}

/** Latents of different modalities that are the same variable. */
export interface SameVariable {
  readonly latents: readonly string[];
  /** For each of them, 1 if it rises with the first one, and −1 if it falls. */
  readonly signs: readonly (1 | -1)[];
  /** The smallest corrected correlation of two of them, with its 99.9 % interval. */
  readonly correlation: Interval;
}

export interface SharedEvidence {
  readonly subsets: readonly SharedSubset[];
  readonly same: readonly SameVariable[];
}

/** What a set of modalities has in common. */
export interface SharedSubset {
  /** Names of two or more modalities. */
  readonly modalities: readonly string[];
  /**
   * Corrected canonical correlations in descending order, with 99.9 % intervals: those that are 1, and the first that
   * may not be. For more than two modalities, the geometric mean over a cycle of them.
   */
  readonly correlations: readonly SharedDirection[];
  /** Number of variables that these modalities share, and no other modality has. */
  readonly latents: number;
  /** True if more variables may be shared by these modalities, or some of the variables by other modalities, too. */
  readonly isUndecided: boolean;
}

/** Quantile of the 99.9 % interval. */
const QUANTILE = 3.2905;
/** Limits of the interval of a shared direction. */
const MIN_LOWER = 0.9;
/** Forms do not follow every curve, which leaves the correlation of a variable with itself slightly below 1. */
const MIN_UPPER = 0.95;

/** Minimum number of degrees of freedom of a fold. */
const MIN_FREE = 10;

type ComparedFold = Pick<HeldOutFold, 'curvedForms' | 'removed'>;

export interface SharedQuestion {
  readonly nodes: readonly Pick<LatentNode, 'name' | 'modality'>[];
  readonly splits: readonly { readonly folds: readonly ComparedFold[] }[];
}

/** Returns the sets of modalities that may have latents in common, the largest first. */
export function sharedSubsets({ nodes, splits }: SharedQuestion): SharedSubset[] {
  const modalities = [...new Set(nodes.map(({ modality }) => modality))];
  const known = new Map<string, readonly SharedDirection[]>();
  const keyOf = (subset: readonly number[]): string => subset.join();
  const countOf = (subset: readonly number[]): number =>
    known.get(keyOf(subset))?.filter(({ verdict }) => verdict === 'shared').length ?? 0;
  // A set can only share what all its subsets share.
  let candidates = modalities.flatMap((_, m) => modalities.slice(0, m).map((_one, other) => [other, m]));
  while (candidates.length > 0) {
    for (const subset of candidates) {
      const max = Math.min(...without(subset).map((part) => (part.length > 1 ? countOf(part) : Infinity)));
      const columns = subset.map((m) => [...nodes.keys()].filter((i) => nodes[i].modality === modalities[m]));
      known.set(keyOf(subset), directionsOf(splits, columns, max));
    }
    const sharing = candidates.filter((subset) => countOf(subset) > 0);
    candidates = sharing.flatMap((subset) =>
      modalities
        .map((_, m) => m)
        .filter((m) => m > subset[subset.length - 1])
        .map((m) => [...subset, m])
        .filter((larger) => without(larger).every((part) => countOf(part) > 0)),
    );
  }
  const isOpen = (subset: readonly number[]): boolean =>
    known.get(keyOf(subset))?.some(({ verdict }) => verdict === 'undecided') ?? false;
  /** True if a set may share variables that the tests do not count. */
  const mayShare = (unsorted: readonly number[]): boolean => {
    const subset = [...unsorted].sort((x, y) => x - y);
    if (known.has(keyOf(subset))) return isOpen(subset);
    return subset.length > 2 && without(subset).every((part) => countOf(part) > 0 || mayShare(part));
  };
  const exact = new Map<string, number>();
  const subsets = [...known.keys()].map((key) => key.split(',').map(Number)).sort((a, b) => b.length - a.length);
  for (const subset of subsets) {
    const larger = subsets.filter((other) => other.length > subset.length && subset.every((m) => other.includes(m)));
    const inLarger = larger.reduce((sum, other) => sum + (exact.get(keyOf(other)) ?? 0), 0);
    exact.set(keyOf(subset), Math.max(0, countOf(subset) - inLarger));
  }
  return subsets.map((subset) => ({
    modalities: subset.map((m) => modalities[m]),
    correlations: known.get(keyOf(subset))!,
    latents: exact.get(keyOf(subset))!,
    isUndecided: isOpen(subset) || modalities.some((_, m) => !subset.includes(m) && mayShare([...subset, m])),
  }));
}

/**
 * Finds the latents that modalities share.
 * @returns undefined if latents were not compared: with one modality, or with observed causes
 */
export function sharedEvidence(question: SharedQuestion): SharedEvidence | undefined {
  const splits = question.splits.filter(({ folds }) => folds.every(({ curvedForms }) => curvedForms !== undefined));
  if (splits.length === 0) return undefined;
  const compared = { ...question, splits };
  const subsets = sharedSubsets(compared);
  return { subsets, same: sameVariables(compared, subsets) };
}

/** Returns the latents that are single shared variables, not mixtures with other latents. */
function sameVariables({ nodes, splits }: SharedQuestion, subsets: readonly SharedSubset[]): SameVariable[] {
  const isSharing = (first: string, second: string) =>
    subsets.some(({ modalities, latents }) => latents > 0 && modalities.includes(first) && modalities.includes(second));
  const pairs = nodes.flatMap((one, i) =>
    nodes
      .slice(0, i)
      .flatMap((other, j) =>
        one.modality !== other.modality && isSharing(other.modality, one.modality) ? [[j, i]] : [],
      ),
  );
  const same = pairs
    .flatMap(([i, j]) => directionsOf(splits, [[i], [j]], 1).map((direction) => ({ i, j, ...direction })))
    .filter(({ verdict }) => verdict === 'shared')
    .sort((x, y) => y.lower - x.lower);
  let groups: { readonly members: readonly number[]; readonly correlation: Interval }[] = [];
  for (const { i, j, estimate, lower, upper } of same) {
    const joined = groups.filter(({ members }) => members.includes(i) || members.includes(j));
    const members = [...new Set([i, j, ...joined.flatMap((group) => group.members)])];
    // Two latents of one modality are different variables.
    if (new Set(members.map((at) => nodes[at].modality)).size < members.length) continue;
    groups = [
      ...groups.filter((group) => !joined.includes(group)),
      { members, correlation: { estimate, lower, upper } },
    ];
  }
  return groups.map(({ members, correlation }) => {
    const latents = [...members].sort((x, y) => x - y);
    return {
      latents: latents.map((at) => nodes[at].name),
      signs: latents.map((at) => signBetween(splits, latents[0], at)),
      correlation,
    };
  });
}

/** Returns the sign of the correlation of two latents: of one form of each in all folds together. */
function signBetween(splits: SharedQuestion['splits'], one: number, other: number): 1 | -1 {
  if (one === other) return 1;
  const sums = splits.flatMap(({ folds }) =>
    folds.map(({ curvedForms }) => {
      const [{ a }, { b }] = [curvedForms![one]!, curvedForms![other]!];
      const units = [...a.keys()].filter((unit) => !Number.isNaN(a[unit] + b[unit]));
      const [x, y] = [a, b].map((values) => Float64Array.from(units, (unit) => values[unit]));
      return dot(centred(x), centred(y));
    }),
  );
  return mean(sums) < 0 ? -1 : 1;
}

/** Returns the sets with one modality less. */
function without(subset: readonly number[]): number[][] {
  return subset.map((left) => subset.filter((m) => m !== left));
}

/** @param columns positions of the latents of each modality @param max maximum number of shared directions */
function directionsOf(
  splits: SharedQuestion['splits'],
  columns: readonly (readonly number[])[],
  max: number,
): SharedDirection[] {
  const figures = splits.map(({ folds }) => folds.map((fold) => foldFigures(fold, columns)));
  const flat = figures.flat();
  const count = Math.min(max, ...flat.map((one) => one?.sums.length ?? 0));
  const isComplete = flat.every((one) => one?.isComplete);
  const directions: SharedDirection[] = [];
  for (let k = 0; k < count; k++) {
    // The first k eigenvalues are 1, so the sum of k + 1 exceeds k by the next one.
    const value = mean(flat.map((one) => one!.sums[k])) - k;
    const errors = figures.map(
      (folds) => Math.sqrt(folds.reduce((sum, one) => sum + one!.variances[k], 0)) / folds.length,
    );
    const wide = QUANTILE * mean(errors);
    const root = (power: number) => Math.sign(power) * Math.abs(power) ** (1 / columns.length);
    const [estimate, lower, upper] = [value, value - wide, value + wide].map(root);
    // A variable may lie in a direction that is not measured well enough.
    const isDifferent = upper < (isComplete ? MIN_UPPER : MIN_LOWER);
    const verdict = isDifferent ? 'different' : upper < MIN_UPPER || lower < MIN_LOWER ? 'undecided' : 'shared';
    directions.push({ estimate, lower, upper, verdict });
    if (verdict !== 'shared') break;
  }
  return directions;
}

interface FoldFigures {
  readonly sums: readonly number[];
  readonly variances: readonly number[];
  /** True if both forms measure all directions of the latents. */
  readonly isComplete: boolean;
}

/** Returns undefined if a latent has no forms, or if they have nothing in common. */
function foldFigures(
  { curvedForms = [], removed }: ComparedFold,
  columns: readonly (readonly number[])[],
): FoldFigures | undefined {
  const forms = columns.map((of) => of.flatMap((i) => curvedForms[i] ?? []));
  if (forms.some((of, m) => of.length < columns[m].length)) return undefined;
  const all = forms.flat().flatMap(({ a, b }) => [a, b]);
  const units = Int32Array.from(all[0].keys()).filter((unit) => all.every((values) => !Number.isNaN(values[unit])));
  const at = (values: Float64Array) => Float64Array.from(units, (unit) => values[unit]);
  const free = units.length - 1 - Math.max(...columns.flat().map((i) => removed[i]));
  if (free < MIN_FREE) return undefined;
  const spaces = forms.map((of) => measuredDirections({ a: of.map(({ a }) => at(a)), b: of.map(({ b }) => at(b)) }));
  if (spaces.some(({ a }) => a.length === 0)) return undefined;
  const { sums, influences } = cycleEigenvalues(spaces);
  return {
    sums,
    isComplete: spaces.every(({ a }, m) => a.length === columns[m].length),
    variances: influences.map((influence) => mean(influence.map((value) => value ** 2)) / free),
  };
}
