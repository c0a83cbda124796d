// The steps of greedy equivalence search, as operators on a CPDAG: every way to insert, delete (Chickering 2002) or
// turn (Hauser & Bühlmann 2012) one edge of some DAG of the class.

import { InputError } from '../../../errors/errors.js';
import {
  copyGraph,
  direct,
  isAdjacent,
  isDirected,
  isUndirected,
  neighbours,
  removeEdge,
  type CausalGraph,
} from '../causal-graph.js';
import { consistentDag } from './dag-classes.js';
import type { LocalScore } from './local-score.js';

/** Computes each local score once. */
export class RememberedScore {
  readonly #scores = new Map<string, number>();

  constructor(readonly score: LocalScore) {}

  of(variable: number, parents: ReadonlySet<number>): number {
    const ascending = [...parents].sort((a, b) => a - b);
    const key = `${variable}|${ascending.join()}`;
    const known = this.#scores.get(key);
    if (known !== undefined) return known;
    const value = this.score.score(variable, ascending);
    this.#scores.set(key, value);
    return value;
  }

  get count(): number {
    return this.#scores.size;
  }
}

/**
 * A step at x and y, and the neighbours of y that it directs: into y when it inserts or turns, away from y when it
 * deletes.
 */
export interface Step {
  readonly x: number;
  readonly y: number;
  readonly directed: readonly number[];
  readonly gain: number;
}

/**
 * Minimum gain, as a share of the local scores that it is computed from. A smaller gain is rounding error: the search
 * would go back and forth for ever between classes of equal score, such as those of exchangeable columns.
 */
const MIN_GAIN = 1e-10;

const isGain = (gain: number, ...scores: readonly number[]): boolean =>
  gain > MIN_GAIN * scores.reduce((sum, score) => sum + Math.abs(score), 1);

export interface Phase {
  /** Returns the steps at y that raise the score. */
  steps(y: number): Step[];
  /** True if the step leads to an equivalence class. Checks the conditions that `steps` does not check. */
  isValid(step: Step): boolean;
  /** Returns a DAG of the class after the step. */
  take(step: Step): CausalGraph | undefined;
}

export type PhaseOf = (graph: CausalGraph, known: RememberedScore, maxParents: number) => Phase;

/**
 * Inserts x → y for x and y that are not adjacent, and t → y for some neighbours t of y (Chickering's theorems 15, 16).
 */
export const insertions: PhaseOf = (graph, known, maxParents) => ({
  steps(y) {
    const near = undirectedAt(graph, y);
    const parents = parentsOf(graph, y);
    return [...graph.variables.keys()].flatMap((x) => {
      if (x === y || isAdjacent(graph, x, y)) return [];
      const between = near.filter((node) => isAdjacent(graph, node, x));
      const free = near.filter((node) => !isAdjacent(graph, node, x));
      return cliques(graph, between, free).flatMap((clique): Step[] => {
        const base = new Set([...parents, ...clique]);
        if (base.size >= maxParents) return [];
        const before = known.of(y, base);
        const gain = known.of(y, new Set([...base, x])) - before;
        return isGain(gain, before) ? [{ x, y, directed: clique.filter((node) => free.includes(node)), gain }] : [];
      });
    });
  },
  isValid({ x, y, directed }) {
    const between = undirectedAt(graph, y).filter((node) => isAdjacent(graph, node, x));
    return !reaches(graph, y, x, new Set([...between, ...directed]));
  },
  take({ x, y, directed }) {
    const next = copyGraph(graph);
    for (const node of [x, ...directed]) direct(next, node, y);
    return consistentDag(next);
  },
});

/** Deletes the edge of x and y, and directs y → h, x → h for some common neighbours h (Chickering's theorem 17). */
export const deletions: PhaseOf = (graph, known) => ({
  steps(y) {
    const parents = parentsOf(graph, y);
    return [...parents, ...undirectedAt(graph, y)].flatMap((x) => {
      const between = undirectedAt(graph, y).filter((node) => isAdjacent(graph, node, x));
      return cliques(graph, [], between).flatMap((clique): Step[] => {
        const base = new Set([...parents, ...clique].filter((node) => node !== x));
        const before = known.of(y, new Set([...base, x]));
        const gain = known.of(y, base) - before;
        return isGain(gain, before) ? [{ x, y, directed: between.filter((node) => !clique.includes(node)), gain }] : [];
      });
    });
  },
  isValid: () => true,
  take({ x, y, directed }) {
    const next = copyGraph(graph);
    removeEdge(next, x, y);
    for (const node of directed) {
      direct(next, y, node);
      if (isUndirected(graph, x, node)) direct(next, x, node);
    }
    return consistentDag(next);
  },
});

/**
 * Turns y → x into x → y (Hauser & Bühlmann's propositions 31 and 34). The edge y → x belongs to a DAG of the class. In
 * this DAG exactly the neighbours in a clique point to y, and all other neighbours of y are its children.
 */
