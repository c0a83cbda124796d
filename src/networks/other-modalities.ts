// The values of all other modalities as one table, which a modality's latents predict (Theorem 4.2). Observed causes of
// the latents count as another modality.

import { joinedObservation, shapeOf, type Observation } from '../data/observation.js';
import { broadcastTo, concat, ones, reshape, type Node } from '../graph/index.js';
import { perModality, type LatentLayout } from './layout.js';
import type { Observed } from './observation-network.js';

/**
 * Returns the positions of all other modalities in the order of their columns in the table. Modalities of the same kind
 * are adjacent, so the tables of all members of a group have the same parts.
 */
export function otherModalities({ modalities }: LatentLayout, modality: number): number[] {
  const kindOf = (m: number): string => {
    const { parts } = shapeOf(modalities[m].observation);
    // The size of a single part does not matter, because adjacent parts of the same likelihood are joined.
    return JSON.stringify(parts.length === 1 ? [parts[0].likelihood, parts[0].levels] : parts);
  };
  const positions = [...modalities.keys()].filter((m) => m !== modality);
  return positions.sort((a, b) => Number(kindOf(a) > kindOf(b)) - Number(kindOf(a) < kindOf(b)));
}

/**
 * Returns, for each of `members`, the values of all other modalities as one table.
 * @param causes terms of observed causes, the last columns; undefined for none
 */
export function observationsOfOtherModalities(
  layout: LatentLayout,
  members: readonly number[],
  causes?: Observation,
): Observation[] {
  return members.map((modality) =>
    joinedObservation([
      ...otherModalities(layout, modality).map((m) => layout.modalities[m].observation),
      ...(causes ? [causes] : []),
    ]),
  );
}

/**
 * Returns, for each of `members`, the mini-batch of all other modalities, `[runs or 1, members, Σ values, batch]`.
 * @param causes terms of observed causes, `[1, T, batch]`, the last values; undefined for none
 */
export function valuesOfOtherModalities(
  layout: LatentLayout,
  x: readonly Observed[],
  members: readonly number[],
  causes?: Node,
): Observed {
  const isMasked = x.some(({ observed }) => observed !== undefined);
  return {
    values: stacked(
      layout,
      x.map(({ values }) => values),
      members,
      causes,
    ),
    observed: isMasked ? stacked(layout, x.map(maskOf), members, causes && ones(causes.shape)) : undefined,
  };
}

function stacked(
  layout: LatentLayout,
  grouped: readonly Node[],
  members: readonly number[],
  causes: Node | undefined,
): Node {
  const byModality = perModality(layout, grouped);
  const targets = members.map((member) => {
    const tables = [...otherModalities(layout, member).map((m) => byModality[m]), ...(causes ? [causes] : [])];
    const runs = Math.max(...tables.map(({ shape }) => shape[0]));
    const table = concat(
      tables.map((one) => (one.shape[0] === runs ? one : broadcastTo(one, [runs, ...one.shape.slice(1)]))),
      1,
    );
    return reshape(table, [table.shape[0], 1, ...table.shape.slice(1)]);
  });
  return concat(targets, 1);
}

function maskOf({ values, observed }: Observed): Node {
  return observed ?? ones(values.shape);
}
