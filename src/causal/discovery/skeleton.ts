// The skeleton of PC, in its order-independent form (Colombo & Maathuis 2014): an edge goes when some subset of its
// ends' neighbours makes them independent; neighbours are those of the level's beginning, edges leave at its end.

import { emptyGraph, isAdjacent, neighbours, removeEdge, setEdge, TAIL, type CausalGraph } from './causal-graph.js';
import type { RememberedTest } from './independence.js';
import type { CompiledKnowledge } from './knowledge.js';
import { combinations } from './subsets.js';

/** How two variables were told to be independent. */
export interface Separation {
  /** The set, of those of its level, with the largest p-value; null where background knowledge removed the edge. */
  readonly given: readonly number[] | null;
  readonly p: number;
  /** Every variable that is in any separating set of that level. */
  readonly union: ReadonlySet<number>;
}

export interface Skeleton {
  /** All edges undirected. */
  readonly graph: CausalGraph;
  /** Of the pairs that are not adjacent. */
  readonly separations: PairMap<Separation>;
  /** Largest p-value of the tests that an edge withstood. */
  readonly weakest: PairMap<number>;
}

/** Values of unordered pairs. */
export class PairMap<Value> {
  readonly #values = new Map<number, Value>();

  constructor(readonly size: number) {}

  get(i: number, j: number): Value | undefined {
    return this.#values.get(Math.min(i, j) * this.size + Math.max(i, j));
  }

  set(i: number, j: number, value: Value): void {
    this.#values.set(Math.min(i, j) * this.size + Math.max(i, j), value);
  }

  delete(i: number, j: number): void {
    this.#values.delete(Math.min(i, j) * this.size + Math.max(i, j));
  }

  entries(): [number, number, Value][] {
    return Array.from(this.#values, ([key, value]) => [Math.floor(key / this.size), key % this.size, value]);
  }
}

interface SkeletonOptions {
  readonly alpha: number;
  readonly maxConditioning: number;
  readonly knowledge: CompiledKnowledge;
}

export function findSkeleton(
  remembered: RememberedTest,
  { alpha, maxConditioning, knowledge }: SkeletonOptions,
): Skeleton {
  const { variables } = remembered.test;
  const size = variables.length;
  const graph = emptyGraph(variables);
  const separations = new PairMap<Separation>(size);
  const weakest = new PairMap<number>(size);
  for (let i = 0; i < size; i++) {
    for (let j = i + 1; j < size; j++) {
      if (knowledge.allows(i, j) || knowledge.allows(j, i)) setEdge(graph, i, j, TAIL, TAIL);
      else separations.set(i, j, { given: null, p: NaN, union: new Set() });
    }
  }
  for (let level = 0; level <= maxConditioning; level++) {
    const around = variables.map((_, i) => neighbours(graph, i));
    if (Math.max(...around.map(({ length }) => length)) - 1 < level) break;
    for (let x = 0; x < size; x++) {
      for (const y of around[x]) {
        if (y < x || knowledge.requires(x, y) || knowledge.requires(y, x)) continue;
        const found = separate(x, y, around, level);
        if (found !== undefined) separations.set(x, y, found);
      }
    }
    for (const [x, y] of separations.entries()) removeEdge(graph, x, y);
  }

  function separate(x: number, y: number, around: readonly number[][], level: number): Separation | undefined {
    const union = new Set<number>();
    let given: number[] | null = null;
    let best = -1;
    let largest = weakest.get(x, y) ?? 0;
    for (const [end, other] of [
      [x, y],
      [y, x],
    ]) {
      const candidates = around[end].filter((node) => node !== other);
      for (const set of combinations(candidates, level)) {
        const p = remembered.p(x, y, set);
        largest = Math.max(largest, p);
        if (!(p > alpha)) continue;
        for (const node of set) union.add(node);
        if (p > best) [best, given] = [p, set];
      }
    }
    weakest.set(x, y, largest);
    return given === null ? undefined : { given, p: best, union };
  }

  const kept = new PairMap<number>(size);
  for (const [i, j, p] of weakest.entries()) if (isAdjacent(graph, i, j)) kept.set(i, j, p);
  return { graph, separations, weakest: kept };
}
