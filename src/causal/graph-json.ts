// Graphs as JSON, the form in which RUN/graph.json and truth-graph.json are kept:
//   { "format": "interlatent-graph", "version": 1, "runs": 8,
//     "nodes": [{ "name": "sleep.z1", "modality": "sleep", "index": 0 }, …],
//     "edges": [{ "from": "blood.z1", "to": "sleep.z1", "strength": 0.8, "agreement": 0.75 }, …],
//     "strengths": [[row of child 1 over all parents], …] }

import * as z from 'zod';
import { InputError } from '../errors.js';
import { latentNodes, sortEdges, type LatentGraph } from './graph.js';

const format = 'interlatent-graph';
const version = 1;

const schema = z.strictObject({
  format: z.literal(format),
  version: z.literal(version),
  runs: z.int().min(1),
  nodes: z
    .array(z.strictObject({ name: z.string().min(1), modality: z.string().min(1), index: z.int().min(0) }))
    .min(1),
  edges: z.array(
    z.strictObject({
      from: z.string(),
      to: z.string(),
      strength: z.number().min(0),
      agreement: z.number().min(0).max(1),
    }),
  ),
  strengths: z.array(z.array(z.number().min(0))),
});

/** JSON text of the graph, one node, edge and matrix row per line; numbers keep every bit. */
export function graphToJson({ nodes, strengths, edges, runs }: LatentGraph): string {
  const rows = nodes.map((_, i) => Array.from(strengths.subarray(i * nodes.length, (i + 1) * nodes.length)));
  return [
    '{',
    `  "format": "${format}",`,
    `  "version": ${version},`,
    `  "runs": ${runs},`,
    `  "nodes": ${list(nodes.map(({ name, modality, index }) => ({ name, modality, index })))},`,
    `  "edges": ${list(edges.map(({ from, to, strength, agreement }) => ({ from, to, strength, agreement })))},`,
    `  "strengths": ${list(rows)}`,
    '}',
    '',
  ].join('\n');
}

function list(items: readonly unknown[]): string {
  return items.length === 0 ? '[]' : `[\n${items.map((item) => `    ${JSON.stringify(item)}`).join(',\n')}\n  ]`;
}

/**
 * Reads what {@link graphToJson} writes.
 * @param source How messages call the text, for example its path.
 * @throws InputError `invalid-json`, `invalid-graph`.
 */
export function graphFromJson(text: string, source = 'graph'): LatentGraph {
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
    throw invalid(source, `${issue.message}${where}`);
  }
  const { nodes, edges, strengths, runs } = parsed.data;
  checkNodes(source, nodes);
  const names = new Set(nodes.map(({ name }) => name));
  const pairs = new Set<string>();
  for (const { from, to } of edges) {
    const pair = JSON.stringify([from, to]);
    const unknown = [from, to].find((name) => !names.has(name));
    if (unknown !== undefined) throw invalid(source, `edge ${from} → ${to}: there is no node "${unknown}"`);
    if (from === to) throw invalid(source, `edge ${from} → ${to}: a latent cannot be its own parent`);
    if (pairs.has(pair)) throw invalid(source, `edge ${from} → ${to} is listed twice`);
    pairs.add(pair);
  }
  if (strengths.length !== nodes.length || strengths.some((row) => row.length !== nodes.length)) {
    throw invalid(source, `strengths must be ${nodes.length} rows of ${nodes.length} numbers, one per node`);
  }
  return { nodes, strengths: Float64Array.from(strengths.flat()), edges: sortEdges(nodes, edges), runs };
}

function checkNodes(source: string, nodes: LatentGraph['nodes']): void {
  const counts = new Map<string, number>();
  for (const { modality } of nodes) counts.set(modality, (counts.get(modality) ?? 0) + 1);
  const expected = latentNodes(Array.from(counts, ([name, latents]) => ({ name, latents })));
  const wrong = nodes.findIndex(({ name, modality, index }, i) => {
    return name !== expected[i].name || modality !== expected[i].modality || index !== expected[i].index;
  });
  if (wrong >= 0) {
    throw invalid(
      source,
      `node ${wrong} is "${nodes[wrong].name}" of "${nodes[wrong].modality}", expected "${expected[wrong].name}": ` +
        'list the modalities one after the other, their latents as <modality>.z1, .z2, … with index 0, 1, …',
    );
  }
}

function invalid(source: string, reason: string): InputError {
  return new InputError('invalid-graph', `${source} is not a latent graph: ${reason}`);
}
