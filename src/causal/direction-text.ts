// An edge in text: an arrow where something determines its direction, otherwise a line.

import type { LatentEdge } from './graph.js';

type Ends = Pick<LatentEdge, 'from' | 'to' | 'direction'>;

/** Returns → or, where the direction is not known, –. */
export function arrowOf({ direction }: Pick<LatentEdge, 'direction'>): '→' | '–' {
  return direction === 'undecided' ? '–' : '→';
}

/** Returns "a → b (direction assumed)", "a – b (direction not known)", or "a → b" where no direction was judged. */
export function endsText(edge: Ends): string {
  const { from, to, direction } = edge;
  const verdict = direction === 'undecided' ? 'not known' : direction;
  return `${from} ${arrowOf(edge)} ${to}${verdict ? ` (direction ${verdict})` : ''}`;
}

/** Returns what is known of the direction, as a cell of a table. */
export function directionCell({ from, to, direction }: Ends): string {
  if (direction === undefined) return 'not judged';
  return direction === 'undecided' ? 'not known' : `${from} → ${to}, ${direction}`;
}

/** Returns what acts on a latent, what it acts on, and what it is linked with in a direction that is not known. */
export function relationsOf(edges: readonly Ends[], name: string): Record<'causes' | 'effects' | 'linked', string[]> {
  const directed = edges.filter(({ direction }) => direction !== 'undecided');
  const others = edges.filter(({ direction }) => direction === 'undecided');
  const causesAmong = (all: readonly Ends[]) => all.filter(({ to }) => to === name).map(({ from }) => from);
  const effectsAmong = (all: readonly Ends[]) => all.filter(({ from }) => from === name).map(({ to }) => to);
  return {
    causes: causesAmong(directed),
    effects: effectsAmong(directed),
    linked: [...causesAmong(others), ...effectsAmong(others)],
  };
}
