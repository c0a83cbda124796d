// Discovered graphs as JSON:
//   { "format": "interlatent-causal-graph", "version": 1,
//     "variables": [{ "name": "age" }, { "name": "sleep.z1", "modality": "sleep" }, …],
//     "edges": [{ "from": "age", "to": "sleep.z1", "fromMark": "tail", "toMark": "arrow", "p": 0.001, … }, …] }

import * as z from 'zod';
import { InputError } from '../../errors.js';
import {
  ARROW,
  CIRCLE,
  graphEdges,
  graphFromEdges,
  TAIL,
  type CausalEdge,
  type CausalGraph,
  type Mark,
} from './causal-graph.js';
import type { DiscoveredEdge } from './discover.js';

const format = 'interlatent-causal-graph';
const version = 1;

const NAMES: Readonly<Record<Mark, 'tail' | 'arrow' | 'circle'>> = {
  [TAIL]: 'tail',
  [ARROW]: 'arrow',
  [CIRCLE]: 'circle',
};
const MARKS = { tail: TAIL, arrow: ARROW, circle: CIRCLE } as const;

const share = z.number().min(0).max(1);
const mark = z.enum(['tail', 'arrow', 'circle']);
const schema = z.strictObject({
  format: z.literal(format),
  version: z.literal(version),
  variables: z.array(z.strictObject({ name: z.string().min(1), modality: z.string().optional() })).min(1),
  edges: z.array(
    z.strictObject({
      from: z.string(),
      to: z.string(),
      fromMark: mark,
      toMark: mark,
      p: share.optional(),
      frequencies: z
        .strictObject({
          ...{ adjacent: share, forward: share, backward: share, undirected: share, bidirected: share },
          ...{ openForward: share.optional(), openBackward: share.optional(), open: share.optional() },
        })
        .optional(),
    }),
  ),
});

/**
 * JSON text of a graph, a variable or an edge per line.
 * @param edges the graph's, with what is known of them; those of the graph when left out
 */
export function causalGraphToJson(
  graph: CausalGraph,
  edges: readonly (CausalEdge & Partial<DiscoveredEdge>)[] = graphEdges(graph),
): string {
  const list = (items: readonly unknown[]) =>
    items.length === 0 ? '[]' : `[\n${items.map((item) => `    ${JSON.stringify(item)}`).join(',\n')}\n  ]`;
  const variables = graph.variables.map(({ name, modality }) => ({ name, modality }));
  const written = edges.map(({ from, to, fromMark, toMark, p, frequencies }) => ({
    from,
    to,
    fromMark: NAMES[fromMark],
    toMark: NAMES[toMark],
    p: Number.isNaN(p) ? undefined : p,
    frequencies,
  }));
  return [
    '{',
    `  "format": "${format}",`,
    `  "version": ${version},`,
    `  "variables": ${list(variables)},`,
    `  "edges": ${list(written)}`,
    '}',
    '',
  ].join('\n');
}

/**
 * Reads what {@link causalGraphToJson} writes.
 * @param source how messages call the text, for example its path
 * @throws InputError `invalid-json`, `invalid-graph`, `duplicate-variable`, `unknown-variable`, `invalid-edge`
 */
export function causalGraphFromJson(text: string, source = 'graph'): CausalGraph {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputError('invalid-json', `${source} is not JSON: ${String(error)}`, {}, error);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`;
    throw new InputError('invalid-graph', `${source} is not a causal graph: ${issue.message}${where}`);
  }
  const { variables, edges } = parsed.data;
  return graphFromEdges(
    variables,
    edges.map(({ from, to, fromMark, toMark }) => ({ from, to, fromMark: MARKS[fromMark], toMark: MARKS[toMark] })),
  );
}
