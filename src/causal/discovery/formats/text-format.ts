// The text format of causal-learn and Tetrad:
//   Graph Nodes:
//   X1;X2;X3
//
//   Graph Edges:
//   1. X1 --> X2
// The matrix of causal-learn is written as rows of numbers.

import { checkArgument } from '../../../errors/argument.js';
import { InputError } from '../../../errors/errors.js';
import {
  ARROW,
  checkCausalGraph,
  CIRCLE,
  graphEdges,
  graphFromEdges,
  graphFromMatrix,
  TAIL,
  type CausalEdge,
  type CausalGraph,
  type Mark,
  type Variable,
} from '../causal-graph.js';

const LEFT: Readonly<Record<string, Mark>> = { '-': TAIL, '<': ARROW, o: CIRCLE };
const RIGHT: Readonly<Record<string, Mark>> = { '-': TAIL, '>': ARROW, o: CIRCLE };

/** Returns the symbol of an edge: `-->`, `---`, `<->`, `o->`, `o-o` or `o--`. */
export function edgeSymbol(edge: Pick<CausalEdge, 'fromMark' | 'toMark'>): string {
  checkArgument('edgeSymbol: edge', edge, { fromMark: 'number', toMark: 'number' });
  const { fromMark, toMark } = edge;
  const sign = (signs: Readonly<Record<string, Mark>>, mark: Mark) =>
    Object.keys(signs).find((key) => signs[key] === mark)!;
  return `${sign(LEFT, fromMark)}-${sign(RIGHT, toMark)}`;
}

/** Returns the marks of a symbol that {@link edgeSymbol} writes; undefined for any other text. */
export function marksOf(symbol: string): Pick<CausalEdge, 'fromMark' | 'toMark'> | undefined {
  const [left, middle, right] = symbol;
  if (symbol.length !== 3 || middle !== '-' || !(left in LEFT) || !(right in RIGHT)) return undefined;
  return { fromMark: LEFT[left], toMark: RIGHT[right] };
}

/** Returns the graph in the text format of causal-learn. */
export function causalGraphToText(graph: CausalGraph): string {
  const edges = graphEdges(graph).map((edge, i) => `${i + 1}. ${edge.from} ${edgeSymbol(edge)} ${edge.to}`);
  return ['Graph Nodes:', graph.variables.map(({ name }) => name).join(';'), '', 'Graph Edges:', ...edges, ''].join(
    '\n',
  );
}

/**
 * Reads the text format of causal-learn or Tetrad. Attributes after the edges are ignored.
 * @param source name of the text in messages, for example its path
 * @throws InputError `invalid-graph`, `duplicate-variable`, `unknown-variable`, `invalid-edge`
 */
export function causalGraphFromText(text: string, source = 'graph'): CausalGraph {
  checkArgument('causalGraphFromText: text', text, 'text');
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const nodesAt = lines.indexOf('Graph Nodes:');
  const edgesAt = lines.indexOf('Graph Edges:');
  if (nodesAt < 0 || edgesAt < nodesAt) {
    throw new InputError(
      'invalid-graph',
      `${source} is not a graph: it needs a line "Graph Nodes:" and after it a line "Graph Edges:"`,
    );
  }
  const names = lines
    .slice(nodesAt + 1, edgesAt)
    .join(';')
    .split(/[;,]/);
  const variables = names.filter((name) => name !== '').map((name) => ({ name }));
  const edges: CausalEdge[] = [];
  for (const [i, line] of lines.slice(edgesAt + 1).entries()) {
    if (line === '' && edges.length === 0) continue;
    if (line === '') break;
    const parts = /^\d+\. (?<from>.+) (?<left>[-<o])-(?<right>[->o]) (?<to>\S.*?)(?: (?:dd|nl|pd|pl|;).*)?$/.exec(
      line,
    )?.groups;
    if (parts === undefined) {
      throw new InputError(
        'invalid-graph',
        `${source}, line ${edgesAt + i + 2}: "${line}" is not an edge; write an edge as "1. X1 --> X2"`,
      );
    }
    edges.push({ from: parts.from, to: parts.to, fromMark: LEFT[parts.left], toMark: RIGHT[parts.right] });
  }
  return graphFromEdges(variables, edges);
}

/** Returns the rows of the matrix of causal-learn, with the numbers separated by `separator`. */
export function causalGraphToMatrix(graph: CausalGraph, separator = ' '): string {
  checkCausalGraph('causalGraphToMatrix', graph);
  const { variables, marks } = graph;
  const rows = variables.map((_, i) =>
    marks.subarray(i * variables.length, (i + 1) * variables.length).join(separator),
  );
  return `${rows.join('\n')}\n`;
}

/**
 * Reads the matrix of causal-learn. Blanks, commas or tabs separate the numbers. A first line with commas and any
 * entry that is not a number holds the names.
 * @param variables the names in the first line, or X1, X2, …, when left out
 * @param source name of the text in messages, for example its path
 * @throws InputError `shape-mismatch`, `invalid-edge`, `duplicate-variable`, `no-variables`
 */
export function causalGraphFromMatrix(text: string, variables?: readonly Variable[], source = 'graph'): CausalGraph {
  checkArgument('causalGraphFromMatrix: text', text, 'text');
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const first =
    lines
      .at(0)
      ?.split(',')
      .map((name) => name.trim().replace(/^"(.*)"$/, '$1')) ?? [];
  const isNamed = first.length > 1 && first.some((name) => Number.isNaN(Number(name)));
  const rows = isNamed ? lines.slice(1) : lines;
  const names = isNamed ? first : rows.map((_, i) => `X${i + 1}`);
  const entries = rows.flatMap((line) => line.split(/[\s,]+/).filter((entry) => entry !== ''));
  if (entries.length !== rows.length ** 2) {
    throw new InputError(
      'shape-mismatch',
      `${source}: ${rows.length} rows have ${entries.length} numbers; a graph is a square matrix`,
    );
  }
  return graphFromMatrix(variables ?? names.map((name) => ({ name })), entries.map(Number));
}
