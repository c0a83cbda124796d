// Associations of latents with columns of other modalities, from out-of-fold latents only. Latents of a model that was
// trained on the same subjects are correlated with these columns by chance (docs/explanation/evidence.md).

import { Matrix, solve } from 'ml-matrix';
import { chiSquareTail, normalTwoSided } from '../../causal/discovery/independence/distributions.js';
import { channelMeans } from '../../data/channel-means.js';
import type { Dataset } from '../../data/dataset.js';
import { groupUnits, scaledGroupMeans } from '../../data/group-units.js';
import { isSize } from '../../data/kinds.js';
import type { Interval } from '../../evidence/interval.js';
import { knownScores } from '../../evidence/known-scores.js';
import { centred, dot } from '../../metrics/vectors.js';
import type { LatentNode } from '../../causal/index.js';
import { averageRanks } from '../../metrics/index.js';
import { holm } from '../../quality/pair-test.js';
import { evenly, MAX_SUBJECTS } from './correlations.js';

/** Maximum corrected p of a listed association. */
export const ASSOCIATION_ALPHA = 0.05;
/** Minimum number of units for a test, as in a fold of the evidence. */
const MIN_UNITS = 20;
const NORMAL_95 = 1.959964;
/** Variance of Fisher's z of rank correlations without association, in units of 1 / (n − 3) (Fieller et al. 1957). */
const RANK_VARIANCE = 1.06;
/**
 * Variance of the mean correlation of both folds without association, relative to that of independent folds. Each fold
 * trains the model of the other one, so their errors can be similar. In a modality of few columns they usually are.
 */
const FOLD_VARIANCE = { narrow: 2, wide: 1 } as const;
/** Ridge relative to a latent's variance, since latents may be collinear. */
const RIDGE = 1e-9;
/** Maximum explained share, so that the logarithm of the rest is finite. */
const MAX_SHARE = 1 - 1e-9;
/** A modality with fewer columns is narrow. */
const WIDE = 4;

/** An association of a latent with a column of another modality, in held-out subjects. */
export interface Association {
  readonly latent: string;
  readonly modality: string;
  readonly column: string;
  /** Spearman's ρ with its 95 % interval. */
  readonly rho: Interval;
  /** p corrected for all latents, modalities and columns that were tested (Holm). */
  readonly corrected: number;
}

/** A joint association of a modality's latents with a column of another modality, if none of them has one alone. */
export interface JointAssociation {
  /** Modality of the latents. */
  readonly latents: string;
  readonly modality: string;
  readonly column: string;
  /** Multiple correlation of normal scores. Without association it is also above 0. */
  readonly multiple: number;
  /** p corrected for all latents, modalities and columns that were tested (Holm). */
  readonly corrected: number;
}

export interface Associations {
  /** Associations up to `ASSOCIATION_ALPHA`, by descending absolute correlation. */
  readonly single: readonly Association[];
  /** Joint associations of modalities with at least two latents. Mixtures of latents can divide an association. */
  readonly joint: readonly JointAssociation[];
  /** Number of tests: latents, and modalities with at least two latents, times columns. */
  readonly tested: number;
  /** Number of subjects, or groups, in the tests. */
  readonly units: number;
}

/**
 * Tests every latent, and the latents of every modality jointly, with every column of the other modalities.
 * @param outOfFold by latent in the order of `nodes`: a value per subject of the data set, NaN if unknown
 */
export function associations(
  dataset: Pick<Dataset, 'ids' | 'modalities' | 'groups'>,
  nodes: readonly LatentNode[],
  outOfFold: readonly Float64Array[],
): Associations {
  const { tests, joint, units } = associationTests(dataset, nodes, outOfFold);
  const corrected = holm([...tests, ...joint].map(({ p }) => p));
  const single = tests
    .map(({ latent, modality, column, rho }, k) => ({ latent, modality, column, rho, corrected: corrected[k] }))
    .filter((one) => one.corrected <= ASSOCIATION_ALPHA)
    .sort((a, b) => Math.abs(b.rho.estimate) - Math.abs(a.rho.estimate));
  const modalityOf = new Map(nodes.map(({ name, modality }) => [name, modality]));
  const isNew = ({ latents, modality, column }: Omit<JointTested, 'p'>) =>
    !single.some((one) => modalityOf.get(one.latent) === latents && one.modality === modality && one.column === column);
  return {
    single,
    joint: joint
      .map(({ latents, modality, column, multiple }, k) => {
        return { latents, modality, column, multiple, corrected: corrected[tests.length + k] };
      })
      .filter((one) => one.corrected <= ASSOCIATION_ALPHA && isNew(one))
      .sort((a, b) => b.multiple - a.multiple),
    tested: corrected.length,
    units,
  };
}

export interface AssociationTested extends Pick<Association, 'latent' | 'modality' | 'column' | 'rho'> {
  readonly p: number;
}

interface JointTested extends Omit<JointAssociation, 'corrected'> {
  readonly p: number;
}

/**
 * Returns the results of all tests. Each fold is encoded by the model of the other fold. The errors of these models can
 * be similar, so the correlations of the folds are not independent (`FOLD_VARIANCE`).
 */
