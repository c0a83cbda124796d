// Structures, graphs with targets, that compete in a fit with observed causes: which ones flows compare, and which one
// the comparison prefers.

import { sha256 } from '../files/sha256.js';
import type { MomentFit } from '../moments/moment-problem.js';
import type { LatentLayout } from '../networks/layout.js';
import type { StageOutcome } from './outcome.js';

/**
 * Number of training subjects at which flows count as much as linear Gaussian mechanisms. Flows see the curvature that
 * is left, but have many parameters. With 450 training subjects, a share of .08 of flows gave the right graph in 18 of
 * 29 simulated chains, shares of .5 and 1 in 15 and 13.
 */
const FLOWS_COUNT_HALF = 5000;
/** Objective of a structure, in nats per subject above the best one of the same search, beyond which flows ignore it. */
const TIE = 0.02;

/** How restarts were started. */
export interface CompetingStarts {
  /** Number of the structure of each restart. */
  readonly structures: readonly number[];
  /** Number of the curved map from which each restart started. */
  readonly sources: readonly number[];
  /** Price of the edges and targets of each restart, in nats per subject. */
  readonly prices: readonly number[];
}

/** Objectives of restarts without prices, in nats per subject. */
export interface StructureObjectives {
  /** With linear Gaussian mechanisms, see `gaussianObjectives`. */
  readonly gaussian: readonly (number | null)[];
  /**
   * With flows: minus the mean log likelihood of training and of validation subjects. Both count equally: there are
   * more of the former, and the latter only chose the epochs of flows.
   */
  readonly flows: readonly (readonly number[])[];
}

/** A structure with a fit of it. */
export interface Competitor {
  readonly fit: MomentFit;
  /** Number of the search that found the fit. */
  readonly foundIn: number;
}

/**
 * Returns the structures that several searches found, the best first: by the mean objective above the best one of each
 * search. A search that did not find a structure counts as the limit of a near-tie.
 * @param searches fits of each search, the best first
 */
export function competing(
  searches: readonly (readonly MomentFit[])[],
  layout: LatentLayout,
  count: number,
): readonly Competitor[] {
  const structures = new Map<string, Competitor & { readonly above: number[] }>();
  searches.forEach((fits, search) => {
    for (const fit of fits) {
      const above = fit.objective - fits[0].objective;
      if (above > TIE) continue;
      const key = structureKey(fit, layout);
      const known = structures.get(key) ?? { fit, foundIn: search, above: searches.map(() => TIE) };
      known.above[search] = Math.min(known.above[search], above);
      structures.set(key, known);
    }
  });
  const total = ({ above }: { readonly above: readonly number[] }): number => above.reduce((sum, one) => sum + one, 0);
  return [...structures.values()].sort((a, b) => total(a) - total(b)).slice(0, count);
}

/**
 * Returns a text that is equal for structures which differ only in the order of latents within modalities (colour
 * refinement, Weisfeiler & Leman 1968).
 */
export function structureKey(
  { edges, gates }: Pick<MomentFit, 'edges' | 'gates'>,
  { latents: d, modalityOf }: LatentLayout,
): string {
  const all = Array.from({ length: d }, (_, latent) => latent);
  let colours = all.map((latent) => {
    const targeted = Array.from({ length: gates.length / d }, (_, gate) => gates[gate * d + latent]);
    return `${modalityOf[latent]}:${targeted.join('')}`;
  });
  for (let round = 0; round < d; round++) {
    colours = all.map((latent) => {
      const of = (neighbours: readonly number[]): string =>
        neighbours
          .map((neighbour) => colours[neighbour])
          .sort()
          .join();
      const parents = of(all.filter((other) => edges[latent * d + other] === 1));
      const children = of(all.filter((other) => edges[other * d + latent] === 1));
      const hash = sha256();
      hash.update(`${colours[latent]}(${parents})(${children})`);
      return hash.digest('base64');
    });
  }
  return colours.sort().join();
}

/**
 * Returns the outcome with scores: objectives with linear Gaussian mechanisms and with flows, as means over maps. What
 * is only true of a structure after one map is noise. So the score of a restart is the mean of its map plus the mean
 * difference of its structure from the means of the maps. Restarts that diverged count nowhere.
 * @param subjects number of training subjects
 */
export function scoredByStructure(
  outcome: StageOutcome,
  { structures, sources, prices }: CompetingStarts,
  { gaussian, flows }: StructureObjectives,
  subjects: number,
): StageOutcome {
  const share = subjects / (subjects + FLOWS_COUNT_HALF);
  const living = outcome.objectives.flatMap((objective, run) => {
    const linear = gaussian[run];
    if (objective === null || linear === null) return [];
    return [{ run, value: share * meanOf(flows.map((values) => values[run])) + (1 - share) * linear + prices[run] }];
  });
  const ofMap = (run: number): number =>
    meanOf(living.filter((other) => sources[other.run] === sources[run]).map(({ value }) => value));
  const scores = outcome.objectives.map((_, run) => {
    if (living.every((one) => one.run !== run)) return null;
    const ofStructure = living.filter((other) => structures[other.run] === structures[run]);
    return ofMap(run) + meanOf(ofStructure.map((other) => other.value - ofMap(other.run)));
  });
  return { ...outcome, rule: 'all-subjects', scores };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
