// Edges of observed causes as drawings and tables show them: one line for all levels of a cause that reach a latent. An
// edge of an assigned cause is an effect; any other edge is an association, and is never worded as an effect.

import type { CauseEdge, CauseNode, GraphCauses } from '../causal/cause-nodes.js';
import type { LatentNode } from '../causal/index.js';
import { signedText } from '../causal/sign-text.js';
import { isFound } from '../causal/verdicts.js';
import { shorten } from './svg.js';

/** The edges from a cause to a latent. */
export interface CauseGroup {
  readonly cause: CauseNode;
  /** Name of the latent. */
  readonly to: string;
  /** One edge per level, or a single one for a number. */
  readonly edges: readonly CauseEdge[];
}

/** With more levels, a line has their number instead of their names. */
const MAX_LEVELS = 2;
const LONGEST_LEVEL = 14;

type CausedNodes = GraphCauses & { readonly nodes: readonly Pick<LatentNode, 'name'>[] };

/** Returns the groups by cause, then in the order of the latents. */
export function causeGroups({ nodes, causes = [], causeEdges = [] }: CausedNodes): CauseGroup[] {
  return causes.flatMap((cause) =>
    nodes.flatMap(({ name }) => {
      const edges = causeEdges.filter(({ from, to }) => from === cause.name && to === name);
      return edges.length === 0 ? [] : [{ cause, to: name, edges }];
    }),
  );
}

/** True if tests support an edge of the group, or if its graph does not come from a fit. */
export function isFoundGroup({ edges }: CauseGroup): boolean {
  return edges.some(isFound);
}

/** Returns the label of a line: levels or their number, and the effect if it has only one edge that is supported. */
export function groupLabel(group: CauseGroup): string | undefined {
  const { edges } = group;
  if (edges.length > MAX_LEVELS) return `${edges.length} levels`;
  const levels = edges.flatMap(({ level }) => (level === undefined ? [] : [shorten(level, LONGEST_LEVEL)]));
  const [{ effect }] = edges;
  const hasNumber = edges.length === 1 && effect !== undefined && isFoundGroup(group);
  const text = [...levels, ...(hasNumber ? [signedText(effect)] : [])];
  return text.length === 0 ? undefined : text.join(edges.length === 1 ? ' ' : ', ');
}

/** Returns "guide → blood.z1: STAT1 −1.20 sd, JAK2 −0.80 sd", or "age – sleep.z1 (association): +0.30 sd per sd". */
export function groupText(group: CauseGroup): string {
  const {
    cause: { name, assigned },
    to,
    edges,
  } = group;
  if (!isFoundGroup(group)) return `${name} – ${to} (not supported by tests)`;
  const figures = edges.map(({ level, effect }) => {
    const size = effect === undefined ? '' : `${signedText(effect)} sd${level === undefined ? ' per sd' : ''}`;
    return [level, size].filter(Boolean).join(' ');
  });
  const ends = assigned ? `${name} → ${to}` : `${name} – ${to} (association)`;
  return figures.every((text) => text === '') ? ends : `${ends}: ${figures.join(', ')}`;
}

/** Returns the sentences about the observed causes of a latent, as "changed by guide (STAT1, JAK2)". */
export function causesOfLatent({ causes = [], causeEdges = [] }: GraphCauses, latent: string): string[] {
  return causes.flatMap(({ name, assigned }) => {
    const edges = causeEdges.filter((edge) => edge.from === name && edge.to === latent && isFound(edge));
    if (edges.length === 0) return [];
    const levels = edges.flatMap(({ level }) => level ?? []);
    const which = levels.length === 0 ? '' : ` (${levels.join(', ')})`;
    return [`${assigned ? 'changed by' : 'associated with'} ${name}${which}`];
  });
}

/** Returns the sentence about a cause: the latents that its levels reach. */
export function reachOfCause({ causeEdges = [] }: GraphCauses, { name, assigned }: CauseNode): string {
  const latents = new Set(causeEdges.filter((edge) => edge.from === name && isFound(edge)).map(({ to }) => to));
  const listed = [...latents].join(', ');
  if (latents.size === 0 && causeEdges.some((edge) => !isFound(edge))) return 'not tested, or not supported by tests';
  if (latents.size === 0) return `no ${assigned ? 'effect on' : 'association with'} a latent`;
  return `${assigned ? 'changes' : 'associated with'} ${listed}`;
}
