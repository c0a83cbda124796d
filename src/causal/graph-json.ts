// Graphs as JSON. The graph over the latents of a fit, as in RUN/graph.json and truth-graph.json:
//   { "format": "interlatent-graph", "version": 1, "runs": 8,
//     "nodes": [{ "name": "sleep.z1", "modality": "sleep", "index": 0, "risesWith": { "column": "hours", … },
//                 "verdict": "block", "blockWith": ["sleep.z2"] },
//               { "name": "blood.z1", …, "sameAs": ["body.z2"] }, …],
//     "edges": [{ "from": "blood.z1", "to": "sleep.z1", "strength": 0.8, "effect": -0.4, "agreement": 0.75,
//                 "direction": "assumed", "verdict": "supported" }, …],
//     "causes": [{ "name": "guide", "kind": "categorical", "levels": ["none", "STAT1"], "assigned": true, … }, …],
//     "causeEdges": [{ "from": "guide", "level": "STAT1", "to": "blood.z1", "effect": -1.2 }, …],
//     "strengths": [[row of child 1 over all parents], …] }
// `causes` and `causeEdges` are present if the study has observed causes.
// A discovered graph:
//   { "format": "interlatent-causal-graph", "version": 1,
//     "variables": [{ "name": "age" }, { "name": "sleep.z1", "modality": "sleep" }, …],
//     "halfSamples": { "count": 100, "seed": 0, "resampled": "rows" },
//     "environments": { "name": "drug", "reference": "none", "assigned": true, "levels": [{ "level": "none", … }, …] },
//     "edges": [{ "from": "age", "to": "sleep.z1", "fromMark": "circle", "toMark": "arrow", "p": 0.001,
//                 "association": 0.4, "link": { "verdict": "supported", "sign": "+", "direct": { … }, … }, … }, …],
//     "undrawn": [{ "first": "age", "second": "blood.z1", "verdict": "undecided", "reason": "low-power", … }, …] }
// `link` and `undrawn` are present if the search included latents of a fit, and `environments` if the rows had some.

import { checkArgument } from '../errors/argument.js';
import { CAUSE_EFFECTS, CAUSE_KINDS } from '../data/causes.js';
import { InputError } from '../errors/errors.js';
import { parseJson } from '../files/json.js';
import { causeNode, problemWithCauses, type CauseEdge, type CauseNode, type GraphCauses } from './cause-nodes.js';
import {
  ARROW,
  checkCausalGraph,
  CIRCLE,
  CONTEXT_KINDS,
  graphEdges,
  graphFromEdges,
  TAIL,
  type CausalEdge,
  type CausalGraph,
  type Mark,
} from './discovery/causal-graph.js';
import type { LinkFigures } from './discovery/link-figures.js';
import { RESAMPLED, type HalfSampling } from './discovery/resampling.js';
import type { DiscoveredEdge } from './discovery/discover.js';
import type { DescribedEnvironments } from './discovery/environments.js';
import { checkLatentGraph, EDGE_DIRECTIONS, latentNodes, sortEdges, type LatentGraph } from './graph.js';
import { isArrow } from './direction-text.js';
import { edgesOfDifferent } from './same-variable.js';
import { EDGE_VERDICTS, LATENT_VERDICTS } from './verdicts.js';
import { environments, link } from './discovery-fields.js';
import { anything, boolean, list, name, number, object, oneOf, optional, pair, text, whole } from './json-fields.js';

const latentFormat = 'interlatent-graph' as const;
const causalFormat = 'interlatent-causal-graph' as const;
const version = 1;

const NAMES: Readonly<Record<Mark, 'tail' | 'arrow' | 'circle'>> = {
  [TAIL]: 'tail',
  [ARROW]: 'arrow',
  [CIRCLE]: 'circle',
};
const MARKS = { tail: TAIL, arrow: ARROW, circle: CIRCLE } as const;

