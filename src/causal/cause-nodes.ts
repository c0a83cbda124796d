// Observed causes in the graph over latents: roots, whose edges lead to latents.

import type { Shape } from '../errors/argument.js';
import type { CauseScales } from '../data/causes.js';
import type { EdgeVerdict } from './verdicts.js';

/** An observed cause. Its name differs from those of all latents. */
export type CauseNode = Omit<CauseScales, 'targets' | 'terms'>;

/** An edge from a cause to a latent. It is an association if the cause was not assigned. */
export interface CauseEdge {
  /** Name of the cause. */
  readonly from: string;
  /** Level of a categorical cause, not its reference. Left out if the cause is a number. */
  readonly level?: string | undefined;
  /** Node name of the latent. */
  readonly to: string;
  /**
   * Direct effect on the latent, in standard deviations of the latent: the mean change from the reference to the level,
   * or per standard deviation of a number. Left out if the graph does not come from a fit.
   */
  readonly effect?: number | undefined;
  /** Verdict of held-out subjects. Left out if the graph does not come from a fit. */
  readonly verdict?: EdgeVerdict | undefined;
}

/** The causes of a graph and their edges; both are left out if the graph has no causes. */
export interface GraphCauses {
  readonly causes?: readonly CauseNode[] | undefined;
  readonly causeEdges?: readonly CauseEdge[] | undefined;
}

export const GRAPH_CAUSES: { readonly [field: string]: Shape } = {
  'causes?': [{ name: 'text', kind: 'text', 'levels?': ['text'], assigned: 'boolean', effect: 'text' }],
  'causeEdges?': [{ from: 'text', 'level?': 'text', to: 'text', 'effect?': 'number' }],
};

/** Returns what a graph holds of a cause. */
export function causeNode({ name, kind, levels, reference, assigned, effect }: CauseNode): CauseNode {
  return { name, kind, ...(levels && { levels }), ...(reference !== undefined && { reference }), assigned, effect };
}

/**
 * Returns what is wrong with the causes of a graph.
 * @param latents names of the nodes
 */
export function problemWithCauses({ causes = [], causeEdges = [] }: GraphCauses, latents: ReadonlySet<string>) {
  return (
    causes.map((cause, i) => problemWithCause(cause, causes.slice(0, i), latents)).find(Boolean) ??
    causeEdges.map((edge, i) => problemWithEdge(edge, causeEdges.slice(0, i), causes, latents)).find(Boolean)
  );
}

function problemWithCause(
  { name, kind, levels, reference }: CauseNode,
  before: readonly CauseNode[],
  latents: ReadonlySet<string>,
): string | undefined {
  if (latents.has(name) || before.some((other) => other.name === name)) return `the name "${name}" is used twice`;
  if (kind === 'categorical') {
    if (levels === undefined || levels.length < 2) return `cause "${name}" needs at least two levels`;
    const twice = levels.find((level, i) => levels.indexOf(level) < i);
    return twice === undefined ? undefined : `cause "${name}" has the level "${twice}" twice`;
  }
  return reference === undefined ? `cause "${name}" needs the number that is its reference` : undefined;
}

function problemWithEdge(
  edge: CauseEdge,
  before: readonly CauseEdge[],
  causes: readonly CauseNode[],
  latents: ReadonlySet<string>,
): string | undefined {
  const { from, level, to } = edge;
  const place = `edge ${causeText(edge)} → ${to}`;
  const cause = causes.find(({ name }) => name === from);
  if (cause === undefined) return `${place}: there is no cause "${from}"`;
  if (!latents.has(to)) return `${place}: there is no node "${to}"`;
  if (before.some((other) => other.from === from && other.level === level && other.to === to)) {
    return `${place} is listed twice`;
  }
  if (cause.kind !== 'categorical') return level === undefined ? undefined : `${place}: "${from}" is a number`;
  return cause.levels?.slice(1).includes(level!) === true ? undefined : `${place}: "${from}" has no such level`;
}

/** Returns `guide = STAT1`, or the name of the cause if it is a number. */
export function causeText({ from, level }: Pick<CauseEdge, 'from' | 'level'>): string {
  return level === undefined ? from : `${from} = ${level}`;
}
