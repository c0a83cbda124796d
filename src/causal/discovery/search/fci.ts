// FCI (Spirtes, Glymour, Scheines 2000; Zhang 2008): PC for data with unmeasured common causes. The result is a PAG. An
// arrowhead at y of an edge with x means that y does not cause x, a tail that it does, and a circle that both occur in
// the class.

import { checkArgument, checkOptions } from '../../../errors/argument.js';
import { answerLocally, type QuestionGenerator } from './question-generator.js';
import {
  ARROW,
  CIRCLE,
  copyGraph,
  isAdjacent,
  neighbours,
  removeEdge,
  TAIL,
  type CausalGraph,
} from '../causal-graph.js';
import { nodesBetween } from './biconnected.js';
import { refuseTooMany, separatingCandidates, unshieldedTriples } from './colliders.js';
import { RememberedTest, type IndependenceTest } from '../independence/independence.js';
import { orientAsCausalLearn } from './causal-learn-rules.js';
import { removeByPossible } from './causal-learn-d-sep.js';
import { compileCompatibility } from './compatibility.js';
import { CONSTRAINT_OPTIONS, type ConstraintOptions } from '../options.js';
import { compileKnowledge, type CompiledKnowledge } from './knowledge.js';
import { markAt, orientByRules, putMark, type Separator } from './pag-rules.js';
import { checkConstraints, describeSkeleton, type PcResult } from './pc.js';
import { findSkeleton, type Skeleton } from './skeleton.js';

/**
 * Returns the equivalence class of causal structures with any number of unmeasured common causes, by rules R0 to R4 and
 * R8 to R10 of Zhang (2008). Assumes that there is no selection bias (R5 to R7).
 * @throws InputError `invalid-alpha`, `invalid-conditioning`, `unknown-variable`, `contradictory-knowledge`,
 *   `too-many-subsets`, and what the test throws
 */
export function fci(test: IndependenceTest, options: ConstraintOptions = {}): PcResult {
  checkArgument('fci: test', test, { variables: [{ name: 'text' }], test: 'function' });
  checkOptions('fci', options, CONSTRAINT_OPTIONS);
  const remembered = new RememberedTest(test);
  return answerLocally(fciQuestions(remembered, options), remembered);
}

export function* fciQuestions(remembered: RememberedTest, options: ConstraintOptions): QuestionGenerator<PcResult> {
  const { variables, contexts } = remembered.test;
  const { alpha = 0.05, maxConditioning = Infinity } = options;
  checkConstraints({ alpha, maxConditioning });
  const knowledge = compileKnowledge(variables, options.knowledge, contexts);
  const choices = compileCompatibility(options.compatibility);
  const skeleton = yield* findSkeleton(variables, { alpha, maxConditioning, knowledge, hasCommonCauses: true });
  const isUnion = choices.has('separating-sets');
  const symmetric = separatorOf(skeleton, remembered, { maxConditioning, knowledge, isUnion });
  const settings = { alpha, maxConditioning, knowledge, separator: symmetric };
  const isIndependent = (x: number, y: number, conditioning: readonly number[]) =>
    remembered.p(x, y, conditioning) > alpha;
  let separator = symmetric;
  if (choices.has('possible-d-sep')) separator = separateInOrder(skeleton, settings, remembered);
  else yield* separateByPossible(skeleton, settings);
  const graph = oriented(skeleton, knowledge, separator);
  if (choices.has('orientation-rules')) orientAsCausalLearn(graph, { separator, isIndependent });
  else orientByRules(graph, separator);
  return { graph, ...describeSkeleton(skeleton, knowledge), ...remembered.counts() };
}

/** Returns the skeleton with circles, the marks of background knowledge, and the colliders (R0). */
function oriented({ graph: skeleton }: Skeleton, knowledge: CompiledKnowledge, separator: Separator): CausalGraph {
  const graph = copyGraph(skeleton);
  graph.marks.forEach((mark, at) => {
    if (mark === TAIL) graph.marks[at] = CIRCLE;
  });
  const size = graph.variables.length;
  for (let i = 0; i < size; i++) {
    for (const j of neighbours(graph, i)) {
      if (knowledge.requires(i, j) || knowledge.isContext(i)) putMark(graph, j, i, TAIL);
      // An edge that cannot be j → i has an arrowhead at j: i → j or i ↔ j.
      if (!knowledge.allows(j, i)) putMark(graph, i, j, ARROW);
    }
  }
  for (const [x, y, z] of unshieldedTriples(skeleton)) {
    if (x > z || separator(x, z)?.includes(y) !== false) continue;
    putMark(graph, x, y, ARROW);
    putMark(graph, z, y, ARROW);
  }
  return graph;
}

interface Settings {
  readonly alpha: number;
  readonly maxConditioning: number;
  readonly knowledge: CompiledKnowledge;
  readonly separator: Separator;
}

/**
 * Removes edges whose ends are separated by a set of possibly d-separating variables. These need not be neighbours.
 * They lie on a path between the ends (Colombo, Maathuis, Kalisch & Richardson 2012) and may be ancestors of one of
 * them, as all members of D-SEP are (Spirtes, Glymour & Scheines 2000, section 6.2).
 */
