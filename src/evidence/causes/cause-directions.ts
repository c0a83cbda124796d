// Directions that assigned causes determine (Cooper 1997; Mooij, Magliacane & Claassen 2020). A level moves z_i and
// z_j, and given z_i it no longer moves z_j. Nothing causes an assigned cause, so its association with z_j is an
// effect. Every path of this effect passes through z_i, so z_i is a cause of z_j. The rule assumes that no two paths
// cancel, unless another level shows that they do, and that the level acts on z_i itself and not on the columns from
// which z_i is computed. Within a modality, a perfect level must also act on z_j directly: other levels do not tell z_j
// from its mixtures with z_i.

import type { CauseStudy } from './cause-study.js';
import type { LatentNode } from '../../causal/index.js';
import type { DirectionEvidence } from '../directions.js';
import type { LinkEvidence } from '../latent-search.js';
import type { TotalEffect } from './effects.js';

/**
 * Maximum share of the effect on z_j that may remain given z_i (95 %). If z_j causes z_i and the level acts on both,
 * two paths can nearly cancel.
 */
const MAX_REMAINDER = 0.2;
/** Minimum share of the expected effect on z_j of another level that moves z_i. With less, z_i does not cause z_j. */
const MIN_PASSED = 0.5;

/** Returns the arrowheads that the levels of assigned causes determine. */
export function causeArrows(
  effects: readonly TotalEffect[],
  {
    nodes,
    links,
    study: { causes },
  }: {
    readonly nodes: readonly LatentNode[];
    readonly links: readonly Pick<LinkEvidence, 'first' | 'second' | 'verdict'>[];
    readonly study: Pick<CauseStudy, 'causes'>;
  },
): DirectionEvidence[] {
  const assignedNames = new Set(causes.filter(({ assigned }) => assigned).map(({ name }) => name));
  const modalityOf = new Map(nodes.map(({ name, modality }) => [name, modality]));
  const perfect = new Set(
    causes.filter(({ assigned, effect }) => assigned && effect === 'perfect').map(({ name }) => name),
  );
  const isDetermined = (latent: string): boolean =>
    effects.some((one) => one.latent === latent && perfect.has(one.cause) && one.level !== undefined && isDirect(one));
  // Links within a modality are not tested. If a modality has no perfect level on z_j, the axis of z_j is arbitrary up
  // to a multiple of its parents, and so is the effect of z_i on it.
  const isLinked = (first: string, second: string): boolean =>
    modalityOf.get(first) === modalityOf.get(second)
      ? isDetermined(second)
      : links.some(
          (link) =>
            link.verdict === 'supported' &&
            [link.first, link.second].includes(first) &&
            [link.first, link.second].includes(second),
        );
  const candidates = effects.filter(({ cause, verdict }) => assignedNames.has(cause) && verdict === 'supported');
  return candidates
    .filter((effect) => effect.direct?.verdict === 'through' && remainder(effect) <= MAX_REMAINDER)
    .flatMap((effect) =>
      candidates
        .filter((source) => {
          const { parents, needed = [] } = effect.direct!;
          const isNeeded = parents.includes(source.latent) && needed.includes(source.latent);
          return isSameLevel(source, effect) && isNeeded && isDirect(source);
        })
        .filter(
          (source) => isLinked(source.latent, effect.latent) && !isContradicted(source, effect, candidates, effects),
        )
        .map(({ latent, cause, level }) => ({
          from: latent,
          to: effect.latent,
          cause: { name: cause, ...(level !== undefined && { level }) },
        })),
    );
}

/**
 * True if another level moves z_i and not z_j. If z_i → z_j, it moves z_j by its effect on z_i times the ratio of the
 * effects of the first level.
 * @param source effect of the level on z_i @param effect its effect on z_j
 * @param moved supported effects of assigned causes
 */
function isContradicted(
  source: TotalEffect,
  effect: TotalEffect,
  moved: readonly TotalEffect[],
  all: readonly TotalEffect[],
): boolean {
  const ratio = effect.effect!.estimate / source.effect!.estimate;
  return moved
    .filter((other) => other.latent === source.latent && !isSameLevel(other, source))
    .some((other) => {
      const seen = all.find((one) => one.latent === effect.latent && isSameLevel(one, other))?.effect;
      const bound = MIN_PASSED * Math.abs(ratio * other.effect!.estimate);
      return seen !== undefined && seen.lower > -bound && seen.upper < bound;
    });
}

function isSameLevel(a: TotalEffect, b: TotalEffect): boolean {
  return a.cause === b.cause && a.level === b.level;
}

/** Returns the largest share of an effect that may remain given the parents. */
function remainder({ effect, direct }: TotalEffect): number {
  return Math.max(Math.abs(direct!.lower!), Math.abs(direct!.upper!)) / Math.abs(effect!.estimate);
}

function isDirect({ verdict, direct }: TotalEffect): boolean {
  return verdict === 'supported' && direct?.verdict === 'direct';
}
