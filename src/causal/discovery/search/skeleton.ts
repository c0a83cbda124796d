// The skeleton of PC, in its order-independent form (Colombo & Maathuis 2014). An edge is removed if its ends are
// independent given some subset of the neighbours of one of them. A level uses the neighbours at its start and removes
// edges at its end.

import type { QuestionGenerator } from './question-generator.js';
import { emptyGraph, neighbours, removeEdge, setEdge, TAIL, type CausalGraph, type Variable } from '../causal-graph.js';
import type { Separation, SetQuestion } from '../independence/independence.js';
import type { CompiledKnowledge } from './knowledge.js';

export interface Skeleton {
  /** All edges undirected. */
  readonly graph: CausalGraph;
  /** Separations of the pairs that are not adjacent. */
  readonly separations: PairMap<Separation>;
  /** Largest p-value of the tests of each remaining edge. */
  readonly weakest: PairMap<number>;
}

/** A map from unordered pairs to values. */
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
  /** True if two variables may be adjacent although neither causes the other. */
  readonly hasCommonCauses: boolean;
}

export function* findSkeleton(
  variables: readonly Variable[],
  { alpha, maxConditioning, knowledge, hasCommonCauses }: SkeletonOptions,
): QuestionGenerator<Skeleton> {
  const size = variables.length;
  const graph = emptyGraph(variables);
  const separations = new PairMap<Separation>(size);
  const weakest = new PairMap<number>(size);
  const isColumn = (i: number): boolean => !knowledge.isContext(i);
  for (let i = 0; i < size; i++) {
    for (let j = i + 1; j < size; j++) {
      const isPossible = knowledge.allows(i, j) || knowledge.allows(j, i);
      if (isPossible || (hasCommonCauses && knowledge.allowsCommonCause(i, j))) setEdge(graph, i, j, TAIL, TAIL);
      // Contexts are independent, or dependent in a way that does not matter for the columns.
      else separations.set(i, j, { conditioning: areContexts(knowledge, i, j) ? [] : null, p: NaN, union: [] });
    }
  }
  for (let level = 0; level <= maxConditioning; level++) {
    const around = variables.map((_, i) => neighbours(graph, i));
    if (Math.max(...around.map(({ length }) => length)) - 1 < level) break;
    const candidates = around.map((near, i) => (knowledge.isContext(i) ? [] : near.filter(isColumn)));
    const questions: SetQuestion[] = [];
    for (let x = 0; x < size; x++) {
      for (const y of around[x]) {
        if (y < x || knowledge.requires(x, y) || knowledge.requires(y, x)) continue;
        const count = Math.max(
          ...[
            [x, y],
            [y, x],
          ].map(([end, other]) => numberWithout(candidates[end], other)),
        );
        if (count < level) continue;
        questions.push({ x, y, candidates: [candidates[x], candidates[y]], size: level, alpha });
      }
    }
    const answers = yield questions;
    for (const [q, { maxP, separation }] of answers.entries()) {
      const { x, y } = questions[q];
      weakest.set(x, y, Math.max(maxP, weakest.get(x, y) ?? 0));
      if (separation === undefined) continue;
      separations.set(x, y, separation);
      removeEdge(graph, x, y);
      weakest.delete(x, y);
    }
  }
  return { graph, separations, weakest };
}

/** True if both variables mark environments. */
export function areContexts(knowledge: CompiledKnowledge, i: number, j: number): boolean {
  return knowledge.isContext(i) && knowledge.isContext(j);
}

function numberWithout(nodes: readonly number[], node: number): number {
  return nodes.length - Number(nodes.includes(node));
}
