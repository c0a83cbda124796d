// The log likelihood of a modality's values given its decoder's θ, part by part. A missing value contributes nothing: a
// loss is a sum over a subject's values, never divided by how many of them a mini-batch has.

import type { Observation, ObservationPart } from '../data/observation.js';
import { concat, constant, mul, slice, type Node } from '../graph/index.js';
import { countScale, likelihoodOf, type CountScale, type Likelihood } from '../likelihoods/index.js';
import type { Observed } from './observation-network.js';

/** A part of θ: what is said of each of its columns, then each column's own numbers. */
export interface ThetaPart {
  readonly part: ObservationPart;
  readonly likelihood: Likelihood;
  readonly columns: number;
  /** Rows of θ, up to `end` (exclusive). */
  readonly first: number;
  readonly end: number;
}

export function thetaParts({ parts }: Observation): ThetaPart[] {
  let end = 0;
  return parts.map((part) => {
    const likelihood = likelihoodOf(part);
    const columns = (part.to - part.from) / likelihood.values;
    const first = end;
    end += columns * (likelihood.said.length + likelihood.own.length);
    return { part, likelihood, columns, first, end };
  });
}

/** Rows of θ: the numbers that the likelihoods of all values of a subject need. */
export function thetaSize(observation: Observation): number {
  return thetaParts(observation).at(-1)?.end ?? 0;
}

/**
 * log p(x | θ) of every value, less what depends on x alone (`Likelihood.logConstant`),
 * `[runs, members, values, batch]`; 0 for missing ones.
 * @param observations one per member, alike but for the scales of counts
 * @param theta `[runs, members, thetaSize, batch]`
 */
export function logProbability(
  observations: readonly Observation[],
  { values, observed }: Observed,
  theta: Node,
): Node {
  const byPart = thetaParts(observations[0]).map(({ part, likelihood, first, end }, p) =>
    likelihood.logProbability(
      slice(values, 2, part.from, part.to),
      slice(theta, 2, first, end),
      scaleNodes(observations, p),
    ),
  );
  const all = concat(byPart, 2);
  return observed ? mul(all, observed) : all;
}

/** E[x | θ], `[runs, members, values, batch]`. @param observations one per member */
export function meanOf(observations: readonly Observation[], theta: Node): Node {
  const byPart = thetaParts(observations[0]).map(({ likelihood, first, end }, p) =>
    likelihood.mean(slice(theta, 2, first, end), scaleNodes(observations, p)),
  );
  return concat(byPart, 2);
}

/** The scales of counts, `[1, members, columns, 1]` each; of other parts numbers that nothing reads. */
function scaleNodes(observations: readonly Observation[], part: number): CountScale<Node | number> {
  const scales = observations.map(({ parts }) => parts[part].scales?.map(countScale) ?? []);
  const columns = scales[0].length;
  if (columns === 0) return { mean: 0, sd: 1, offset: 0 };
  const node = (of: (scale: CountScale<number>) => number): Node =>
    constant(scales.flat().map(of), [1, scales.length, columns, 1]);
  return { mean: node(({ mean }) => mean), sd: node(({ sd }) => sd), offset: node(({ offset }) => offset) };
}