function* separateByPossible(skeleton: Skeleton, settings: Settings): QuestionGenerator<void> {
  const { alpha, maxConditioning, knowledge, separator } = settings;
  const { graph, separations, weakest } = skeleton;
  const start = oriented(skeleton, knowledge, separator);
  const possible = graph.variables.map((_, i) => possiblySeparating(start, i));
  const before = graph.variables.map((_, i) => possiblyBefore(start, i));
  const between = nodesBetween(graph);
  let pairs = adjacentPairs(graph)
    .filter(([x, y]) => !knowledge.requires(x, y) && !knowledge.requires(y, x))
    .map(([x, y]) => {
      const near = between(x, y);
      const isCandidate = (node: number) =>
        node !== x &&
        node !== y &&
        !knowledge.isContext(node) &&
        near.has(node) &&
        (before[x].has(node) || before[y].has(node));
      const candidates = [x, y].map((end) => possible[end].filter(isCandidate)) as [number[], number[]];
      for (const [i, end] of [x, y].entries()) refuseTooMany(graph, end, candidates[i].length, maxConditioning);
      const maxSize = Math.max(...candidates.map(({ length }) => length));
      return { x, y, candidates, alpha, maxSize };
    });
  for (let size = 1; size <= maxConditioning; size++) {
    pairs = pairs.filter(({ x, y, maxSize }) => maxSize >= size && isAdjacent(graph, x, y));
    if (pairs.length === 0) return;
    const answers = yield pairs.map((pair) => ({ ...pair, size }));
    for (const [i, { maxP, separation }] of answers.entries()) {
      const { x, y } = pairs[i];
      weakest.set(x, y, Math.max(maxP, weakest.get(x, y) ?? 0));
      if (separation === undefined) continue;
      removeEdge(graph, x, y);
      weakest.delete(x, y);
      separations.set(x, y, separation);
    }
  }
}

/** Does the same as causal-learn: a separating set is known only for the order of ends in which it was found. */
function separateInOrder(skeleton: Skeleton, settings: Settings, remembered: RememberedTest): Separator {
  const { alpha, maxConditioning, knowledge, separator } = settings;
  const { graph, separations, weakest } = skeleton;
  const isIndependent = (x: number, y: number, conditioning: readonly number[]) => {
    if (knowledge.requires(x, y) || knowledge.requires(y, x)) return false;
    const p = remembered.p(x, y, conditioning);
    weakest.set(x, y, Math.max(p, weakest.get(x, y) ?? 0));
    return p > alpha;
  };
  const removed = removeByPossible(oriented(skeleton, knowledge, separator), maxConditioning, isIndependent);
  for (const { x, y, conditioning } of removed) {
    removeEdge(graph, x, y);
    weakest.delete(x, y);
    separations.set(x, y, { conditioning, p: remembered.p(x, y, conditioning), union: conditioning });
  }
  const unknown = new Set(removed.map(({ x, y }) => `${y},${x}`));
  return (x, y) => (unknown.has(`${x},${y}`) ? undefined : separator(x, y));
}

/** Returns Possible-D-SEP of x: ends of paths on which every inner node is a collider or the middle of a triangle. */
function possiblySeparating(graph: CausalGraph, x: number): number[] {
  const reached = new Set<number>();
  const seen = new Set<string>();
  const open = neighbours(graph, x).map((node): [number, number] => [x, node]);
  for (let step = open.pop(); step !== undefined; step = open.pop()) {
    const [before, node] = step;
    if (seen.has(step.join())) continue;
    seen.add(step.join());
    reached.add(node);
    for (const after of neighbours(graph, node)) {
      if (after === before || after === x) continue;
      const isCollider = markAt(graph, before, node) === ARROW && markAt(graph, after, node) === ARROW;
      if (isCollider || isAdjacent(graph, before, after)) open.push([node, after]);
    }
  }
  return [...reached].sort((a, b) => a - b);
}

/** Returns x and all nodes with a possibly directed path to x: no arrowhead on it points away from x. */
function possiblyBefore(graph: CausalGraph, x: number): ReadonlySet<number> {
  const reached = new Set([x]);
  for (const node of reached) {
    for (const cause of neighbours(graph, node)) {
      if (markAt(graph, node, cause) !== ARROW) reached.add(cause);
    }
  }
  return reached;
}

/**
 * Returns a function to the set that separates two variables. If background knowledge removed their edge, this is the
 * set with the largest p-value.
 * @param isUnion true for the union of all separating sets at the level where the edge was removed
 */
function separatorOf(
  { graph, separations }: Skeleton,
  remembered: RememberedTest,
  options: Pick<Settings, 'maxConditioning' | 'knowledge'> & { readonly isUnion: boolean },
): Separator {
  return (x, y) => {
    const separation = separations.get(x, y);
    if (separation?.conditioning) return options.isUnion ? separation.union : separation.conditioning;
    let best: { conditioning: readonly number[]; p: number } = { conditioning: [], p: -1 };
    for (const set of separatingCandidates(graph, [x, y], options)) {
      const p = remembered.p(x, y, set);
      if (p > best.p) best = { conditioning: set, p };
    }
    return best.conditioning;
  };
}

function adjacentPairs(graph: CausalGraph): [number, number][] {
  return graph.variables.flatMap((_, x) =>
    neighbours(graph, x).flatMap((y): [number, number][] => (x < y ? [[x, y]] : [])),
  );
}
