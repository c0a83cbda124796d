// Directing edges of a graph, and whether an arrow would close a directed cycle, which no DAG has: tests of a sample
// can contradict each other so that Meek's rules ask for one.

import { ARROW, isDirected, neighbours, removeEdge, setEdge, TAIL, type CausalGraph } from '../causal-graph.js';

export interface Orientation {
  readonly graph: CausalGraph;
  /** Makes the edge i → j. */
  direct(i: number, j: number): void;
  /** Adds an arrowhead at j; one that is at i already stays. */
  point(i: number, j: number): void;
  /** True if i → j would close a directed cycle. */
  closesCycle(i: number, j: number): boolean;
}

/** Directs as it is told, and finds a cycle by following arrows. */
export class FollowedArrows implements Orientation {
  constructor(readonly graph: CausalGraph) {}

  direct(i: number, j: number): void {
    setEdge(this.graph, i, j, TAIL, ARROW);
  }

  point(i: number, j: number): void {
    const { marks, variables } = this.graph;
    setEdge(this.graph, i, j, marks[i * variables.length + j] === ARROW ? ARROW : TAIL, ARROW);
  }

  closesCycle(i: number, j: number): boolean {
    const seen = new Set([j]);
    for (const node of seen) {
      if (node === i) return true;
      for (const next of neighbours(this.graph, node)) if (isDirected(this.graph, node, next)) seen.add(next);
    }
    return false;
  }
}

/** The same where no cycle can come up, because the graph is that of a class of DAGs. */
export class SureArrows extends FollowedArrows {
  override closesCycle(): boolean {
    return false;
  }
}

/**
 * causal-learn's: ancestors are noted as arrows are added. Of the new pairs of ancestor and descendant, only those with
 * an end of the arrow are noted, so that a cycle through both sides of it can stay unseen; taking an arrow away notes
 * all others anew, the last one first.
 */
export class NotedAncestors extends FollowedArrows {
  /** Descendants × ancestors. */
  #noted: Uint8Array;

  constructor(graph: CausalGraph) {
    super(graph);
    this.#noted = nothingNoted(graph.variables.length);
  }

  override direct(i: number, j: number): void {
    this.#withdraw(i, j);
    super.direct(i, j);
    this.#note(i, j);
  }

  override point(i: number, j: number): void {
    const { marks, variables } = this.graph;
    if (marks[j * variables.length + i] === ARROW) return;
    if (!isDirected(this.graph, j, i)) {
      this.direct(i, j);
      return;
    }
    this.#withdraw(i, j);
    setEdge(this.graph, i, j, ARROW, ARROW);
  }

  override closesCycle(i: number, j: number): boolean {
    return this.#noted[i * this.graph.variables.length + j] === 1;
  }

  #withdraw(i: number, j: number): void {
    if (!isDirected(this.graph, i, j) && !isDirected(this.graph, j, i)) return;
    removeEdge(this.graph, i, j);
    const size = this.graph.variables.length;
    this.#noted = nothingNoted(size);
    for (let a = size - 1; a >= 0; a--) {
      for (let b = size - 1; b > a; b--) {
        if (isDirected(this.graph, a, b)) this.#note(a, b);
        else if (isDirected(this.graph, b, a)) this.#note(b, a);
      }
    }
  }

  #note(from: number, to: number): void {
    const size = this.graph.variables.length;
    const noted = this.#noted;
    noted[to * size + from] = 1;
    for (let k = 0; k < size; k++) {
      if (noted[from * size + k] === 1) noted[to * size + k] = 1;
      if (noted[k * size + to] === 1) noted[k * size + from] = 1;
    }
  }
}

/** Every variable is its own ancestor. */
function nothingNoted(size: number): Uint8Array {
  const noted = new Uint8Array(size * size);
  for (let i = 0; i < size; i++) noted[i * size + i] = 1;
  return noted;
}