const share = number(0, 1);
const interval = pair(share);
const mark = oneOf(['tail', 'arrow', 'circle']);
const orienting = object({ modality: text, column: text, correlation: share });
/** The verdict of a fit on a latent. */
const judged = {
  verdict: optional(oneOf(LATENT_VERDICTS)),
  blockWith: optional(list(text)),
  sameAs: optional(list(text)),
};
const latentDocument = object({
  format: oneOf([latentFormat]),
  version: oneOf([version]),
  runs: whole(1),
  nodes: list(object({ name, modality: name, index: whole(0), risesWith: optional(orienting), ...judged }), 1),
  edges: list(
    object({
      from: text,
      to: text,
      strength: number(0),
      effect: optional(number(-Infinity)),
      agreement: share,
      direction: optional(oneOf(EDGE_DIRECTIONS)),
      verdict: optional(oneOf(EDGE_VERDICTS)),
    }),
  ),
  causes: optional(
    list(
      object({
        name,
        kind: oneOf(CAUSE_KINDS),
        levels: optional(list(text)),
        reference: optional(number(-Infinity)),
        assigned: boolean,
        effect: oneOf(CAUSE_EFFECTS),
      }),
      1,
    ),
  ),
  causeEdges: optional(
    list(
      object({
        from: text,
        level: optional(text),
        to: text,
        effect: optional(number(-Infinity)),
        verdict: optional(oneOf(EDGE_VERDICTS)),
      }),
    ),
  ),
  strengths: list(list(number(0))),
  /** Written by `interlatent graph RUN --format json`. */
  conclusions: optional(anything),
  headline: optional(anything),
  sentences: optional(anything),
});
const causalDocument = object({
  format: oneOf([causalFormat]),
  version: oneOf([version]),
  variables: list(
    object({
      name,
      modality: optional(text),
      levels: optional(pair(text)),
      context: optional(oneOf(CONTEXT_KINDS)),
      ...judged,
    }),
    1,
  ),
  halfSamples: optional(
    object({
      count: whole(1),
      seed: whole(0),
      resampled: oneOf(RESAMPLED),
      replicated: optional(list(object({ name: text, share }))),
    }),
  ),
  environments: optional(environments),
  edges: list(
    object({
      from: text,
      to: text,
      fromMark: mark,
      toMark: mark,
      p: optional(share),
      association: optional(number(-1, 1)),
      link: optional(link),
      frequencies: optional(
        object({
          adjacent: share,
          forward: share,
          backward: share,
          undirected: share,
          bidirected: share,
          openForward: optional(share, 0),
          openBackward: optional(share, 0),
          open: optional(share, 0),
        }),
      ),
      intervals: optional(object({ adjacent: interval, asWritten: interval })),
    }),
  ),
  undrawn: optional(list(link)),
});

type LatentDocument = ReturnType<typeof latentDocument>;
type CausalDocument = ReturnType<typeof causalDocument>;

/** An edge with its p-value and frequencies, if they are known. */
export type AnnotatedEdge = CausalEdge & Partial<DiscoveredEdge>;

/** Returns the JSON text of the graph, with one node, edge or matrix row per line. Numbers keep every bit. */
export function graphToJson(graph: LatentGraph): string {
  checkLatentGraph('graphToJson', graph);
  const { nodes, strengths, edges, runs } = graph;
  const fields = edges.map(({ from, to, strength, effect, agreement, direction, verdict }) => {
    return { from, to, strength, effect, agreement, direction, verdict };
  });
  const latents = nodes.map(({ name: latent, modality, index, risesWith, verdict, blockWith, sameAs }) => {
    return { name: latent, modality, index, risesWith, verdict, blockWith, sameAs };
  });
  const rows = nodes.map((_, i) => Array.from(strengths.subarray(i * nodes.length, (i + 1) * nodes.length)));
  return [
    '{',
    `  "format": "${latentFormat}",`,
    `  "version": ${version},`,
    `  "runs": ${runs},`,
    `  "nodes": ${lines(latents)},`,
    `  "edges": ${lines(fields)},`,
    ...causesText(graph),
    `  "strengths": ${lines(rows)}`,
    '}',
    '',
  ].join('\n');
}

function causesText({ causes, causeEdges = [] }: GraphCauses): string[] {
  if (causes === undefined) return [];
  const edges = causeEdges.map(({ from, level, to, effect, verdict }) => ({ from, level, to, effect, verdict }));
  return [`  "causes": ${lines(causes.map(causeNode))},`, `  "causeEdges": ${lines(edges)},`];
}

