// Compares a fit with observed causes with the known truth: latents, edges among them, and edges of causes.

import { adjacencyMatrix, type LatentGraph } from '../../src/causal/index.js';
import { evaluate, selectRows, type Evaluation, type LatentTable } from '../../src/metrics/index.js';

/** What is known about the latents of a data set. */
export interface CauseTruth {
  readonly modalities: readonly TrueModality[];
  /** Row child, column parent, over the latents of all modalities, without exogenous variables. */
  readonly adjacency: ArrayLike<number>;
  /** Latents that each level, or each number, changes, by `cause=level` or `cause`. Names as `m1.z2`. */
  readonly targets: Readonly<Record<string, readonly string[]>>;
}

export interface TrueModality {
  readonly name: string;
  readonly latents: number;
  /** Exogenous variables, which the fit may find as latents without edges. */
  readonly exogenous: number;
  /** Subjects × (latents + exogenous). */
  readonly values: Float64Array;
}

export interface FittedLatents {
  readonly graph: LatentGraph;
  /** Subjects × latents, by modality. */
  readonly latents: Readonly<Record<string, ArrayLike<number>>>;
}

/** A true latent and the fitted one that matches it within its modality. */
export interface MatchedLatent {
  readonly name: string;
  /** Left out if the modality has fewer fitted latents than true ones. */
  readonly fitted?: string | undefined;
  /** |Spearman| on test subjects. */
  readonly correlation: number;
  /** R² of a kernel ridge regression on all fitted latents of the modality: what the first stage retains. */
  readonly r2: number;
}

export interface CauseFigures {
  /** Mean |Spearman| of true latents with their matches, on test subjects. */
  readonly mcc: number;
  /** Mean MCC of random rotations of the true latents and exogenous variables within each modality. */
  readonly chance: number;
  /** Minimum over true latents. */
  readonly worst: number;
  readonly latents: readonly MatchedLatent[];
  /** Number of wrong edges among latents: missing, extra or reversed, also edges of latents without a true match. */
  readonly shd: number;
  readonly trueEdges: number;
  /** Edges of causes: number of true ones, of fitted ones, and of those that are both. */
  readonly targets: { readonly true: number; readonly fitted: number; readonly right: number };
}

/**
 * Returns the figures of a fit.
 * @param test rows of the test subjects
 */
export function causeFigures(truth: CauseTruth, fit: FittedLatents, test: Int32Array): CauseFigures {
  const known = tableOf(truth, test);
  const fitted = fittedTable(truth, fit, test);
  const evaluation = evaluate(known, fitted);
  const { structure } = evaluation;
  const { modalities } = truth;
  // Modalities count as often as they have latents, as in the MCC.
  const floorOf = (name: string) => evaluation.modalities[name].chance.mccSpearman.floor;
  const latents = matchesOf(truth, evaluation);
  const correlations = latents.map(({ correlation }) => correlation);
  return {
    mcc: correlations.reduce((sum, one) => sum + one, 0) / correlations.length,
    chance: modalities.reduce((sum, { name, latents: count }) => sum + count * floorOf(name), 0) / correlations.length,
    worst: Math.min(...correlations),
    latents,
    shd: structure!.cross.distance + structure!.within.distance + structure!.unmatchedEdges,
    trueEdges: structure!.cross.trueEdges + structure!.within.trueEdges,
    targets: targetsOf(truth, fit.graph, latents),
  };
}

/** Returns 2 · right / (true + fitted), 1 if there are neither true nor fitted edges. */
export function targetScore({ true: known, fitted, right }: CauseFigures['targets']): number {
  return known + fitted === 0 ? 1 : (2 * right) / (known + fitted);
}

function tableOf({ modalities, adjacency }: CauseTruth, test: Int32Array): LatentTable {
  const widths = modalities.map(({ latents, exogenous }) => latents + exogenous);
  const latents = modalities.reduce((sum, modality) => sum + modality.latents, 0);
  const columns = widths.reduce((sum, width) => sum + width, 0);
  // Positions of the latents among latents and exogenous variables.
  let start = 0;
  const places = modalities.flatMap((modality, m) => {
    const first = start;
    start += widths[m];
    return Array.from({ length: modality.latents }, (_, i) => first + i);
  });
  const edges = new Int8Array(columns * columns);
  places.forEach((child, i) =>
    places.forEach((parent, j) => (edges[child * columns + parent] = Number(adjacency[i * latents + j] !== 0))),
  );
  return {
    z: joined(
      modalities.map(({ values }, m) => ({ values, width: widths[m] })),
      test,
    ),
    modalities: modalities.map(({ name }, m) => ({ name, latents: widths[m] })),
    adjacency: edges,
  };
}

function fittedTable({ modalities }: CauseTruth, { graph, latents }: FittedLatents, test: Int32Array): LatentTable {
  const widths = modalities.map(({ name }) => graph.nodes.filter(({ modality }) => modality === name).length);
  // Latents of other modalities have no truth to compare with.
  const known = new Set(modalities.map(({ name }) => name));
  const compared = graph.nodes.flatMap(({ modality }, i) => (known.has(modality) ? [i] : []));
  const all = adjacencyMatrix(graph);
  return {
    z: joined(
      modalities.map(({ name }, m) => ({ values: latents[name], width: widths[m] })),
      test,
    ),
    modalities: modalities.map(({ name }, m) => ({ name, latents: widths[m] })),
    adjacency: compared.flatMap((child) => compared.map((parent) => all[child * graph.nodes.length + parent])),
  };
}

/** Returns some rows of tables side by side. */
function joined(tables: readonly { values: ArrayLike<number>; width: number }[], rows: Int32Array): LatentTable['z'] {
  const columns = tables.reduce((sum, { width }) => sum + width, 0);
  const subjects = tables[0].values.length / tables[0].width;
  const values = new Float64Array(subjects * columns);
  let start = 0;
  for (const { values: from, width } of tables) {
    for (let row = 0; row < subjects; row++) {
      for (let i = 0; i < width; i++) values[row * columns + start + i] = from[row * width + i];
    }
    start += width;
  }
  return selectRows({ values, rows: subjects, columns }, rows);
}

function matchesOf({ modalities }: CauseTruth, evaluation: Evaluation): MatchedLatent[] {
  return modalities.flatMap(({ name, latents }) =>
    evaluation.modalities[name].latents.slice(0, latents).map(({ name: known, estimate, spearman, r2 }) => ({
      name: known,
      ...(estimate !== null && { fitted: estimate }),
      correlation: spearman,
      r2,
    })),
  );
}

function targetsOf(
  { targets }: CauseTruth,
  { causeEdges = [] }: LatentGraph,
  latents: readonly MatchedLatent[],
): CauseFigures['targets'] {
  const trueName = new Map(latents.map(({ name, fitted }) => [fitted, name]));
  const known = Object.entries(targets).flatMap(([key, names]) => names.map((name) => `${key} ${name}`));
  const fitted = causeEdges.map(
    ({ from, level, to }) => `${from}${level === undefined ? '' : `=${level}`} ${trueName.get(to) ?? 'no true latent'}`,
  );
  return { true: known.length, fitted: fitted.length, right: fitted.filter((edge) => known.includes(edge)).length };
}
