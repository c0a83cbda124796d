// Graphs with a mark at either end of an edge: DAGs, CPDAGs (Meek 1995) and PAGs (Zhang 2008), in one matrix.
// The matrix and its codes are those of causal-learn: marks[i, j] is the mark at i of the edge between i and j. An edge
// i → j has marks[j, i] = 1 and marks[i, j] = −1.

import { checkArgument, checkLength, type Shape } from '../../errors/argument.js';
import { InputError } from '../../errors/errors.js';
import { didYouMean } from '../../errors/suggestion.js';
import type { LatentVerdictName } from '../verdicts.js';

export const NONE = 0;
export const TAIL = -1;
export const ARROW = 1;
export const CIRCLE = 2;

export type Mark = typeof TAIL | typeof ARROW | typeof CIRCLE;

/** The variable that a node represents. */
export interface Variable {
  /** Unique in the graph. */
  readonly name: string;
  /** Its modality: a colour in drawings, a name in background knowledge. */
  readonly modality?: string;
  /** For a column with two text levels: the lower and the higher level. A positive sign leads to the higher one. */
  readonly levels?: readonly [string, string];
  /**
   * Set for a context: a variable that compares the rows of one environment with those of the reference. An edge from a
   * context is an effect if the environments were assigned, and otherwise an association.
   */
  readonly context?: ContextKind;
  /** The verdict of a fit on a latent, and the latents that a block may be mixed with. */
  readonly verdict?: LatentVerdictName | undefined;
  readonly blockWith?: readonly string[] | undefined;
  /** Latents of other modalities that are the same variable. */
  readonly sameAs?: readonly string[] | undefined;
}

export const CONTEXT_KINDS = ['assigned', 'observed'] as const;
export type ContextKind = (typeof CONTEXT_KINDS)[number];

export interface CausalGraph {
  readonly variables: readonly Variable[];
  /** Variables × variables, row-major; 0 no edge, −1 tail, 1 arrowhead, 2 circle. */
  readonly marks: Int8Array;
}

/** An edge in its written form: `-->`, `---`, `<->`, `o->`, `o-o`, `--o`. A directed edge goes from cause to effect. */
export interface CausalEdge {
  readonly from: string;
  readonly to: string;
  readonly fromMark: Mark;
  readonly toMark: Mark;
}

/** Bounds the memory of the matrix of marks, which has an entry for each pair of variables. */
const MAX_VARIABLES = 10_000;

const VARIABLE: Shape = { name: 'text', 'modality?': 'text' };
const EDGE: Shape = { from: 'text', to: 'text', fromMark: 'number', toMark: 'number' };

/** @param call name of the public function, for messages @throws InputError `invalid-argument` */
export function checkCausalGraph(call: string, graph: CausalGraph, edges: readonly CausalEdge[] = []): void {
  checkArgument(`${call}: graph`, graph, { variables: [VARIABLE], marks: 'typed array' });
  checkLength(`${call}: graph.marks`, graph.marks, graph.variables.length ** 2);
  checkArgument(`${call}: edges`, edges, [EDGE]);
}

/** @throws InputError `too-large` */
export function checkVariableCount(count: number): void {
  if (count <= MAX_VARIABLES) return;
  throw new InputError(
    'too-large',
    `a causal graph has ${count} variables; up to ${MAX_VARIABLES} are possible: leave some out`,
  );
}

/** @throws InputError `duplicate-variable`, `no-variables`, `too-large`, `invalid-argument` */
export function emptyGraph(variables: readonly Variable[]): CausalGraph {
  checkArgument('variables', variables, [VARIABLE]);
  if (variables.length === 0) throw new InputError('no-variables', 'a causal graph needs at least one variable');
  checkVariableCount(variables.length);
  const names = new Set<string>();
  for (const { name } of variables) {
    if (name === '' || names.has(name)) {
      throw new InputError(
        'duplicate-variable',
        `variable name "${name.slice(0, 100)}" is empty or used twice; names must be unique`,
      );
    }
    names.add(name);
  }
  return { variables, marks: new Int8Array(variables.length ** 2) };
}

/**
 * Returns a graph from its edges.
 * @throws InputError `duplicate-variable`, `no-variables`, `unknown-variable`, `invalid-edge`
 */
