// What stands up to cross-fitting: which modalities share anything, which latents are linked, and the graph without the
// edges that do not stand (docs/evidence.md).

import { normalTwoSided, type LatentEdge, type LatentGraph, type LatentNode } from '../causal/index.js';
import type { Dataset } from '../data/dataset.js';
import type { FitConfig } from '../training/config.js';
import { crossFit, FOLDS, isEnough, type CrossFit, type CrossFitHooks } from './cross-fit.js';
import { FOUND_AGAIN } from './found-again.js';
import { rowsWhere } from './matching.js';
import { mostSampled } from '../quality/index.js';
import { canonicalTest, fisher, holm, normalScores, type CanonicalTest } from '../quality/pair-test.js';

/** What p-values are compared with. */
export const ALPHA = 0.05;

/** Whether two modalities share anything. */
export interface PairEvidence {
  readonly first: string;
  readonly second: string;
  /** Held-out subjects (groups, where there are any) who have both modalities, in all folds. */
  readonly subjects: number;
  /** Canonical correlations and Bartlett's test on each fold's held-out subjects; none where too few have both. */
  readonly folds: readonly CanonicalTest[];
  /** Fisher's combination of the folds. */
  readonly p: number;
  /** p corrected for the number of pairs that were tested (Holm). */
  readonly corrected: number;
  /** True if `corrected` is at most alpha. */
  readonly related: boolean;
}

/** Whether two latents of related modalities go together. */
export interface LinkEvidence {
  /** Names of the latents, in the order of the graph's nodes. */
  readonly first: string;
  readonly second: string;
  /** Of normal scores, over the folds. */
  readonly correlation: number;
  /** Of no correlation, two-sided. */
  readonly p: number;
  /** q: p corrected for the number of links between related modalities (Holm). */
  readonly q: number;
  /** True if both latents are found again by both halves: otherwise which latents are linked is not known. */
  readonly foundAgain: boolean;
  /** True if q is at most alpha and both latents are found again. */
  readonly stands: boolean;
}

export interface Evidence {
  readonly alpha: number;
  readonly folds: number;
  /** Subjects that were tested, each encoded by a model that never saw it. */
  readonly subjects: number;
  /** Groups they belong to; left out where the study has none. */
  readonly groups?: number | undefined;
  /** False where subjects, or groups of them, are too few, or too few have two modalities: nothing stands. */
  readonly tested: boolean;
  readonly pairs: readonly PairEvidence[];
  readonly links: readonly LinkEvidence[];
  /** Per latent, the least |Spearman| of a fold's latent with the fitted one: whether halves of the data find it. */
  readonly agreement: readonly number[];
  /** At most so many subjects, evenly spread over those who have the modality, is `agreement` of; left out: of all. */
  readonly agreementSubjects?: number | undefined;
  /** Edges between modalities that the fit found and that do not stand; they are not in the graph. */
  readonly withdrawn: readonly LatentEdge[];
  readonly seconds: number;
}

export interface TestedGraph {
  readonly evidence: Evidence;
  /** Without the withdrawn edges. */
  readonly graph: LatentGraph;
  /** By node of the graph, over all subjects: the cross-fitted latents as normal scores; left out where not tested. */
  readonly latents?: readonly Float64Array[];
}

/**
 * @param graph as it was fitted @param fitted posterior means of the fitted model, subjects × D
 * @throws what `crossFit` throws
 */
export async function testGraph(
  graph: LatentGraph,
  fitted: Float32Array,
  { dataset, config, hooks }: { dataset: Dataset; config: FitConfig; hooks?: CrossFitHooks },
): Promise<TestedGraph> {
  const started = performance.now();
  const subjects = dataset.ids.length;
  const found = isEnough(dataset, config.seed) ? await crossFit(dataset, config, fitted, hooks) : undefined;
  const pairs = pairEvidence(graph.nodes, found);
  const tested = pairs.some(({ folds }) => folds.length > 0);
  const links = found ? linkEvidence(graph, found, pairs) : [];
  const standing = new Set(
    links.filter(({ stands }) => stands).flatMap(({ first, second }) => [`${first} ${second}`, `${second} ${first}`]),
  );
  const modalityOf = new Map(graph.nodes.map(({ name, modality }) => [name, modality]));
  const isKept = ({ from, to }: LatentEdge): boolean =>
    modalityOf.get(from) === modalityOf.get(to) || standing.has(`${from} ${to}`);
  const agreement = graph.nodes.map((_, latent) =>
    Math.min(...(found?.halves ?? []).map((half) => half.agreement[latent]), 1),
  );
  return {
    evidence: {
      alpha: ALPHA,
      folds: FOLDS,
      subjects,
      ...(dataset.groups && { groups: new Set(dataset.groups).size }),
      tested,
      pairs,
      links,
      agreement,
      ...(found && subjects > mostSampled.subjects && { agreementSubjects: mostSampled.subjects }),
      withdrawn: graph.edges.filter((edge) => !isKept(edge)),
      seconds: (performance.now() - started) / 1000,
    },
    graph: { ...graph, edges: graph.edges.filter(isKept) },
    ...(found && { latents: found.latents }),
  };
}

