// Causal discovery on columns: runs the chosen algorithm with its test or score, and counts each edge over
// half-samples.

import { checkOneOf, checkOptions } from '../../errors/argument.js';
import { InputError } from '../../errors/errors.js';
import { withAssociations } from './associations.js';
import { answerLocally, type QuestionGenerator } from './search/question-generator.js';
import {
  asWritten,
  checkHalfSamples,
  EdgeCounts,
  halfSampleRows,
  NEVER,
  shareInterval,
  stableGraph,
  withRows,
  type HalfSampleShares,
  type EdgeFrequencies,
  type EdgeIntervals,
} from './half-samples.js';
import { graphEdges, type CausalEdge, type CausalGraph, type Variable } from './causal-graph.js';
import { checkColumns, type DataColumn } from './columns.js';
import {
  compileEnvironments,
  contextColumns,
  contextVariables,
  describeEnvironments,
  refused,
  withContextMarks,
  type DescribedEnvironments,
} from './environments.js';
import type { LinkFigures } from './link-figures.js';
import { fciQuestions } from './search/fci.js';
import { compileCompatibility } from './search/compatibility.js';
import { checkPenalty } from './search/gaussian-score.js';
import { ges } from './search/ges.js';
import { interventionalScore } from './search/interventional-score.js';
import { environmentTest } from './independence/environment-test.js';
import { RememberedTest, type IndependenceTest } from './independence/independence.js';
import { KERNEL_CHOICES } from './independence/kernel-choices.js';
import { kindOf } from './independence/mixed.js';
import { DISCOVER_OPTIONS, isScored, SEARCH_OPTIONS, type DiscoverOptions } from './options.js';
import { checkChoice, checkLimit, pcQuestions, type PcResult } from './search/pc.js';
import { PENALTY, SCORES } from './search/scores.js';
import { sameMechanism } from './independence/same-mechanism.js';
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
  /** The environments of the rows, with the columns that each changes. */
  readonly environments?: DescribedEnvironments;
}

/**
 * Returns the causal graph over columns.
 * @throws InputError `unknown-option`, `unknown-test`, `unknown-algorithm`, `unknown-score`, `unknown-compatibility`,
 *   `invalid-penalty`, `invalid-half-samples`, and what {@link checkColumns}, the tests and {@link pc} throw
 */
export function discover(columns: readonly DataColumn[], options: DiscoverOptions = {}): Discovery {
  checkOptions('discover', options, DISCOVER_OPTIONS);
  checkDiscovery(columns, options);
  const { halfSamples: count = 0, seed = 0 } = options;
  const result = findGraph(columns, options);
  if (count === 0) return assemble(columns, result, options, undefined);
  const counts = new EdgeCounts(result.graph.variables);
  for (let number = 0; number < count; number++) {
    const half = halfOf(columns, options, number);
    counts.add(findGraph(half.columns, half.options).graph.marks);
  }
  return assemble(columns, result, options, { count, seed, resampled: 'rows', pairs: counts.pairs() });
}

/** Returns half-sample `number` of the rows, and the options for these rows. Halves contain half of each environment. */
export function halfOf<Options extends DiscoverOptions>(
  columns: readonly DataColumn[],
  options: Options,
  number: number,
): { readonly columns: DataColumn[]; readonly options: Options } {
  const { seed = 0, groups, environments } = options;
  const rows = halfSampleRows(columns[0].values.length, seed, number, groups, environments?.levels);
  const halved = environments && { ...environments, levels: Array.from(rows, (row) => environments.levels[row]) };
  return { columns: withRows(columns, rows), options: { ...options, ...(halved && { environments: halved }) } };
}

