// Graphs from GraphML: what causalGraphToGraphml and graphToGraphml write, and what networkx, igraph and Cytoscape do.
// Without marks, an edge is an arrow or, undirected, a line.

import { checkArgument } from '../../../argument.js';
import { InputError } from '../../../errors.js';
import { ARROW, graphFromEdges, TAIL, type CausalEdge, type CausalGraph } from '../causal-graph.js';
import { marksOf } from './text-format.js';
import { tokenMatches } from './tokens.js';

interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

/**
 * @param source how messages call the text, for example its path
 * @throws InputError `invalid-graph`, `duplicate-variable`, `unknown-variable`, `invalid-edge`, `no-variables`
 */
export function causalGraphFromGraphml(text: string, source = 'graph'): CausalGraph {
  checkArgument('causalGraphFromGraphml: text', text, 'text');
  const root = readXml(text, source);
  const graph = root.children.find(({ name }) => name === 'graph');
  if (root.name !== 'graphml' || graph === undefined) throw invalid(source, 'there is no <graph> in a <graphml>');
  const keys = new Map(
    root.children
      .filter(({ name }) => name === 'key')
      .map(({ attributes }) => [attributes.id, attributes['attr.name'] ?? attributes.id]),
  );
  const dataOf = ({ children }: Element): Readonly<Partial<Record<string, string>>> =>
    Object.fromEntries(
      children
        .filter(({ name }) => name === 'data')
        .map((data) => [keys.get(data.attributes.key) ?? data.attributes.key, data.text.trim()]),
    );
  const names = new Map<string, string>();
  const variables = graph.children
    .filter(({ name }) => name === 'node')
    .map((node) => {
      const { name = node.attributes.id, modality } = dataOf(node);
      names.set(node.attributes.id, name);
      return modality === undefined ? { name } : { name, modality };
    });
  const isDirected = graph.attributes.edgedefault !== 'undirected';
  const edges = graph.children
    .filter(({ name }) => name === 'edge')
    .map((edge): CausalEdge => {
      const { source: first, target: second, directed = String(isDirected) } = edge.attributes;
      const ends = { from: names.get(first) ?? first, to: names.get(second) ?? second };
      const { marks } = dataOf(edge);
      if (marks === undefined) return { ...ends, fromMark: TAIL, toMark: directed === 'true' ? ARROW : TAIL };
      const known = marksOf(marks);
      if (known === undefined) throw invalid(source, `the edge ${ends.from} – ${ends.to} has the marks "${marks}"`);
      return { ...ends, ...known };
    });
  return graphFromEdges(variables, edges);
}

const TOKEN =
  /<\?[^]*?\?>|<!--[^]*?-->|<!DOCTYPE[^>[]*>|<!\[CDATA\[(?<raw>[^]*?)\]\]>|<(?<close>\/?)(?<name>[\w:.-]+)(?<attributes>(?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(?<empty>\/?)>|(?<text>[^<]+)/gy;

/** The root of a document; names lose their prefix. */
function readXml(xml: string, source: string): Element {
  const root: Element = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  let end = 0;
  for (const match of tokenMatches(xml, TOKEN)) {
    ({ end } = match);
    const { raw, close, name, attributes = '', empty, text } = match.groups;
    const current = open[open.length - 1];
    current.text += raw ?? (text === undefined ? '' : decoded(text));
    if (name === undefined) continue;
    const local = name.slice(name.indexOf(':') + 1);
    if (close === '/') {
      if (open.length === 1 || current.name !== local) throw invalid(source, `</${name}> closes nothing that is open`);
      open.pop();
      continue;
    }
    const pairs = Array.from(
      attributes.matchAll(/([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g),
      ([, key, double = '', single = '']) => [key, decoded(double + single)] as const,
    );
    const element: Element = { name: local, attributes: Object.fromEntries(pairs), children: [], text: '' };
    current.children.push(element);
    if (empty !== '/') open.push(element);
  }
  if (end < xml.length) throw invalid(source, `line ${xml.slice(0, end).split('\n').length} is no XML`);
  if (open.length > 1) throw invalid(source, `<${open[open.length - 1].name}> is never closed`);
  if (root.children.length !== 1) throw invalid(source, 'it has not exactly one root element');
  return root.children[0];
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decoded(text: string): string {
  return text.replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const code = hex === undefined ? Number(decimal) : parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

function invalid(source: string, reason: string): InputError {
  return new InputError('invalid-graph', `${source} is no GraphML that can be read: ${reason}`);
}
