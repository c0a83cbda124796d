// Unshielded colliders x → y ← z: finds them, and decides which one wins when two disagree about an edge. Rules:
// separating sets (Spirtes, Glymour, Scheines 2000), max-p and definite max-p (Ramsey 2016). Rules and priorities mean
// the same as in causal-learn 0.1.4; docs/reference/causal-discovery.md explains them.

import { InputError } from '../../../errors/errors.js';
import { ARROW, isAdjacent, isDirected, neighbours, type CausalGraph } from '../causal-graph.js';
import type { RememberedTest } from '../independence/independence.js';
import type { CompiledKnowledge } from './knowledge.js';
import type { Orientation } from './orientation.js';
import type { Skeleton } from './skeleton.js';
import { subsets } from './subsets.js';

export const COLLIDER_RULES = ['sepset', 'maxp', 'definite-maxp'] as const;
export const COLLIDER_PRIORITIES = ['overwrite', 'bidirect', 'existing', 'stronger', 'stronger-star'] as const;

export type ColliderRule = (typeof COLLIDER_RULES)[number];
export type ColliderPriority = (typeof COLLIDER_PRIORITIES)[number];

/** x – y – z with x < z, x and z not adjacent. */
export type Triple = readonly [x: number, y: number, z: number];

export interface ColliderOptions {
  readonly rule: ColliderRule;
  readonly priority: ColliderPriority;
  readonly alpha: number;
  readonly maxConditioning: number;
  readonly knowledge: CompiledKnowledge;
  /** True to round p-values to multiples of the resolution of the test before they are compared. */
  readonly isRounded: boolean;
}

/** Triples that definite max-p is certain about; empty for other rules. */
export interface DefiniteTriples {
  readonly colliders: readonly Triple[];
  readonly nonColliders: readonly Triple[];
}

/** Maximum number of subsets to test for one triple; more would take too long. */
const MAX_SUBSETS = 2 ** 20;

/**
 * Orients the colliders of the skeleton, after background knowledge has directed its edges.
 * @throws InputError `too-many-subsets`
 */
export function orientColliders(
  orientation: Orientation,
  skeleton: Skeleton,
  remembered: RememberedTest,
  options: ColliderOptions,
): DefiniteTriples {
  const { priority, knowledge, rule } = options;
  const triples = unshieldedTriples(orientation.graph).filter(
    ([x, y, z]) => x < z && knowledge.allows(x, y) && knowledge.allows(z, y),
  );
  const verdicts = triples.map((triple) => ({ triple, ...judge(triple, skeleton, remembered, options) }));
  const colliders = verdicts.filter(({ verdict }) => verdict === 'collider');
  const grade = (p: number) => inSteps(p, remembered.test.resolution);
  if (priority === 'stronger') colliders.sort((a, b) => grade(a.withMiddle()) - grade(b.withMiddle()));
  if (priority === 'stronger-star') colliders.sort((a, b) => grade(b.withoutMiddle()) - grade(a.withoutMiddle()));
  const oriented = colliders.filter(({ triple }) => orient(orientation, triple, priority)).map(({ triple }) => triple);
  if (rule !== 'definite-maxp') return { colliders: [], nonColliders: [] };
  return {
    colliders: oriented,
    nonColliders: verdicts.filter(({ verdict }) => verdict === 'other').map(({ triple }) => triple),
  };
}

/** Returns all i – j – k with i and k not adjacent, in both directions, in the order of {@link paths}. */
export function unshieldedTriples(graph: CausalGraph): Triple[] {
  return paths(graph).filter(([first, , last]) => !isAdjacent(graph, first, last));
}

/**
 * Returns all i – j – k. Their order decides which triple wins if tests contradict each other. As in causal-learn,
 * edges without an arrowhead at j come first, sorted by j and i. Among these, k without an arrowhead comes first, then
 * by k.
 */
export function paths(graph: CausalGraph): Triple[] {
  const size = graph.variables.length;
  const isArrowAt = (node: number, other: number) => graph.marks[node * size + other] === ARROW;
  const ends = graph.variables.flatMap((_, j) => neighbours(graph, j).map((i) => [i, j]));
  const ordered = [...ends.filter(([i, j]) => !isArrowAt(j, i)), ...ends.filter(([i, j]) => isArrowAt(j, i))];
  const onwards = graph.variables.map((_, j) => ordered.flatMap(([from, to]) => (from === j ? [to] : [])));
  return ordered.flatMap(([i, j]) => onwards[j].flatMap((k): Triple[] => (i === k ? [] : [[i, j, k]])));
}

