// Greedy equivalence search (Chickering 2002): from the empty graph, the insertion that raises the score most, as long
// as one does; then the deletion. Every step goes from one equivalence class of DAGs to another.

import { checkArgument } from '../../../argument.js';
import { InputError, InternalError } from '../../../errors.js';
import {
  copyGraph,
  direct,
  emptyGraph,
  isAdjacent,
  isDirected,
  isUndirected,
  neighbours,
  removeEdge,
  type CausalGraph,
} from '../causal-graph.js';
import { classOfDag, consistentDag } from './dag-classes.js';
import type { LocalScore } from './gaussian-score.js';
import type { PcResult } from './pc.js';

/**
 * The CPDAG that the greedy search ends with. `tests` counts local scores, each computed once.
 * @param maxParents most parents that a variable may have in a DAG of the class
 * @throws what the score throws
 */
export function ges(score: LocalScore, options: { readonly maxParents?: number } = {}): PcResult {
  checkArgument('ges: score', score, { variables: [{ name: 'text' }], rows: 'number', score: 'function' });
  checkArgument('ges: options', options, { 'maxParents?': 'number' });
  const { maxParents = Infinity } = options;
  const known = new RememberedScore(score);
  let graph = emptyGraph(score.variables);
  for (const phase of [insertions, deletions]) graph = climb(graph, (now) => phase(now, known, maxParents));
  const { rows } = score;
  return { graph, separations: [], weakest: [], tests: known.count, fewestRows: rows, mostRows: rows };
}

class RememberedScore {
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

/** A step x → y, and the neighbours of y that it directs: into y when it inserts, away from y when it deletes. */
interface Step {
  readonly x: number;
  readonly y: number;
  readonly directed: readonly number[];
  readonly gain: number;
}

interface Phase {
  /** Steps of y that raise the score. */
  steps(y: number): Step[];
  /** True if the step leads to an equivalence class; checks what `steps` does not. */
  isValid(step: Step): boolean;
  /** The graph after it, in which some directions are still open. */
  take(step: Step): CausalGraph;
}

/** Takes the best step as long as there is one. */
function climb(start: CausalGraph, phaseOf: (graph: CausalGraph) => Phase): CausalGraph {
  let graph = start;
  let stepsOf: Step[][] | undefined;
  let stale = new Set(graph.variables.keys());
  for (;;) {
    const phase = phaseOf(graph);
    const before = stepsOf;
    const steps = graph.variables.map((_, y) => (before === undefined || stale.has(y) ? phase.steps(y) : before[y]));
    stepsOf = steps;
    let best: Step | undefined;
    for (const step of steps.flat()) {
      if (step.gain > (best?.gain ?? 0) && phase.isValid(step)) best = step;
    }
    if (best === undefined) return graph;
    const dag = consistentDag(phase.take(best));
    if (dag === undefined) {
      throw new InternalError('no-consistent-dag', 'GES took a step to a graph that is no class of DAGs');
    }
    const next = classOfDag(dag);
    stale = changed(graph, next);
    graph = next;
  }
}

/** Variables whose steps may change: their edges, or those of a neighbour, are different now. */
function changed(before: CausalGraph, after: CausalGraph): Set<number> {
  const size = before.variables.length;
  const touched = [...before.variables.keys()].filter((i) => {
    for (let j = 0; j < size; j++) if (before.marks[i * size + j] !== after.marks[i * size + j]) return true;
    return false;
  });
  return new Set(touched.flatMap((i) => [i, ...neighbours(before, i), ...neighbours(after, i)]));
}

/** Chickering's theorems 15 and 16: x → y, where x and y are not adjacent, and t → y for some neighbours t of y. */
function insertions(graph: CausalGraph, known: RememberedScore, maxParents: number): Phase {
  return {
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
          const gain = known.of(y, new Set([...base, x])) - known.of(y, base);
          return gain > 0 ? [{ x, y, directed: clique.filter((node) => free.includes(node)), gain }] : [];
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
      return next;
    },
  };
}

/** Chickering's theorem 17: without the edge of x and y, and y → h, x → h for some neighbours h of y next to x. */
function deletions(graph: CausalGraph, known: RememberedScore): Phase {
  const betweenOf = (x: number, y: number): number[] =>
    undirectedAt(graph, y).filter((node) => isAdjacent(graph, node, x));
  return {
    steps(y) {
      const parents = parentsOf(graph, y);
      return [...parents, ...undirectedAt(graph, y)].flatMap((x) => {
        const between = betweenOf(x, y);
        return cliques(graph, [], between).flatMap((clique): Step[] => {
          const base = new Set([...parents, ...clique].filter((node) => node !== x));
          const gain = known.of(y, base) - known.of(y, new Set([...base, x]));
          return gain > 0 ? [{ x, y, directed: between.filter((node) => !clique.includes(node)), gain }] : [];
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
      return next;
    },
  };
}

function undirectedAt(graph: CausalGraph, node: number): number[] {
  return neighbours(graph, node).filter((other) => isUndirected(graph, node, other));
}

function parentsOf(graph: CausalGraph, node: number): number[] {
  return neighbours(graph, node).filter((other) => isDirected(graph, other, node));
}

/** More cliques than this for one pair would take for ever. */
const MAX_CLIQUES = 2 ** 16;

/** Sets of `always` and some of `optional` of which every two are adjacent; none where `always` are not. */
function cliques(graph: CausalGraph, always: readonly number[], optional: readonly number[]): number[][] {
  const isNextTo = (node: number, others: readonly number[]) => others.every((other) => isAdjacent(graph, node, other));
  if (!always.every((node, i) => isNextTo(node, always.slice(0, i)))) return [];
  const found = [[...always]];
  for (const node of optional) {
    for (const clique of [...found]) if (isNextTo(node, clique)) found.push([...clique, node]);
    if (found.length > MAX_CLIQUES) {
      throw new InputError(
        'too-many-subsets',
        `${graph.variables[node].name} is one of ${optional.length} variables that are all adjacent: GES ` +
          'would try all their subsets. Leave out some of them, or use pc',
      );
    }
  }
  return found;
}

/**
 * True if a path of undirected or forward edges leads from one node to another and avoids the `blocked` ones.
 */
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
