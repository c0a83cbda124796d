// Discovery on columns: a named test, PC, and how often each edge is found again in resamples.

import { InputError } from '../../errors.js';
import { didYouMean } from '../../suggestion.js';
import { bootstrapGraphs, stableGraph, type BootstrapResult, type EdgeFrequencies } from './bootstrap.js';
import { graphEdges, type CausalEdge, type CausalGraph } from './causal-graph.js';
import { checkColumns, type DataColumn } from './columns.js';
import { chiSquare, gSquare } from './contingency.js';
import { fisherZ } from './fisher-z.js';
import type { IndependenceTest } from './independence.js';
import { kci } from './kci.js';
import { mixedTest } from './mixed.js';
import { pc, type PcOptions, type PcResult } from './pc.js';
import { rcit } from './rcit.js';

const TESTS = {
  fisherz: fisherZ,
  chisq: chiSquare,
  gsq: gSquare,
  mixed: mixedTest,
  kci,
  rcit,
} as const satisfies Record<string, (columns: readonly DataColumn[]) => IndependenceTest>;

export type TestName = keyof typeof TESTS;
export const TEST_NAMES = Object.keys(TESTS) as readonly TestName[];

export interface DiscoverOptions extends PcOptions {
  /**
   * `fisherz` (linear, continuous; when left out), `chisq` or `gsq` (discrete), `mixed` (continuous, ordinal, binary),
   * `kci` or `rcit` (continuous, any shape).
   */
  readonly test?: TestName;
  /** Number of resamples; 0 when left out. */
  readonly bootstrap?: number;
  /** Of the resamples; 0 when left out. */
  readonly seed?: number;
  /** In (0, 1]: the graph is that of the edges found in at least this share of the resamples; see {@link stableGraph}. */
  readonly threshold?: number;
}

export interface DiscoveredEdge extends CausalEdge {
  /** Largest p-value of the tests the edge withstood; NaN where all data together do not have it, or knowledge requires it. */
  readonly p: number;
  /** Only after a bootstrap. `forward` is the direction in which the edge is written. */
  readonly frequencies?: EdgeFrequencies;
}

export interface Discovery extends Omit<PcResult, 'weakest'> {
  readonly edges: readonly DiscoveredEdge[];
  readonly bootstrap?: BootstrapResult;
}

/**
 * The causal graph over columns.
 * @throws InputError `unknown-test`, `invalid-resamples`, and what {@link checkColumns}, the tests and {@link pc} throw
 */
export function discover(columns: readonly DataColumn[], options: DiscoverOptions = {}): Discovery {
  const { test = 'fisherz', bootstrap = 0, seed = 0, threshold, ...settings } = options;
  if (!Object.hasOwn(TESTS, test)) {
    const hint = didYouMean(test, TEST_NAMES);
    throw new InputError('unknown-test', `there is no test '${test}'${hint}: choose ${TEST_NAMES.join(', ')}`);
  }
  if (threshold !== undefined && bootstrap === 0) {
    throw new InputError('invalid-threshold', 'a threshold is a share of resamples: it needs bootstrap above 0');
  }
  checkColumns(columns);
  const { weakest, ...found } = pc(TESTS[test](columns), settings);
  const resampled =
    bootstrap === 0
      ? undefined
      : bootstrapGraphs(columns, { resamples: bootstrap, seed }, (drawn) => pc(TESTS[test](drawn), settings).graph);
  const graph =
    resampled === undefined || threshold === undefined ? found.graph : stableGraph(columns, resampled, threshold);
  const edges = describeEdges(graph, weakest, resampled);
  return { ...found, graph, edges, ...(resampled && { bootstrap: resampled }) };
}

function describeEdges(
  graph: CausalGraph,
  weakest: PcResult['weakest'],
  resampled: BootstrapResult | undefined,
): DiscoveredEdge[] {
  const p = byPair(weakest);
  const frequencies = byPair(resampled?.pairs ?? []);
  return graphEdges(graph).map((edge) => {
    const [there, back] = [JSON.stringify([edge.from, edge.to]), JSON.stringify([edge.to, edge.from])];
    const told = { ...edge, p: (p.get(there) ?? p.get(back))?.p ?? NaN };
    if (resampled === undefined) return told;
    return { ...told, frequencies: sharesOf(frequencies.get(there) ?? turned(frequencies.get(back) ?? NEVER)) };
  });
}

const NEVER: EdgeFrequencies = { adjacent: 0, forward: 0, backward: 0, undirected: 0, bidirected: 0 };

function byPair<Item extends { readonly pair: readonly [string, string] }>(items: readonly Item[]): Map<string, Item> {
  return new Map(items.map((item) => [JSON.stringify(item.pair), item]));
}

function turned(found: EdgeFrequencies): EdgeFrequencies {
  return { ...found, forward: found.backward, backward: found.forward };
}

function sharesOf({ adjacent, forward, backward, undirected, bidirected }: EdgeFrequencies): EdgeFrequencies {
  return { adjacent, forward, backward, undirected, bidirected };
}