/** Returns the variables and edges of a discovered graph in their JSON form. */
export function causalGraphContent(graph: CausalGraph, edges: readonly AnnotatedEdge[]) {
  return {
    variables: graph.variables.map(({ name: variable, modality, levels, context, verdict, blockWith, sameAs }) => {
      return { name: variable, modality, levels, context, verdict, blockWith, sameAs };
    }),
    edges: edges.map(({ from, to, fromMark, toMark, p, association, link: figures, frequencies, intervals }) => ({
      from,
      to,
      fromMark: NAMES[fromMark],
      toMark: NAMES[toMark],
      p: Number.isNaN(p) ? undefined : p,
      association,
      link: figures,
      frequencies,
      intervals,
    })),
  };
}

/** The content of a discovered graph in addition to its edges. */
export interface GraphContext {
  /** The half-samples that the frequencies of the edges are shares of. */
  readonly halfSamples?: HalfSampling | undefined;
  readonly environments?: DescribedEnvironments | undefined;
  /** Tested pairs without an edge: undecided or not supported. */
  readonly undrawn?: readonly LinkFigures[] | undefined;
}

/**
 * Returns the JSON text of a discovered graph, with one variable or edge per line.
 * @param edges edges of the graph with their annotations; the plain edges of the graph when left out
 */
export function causalGraphToJson(
  graph: CausalGraph,
  edges: readonly AnnotatedEdge[] = graphEdges(graph),
  context: GraphContext = {},
): string {
  checkCausalGraph('causalGraphToJson', graph, edges);
  checkArgument('causalGraphToJson: context', context, {});
  const { halfSamples, environments, undrawn } = context;
  const content = causalGraphContent(graph, edges);
  return [
    '{',
    `  "format": "${causalFormat}",`,
    `  "version": ${version},`,
    `  "variables": ${lines(content.variables)},`,
    ...(halfSamples ? [`  "halfSamples": ${JSON.stringify(samplingOf(halfSamples))},`] : []),
    ...(environments ? [`  "environments": ${JSON.stringify(environments)},`] : []),
    `  "edges": ${lines(content.edges)}${undrawn ? ',' : ''}`,
    ...(undrawn ? [`  "undrawn": ${lines(undrawn)}`] : []),
    '}',
    '',
  ].join('\n');
}

function samplingOf({ count, seed, resampled, replicated }: HalfSampling): HalfSampling {
  return { count, seed, resampled, ...(replicated && { replicated }) };
}

function lines(items: readonly unknown[]): string {
  return items.length === 0 ? '[]' : `[\n${items.map((item) => `    ${JSON.stringify(item)}`).join(',\n')}\n  ]`;
}

/**
 * Reads what {@link graphToJson} writes.
 * @param source name of the text in messages, for example its path
 * @throws InputError `invalid-json`, `invalid-graph`.
 */
export function graphFromJson(text: string, source = 'graph'): LatentGraph {
  const document = read(text, source, 'latent');
  if (document.format !== latentFormat) {
    throw invalid(source, 'latent', 'it is a discovered graph, without latents and strengths');
  }
  return latentGraph(document, source);
}

/**
 * Reads what {@link causalGraphToJson} writes, or the edges of a graph over latents.
 * @param source name of the text in messages, for example its path
 * @throws InputError `invalid-json`, `invalid-graph`, `duplicate-variable`, `unknown-variable`, `invalid-edge`
 */
export function causalGraphFromJson(text: string, source = 'graph'): CausalGraph {
  const document = read(text, source, 'causal');
  if (document.format === causalFormat) return graphFromEdges(document.variables, annotatedEdges(document));
  const { nodes, edges, causes = [], causeEdges = [] } = latentGraph(document, source);
  return graphFromEdges(
    [
      ...causes.map((cause) => ({ name: cause.name })),
      ...nodes.map(({ name: latent, modality, verdict, blockWith, sameAs }) => ({
        name: latent,
        modality,
        verdict,
        blockWith,
        sameAs,
      })),
    ],
    [
      ...edgesOfCauses(causes, causeEdges),
      ...edgesOfDifferent(nodes, edges).map(({ from, to, direction, verdict }): CausalEdge =>
        !isArrow({ direction, verdict })
          ? { from, to, fromMark: CIRCLE, toMark: CIRCLE }
          : { from, to, fromMark: TAIL, toMark: ARROW },
      ),
    ],
  );
}