/** Checks columns and options before the search starts. */
export function checkDiscovery(columns: readonly DataColumn[], options: DiscoverOptions): void {
  const { test = 'fisherz', algorithm = 'pc', halfSamples = 0, seed = 0, threshold, penalty } = options;
  for (const name of ['test', 'algorithm', 'score'] as const) {
    const { accepts, default: value } = SEARCH_OPTIONS[name];
    checkChoice(name, options[name] ?? value, accepts);
  }
  if (isScored({ algorithm }) && test !== 'fisherz') {
    throw new InputError('unsupported-test', `${algorithm} uses a score instead of a test: use ${test} with pc or fci`);
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
  checkEnvironments(columns, options);
  if (groups && groups.length !== columns[0].values.length) {
    throw new InputError(
      'invalid-half-samples',
      `groups has ${groups.length} elements; it needs one for each of the ${columns[0].values.length} rows`,
    );
  }
}

/** @throws InputError `invalid-environments` */
function checkEnvironments(columns: readonly DataColumn[], options: DiscoverOptions): void {
  const { algorithm = 'pc', environments, compatibility, score = 'bic', means } = options;
  if (means !== undefined) checkOneOf('means', means, SEARCH_OPTIONS.means.accepts);
  if (means === 'environment' && score !== 'bic') {
    throw refused(`means of environments cannot be taken out of the levels that ${score} counts: leave out means`);
  }
  if (environments === undefined) {
    if (algorithm === 'gies') throw refused('gies needs the environments of the rows; without them use ges');
    return;
  }
  if (algorithm === 'ges') throw refused('ges ignores them: use gies if their targets are known, or pc or fci');
  if (algorithm !== 'gies' && compatibility !== undefined) {
    throw refused('pc and fci with environments have no compatibility with causal-learn: leave it out');
  }
  const compiled = compileEnvironments(columns, environments);
  if (algorithm !== 'gies') checkColumns([...columns, ...contextColumns(compiled, columns[0].values.length)]);
}

/** Runs the algorithm once, without half-samples. */
export function findGraph(columns: readonly DataColumn[], options: DiscoverOptions): PcResult {
  if (isScored(options)) return scoredGraph(columns, options);
  const remembered = new RememberedTest(testOf(columns, options));
  return answerLocally(graphQuestions(remembered, options), remembered);
}

export function scoredGraph(columns: readonly DataColumn[], options: DiscoverOptions): PcResult {
  const { score = 'bic', maxConditioning, knowledge, compatibility, environments, means } = options;
  const make = (data: readonly DataColumn[], penalty: number) => SCORES[score].make(data, { ...options, penalty });
  const penalty = penaltyOf(options);
  const isMixed = score === 'degenerate-gaussian' && environments !== undefined;
  const typed = isMixed ? columns.map((column) => ({ ...column, kind: kindOf(column) })) : columns;
  const local =
    environments === undefined
      ? make(columns, penalty)
      : interventionalScore(typed, compileEnvironments(columns, environments), make, {
          penalty,
          means: means ?? (score === 'bic' ? 'environment' : 'shared'),
        });
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
  { test = 'fisherz', compatibility, environments }: DiscoverOptions,
): IndependenceTest {
  const choices = compileCompatibility(compatibility);
  const kernel = { compatibility: KERNEL_CHOICES.filter((choice) => choices.has(choice)) };
  const make = (data: readonly DataColumn[]) => TESTS[test].make(data, kernel);
  if (environments === undefined) return { ...make(columns), variables: namesOf(columns) };
  const compiled = compileEnvironments(columns, environments);
  const ofContexts =
    test === 'fisherz'
      ? sameMechanism
      : (data: readonly DataColumn[], contexts: readonly DataColumn[]) => make([...data, ...contexts]);
  // The kind of a column is that of all its rows: one environment may have few of its values.
  const typed = test === 'mixed' ? columns.map((column) => ({ ...column, kind: kindOf(column) })) : columns;
  return { ...environmentTest(typed, compiled, make, ofContexts), variables: variablesOf(columns, { environments }) };
}

/** Returns the variables of the graph: the columns and, for pc and fci with environments, the contexts after them. */
export function variablesOf(columns: readonly DataColumn[], options: DiscoverOptions): Variable[] {
  const { environments } = options;
  const contexts =
    environments && !isScored(options) ? contextVariables(compileEnvironments(columns, environments)) : [];
  return [...namesOf(columns), ...contexts];
}

/** Returns the variables without the data of their columns. */
function namesOf(columns: readonly DataColumn[]): Variable[] {
  return columns.map(({ name, modality, levels }) => ({
    name,
    ...(modality !== undefined && { modality }),
    ...(levels && { levels }),
  }));
}

export function* graphQuestions(test: RememberedTest, options: DiscoverOptions): QuestionGenerator<PcResult> {
  const result = yield* (options.algorithm === 'fci' ? fciQuestions : pcQuestions)(test, options);
  return { ...result, graph: withContextMarks(result.graph) };
}

/** Returns the result, from the graph of all data and those of the half-samples. */
export function assemble(
  columns: readonly DataColumn[],
  { weakest, ...result }: PcResult,
  { threshold, algorithm, environments }: DiscoverOptions,
  halfSamples: HalfSampleShares | undefined,
): Discovery {
  const stable =
    halfSamples === undefined || threshold === undefined
      ? result.graph
      : stableGraph(result.graph.variables, halfSamples, threshold, algorithm === 'fci' ? 'pag' : 'cpdag');
  const graph = withContextMarks(stable);
  const compiled = environments && compileEnvironments(columns, environments);
  const hasContexts = graph.variables.length > columns.length;
  const measured =
    compiled && hasContexts ? [...columns, ...contextColumns(compiled, columns[0].values.length)] : columns;
  return {
    ...result,
    graph,
    edges: withAssociations(measured, describeEdges(graph, weakest, halfSamples)),
    halfSamples,
    ...(compiled && { environments: describeEnvironments(columns, compiled, graph) }),
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
