// Causal discovery on columns: runs the chosen algorithm with its test or score, and counts each edge over
// half-samples.

import { checkOptions } from '../../errors/argument.js';
import { InputError } from '../../errors/errors.js';
import { withAssociations } from './associations.js';
import { answerLocally, type QuestionGenerator } from './search/question-generator.js';
import {
  asWritten,
  halfSampleGraphs,
  checkHalfSamples,
  NEVER,
  shareInterval,
  stableGraph,
  type HalfSampleShares,
  type EdgeFrequencies,
  type EdgeIntervals,
} from './half-samples.js';
import { graphEdges, type CausalEdge, type CausalGraph, type Variable } from './causal-graph.js';
import { checkColumns, type DataColumn } from './columns.js';
import type { LinkFigures } from './link-figures.js';
import { fciQuestions } from './search/fci.js';
import { compileCompatibility } from './search/compatibility.js';
import { checkPenalty } from './search/gaussian-score.js';
import { ges } from './search/ges.js';
import { RememberedTest, type IndependenceTest } from './independence/independence.js';
import { KERNEL_CHOICES } from './independence/kernel-choices.js';
import { DISCOVER_OPTIONS, SEARCH_OPTIONS, type DiscoverOptions } from './options.js';
import { checkChoice, checkLimit, pcQuestions, type PcResult } from './search/pc.js';
import { PENALTY, SCORES } from './search/scores.js';
import { TESTS } from './independence/tests.js';

/** The default of causal-learn. */
const CAUSAL_LEARN_PENALTY = 1;

export interface DiscoveredEdge extends CausalEdge {
  /**
   * Largest p-value of the tests that kept the edge. NaN if the search on all data does not find the edge, or if
   * background knowledge requires it.
   */
  readonly p: number;
  /**
   * Spearman's ρ of the two columns over the rows that have both, in [−1, 1]: sign and size of the marginal
   * association. Left out if a column has levels without an order or does not vary in these rows.
   */
  readonly association?: number | undefined;
  /** Evidence of held-out subjects for the link, if the search includes latents. */
  readonly link?: LinkFigures | undefined;
  /** Present only with half-samples. `forward` is the direction in which the edge is written. */
  readonly frequencies?: EdgeFrequencies;
  readonly intervals?: EdgeIntervals;
}

export interface Discovery extends Omit<PcResult, 'weakest'> {
  readonly edges: readonly DiscoveredEdge[];
  readonly halfSamples?: HalfSampleShares;
}

/**
 * Returns the causal graph over columns.
 * @throws InputError `unknown-option`, `unknown-test`, `unknown-algorithm`, `unknown-score`, `unknown-compatibility`,
 *   `invalid-penalty`, `invalid-half-samples`, and what {@link checkColumns}, the tests and {@link pc} throw
 */
export function discover(columns: readonly DataColumn[], options: DiscoverOptions = {}): Discovery {
  checkOptions('discover', options, DISCOVER_OPTIONS);
  checkDiscovery(columns, options);
  const { halfSamples = 0, seed = 0, groups } = options;
  const result = findGraph(columns, options);
  const resampled =
    halfSamples === 0
      ? undefined
      : halfSampleGraphs(columns, { count: halfSamples, seed, groups }, (sample) => findGraph(sample, options).graph);
  return assemble(columns, result, options, resampled);
}

/** Checks columns and options before the search starts. */
export function checkDiscovery(columns: readonly DataColumn[], options: DiscoverOptions): void {
  const { test = 'fisherz', algorithm = 'pc', halfSamples = 0, seed = 0, threshold, penalty } = options;
  for (const name of ['test', 'algorithm', 'score'] as const) {
    const { accepts, default: value } = SEARCH_OPTIONS[name];
    checkChoice(name, options[name] ?? value, accepts);
  }
  if (algorithm === 'ges' && test !== 'fisherz') {
    throw new InputError('unsupported-test', `ges uses a score instead of a test: use ${test} with pc or fci`);
  }
  compileCompatibility(options.compatibility);
  checkLimit('maxConditioning', options.maxConditioning ?? Infinity);
  if (penalty !== undefined) checkPenalty(penalty);
  if (threshold !== undefined && halfSamples === 0) {
    throw new InputError('invalid-threshold', 'a threshold is a share of half-samples: it needs halfSamples above 0');
  }
  if (halfSamples !== 0) checkHalfSamples(halfSamples, seed);
  checkColumns(columns);
  const { groups } = options;
  if (groups && groups.length !== columns[0].values.length) {
    throw new InputError(
      'invalid-half-samples',
      `groups has ${groups.length} elements; it needs one for each of the ${columns[0].values.length} rows`,
    );
  }
}

