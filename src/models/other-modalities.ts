// What a modality's latents are to predict: the values of all others, side by side (Theorem 4.2).

import { joinedObservation, type Observation } from '../data/observation.js';
import { concat, ones, reshape, type Node } from '../graph/index.js';
import { perModality, type LatentLayout } from './layout.js';
import type { Observed } from './observation-network.js';

/** Those of one likelihood together, so that the members of a group, which are alike, see others that are alike. */
function othersOf({ modalities }: LatentLayout, modality: number): number[] {
  const likelihoodsOf = (m: number): string =>
    modalities[m].observation.parts.map(({ likelihood }) => likelihood).join();
  const others = [...modalities.keys()].filter((m) => m !== modality);
  return others.sort(
    (a, b) => Number(likelihoodsOf(a) > likelihoodsOf(b)) - Number(likelihoodsOf(a) < likelihoodsOf(b)),
  );
}

/** The values of all modalities but one, as one table; the same for all members of a group. */
export function observationOfOthers(layout: LatentLayout, modality: number): Observation {
  return joinedObservation(othersOf(layout, modality).map((m) => layout.modalities[m].observation));
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
