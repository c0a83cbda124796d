// Blocks in drawings and tables. Latents that are identified only up to a mixture with each other are one node, and
// edges end at this node. All drawings and tables of graphs derive from these functions.

import type { CauseEdge } from './cause-nodes.js';
import type { LatentEdge, LatentGraph, LatentNode } from './graph.js';
import { EDGE_VERDICTS, isFound, type LatentVerdictName } from './verdicts.js';

/** A variable with the verdict on it, if it is a latent of a fit. */
export interface JudgedVariable {
  readonly name: string;
  readonly modality?: string | undefined;
  readonly verdict?: LatentVerdictName | undefined;
  readonly blockWith?: readonly string[] | undefined;
  readonly sameAs?: readonly string[] | undefined;
}

/** A node of a drawing: one variable, or a block. */
export interface Unit {
  /** `body.z1`, or `body.z1|z2` for a block: its latents, and then the components that may be mixed into them. */
  readonly name: string;
  /** Positions of its variables. */
  readonly members: readonly number[];
  readonly isBlock: boolean;
}

/** Returns the nodes of a drawing, by their first variables. */
export function unitsOf(variables: readonly JudgedVariable[]): Unit[] {
  const position = new Map(variables.map(({ name }, i) => [name, i]));
  const isBlock = (i: number) => variables[i].verdict === 'block';
  const blockOf = new Map<number, Set<number>>();
  for (const [i, { blockWith = [] }] of variables.entries()) {
    if (!isBlock(i)) continue;
    const joined = blockWith.flatMap((name) => position.get(name) ?? []).filter(isBlock);
    const block = new Set([i, ...joined].flatMap((k) => [k, ...(blockOf.get(k) ?? [])]));
    for (const member of block) blockOf.set(member, block);
  }
  return variables.flatMap((_, i): Unit[] => {
    const members = [...(blockOf.get(i) ?? [i])].sort((a, b) => a - b);
    return members[0] === i ? [{ name: nameOf(members, variables), members, isBlock: isBlock(i) }] : [];
  });
}

/** Returns the name of a unit: the names of its members, and then of all latents that these may be mixed with. */
function nameOf(members: readonly number[], variables: readonly JudgedVariable[]): string {
  const { modality = '' } = variables[members[0]];
  const mixed = new Set(members.flatMap((i) => variables[i].blockWith ?? []));
  const components = variables.flatMap(({ name }, i) => (mixed.has(name) && !members.includes(i) ? [name] : []));
  const [first, ...rest] = [...members.map((i) => variables[i].name), ...components];
  return [first, ...rest.map((name) => name.slice(modality.length + 1))].join('|');
}

/** Returns the name of the unit of each variable. */
export function unitNames(variables: readonly JudgedVariable[]): ReadonlyMap<string, string> {
  return new Map(
    unitsOf(variables).flatMap(({ name, members }) => members.map((member) => [variables[member].name, name] as const)),
  );
}

interface Ends {
  readonly from: string;
  readonly to: string;
}

/** An edge between two units, with the positions of the edges that it stands for. */
interface UnitEdge extends Ends {
  readonly edges: readonly number[];
  /** True if an end is a block. */
  readonly isOfBlock: boolean;
}

/**
 * Returns the edges between units. All edges between a block and another unit are one edge; edges inside a block are
 * left out, because a mixture has none.
 */
export function unitEdges(variables: readonly JudgedVariable[], edges: readonly Ends[]): UnitEdge[] {
  const names = unitNames(variables);
  const blocks = new Set(unitsOf(variables).flatMap(({ name, isBlock }) => (isBlock ? [name] : [])));
  const merged = new Map<string, { from: string; to: string; edges: number[]; isOfBlock: boolean }>();
  for (const [e, edge] of edges.entries()) {
    const [from, to] = [edge.from, edge.to].map((name) => names.get(name) ?? name);
    if (from === to) continue;
    const isOfBlock = blocks.has(from) || blocks.has(to);
    const key = isOfBlock ? JSON.stringify([from, to].sort()) : String(e);
    const known = merged.get(key);
    if (known) known.edges.push(e);
    else merged.set(key, { from, to, edges: [e], isOfBlock });
  }
  return [...merged.values()];
}

/** A node of a drawn graph over latents. */
interface DrawnNode extends LatentNode {
  readonly members: readonly LatentNode[];
  readonly isBlock: boolean;
}

/** An edge of a drawn graph over latents. */
export interface DrawnEdge extends LatentEdge {
  /** Positions of the edges of the graph that it stands for. */
  readonly edges: readonly number[];
  readonly isOfBlock: boolean;
}

/** A graph over latents whose nodes are latents and blocks. */
export interface DrawnGraph extends Omit<LatentGraph, 'nodes' | 'edges' | 'strengths'> {
  readonly nodes: readonly DrawnNode[];
  readonly edges: readonly DrawnEdge[];
}

/**
 * Returns the graph as drawings and tables show it. An edge of a block has no signed effect, because the data do not
 * determine the axes inside the block. It has the direction that its edges have: `judgedGraph` gives all of them that
 * of their link, or none.
 */
export function drawnGraph(graph: LatentGraph): DrawnGraph {
  const { nodes, edges, causeEdges } = graph;
  const names = unitNames(nodes);
  return {
    ...{ runs: graph.runs, ...(graph.causes && { causes: graph.causes }) },
    nodes: unitsOf(nodes).map(({ name, members, isBlock }) => {
      return { ...nodes[members[0]], name, members: members.map((i) => nodes[i]), isBlock };
    }),
    edges: unitEdges(nodes, edges).map((edge) => {
      const all = edge.edges.map((e) => edges[e]);
      return { ...edge, ...(edge.isOfBlock ? mergedEdge(all, names) : all[0]) };
    }),
    ...(causeEdges && { causeEdges: mergedCauseEdges(nodes, causeEdges) }),
  };
}

function mergedEdge(edges: readonly LatentEdge[], names: ReadonlyMap<string, string>): LatentEdge {
  const directed = edges.find(({ direction }) => direction !== 'undecided') ?? edges[0];
  const { effect: _, from, to, ...edge } = directed;
  const verdict = EDGE_VERDICTS.find((known) => edges.some((one) => one.verdict === known)) ?? edge.verdict;
  return {
    ...edge,
    from: names.get(from) ?? from,
    to: names.get(to) ?? to,
    strength: Math.max(...edges.map(({ strength }) => strength)),
    agreement: Math.max(...edges.map(({ agreement }) => agreement)),
    ...(verdict && { verdict }),
  };
}

/** Returns one edge for each cause, level and unit. */
function mergedCauseEdges(nodes: readonly LatentNode[], edges: readonly CauseEdge[]): CauseEdge[] {
  const names = unitNames(nodes);
  const blocks = new Set(unitsOf(nodes).flatMap(({ name, isBlock }) => (isBlock ? [name] : [])));
  const merged = new Map<string, CauseEdge>();
  for (const { effect, ...edge } of edges) {
    const to = names.get(edge.to) ?? edge.to;
    const key = JSON.stringify([edge.from, edge.level, to]);
    const known = merged.get(key);
    if (known && isFound(known)) continue;
    merged.set(key, { ...edge, to, ...(effect !== undefined && !blocks.has(to) && { effect }) });
  }
  return [...merged.values()];
}
