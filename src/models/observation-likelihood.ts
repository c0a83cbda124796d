// The log likelihood of a modality's values given its decoder's θ, part by part. A missing value contributes nothing: a
// loss is a sum over a subject's values, never divided by how many of them a mini-batch has.

import type { Observation, ObservationPart } from '../data/observation.js';
import { concat, mul, slice, type Node } from '../graph/index.js';
import { likelihoods } from '../likelihoods/index.js';
import type { Initialiser } from '../nn/parameters.js';
import type { Observed } from './observation-network.js';

/** Rows of θ that each part takes. */
function thetaRows({
  parts,
}: Observation): { readonly part: ObservationPart; readonly first: number; readonly end: number }[] {
  let end = 0;
  return parts.map((part) => {
    const first = end;
    end += (part.to - part.from) * likelihoods[part.likelihood].size;
    return { part, first, end };
  });
}

/** Outputs of a decoder: the numbers in θ for all values of a subject. */
export function thetaSize(observation: Observation): number {
  return thetaRows(observation).at(-1)?.end ?? 0;
}

/** Initial bias of a decoder's last layer, `[members, thetaSize, 1]`. */
export function thetaBias(observation: Observation): Initialiser {
  return ([members], uniform) => {
    const parts = thetaRows(observation).map(({ part, first, end }) =>
      likelihoods[part.likelihood].initialBias([members, end - first, 1], uniform),
    );
    const rows = parts.map((values) => values.length / members);
    return Float32Array.from(
      Array.from({ length: members }, (_, m) =>
        parts.flatMap((values, i) => [...values.subarray(m * rows[i], (m + 1) * rows[i])]),
      ).flat(),
    );
  };
}

/**
 * log p(x | θ) of every value, less what depends on neither (`Likelihood.logConstant`),
 * `[runs, members, values, batch]`; 0 for missing ones.
 * @param theta `[runs, members, thetaSize, batch]`
 */
export function logProbability(observation: Observation, { values, observed }: Observed, theta: Node): Node {
  const byPart = thetaRows(observation).map(({ part, first, end }) =>
    likelihoods[part.likelihood].logProbability(slice(values, 2, part.from, part.to), slice(theta, 2, first, end)),
  );
  const all = byPart.length === 1 ? byPart[0] : concat(byPart, 2);
  return observed ? mul(all, observed) : all;
}

/** E[x | θ], `[runs, members, values, batch]`. */
export function meanOf(observation: Observation, theta: Node): Node {
  const byPart = thetaRows(observation).map(({ part, first, end }) =>
    likelihoods[part.likelihood].mean(slice(theta, 2, first, end)),
  );
  return byPart.length === 1 ? byPart[0] : concat(byPart, 2);
}
