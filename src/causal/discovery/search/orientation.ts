// Directs edges of a graph, and detects arrows that would close a directed cycle, which no DAG has. Tests of a sample
// can contradict each other so that Meek's rules would close one.

import { ARROW, isDirected, neighbours, removeEdge, setEdge, TAIL, type CausalGraph } from '../causal-graph.js';

export interface Orientation {
  readonly graph: CausalGraph;
  /** Sets the edge i → j. */
  direct(i: number, j: number): void;
  /** Adds an arrowhead at j. An arrowhead at i stays. */
  point(i: number, j: number): void;
  /** True if i → j would close a directed cycle. */
  closesCycle(i: number, j: number): boolean;
}

/** Directs every requested edge, and finds cycles by following arrows. */
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

/** Does the same for the graph of a class of DAGs, where no cycle can occur. */
export class SureArrows extends FollowedArrows {
  override closesCycle(): boolean {
    return false;
  }
}

/**
 * Does the same as causal-learn, which records ancestors when arrows are added. Of the new pairs of ancestor and
 * descendant, it records only those with an end of the arrow, so that a cycle through both of its sides can go
 * unnoticed. When an arrow is removed, it records the ancestors of all other arrows again, the last arrow first.
 */
export class NotedAncestors extends FollowedArrows {
  /** Descendants × ancestors, 1 for a recorded pair. */
  #noted: Uint8Array;

  constructor(graph: CausalGraph) {
    super(graph);
    this.#noted = nothingNoted(graph.variables.length);
  }

  override direct(i: number, j: number): void {
    this.#remove(i, j);
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
    this.#remove(i, j);
    setEdge(this.graph, i, j, ARROW, ARROW);
  }

  override closesCycle(i: number, j: number): boolean {
    return this.#noted[i * this.graph.variables.length + j] === 1;
  }

  #remove(i: number, j: number): void {
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

/** Returns the initial record, in which every variable is an ancestor of itself. */
function nothingNoted(size: number): Uint8Array {
  const noted = new Uint8Array(size * size);
  for (let i = 0; i < size; i++) noted[i * size + i] = 1;
  return noted;
}