/** @param found left out: nothing was tested; every p of what is not tested is 1 */
export function pairEvidence(nodes: readonly LatentNode[], found: CrossFit | undefined): PairEvidence[] {
  const modalities = [...new Set(nodes.map(({ modality }) => modality))];
  const columnsOf = (modality: string, units: readonly Float64Array[]): Float64Array[] =>
    nodes.flatMap((node, latent) => (node.modality === modality ? [units[latent]] : []));
  const raw = modalities.flatMap((first, m) =>
    modalities.slice(m + 1).map((second) => {
      const widths = nodes.filter(({ modality }) => modality === first || modality === second).length;
      const parts = (found?.halves ?? []).map(({ units, taken }) => {
        const [a, b] = [columnsOf(first, units), columnsOf(second, units)];
        const directions = nodes.map(({ modality }, latent) =>
          modality === first || modality === second ? taken[latent] : 0,
        );
        return { a, b, rows: rowsWithBoth(a[0], b[0]), lost: Math.max(...directions) };
      });
      const subjects = parts.reduce((sum, { rows }) => sum + rows.length, 0);
      const least = Math.max(found?.leastUnits ?? 0, widths + 3);
      const folds = parts.every(({ rows, lost }) => rows.length - lost >= least)
        ? parts.map(({ a, b, rows, lost }) =>
            canonicalTest(
              a.map((values) => valuesAt(values, rows)),
              b.map((values) => valuesAt(values, rows)),
              rows.length - lost,
            ),
          )
        : [];
      return { first, second, subjects, folds, p: fisher(folds.map(({ p }) => p)) };
    }),
  );
  const corrected = holm(raw.filter(({ folds }) => folds.length > 0).map(({ p }) => p));
  let tested = 0;
  return raw.map((pair) => {
    const p = pair.folds.length > 0 ? corrected[tested++] : 1;
    return { ...pair, corrected: p, related: p <= ALPHA };
  });
}

/** Positions at which neither is missing: those of subjects who have both modalities. */
function rowsWithBoth(a: Float64Array, b: Float64Array): Int32Array {
  return rowsWhere(a.length, (row) => !Number.isNaN(a[row]) && !Number.isNaN(b[row]));
}

function valuesAt(values: Float64Array, rows: Int32Array): Float64Array {
  return Float64Array.from(rows, (row) => values[row]);
}

function linkEvidence({ nodes }: LatentGraph, { halves }: CrossFit, pairs: readonly PairEvidence[]) {
  const related = new Set(pairs.filter((pair) => pair.related).map(({ first, second }) => `${first} ${second}`));
  const raw = nodes.flatMap((a, i) =>
    nodes.flatMap((b, j) => {
      if (j <= i || !related.has(`${a.modality} ${b.modality}`)) return [];
      const foundAgain = halves.every(({ agreement }) => agreement[i] >= FOUND_AGAIN && agreement[j] >= FOUND_AGAIN);
      const test = correlationTest(
        halves.map(({ units, taken }) => ({ a: units[i], b: units[j], lost: Math.max(taken[i], taken[j]) })),
      );
      return [{ first: a.name, second: b.name, ...test, foundAgain }];
    }),
  );
  const corrected = holm(raw.map(({ p }) => p));
  return raw.map(({ foundAgain, ...link }, i): LinkEvidence => {
    const q = corrected[i];
    return { ...link, q, foundAgain, stands: foundAgain && q <= ALPHA };
  });
}

interface TwoLatents {
  /** Normal scores, NaN where a subject lacks the modality. */
  readonly a: Float64Array;
  readonly b: Float64Array;
  /** Units that do not count. */
  readonly lost: number;
}

/** The correlation of each half in Fisher's z, weighted by what it knows. */
function correlationTest(halves: readonly TwoLatents[]) {
  let sum = 0;
  let weights = 0;
  for (const { lost, ...own } of halves) {
    const rows = rowsWithBoth(own.a, own.b);
    const isWhole = rows.length === own.a.length;
    const [a, b] = [own.a, own.b].map((values) => (isWhole ? values : normalScores(valuesAt(values, rows))));
    let [product, squareA, squareB] = [0, 0, 0];
    a.forEach((value, i) => {
      product += value * b[i];
      squareA += value ** 2;
      squareB += b[i] ** 2;
    });
    // Normal scores have mean 0; those of a constant latent are all 0.
    const scale = Math.sqrt(squareA * squareB);
    const correlation = scale === 0 ? 0 : Math.min(1 - 1e-12, Math.max(-1 + 1e-12, product / scale));
    const weight = a.length - lost - 3;
    sum += weight * Math.atanh(correlation);
    weights += weight;
  }
  return { correlation: Math.tanh(sum / weights), p: normalTwoSided(sum / Math.sqrt(weights)) };
}
