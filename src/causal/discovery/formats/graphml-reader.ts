// Reads graphs in GraphML, as causalGraphToGraphml, graphToGraphml, networkx, igraph and Cytoscape write them. An edge
// without marks is an arrow, or a line if it is undirected.

import { checkArgument } from '../../../errors/argument.js';
import { InputError } from '../../../errors/errors.js';
import { ARROW, graphFromEdges, TAIL, type CausalEdge, type CausalGraph } from '../causal-graph.js';
import { marksOf } from './text-format.js';
import { xmlRoot, XmlError, type Element } from './xml-elements.js';

/**
 * Returns the graph of a GraphML text.
 * @param source name of the text in messages, for example its path
 * @throws InputError `invalid-graph`, `duplicate-variable`, `unknown-variable`, `invalid-edge`, `no-variables`
 */
export function causalGraphFromGraphml(text: string, source = 'graph'): CausalGraph {
  checkArgument('causalGraphFromGraphml: text', text, 'text');
  const root = rootOf(text, source);
  const graph = root.children.find(({ name }) => name === 'graph');
  if (root.name !== 'graphml' || graph === undefined) throw invalid(source, 'it has no <graph> in a <graphml>');
  const keys = new Map(
    root.children
      .filter(({ name }) => name === 'key')
      .map(({ attributes }) => [attributes.get('id'), attributes.get('attr.name') ?? attributes.get('id')]),
  );
  const dataOf = ({ children }: Element): ReadonlyMap<string | undefined, string> =>
    new Map(
      children
        .filter(({ name }) => name === 'data')
        .map(({ attributes, text }) => [keys.get(attributes.get('key')) ?? attributes.get('key'), text.trim()]),
    );
  const required = ({ name, attributes }: Element, key: string): string => {
    const value = attributes.get(key);
    if (value === undefined) throw invalid(source, `a <${name}> has no ${key}`);
    return value;
  };
  const names = new Map<string, string>();
  const variables = graph.children
    .filter(({ name }) => name === 'node')
    .map((node) => {
      const data = dataOf(node);
      const id = required(node, 'id');
      const name = data.get('name') ?? id;
      const modality = data.get('modality');
      names.set(id, name);
      return modality === undefined ? { name } : { name, modality };
    });
  const isDirected = graph.attributes.get('edgedefault') !== 'undirected';
  const edges = graph.children
    .filter(({ name }) => name === 'edge')
    .map((edge): CausalEdge => {
      const [first, second] = [required(edge, 'source'), required(edge, 'target')];
      const directed = edge.attributes.get('directed') ?? String(isDirected);
      const ends = { from: names.get(first) ?? first, to: names.get(second) ?? second };
      const marks = dataOf(edge).get('marks');
      if (marks === undefined) return { ...ends, fromMark: TAIL, toMark: directed === 'true' ? ARROW : TAIL };
      const known = marksOf(marks);
      if (known === undefined) {
        throw invalid(source, `the edge ${ends.from} – ${ends.to} has the marks "${marks.slice(0, 40)}"`);
      }
      return { ...ends, ...known };
    });
  return graphFromEdges(variables, edges);
}

/** @throws InputError `invalid-graph` */
function rootOf(xml: string, source: string): Element {
  try {
    return xmlRoot(xml);
  } catch (cause) {
    if (!(cause instanceof XmlError)) throw cause;
    throw invalid(source, `line ${xml.slice(0, cause.at).split('\n').length}: ${cause.message}`);
  }
}

function invalid(source: string, reason: string): InputError {
  return new InputError('invalid-graph', `${source} is not valid GraphML: ${reason}`);
}
