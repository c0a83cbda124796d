// Edges as text: an arrow if the direction is determined, otherwise a line.

import type { LatentEdge } from './graph.js';

type Ends = Pick<LatentEdge, 'from' | 'to' | 'direction'>;

/** Returns →, or – if the direction is not known. */
export function arrowOf({ direction }: Pick<LatentEdge, 'direction'>): '→' | '–' {
  return direction === 'undecided' ? '–' : '→';
}

/** Returns "a → b (direction assumed)", "a – b (direction not known)", or "a → b" if no direction was judged. */
export function endsText(edge: Ends): string {
  const { from, to, direction } = edge;
  const verdict = direction === 'undecided' ? 'not known' : direction;
  return `${from} ${arrowOf(edge)} ${to}${verdict ? ` (direction ${verdict})` : ''}`;
}

/** Returns the verdict on the direction, as a table cell. */
export function directionCell({ from, to, direction }: Ends): string {
  if (direction === undefined) return 'not judged';
  return direction === 'undecided' ? 'not known' : `${from} → ${to}, ${direction}`;
}

/** Returns the causes of a latent, its effects, and the latents that are linked with it in an unknown direction. */
export function relationsOf(edges: readonly Ends[], name: string): Record<'causes' | 'effects' | 'linked', string[]> {
  const directed = edges.filter(({ direction }) => direction !== 'undecided');
  const undirected = edges.filter(({ direction }) => direction === 'undecided');
  const causesAmong = (all: readonly Ends[]) => all.filter(({ to }) => to === name).map(({ from }) => from);
  const effectsAmong = (all: readonly Ends[]) => all.filter(({ from }) => from === name).map(({ to }) => to);
  return {
    causes: causesAmong(directed),
    effects: effectsAmong(directed),
    linked: [...causesAmong(undirected), ...effectsAmong(undirected)],
  };
}