export const turnings: PhaseOf = (graph, known, maxParents) => ({
  steps(y) {
    const near = undirectedAt(graph, y);
    const parents = parentsOf(graph, y);
    const stepOf = (x: number, clique: readonly number[], [before, after]: readonly [number[], number[]]): Step[] => {
      const base = new Set([...parents, ...clique]);
      if (base.size >= maxParents) return [];
      const [ofX, ofY] = [known.of(x, new Set(before)), known.of(y, base)];
      const gain = known.of(y, new Set([...base, x])) - ofY + known.of(x, new Set(after)) - ofX;
      return isGain(gain, ofX, ofY) ? [{ x, y, directed: clique, gain }] : [];
    };
    return neighbours(graph, y).flatMap((x) => {
      const parentsOfX = parentsOf(graph, x);
      if (isDirected(graph, y, x)) {
        const between = near.filter((node) => isAdjacent(graph, node, x));
        const free = near.filter((node) => !isAdjacent(graph, node, x));
        const without = parentsOfX.filter((node) => node !== y);
        return cliques(graph, between, free).flatMap((clique) => stepOf(x, clique, [parentsOfX, without]));
      }
      if (!isUndirected(graph, x, y)) return [];
      const candidates = near.filter((node) => node !== x);
      return cliques(graph, [], candidates).flatMap((clique) => {
        const shared = clique.filter((node) => isAdjacent(graph, node, x));
        if (shared.length === clique.length || !isApart(graph, { x, candidates, clique, shared })) return [];
        return stepOf(x, clique, [
          [...parentsOfX, ...shared, y],
          [...parentsOfX, ...shared],
        ]);
      });
    });
  },
  isValid({ x, y, directed }) {
    if (!isDirected(graph, y, x)) return true;
    const without = copyGraph(graph);
    removeEdge(without, x, y);
    return !reaches(without, y, x, new Set([...directed, ...undirectedAt(graph, x)]));
  },
  take({ x, y, directed }) {
    const next = copyGraph(graph);
    for (const node of undirectedAt(graph, y)) {
      if (directed.includes(node)) direct(next, node, y);
      else direct(next, y, node);
    }
    for (const node of undirectedAt(graph, x)) {
      if (!isUndirected(next, x, node)) continue;
      if (isDirected(graph, y, x) || (isUndirected(graph, y, node) && !directed.includes(node))) direct(next, x, node);
    }
    const dag = consistentDag(next);
    if (dag !== undefined) direct(dag, x, y);
    return dag;
  },
});

/**
 * True if no path over candidates connects the members of the clique that are not adjacent to x with a candidate that
 * is.
 */
function isApart(
  graph: CausalGraph,
  {
    x,
    candidates,
    clique,
    shared,
  }: { x: number; candidates: readonly number[]; clique: readonly number[]; shared: readonly number[] },
): boolean {
  const seen = new Set(clique.filter((node) => !shared.includes(node)));
  for (const node of seen) {
    if (isAdjacent(graph, node, x)) return false;
    for (const next of candidates) {
      if (!shared.includes(next) && isUndirected(graph, node, next)) seen.add(next);
    }
  }
  return true;
}

function undirectedAt(graph: CausalGraph, node: number): number[] {
  return neighbours(graph, node).filter((other) => isUndirected(graph, node, other));
}

function parentsOf(graph: CausalGraph, node: number): number[] {
  return neighbours(graph, node).filter((other) => isDirected(graph, other, node));
}

/** Maximum number of cliques for one pair; more would take too long. */
const MAX_CLIQUES = 2 ** 16;

/** Returns the sets of `always` and any of `optional` whose members are pairwise adjacent; none if `always` are not. */
function cliques(graph: CausalGraph, always: readonly number[], optional: readonly number[]): number[][] {
  const isNextTo = (node: number, nodes: readonly number[]) => nodes.every((other) => isAdjacent(graph, node, other));
  if (!always.every((node, i) => isNextTo(node, always.slice(0, i)))) return [];
  const result = [[...always]];
  for (const node of optional) {
    for (const clique of [...result]) if (isNextTo(node, clique)) result.push([...clique, node]);
    if (result.length > MAX_CLIQUES) {
      throw new InputError(
        'too-many-subsets',
        `${graph.variables[node].name} is one of ${optional.length} variables that are all adjacent, and GES ` +
          'would try all their subsets. Leave out some of them, or use pc',
      );
    }
  }
  return result;
}

/** True if a path of undirected or forward edges leads from one node to the other and avoids the `blocked` nodes. */
function reaches(graph: CausalGraph, from: number, to: number, blocked: ReadonlySet<number>): boolean {
  const seen = new Set([from]);
  const open = [from];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const next of neighbours(graph, node)) {
      if (seen.has(next) || blocked.has(next) || isDirected(graph, next, node)) continue;
      if (next === to) return true;
      seen.add(next);
      open.push(next);
    }
  }
  return false;
}
