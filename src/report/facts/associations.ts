// Associations of latents with columns of other modalities, from out-of-fold latents alone: latents of a model that was
// trained on these very subjects go with the other modalities' columns by chance (docs/explanation/evidence.md).

import { Matrix, solve } from 'ml-matrix';
import { chiSquareTail, normalTwoSided } from '../../causal/discovery/independence/distributions.js';
import { channelMeans } from '../../data/channel-means.js';
import type { Dataset } from '../../data/dataset.js';
import { groupUnits, scaledGroupMeans } from '../../data/group-units.js';
import { isSize } from '../../data/kinds.js';
import type { Interval } from '../../evidence/interval.js';
import { knownScores } from '../../evidence/known-scores.js';
import { centred, dot } from '../../evidence/vectors.js';
import type { LatentNode } from '../../causal/index.js';
import { averageRanks } from '../../metrics/index.js';
import { holm } from '../../quality/pair-test.js';
import { evenly, MAX_SUBJECTS } from './correlations.js';

/** Corrected p up to which an association is listed. */
export const ASSOCIATION_ALPHA = 0.05;
/** Units without which nothing is tested; the same as a fold of the evidence needs. */
const MIN_UNITS = 20;
const NORMAL_95 = 1.959964;
/** Variance of Fisher's z of rank correlations without association, in units of 1 / (n − 3) (Fieller et al. 1957). */
const RANK_VARIANCE = 1.06;
/**
 * Variance of the mean of both folds' correlations without association, in units of that of independent folds. Either
 * fold trains the other's model, and the two can err alike: in a modality of few columns they nearly have to.
 */
const FOLD_VARIANCE = { narrow: 2, wide: 1 } as const;
/** Ridge relative to a latent's variance: latents may repeat each other. */
const RIDGE = 1e-9;
/** Largest explained share that a logarithm is taken of. */
const MAX_SHARE = 1 - 1e-9;
/** Columns below which a modality is narrow. */
const WIDE = 4;

/** A latent that goes with a column of another modality, in subjects that its models had not seen. */
export interface Association {
  readonly latent: string;
  readonly modality: string;
  readonly column: string;
  /** Spearman's ρ with its 95 % interval. */
  readonly rho: Interval;
  /** p corrected for all latents, modalities and columns that were tested (Holm). */
  readonly corrected: number;
}

/** A modality's latents that go with a column of another modality together, though none of them does alone. */
export interface JointAssociation {
  /** Modality of the latents. */
  readonly latents: string;
  readonly modality: string;
  readonly column: string;
  /** Multiple correlation of normal scores; by chance it is above 0. */
  readonly multiple: number;
  /** p corrected for all latents, modalities and columns that were tested (Holm). */
  readonly corrected: number;
}

export interface Associations {
  /** Those that pass `ASSOCIATION_ALPHA`, the closest first. */
  readonly found: readonly Association[];
  /** The same of modalities of two latents or more: latents that may be mixtures can share what they go with. */
  readonly joint: readonly JointAssociation[];
  /** Latents, and modalities of two latents or more, times columns that were tested. */
  readonly tested: number;
  /** Subjects, or groups, that were tested. */
  readonly units: number;
}

/**
 * Tests every latent, and the latents of every modality together, with every column of the other modalities.
 * @param outOfFold by latent in the order of `nodes`, a value per subject of the data set; NaN where it is not known
 */
export function associations(
  dataset: Pick<Dataset, 'ids' | 'modalities' | 'groups'>,
  nodes: readonly LatentNode[],
  outOfFold: readonly Float64Array[],
): Associations {
  const { tests, joint, units } = associationTests(dataset, nodes, outOfFold);
  const corrected = holm([...tests, ...joint].map(({ p }) => p));
  const found = tests
    .map(({ latent, modality, column, rho }, k) => ({ latent, modality, column, rho, corrected: corrected[k] }))
    .filter((one) => one.corrected <= ASSOCIATION_ALPHA)
    .sort((a, b) => Math.abs(b.rho.estimate) - Math.abs(a.rho.estimate));
  const modalityOf = new Map(nodes.map(({ name, modality }) => [name, modality]));
  const isNew = ({ latents, modality, column }: Omit<JointTested, 'p'>) =>
    !found.some((one) => modalityOf.get(one.latent) === latents && one.modality === modality && one.column === column);
  return {
    found,
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
 * The same tests, one by one. Both folds of a split have a model of the other one. Such models can err alike, so that
 * their correlations are not independent (`FOLD_VARIANCE`).
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
    const own = Float64Array.from(rows, valueAt);
    return units ? scaledGroupMeans(own, units.members) : own;
  };
  const latents = outOfFold.map((values) => unitsOf((row) => values[row]));
  const scores = latents.map(knownScores);
  const several = modalities
    .map(({ name }) => [name, scores.filter((_, i) => nodes[i].modality === name)] as const)
    .filter(([, own]) => own.length > 1);
  const joint: JointTested[] = [];
  const tests = modalities
    .map((one) => channelMeans(one))
    .flatMap(({ name, columns, values, observed }) =>
      columns.flatMap((scale, c): AssociationTested[] => {
        if (isSize(scale.kind)) return [];
        const at = (row: number): number => row * columns.length + c;
        const column = unitsOf((row) => (observed?.[at(row)] === 0 ? NaN : values[at(row)]));
        const columnScores = knownScores(column);
        for (const [other, own] of several) {
          const result = other === name ? undefined : jointTest(own, columnScores, columns.length);
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
 * @param columns of the modality of `b`
 * @returns undefined where too few units have both, or one does not vary
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
 * Tests whether a column goes with several latents together: the likelihood ratio of its regression on them, by χ²
 * (Bartlett 1941).
 * @param latents normal scores, as `column`; NaN where one is not known @param columns of the modality of the column
 * @returns undefined where too few units have all of them, or the column does not vary
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