export function associationTests(
  { ids, modalities, groups }: Pick<Dataset, 'ids' | 'modalities' | 'groups'>,
  nodes: readonly LatentNode[],
  outOfFold: readonly Float64Array[],
): {
  readonly tests: readonly AssociationTested[];
  readonly joint: readonly JointTested[];
  readonly units: number;
} {
  const known = [...ids.keys()].filter((row) => outOfFold.some((latent) => !Number.isNaN(latent[row])));
  const rows = groups ? Int32Array.from(known) : evenly(known.length, MAX_SUBJECTS).map((i) => known[i]);
  const units = groups && groupUnits(rows, groups);
  const unitsOf = (valueAt: (row: number) => number): Float64Array => {
    const rowValues = Float64Array.from(rows, valueAt);
    return units ? scaledGroupMeans(rowValues, units.members) : rowValues;
  };
  const latents = outOfFold.map((values) => unitsOf((row) => values[row]));
  const scores = latents.map(knownScores);
  const several = modalities
    .map(({ name }) => [name, scores.filter((_, i) => nodes[i].modality === name)] as const)
    .filter(([, ofModality]) => ofModality.length > 1);
  const joint: JointTested[] = [];
  const tests = modalities
    .map((one) => channelMeans(one))
    .flatMap(({ name, columns, values, observed }) =>
      columns.flatMap((scale, c): AssociationTested[] => {
        if (isSize(scale.kind)) return [];
        const at = (row: number): number => row * columns.length + c;
        const column = unitsOf((row) => (observed?.[at(row)] === 0 ? NaN : values[at(row)]));
        const columnScores = knownScores(column);
        for (const [other, ofModality] of several) {
          const result = other === name ? undefined : jointTest(ofModality, columnScores, columns.length);
          if (result) joint.push({ latents: other, modality: name, column: scale.name, ...result });
        }
        return nodes.flatMap((node, i) => {
          const result = node.modality === name ? undefined : rankTest(latents[i], column, columns.length);
          return result ? [{ latent: node.name, modality: name, column: scale.name, ...result }] : [];
        });
      }),
    );
  return { tests, joint, units: units ? units.names.length : rows.length };
}

/**
 * Tests a rank correlation.
 * @param columns number of columns of the modality of `b`
 * @returns undefined if too few units have both values, or if one of them does not vary
 */
export function rankTest(
  a: Float64Array,
  b: Float64Array,
  columns: number,
): { readonly rho: Interval; readonly p: number } | undefined {
  const both = [...a.keys()].filter((i) => !Number.isNaN(a[i]) && !Number.isNaN(b[i]));
  if (both.length < MIN_UNITS) return undefined;
  const [x, y] = [a, b].map((values) => averageRanks(Float64Array.from(both, (i) => values[i])));
  const estimate = correlationOfRanks(x, y);
  if (estimate === undefined) return undefined;
  const z = Math.atanh(Math.max(-0.999999, Math.min(0.999999, estimate)));
  const free = Math.max(1, both.length / FOLD_VARIANCE[columns < WIDE ? 'narrow' : 'wide'] - 3);
  // Bonett & Wright 2000.
  const half = NORMAL_95 * Math.sqrt((1 + estimate ** 2 / 2) / free);
  return {
    rho: { estimate, lower: Math.tanh(z - half), upper: Math.tanh(z + half) },
    p: normalTwoSided(z * Math.sqrt(free / RANK_VARIANCE)),
  };
}

/**
 * Tests the joint association of a column with several latents: the likelihood ratio of its regression on them, by χ²
 * (Bartlett 1941).
 * @param latents normal scores, like `column`; NaN if unknown
 * @param columns number of columns of the modality of the column
 * @returns undefined if too few units have all of them, or if the column does not vary
 */
export function jointTest(
  latents: readonly Float64Array[],
  column: Float64Array,
  columns: number,
): { readonly multiple: number; readonly p: number } | undefined {
  const all = [...latents, column];
  const known = Int32Array.from(column.keys()).filter((i) => all.every((values) => !Number.isNaN(values[i])));
  if (known.length < MIN_UNITS + latents.length) return undefined;
  const [y, ...x] = [column, ...latents].map((values) => centred(Float64Array.from(known, (i) => values[i])));
  const variation = dot(y, y);
  if (variation === 0) return undefined;
  const gram = new Matrix(x.map((u, i) => x.map((v, j) => dot(u, v) * (i === j ? 1 + RIDGE : 1))));
  const cross = Matrix.columnVector(x.map((u) => dot(u, y)));
  const share = Math.min(MAX_SHARE, cross.dot(solve(gram, cross, true)) / variation);
  const free = known.length / FOLD_VARIANCE[columns < WIDE ? 'narrow' : 'wide'] - 1 - (latents.length + 2) / 2;
  return { multiple: Math.sqrt(share), p: chiSquareTail(-free * Math.log1p(-share), latents.length) };
}

function correlationOfRanks(x: Float64Array, y: Float64Array): number | undefined {
  const mean = (x.length + 1) / 2;
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [u, v] = [x[i] - mean, y[i] - mean];
    xx += u * u;
    yy += v * v;
    xy += u * v;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : undefined;
}
