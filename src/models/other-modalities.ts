// What a modality's latents are to predict: the values of all others, side by side (Theorem 4.2).

import { joinedObservation, shapeOf, type Observation } from '../data/observation.js';
import { concat, ones, reshape, type Node } from '../graph/index.js';
import { perModality, type LatentLayout } from './layout.js';
import type { Observed } from './observation-network.js';

/**
 * Positions of all modalities but one, in the order in which they stand side by side: alike ones together, so that the
 * members of a group, which are alike, see others that are alike.
 */
export function othersOf({ modalities }: LatentLayout, modality: number): number[] {
  const kindOf = (m: number): string => {
    const { parts } = shapeOf(modalities[m].observation);
    // One part grows by what is joined to it, whatever its size.
    return JSON.stringify(parts.length === 1 ? [parts[0].likelihood, parts[0].levels] : parts);
  };
  const others = [...modalities.keys()].filter((m) => m !== modality);
  return others.sort((a, b) => Number(kindOf(a) > kindOf(b)) - Number(kindOf(a) < kindOf(b)));
}

/** For each of `members`, the values of all modalities but itself as one table. */
export function observationsOfOthers(layout: LatentLayout, members: readonly number[]): Observation[] {
  return members.map((modality) =>
    joinedObservation(othersOf(layout, modality).map((m) => layout.modalities[m].observation)),
  );
}

/** For each of `members`, the mini-batch of the modalities that it is not, `[runs or 1, members, Σ values, batch]`. */
export function valuesOfOthers(layout: LatentLayout, x: readonly Observed[], members: readonly number[]): Observed {
  const isMasked = x.some(({ observed }) => observed !== undefined);
  return {
    values: stacked(
      layout,
      x.map(({ values }) => values),
      members,
    ),
    observed: isMasked ? stacked(layout, x.map(maskOf), members) : undefined,
  };
}

function stacked(layout: LatentLayout, grouped: readonly Node[], members: readonly number[]): Node {
  const byModality = perModality(layout, grouped);
  const targets = members.map((member) => {
    const others = concat(
      othersOf(layout, member).map((m) => byModality[m]),
      1,
    );
    return reshape(others, [others.shape[0], 1, ...others.shape.slice(1)]);
  });
  return concat(targets, 1);
}

function maskOf({ values, observed }: Observed): Node {
  return observed ?? ones(values.shape);
}