/** Runs the algorithm once, without half-samples. */
export function findGraph(columns: readonly DataColumn[], options: DiscoverOptions): PcResult {
  if (options.algorithm === 'ges') return scoredGraph(columns, options);
  const remembered = new RememberedTest(testOf(columns, options));
  return answerLocally(graphQuestions(remembered, options), remembered);
}

export function scoredGraph(columns: readonly DataColumn[], options: DiscoverOptions): PcResult {
  const { score = 'bic', maxConditioning, knowledge, compatibility } = options;
  const local = SCORES[score].make(columns, { ...options, penalty: penaltyOf(options) });
  return ges({ ...local, variables: namesOf(columns) }, { maxParents: maxConditioning, knowledge, compatibility });
}

/** Returns the penalty, or the default if none is set. @throws InputError `unknown-compatibility` */
export function penaltyOf({ penalty, compatibility }: DiscoverOptions): number {
  return penalty ?? (compileCompatibility(compatibility).has('penalty') ? CAUSAL_LEARN_PENALTY : PENALTY);
}

/**
 * Returns a test by its name, for `pc` and `fci`.
 * @param options `fisherz` and no compatibility when left out
 * @throws InputError `unknown-option`, `unknown-test`, `unknown-compatibility`, and what the test throws
 */
export function independenceTest(
  columns: readonly DataColumn[],
  options: Pick<DiscoverOptions, 'test' | 'compatibility'> = {},
): IndependenceTest {
  checkOptions('independenceTest', options, { test: 'text', compatibility: 'anything' });
  checkChoice('test', options.test ?? SEARCH_OPTIONS.test.default, SEARCH_OPTIONS.test.accepts);
  return testOf(columns, options);
}

export function testOf(
  columns: readonly DataColumn[],
  { test = 'fisherz', compatibility }: DiscoverOptions,
): IndependenceTest {
  const choices = compileCompatibility(compatibility);
  const kernel = { compatibility: KERNEL_CHOICES.filter((choice) => choices.has(choice)) };
  return { ...TESTS[test].make(columns, kernel), variables: namesOf(columns) };
}

/** Returns the variables without the data of their columns. */
function namesOf(columns: readonly DataColumn[]): Variable[] {
  return columns.map(({ name, modality, levels }) => ({
    name,
    ...(modality !== undefined && { modality }),
    ...(levels && { levels }),
  }));
}

export function graphQuestions(test: RememberedTest, options: DiscoverOptions): QuestionGenerator<PcResult> {
  return (options.algorithm === 'fci' ? fciQuestions : pcQuestions)(test, options);
}

/** Returns the result, from the graph of all data and those of the half-samples. */
export function assemble(
  columns: readonly DataColumn[],
  { weakest, ...result }: PcResult,
  { threshold, algorithm }: DiscoverOptions,
  halfSamples: HalfSampleShares | undefined,
): Discovery {
  const graph =
    halfSamples === undefined || threshold === undefined
      ? result.graph
      : stableGraph(result.graph.variables, halfSamples, threshold, algorithm === 'fci' ? 'pag' : 'cpdag');
  return {
    ...result,
    graph,
    edges: withAssociations(columns, describeEdges(graph, weakest, halfSamples)),
    halfSamples,
  };
}

function describeEdges(
  graph: CausalGraph,
  weakest: PcResult['weakest'],
  shares: HalfSampleShares | undefined,
): DiscoveredEdge[] {
  const pValues = new Map(weakest.map(({ pair, p }) => [JSON.stringify(pair), p]));
  const edges = graphEdges(graph).map((edge) => {
    const forward = JSON.stringify([edge.from, edge.to]);
    const backward = JSON.stringify([edge.to, edge.from]);
    return { ...edge, p: pValues.get(forward) ?? pValues.get(backward) ?? NaN };
  });
  return shares === undefined ? edges : withShares(edges, shares);
}

/** Returns the edges with their frequencies over half-samples and the intervals of these. */
export function withShares(edges: readonly DiscoveredEdge[], { count, pairs }: HalfSampleShares): DiscoveredEdge[] {
  const shares = new Map(pairs.map(({ pair, ...frequencies }) => [JSON.stringify(pair), frequencies]));
  const interval = (share: number) => shareInterval(share, count);
  return edges.map((edge) => {
    const backward = shares.get(JSON.stringify([edge.to, edge.from]));
    const frequencies = shares.get(JSON.stringify([edge.from, edge.to])) ?? reversed(backward ?? NEVER);
    const intervals = { adjacent: interval(frequencies.adjacent), asWritten: interval(asWritten(edge, frequencies)) };
    return { ...edge, frequencies, intervals };
  });
}

/** Returns the frequencies of the same pair in reverse order. */
function reversed(frequencies: EdgeFrequencies): EdgeFrequencies {
  const { forward, backward, openForward, openBackward } = frequencies;
  return { ...frequencies, forward: backward, backward: forward, openForward: openBackward, openBackward: openForward };
}