interface Judgement {
  readonly verdict: 'collider' | 'other' | 'ambiguous';
  /** Returns the largest p-value of x and z given sets that contain y. */
  readonly withMiddle: () => number;
  /** Returns the largest p-value of x and z given sets without y. */
  readonly withoutMiddle: () => number;
}

function judge([x, y, z]: Triple, skeleton: Skeleton, remembered: RememberedTest, options: ColliderOptions): Judgement {
  const { rule, alpha, isRounded } = options;
  const step = isRounded ? remembered.test.resolution : 0;
  const [withMiddle, withoutMiddle] = [true, false].map((isMiddleIn) =>
    once(() => {
      let maxP = 0;
      for (const set of separatingCandidates(skeleton.graph, [x, z], options)) {
        if (set.includes(y) === isMiddleIn) maxP = Math.max(maxP, inSteps(remembered.p(x, z, set), step));
      }
      return maxP;
    }),
  );
  const strengths = { withMiddle, withoutMiddle };
  switch (rule) {
    case 'sepset': {
      const { conditioning, union } = skeleton.separations.get(x, z)!;
      // An edge that background knowledge removed has no separating set, so the largest p-values decide.
      const isCollider = conditioning === null ? withoutMiddle() > Math.max(alpha, withMiddle()) : !union.includes(y);
      return { verdict: isCollider ? 'collider' : 'other', ...strengths };
    }
    case 'maxp':
      return { verdict: withoutMiddle() > withMiddle() ? 'collider' : 'other', ...strengths };
    case 'definite-maxp': {
      const isSeparatedWith = withMiddle() > alpha;
      const isSeparatedWithout = withoutMiddle() > alpha;
      if (isSeparatedWith) return { verdict: isSeparatedWithout ? 'ambiguous' : 'other', ...strengths };
      return { verdict: isSeparatedWithout || withoutMiddle() > withMiddle() ? 'collider' : 'other', ...strengths };
    }
  }
}

/**
 * Yields the subsets of the neighbours of one end, then those of the other end, up to the size `maxConditioning`. The
 * empty set is the only one of a context.
 */
export function* separatingCandidates(
  graph: CausalGraph,
  ends: readonly [number, number],
  { maxConditioning, knowledge }: Pick<ColliderOptions, 'maxConditioning' | 'knowledge'>,
): Generator<number[]> {
  for (const end of ends) {
    const around = knowledge.isContext(end) ? [] : neighbours(graph, end).filter((node) => !knowledge.isContext(node));
    refuseTooMany(graph, end, around.length, maxConditioning);
    yield* subsets(around, maxConditioning);
  }
}

/**
 * Refuses a test of all subsets of `count` variables around `end`, up to the size `maxSize`, that would take too long.
 * @throws InputError `too-many-subsets`
 */
export function refuseTooMany(graph: CausalGraph, end: number, count: number, maxSize: number): void {
  if (maxSize <= 20 || 2 ** count <= MAX_SUBSETS) return;
  throw new InputError(
    'too-many-subsets',
    `${graph.variables[end].name} has ${count} variables around it, and all their subsets would be tested. Set ` +
      'maxConditioning; for PC, the rule sepset with the priority existing needs no such tests',
  );
}

/** Returns the nearest multiple of a step; the number itself if the step is 0. */
function inSteps(p: number, step: number): number {
  return step > 0 ? Math.round(p / step) * step : p;
}

function orient(orientation: Orientation, [x, y, z]: Triple, priority: ColliderPriority): boolean {
  if (priority === 'bidirect') {
    orientation.point(x, y);
    orientation.point(z, y);
    return true;
  }
  const { graph } = orientation;
  if (priority !== 'overwrite' && (isDirected(graph, y, x) || isDirected(graph, y, z))) return false;
  orientation.direct(x, y);
  orientation.direct(z, y);
  return true;
}

function once(compute: () => number): () => number {
  let value: number | undefined;
  return () => (value ??= compute());
}
