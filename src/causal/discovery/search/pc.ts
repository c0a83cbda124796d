// The PC algorithm, stable variant (Spirtes, Glymour, Scheines 2000; Colombo & Maathuis 2014): skeleton, colliders,
// Meek's rules. The result does not depend on the order in which edges are tested.

import { checkArgument, checkOptions } from '../../../errors/argument.js';
import { InputError } from '../../../errors/errors.js';
import { didYouMean } from '../../../errors/suggestion.js';
import { answerLocally, type QuestionGenerator } from './question-generator.js';
import { copyGraph, isUndirected, type CausalGraph } from '../causal-graph.js';
import { COLLIDER_PRIORITIES, COLLIDER_RULES, orientColliders } from './colliders.js';
import { PC_OPTIONS, type ConstraintOptions, type PcOptions } from '../options.js';
import { RememberedTest, type IndependenceTest, type TestCounts } from '../independence/independence.js';
import { compileKnowledge, type CompiledKnowledge } from './knowledge.js';
import { compileCompatibility } from './compatibility.js';
import { applyDefiniteRules, applyMeekRules } from './meek.js';
import { FollowedArrows, NotedAncestors, type Orientation } from './orientation.js';
import { areContexts, findSkeleton, type Skeleton } from './skeleton.js';

/** Two variables that are not adjacent. */
export interface SeparatedPair {
  readonly pair: readonly [string, string];
  /** The separating set with the largest p-value, of the size that removed the edge; null if knowledge removed it. */
  readonly conditioning: readonly string[] | null;
  /** P-value given this set; NaN if `conditioning` is null. */
  readonly p: number;
}

export interface PcResult extends TestCounts {
  /**
   * A CPDAG from PC and GES, a PAG from FCI. If tests contradict each other, the graph of PC may have ↔ or represent no
   * DAG.
   */
  readonly graph: CausalGraph;
  readonly separations: readonly SeparatedPair[];
  /** For each adjacent pair, the largest p-value of its tests: the smaller it is, the more certain is the edge. */
  readonly weakest: readonly { readonly pair: readonly [string, string]; readonly p: number }[];
}

/**
 * Returns the equivalence class of DAGs that the independences of the test support.
 * @throws InputError `invalid-alpha`, `invalid-conditioning`, `unknown-rule`, `unknown-priority`, `unknown-variable`,
 *   `invalid-knowledge`, `contradictory-knowledge`, `too-many-subsets`, and what the test throws
 */
export function pc(test: IndependenceTest, options: PcOptions = {}): PcResult {
  checkArgument('pc: test', test, { variables: [{ name: 'text' }], test: 'function' });
  checkOptions('pc', options, PC_OPTIONS);
  const remembered = new RememberedTest(test);
  return answerLocally(pcQuestions(remembered, options), remembered);
}

export function* pcQuestions(remembered: RememberedTest, options: PcOptions): QuestionGenerator<PcResult> {
  const { variables, contexts } = remembered.test;
  const { alpha = 0.05, maxConditioning = Infinity, rule = 'sepset', priority = 'existing' } = options;
  checkConstraints({ alpha, maxConditioning });
  checkChoice('rule', rule, COLLIDER_RULES);
  checkChoice('priority', priority, COLLIDER_PRIORITIES);
  const knowledge = compileKnowledge(variables, options.knowledge, contexts);
  const choices = compileCompatibility(options.compatibility);
  const isRounded = choices.has('rounded-p-values');
  const settings = { alpha, maxConditioning, rule, priority, knowledge, isRounded };
  const skeleton = yield* findSkeleton(variables, { ...settings, hasCommonCauses: false });
  const graph = copyGraph(skeleton.graph);
  const orientation = choices.has('noted-ancestors') ? new NotedAncestors(graph) : new FollowedArrows(graph);
  orientByKnowledge(orientation, knowledge);
  const definite = orientColliders(orientation, skeleton, remembered, settings);
  if (rule === 'definite-maxp') applyDefiniteRules(orientation, definite, knowledge);
  applyMeekRules(orientation, knowledge);
  return { graph, ...describeSkeleton(skeleton, knowledge), ...remembered.counts() };
}

/** Returns separating sets, except of two contexts, and largest p-values with the names of the variables. */
export function describeSkeleton(
  { graph, separations, weakest }: Skeleton,
  knowledge: CompiledKnowledge,
): Pick<PcResult, 'separations' | 'weakest'> {
  const names = graph.variables.map(({ name }) => name);
  const described = separations.entries().filter(([i, j]) => !areContexts(knowledge, i, j));
  return {
    separations: described.map(([i, j, { conditioning, p }]) => ({
      pair: [names[i], names[j]],
      conditioning: conditioning?.map((k) => names[k]) ?? null,
      p,
    })),
    weakest: weakest.entries().map(([i, j, p]) => ({ pair: [names[i], names[j]], p })),
  };
}

function orientByKnowledge(orientation: Orientation, knowledge: CompiledKnowledge): void {
  const { graph } = orientation;
  const size = graph.variables.length;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      if (!isUndirected(graph, i, j)) continue;
      if (knowledge.requires(i, j) || !knowledge.allows(j, i)) orientation.direct(i, j);
    }
  }
}

/** @throws InputError `invalid-alpha`, `invalid-conditioning` */
export function checkConstraints({
  alpha,
  maxConditioning,
}: Required<Pick<ConstraintOptions, 'alpha' | 'maxConditioning'>>): void {
  if (!(alpha > 0 && alpha < 1)) {
    throw new InputError('invalid-alpha', `alpha must be a number between 0 and 1, got ${String(alpha)}`);
  }
  checkLimit('maxConditioning', maxConditioning);
}

/** @param option name of an option that limits the number of variables @throws InputError `invalid-conditioning` */
export function checkLimit(option: string, limit: number): void {
  if (limit === Infinity || (Number.isSafeInteger(limit) && limit >= 0)) return;
  throw new InputError('invalid-conditioning', `${option} must be a whole number of at least 0, got ${limit}`);
}

/** @throws InputError `unknown-rule`, `unknown-priority`, `unknown-test`, `unknown-algorithm`, `unknown-score` */
export function checkChoice(
  option: 'rule' | 'priority' | 'test' | 'algorithm' | 'score',
  value: string,
  choices: readonly string[],
): void {
  if (choices.includes(value)) return;
  throw new InputError(
    `unknown-${option}`,
    `there is no ${option} '${value}'${didYouMean(value, choices)}: choose ${choices.join(', ')}`,
  );
}
