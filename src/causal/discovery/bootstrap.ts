// How stable edges are: discovery on resamples of the rows, drawn with replacement (Friedman, Goldszmidt & Wyner 1999),
// and the graph of those that pass a threshold (in the manner of Meinshausen & Bühlmann 2010).

import { InputError } from '../../errors.js';
import { seedKey, uniforms } from '../../random/streams.js';
import {
  ARROW,
  emptyGraph,
  isAdjacent,
  isDirected,
  isUndirected,
  positions,
  setEdge,
  TAIL,
  type CausalGraph,
} from './causal-graph.js';
import type { DataColumn } from './columns.js';

/** Shares of the resamples, each in [0, 1]. */
export interface EdgeFrequencies {
  /** The pair is adjacent. */
  readonly adjacent: number;
  /** First → second. */
  readonly forward: number;
  /** First ← second. */
  readonly backward: number;
  readonly undirected: number;
  readonly bidirected: number;
}

export interface BootstrapResult {
  readonly resamples: number;
  readonly seed: number;
  /** Pairs that are adjacent in any resample, in the order of the variables. */
  readonly pairs: readonly (EdgeFrequencies & { readonly pair: readonly [string, string] })[];
}

/** Philox's stream of row draws; the step is the number of the resample. */
const STREAM = 0x626f6f74;

/**
 * Edge and orientation frequencies over resamples of the rows; the same seed gives the same resamples.
 * @param find the graph of a resample
 * @throws InputError `invalid-resamples`, and what `find` throws
 */
export function bootstrapGraphs(
  columns: readonly DataColumn[],
  { resamples, seed = 0 }: { readonly resamples: number; readonly seed?: number },
  find: (columns: readonly DataColumn[]) => CausalGraph,
): BootstrapResult {
  if (!Number.isSafeInteger(resamples) || resamples < 1 || !Number.isSafeInteger(seed) || seed < 0) {
    throw new InputError(
      'invalid-resamples',
      `bootstrap takes a whole number of at least 1 and a seed of at least 0, got ${resamples} and ${seed}`,
    );
  }
  const rows = columns[0].values.length;
  const size = columns.length;
  const kinds = [isAdjacent, isDirected, (g: CausalGraph, i: number, j: number) => isDirected(g, j, i), isUndirected];
  const counts = kinds.map(() => new Int32Array(size * size));
  const key = seedKey(seed);
  for (let resample = 0; resample < resamples; resample++) {
    const draws = Int32Array.from(uniforms(key, STREAM, resample, rows), (u) => Math.floor(u * rows));
    const graph = find(
      columns.map((column) => ({ ...column, values: Float64Array.from(draws, (row) => column.values[row]) })),
    );
    for (let i = 0; i < size; i++) {
      for (let j = i + 1; j < size; j++) {
        for (const [k, isKind] of kinds.entries()) if (isKind(graph, i, j)) counts[k][i * size + j]++;
      }
    }
  }
  const pairs = [];
  for (let i = 0; i < size; i++) {
    for (let j = i + 1; j < size; j++) {
      const [adjacent, forward, backward, undirected] = counts.map((count) => count[i * size + j] / resamples);
      if (adjacent === 0) continue;
      const bidirected =
        (counts[0][i * size + j] - counts[1][i * size + j] - counts[2][i * size + j] - counts[3][i * size + j]) /
        resamples;
      pairs.push({
        pair: [columns[i].name, columns[j].name] as const,
        adjacent,
        forward,
        backward,
        undirected,
        bidirected,
      });
    }
  }
  return { resamples, seed, pairs };
}

/**
 * The edges found in at least the share `threshold` of the resamples; one that is → in more than half of the resamples
 * that have it is →, all others are –.
 * @throws InputError `invalid-threshold`
 */
export function stableGraph(
  variables: CausalGraph['variables'],
  { pairs }: BootstrapResult,
  threshold: number,
): CausalGraph {
  if (!(threshold > 0 && threshold <= 1)) {
    throw new InputError('invalid-threshold', `the threshold is a share in (0, 1], got ${threshold}`);
  }
  const graph = emptyGraph(variables);
  const position = positions(variables);
  for (const { pair, adjacent, forward, backward } of pairs) {
    if (adjacent < threshold) continue;
    const [i, j] = pair.map((name) => position.get(name)!);
    setEdge(graph, i, j, backward > adjacent / 2 ? ARROW : TAIL, forward > adjacent / 2 ? ARROW : TAIL);
  }
  return graph;
}
