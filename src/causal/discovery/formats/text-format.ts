// The text form that causal-learn and Tetrad write and read:
//   Graph Nodes:
//   X1;X2;X3
//
//   Graph Edges:
//   1. X1 --> X2
// and causal-learn's matrix as rows of numbers.

import { checkArgument } from '../../../argument.js';
import { InputError } from '../../../errors.js';
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

/** `-->`, `---`, `<->`, `o->`, `o-o` or `o--`. */
export function edgeSymbol(edge: Pick<CausalEdge, 'fromMark' | 'toMark'>): string {
  checkArgument('edgeSymbol: edge', edge, { fromMark: 'number', toMark: 'number' });
  const { fromMark, toMark } = edge;
  const sign = (signs: Readonly<Record<string, Mark>>, mark: Mark) =>
    Object.keys(signs).find((key) => signs[key] === mark)!;
  return `${sign(LEFT, fromMark)}-${sign(RIGHT, toMark)}`;
}

/** The marks of a symbol as {@link edgeSymbol} writes it; undefined where it is none. */
export function marksOf(symbol: string): Pick<CausalEdge, 'fromMark' | 'toMark'> | undefined {
  const [left, middle, right] = symbol;
  if (symbol.length !== 3 || middle !== '-' || !(left in LEFT) || !(right in RIGHT)) return undefined;
  return { fromMark: LEFT[left], toMark: RIGHT[right] };
}

/** The graph as causal-learn's text. */
export function causalGraphToText(graph: CausalGraph): string {
  const edges = graphEdges(graph).map((edge, i) => `${i + 1}. ${edge.from} ${edgeSymbol(edge)} ${edge.to}`);
  return ['Graph Nodes:', graph.variables.map(({ name }) => name).join(';'), '', 'Graph Edges:', ...edges, ''].join(
    '\n',
  );
}

/**
 * Reads causal-learn's or Tetrad's text; attributes after the edges are left alone.
 * @param source how messages call the text, for example its path
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
      `${source} is no graph: it needs a line "Graph Nodes:", then one "Graph Edges:"`,
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
        `${source}, line ${edgesAt + i + 2}: "${line}" is no edge; one is written as "1. X1 --> X2"`,
      );
    }
    edges.push({ from: parts.from, to: parts.to, fromMark: LEFT[parts.left], toMark: RIGHT[parts.right] });
  }
  return graphFromEdges(variables, edges);
}

/** Rows of causal-learn's matrix, the numbers separated by `separator`. */
export function causalGraphToMatrix(graph: CausalGraph, separator = ' '): string {
  checkCausalGraph('causalGraphToMatrix', graph);
  const { variables, marks } = graph;
  const rows = variables.map((_, i) =>
    marks.subarray(i * variables.length, (i + 1) * variables.length).join(separator),
  );
  return `${rows.join('\n')}\n`;
}

/**
 * Reads causal-learn's matrix; numbers stand apart by blanks, commas or tabs. A first line with commas that is not
 * numbers holds names.
 * @param variables the first line's, or X1, X2, …, when left out
 * @param source how messages call the text, for example its path
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
