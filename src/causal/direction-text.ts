// Edges as text: an arrow if tests support the link and its direction is determined, otherwise a line. Drawings and
// tables use the same rule.

import type { LatentEdge } from './graph.js';
import { isFound } from './verdicts.js';

type Judged = Pick<LatentEdge, 'direction' | 'verdict'>;
type Ends = Pick<LatentEdge, 'from' | 'to'> & Judged;

/** True if an edge is drawn and written as an arrow: tests support the link, and its direction is known or assumed. */
export function isArrow(edge: Judged): boolean {
  return edge.direction !== 'undecided' && isFound(edge);
}

/** Returns → or –. */
export function arrowOf(edge: Judged): '→' | '–' {
  return isArrow(edge) ? '→' : '–';
}

/**
 * Returns "a → b (direction assumed)", "a – b (direction not known)", "a – b (not supported by tests)", or "a → b" if
 * no direction was judged.
 */
export function endsText(edge: Ends): string {
  const { from, to, direction } = edge;
  const verdict = direction === 'undecided' ? 'not known' : direction;
  const words = isFound(edge) ? verdict && `direction ${verdict}` : 'not supported by tests';
  return `${from} ${arrowOf(edge)} ${to}${words ? ` (${words})` : ''}`;
}

/** Returns the verdict on the direction, as a table cell. */
export function directionCell({ from, to, direction, verdict }: Ends): string {
  if (!isFound({ verdict })) return '–';
  if (direction === undefined) return 'not judged';
  return direction === 'undecided' ? 'not known' : `${from} → ${to}, ${direction}`;
}

/** Returns the causes of a latent, its effects, and words for the latents that it has another link with. */
export function relationsOf(edges: readonly Ends[], name: string): Record<'causes' | 'effects' | 'linked', string[]> {
  const directed = edges.filter(isArrow);
  const undirected = edges.filter((edge) => !isArrow(edge) && [edge.from, edge.to].includes(name));
  const unknown = undirected.every(({ direction }) => direction === 'undecided') ? ', direction not known' : '';
  const names = undirected.map(({ from, to }) => (from === name ? to : from));
  return {
    causes: directed.filter(({ to }) => to === name).map(({ from }) => from),
    effects: directed.filter(({ from }) => from === name).map(({ to }) => to),
    linked: names.length === 0 ? [] : [`linked with ${names.join(', ')}${unknown}`],
  };
}