export function graphFromEdges(variables: readonly Variable[], edges: readonly CausalEdge[]): CausalGraph {
  const graph = emptyGraph(variables);
  checkArgument('edges', edges, [EDGE]);
  const position = positions(variables);
  for (const { from, to, fromMark, toMark } of edges) {
    const [i, j] = [from, to].map((name) => {
      const index = position.get(name);
      if (index !== undefined) return index;
      throw new InputError(
        'unknown-variable',
        `edge ${from} – ${to}: there is no variable "${name}"${didYouMean(name, position.keys())}`,
      );
    });
    if (i === j) {
      throw new InputError('invalid-edge', `edge ${from} – ${to}: a variable cannot be a neighbour of itself`);
    }
    if (isAdjacent(graph, i, j)) throw new InputError('invalid-edge', `edge ${from} – ${to} is listed twice`);
    setEdge(graph, i, j, fromMark, toMark);
  }
  return graph;
}

/**
 * Returns a graph from the matrix of causal-learn.
 * @param matrix variables × variables, row-major, entries 0, −1, 1, 2
 * @throws InputError `shape-mismatch`, `invalid-edge`, `duplicate-variable`, `no-variables`
 */
export function graphFromMatrix(variables: readonly Variable[], matrix: ArrayLike<number>): CausalGraph {
  const graph = emptyGraph(variables);
  const size = variables.length;
  if (matrix.length !== size * size) {
    throw new InputError(
      'shape-mismatch',
      `the matrix has ${matrix.length} entries; ${size} variables need ${size ** 2}`,
    );
  }
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const mark = matrix[i * size + j];
      const other = matrix[j * size + i];
      if (
        ![NONE, TAIL, ARROW, CIRCLE].includes(mark) ||
        (mark === NONE) !== (other === NONE) ||
        (i === j && mark !== 0)
      ) {
        throw new InputError(
          'invalid-edge',
          `entries (${i}, ${j}) and (${j}, ${i}) are ${mark} and ${other}; both must be 0, or each −1 ` +
            '(tail), 1 (arrowhead) or 2 (circle)',
        );
      }
      graph.marks[i * size + j] = mark;
    }
  }
  return graph;
}

/** Returns the edges in the order of the positions of their ends. */
export function graphEdges(graph: CausalGraph): CausalEdge[] {
  checkCausalGraph('causalEdges', graph);
  const { variables, marks } = graph;
  const size = variables.length;
  const edges: CausalEdge[] = [];
  for (let i = 0; i < size; i++) {
    for (let j = i + 1; j < size; j++) {
      const atI = marks[i * size + j];
      const atJ = marks[j * size + i];
      if (!isMark(atI) || !isMark(atJ)) continue;
      const [first, second] = [variables[i].name, variables[j].name];
      // Arrowheads are written on the right, and circles before tails.
      if (rank(atI) > rank(atJ)) edges.push({ from: second, to: first, fromMark: atJ, toMark: atI });
      else edges.push({ from: first, to: second, fromMark: atI, toMark: atJ });
    }
  }
  return edges;
}

export function positions(variables: readonly Variable[]): Map<string, number> {
  return new Map(variables.map(({ name }, i) => [name, i]));
}

export function isAdjacent({ variables, marks }: CausalGraph, i: number, j: number): boolean {
  return marks[i * variables.length + j] !== NONE;
}

/** True if the edge is exactly i → j. */
export function isDirected({ variables: { length }, marks }: CausalGraph, i: number, j: number): boolean {
  return marks[i * length + j] === TAIL && marks[j * length + i] === ARROW;
}

export function isUndirected({ variables: { length }, marks }: CausalGraph, i: number, j: number): boolean {
  return marks[i * length + j] === TAIL && marks[j * length + i] === TAIL;
}

export function neighbours({ variables: { length }, marks }: CausalGraph, i: number): number[] {
  const adjacent: number[] = [];
  for (let j = 0; j < length; j++) if (marks[i * length + j] !== NONE) adjacent.push(j);
  return adjacent;
}

/** Sets the edge between i and j to these marks at i and at j. */
export function setEdge(
  { variables: { length }, marks }: CausalGraph,
  i: number,
  j: number,
  atI: Mark,
  atJ: Mark,
): void {
  marks[i * length + j] = atI;
  marks[j * length + i] = atJ;
}

/** Sets the edge i → j. */
export function direct(graph: CausalGraph, i: number, j: number): void {
  setEdge(graph, i, j, TAIL, ARROW);
}

export function removeEdge({ variables: { length }, marks }: CausalGraph, i: number, j: number): void {
  marks[i * length + j] = NONE;
  marks[j * length + i] = NONE;
}

export function copyGraph({ variables, marks }: CausalGraph): CausalGraph {
  return { variables, marks: marks.slice() };
}

function isMark(value: number): value is Mark {
  return value === TAIL || value === ARROW || value === CIRCLE;
}

function rank(mark: Mark): number {
  return mark === ARROW ? 2 : mark === CIRCLE ? 0 : 1;
}