/** Returns one edge for all levels of a cause. A cause that nobody assigned can share an unmeasured cause. */
function edgesOfCauses(causes: readonly CauseNode[], edges: readonly CauseEdge[]): CausalEdge[] {
  return causes.flatMap(({ name, assigned }) => {
    const latents = new Set(edges.filter(({ from }) => from === name).map(({ to }) => to));
    return Array.from(latents, (to) => ({ from: name, to, fromMark: assigned ? TAIL : CIRCLE, toMark: ARROW }));
  });
}

/**
 * Reads what {@link causalGraphToJson} writes: the graph, its edges with their annotations, and its context. Returns
 * undefined for a graph over latents.
 * @param source name of the text in messages, for example its path
 * @throws InputError `invalid-json`, `invalid-graph`, `duplicate-variable`, `unknown-variable`, `invalid-edge`
 */
export function discoveryFromJson(
  text: string,
  source = 'graph',
): ({ graph: CausalGraph; edges: readonly AnnotatedEdge[] } & GraphContext) | undefined {
  const document = read(text, source, 'causal');
  if (document.format === latentFormat) return undefined;
  const edges = annotatedEdges(document);
  const { halfSamples, environments, undrawn } = document;
  const context = {
    ...(halfSamples && { halfSamples }),
    ...(environments && { environments }),
    ...(undrawn && { undrawn }),
  };
  return { graph: graphFromEdges(document.variables, edges), edges, ...context };
}

function annotatedEdges({ edges }: CausalDocument): AnnotatedEdge[] {
  return edges.map((edge) => ({ ...edge, fromMark: MARKS[edge.fromMark], toMark: MARKS[edge.toMark] }));
}

function read(content: string, source: string, kind: Kind): LatentDocument | CausalDocument {
  let value: unknown;
  try {
    value = parseJson(content);
  } catch (error) {
    throw new InputError('invalid-json', `${source} is not JSON: ${String(error)}`, {}, error);
  }
  const place = { path: [], refuse: (reason: string) => invalid(source, kind, reason) };
  const format = (value as { format?: unknown } | null)?.format;
  const isLatent = kind === 'latent' ? format !== causalFormat : format === latentFormat;
  return isLatent ? latentDocument(value, place) : causalDocument(value, place);
}

function latentGraph(document: LatentDocument, source: string): LatentGraph {
  const { nodes, edges, causes, causeEdges = [], strengths, runs } = document;
  checkNodes(source, nodes);
  const names = new Set(nodes.map(({ name }) => name));
  const pairs = new Set<string>();
  for (const { from, to } of edges) {
    const pair = JSON.stringify([from, to]);
    const unknown = [from, to].find((name) => !names.has(name));
    if (unknown !== undefined) throw invalid(source, 'latent', `edge ${from} → ${to}: there is no node "${unknown}"`);
    if (from === to) throw invalid(source, 'latent', `edge ${from} → ${to}: a latent cannot be a parent of itself`);
    if (pairs.has(pair)) throw invalid(source, 'latent', `edge ${from} → ${to} is listed twice`);
    pairs.add(pair);
  }
  if (strengths.length !== nodes.length || strengths.some((row) => row.length !== nodes.length)) {
    throw invalid(
      source,
      'latent',
      `strengths must have ${nodes.length} rows of ${nodes.length} numbers, one per node`,
    );
  }
  const problem = problemWithCauses({ causes, causeEdges }, names);
  if (problem !== undefined) throw invalid(source, 'latent', problem);
  return {
    nodes,
    strengths: Float64Array.from(strengths.flat()),
    edges: sortEdges(nodes, edges),
    runs,
    ...(causes && { causes, causeEdges }),
  };
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
      'latent',
      `node ${wrong} is "${nodes[wrong].name}" of "${nodes[wrong].modality}", expected "${expected[wrong].name}": ` +
        'list the modalities in sequence, and the latents of each as <modality>.z1, .z2, … with index 0, 1, …',
    );
  }
}

type Kind = 'latent' | 'causal';

function invalid(source: string, kind: Kind, reason: string): InputError {
  return new InputError('invalid-graph', `${source} is not a ${kind} graph: ${reason}`);
}
