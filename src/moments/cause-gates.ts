// Gates of causes: one for each level other than the reference, and one for each number.

import type { Cause } from '../data/causes.js';

export type CauseGate = {
  /** Position of the cause. */
  readonly cause: number;
  /** Position of the level; undefined for a number. */
  readonly level: number | undefined;
} & (
  | { readonly effect: 'soft' | 'perfect' }
  /** Positions of the terms among those of all causes. */
  | { readonly effect: 'shift'; readonly terms: readonly number[] }
);

/**
 * Returns the gates of a problem in order: by cause, then by level. All terms of a number share one gate, and it acts
 * through a regression on these terms whatever its effect is: `soft` and `perfect` need subjects with the same value.
 */
export function causeGates(causes: readonly Pick<Cause, 'kind' | 'levels' | 'effect' | 'terms'>[]): CauseGate[] {
  let first = 0;
  return causes.flatMap(({ kind, levels = [], effect, terms }, cause): CauseGate[] => {
    const positions = terms.map((_, i) => first + i);
    first += terms.length;
    if (kind !== 'categorical') return [{ cause, level: undefined, effect: 'shift', terms: positions }];
    return levels.slice(1).map((_, i) => {
      const gate = { cause, level: i + 1 };
      return effect === 'shift' ? { ...gate, effect, terms: [positions[i]] } : { ...gate, effect };
    });
  });
}

/** Returns the gate of each term: every level has one, and all terms of a number share one. */
export function gateGroups(causes: readonly Pick<Cause, 'kind' | 'terms'>[]): number[] {
  let next = 0;
  return causes.flatMap(({ kind, terms }) => {
    const first = next;
    next += kind === 'categorical' ? terms.length : 1;
    return terms.map((_, t) => first + (kind === 'categorical' ? t : 0));
  });
}
