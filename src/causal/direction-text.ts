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

/**
 * Returns the arrows into a latent, the arrows out of it, and its other links, in words. Only an arrow whose direction
 * is supported is called causal.
 */
export function relationWords(edges: readonly Ends[], name: string): string[] {
  const directed = edges.filter(isArrow);
  const undirected = edges.filter((edge) => !isArrow(edge) && [edge.from, edge.to].includes(name));
  const unknown = undirected.every(({ direction }) => direction === 'undecided') ? ', direction not known' : '';
  const linked = undirected.map(({ from, to }) => (from === name ? to : from));
  const incoming = directed.filter(({ to }) => to === name).map(({ from: other, direction }) => ({ other, direction }));
  const outgoing = directed
    .filter(({ from }) => from === name)
    .map(({ to: other, direction }) => ({ other, direction }));
  return [
    ...arrowWords(incoming, { supported: 'caused by', assumed: 'assumed arrow from', unjudged: 'arrow from' }),
    ...arrowWords(outgoing, { supported: 'acts on', assumed: 'assumed arrow to', unjudged: 'arrow to' }),
    ...(linked.length === 0 ? [] : [`linked with ${linked.join(', ')}${unknown}`]),
  ];
}

function arrowWords(
  arrows: readonly { readonly other: string; readonly direction: LatentEdge['direction'] }[],
  words: Readonly<Record<'supported' | 'assumed' | 'unjudged', string>>,
): string[] {
  return (['supported', 'assumed', 'unjudged'] as const).flatMap((kind) => {
    const names = arrows.flatMap(({ other, direction = 'unjudged' }) => (direction === kind ? [other] : []));
    return names.length === 0 ? [] : [`${words[kind]} ${names.join(', ')}`];
  });
}
