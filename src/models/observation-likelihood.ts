// The log likelihood of a modality's values given its decoder's θ, part by part. A missing value contributes nothing: a
// loss is a sum over a subject's values, never divided by how many of them a mini-batch has.

import type { Observation, ObservationPart } from '../data/observation.js';
import { add, broadcastTo, concat, constant, mul, slice, zeros, type Node } from '../graph/index.js';
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

/** Those that a decoder says something of: all but sizes. */
export function thetaParts({ parts }: Observation): ThetaPart[] {
  let end = 0;
  return parts.flatMap((part) => {
    if (part.likelihood === 'size') return [];
    const likelihood = likelihoodOf({ likelihood: part.likelihood, levels: part.levels });
    const columns = (part.to - part.from) / likelihood.values;
    const first = end;
    end += columns * (likelihood.said.length + likelihood.own.length);
    return [{ part, likelihood, columns, first, end }];
  });
}

/** Rows of θ: the numbers that the likelihoods of all values of a subject need. */
export function thetaSize(observation: Observation): number {
  return thetaParts(observation).at(-1)?.end ?? 0;
}

/**
 * log p(x | θ) of every value, less what depends on x alone (`Likelihood.logConstant`),
 * `[runs, members, values, batch]`; 0 for missing ones, and for sizes.
 * @param observations one per member, alike but for the scales of counts
 * @param theta `[runs, members, thetaSize, batch]`
 */
export function logProbability(
  observations: readonly Observation[],
  { values, observed }: Observed,
  theta: Node,
): Node {
  const all = concat(
    observations[0].parts.map((part, p) => {
      const said = saidOf(observations, p, theta);
      if (!said) return zeros(rowsOf(part, theta));
      return said.likelihood.logProbability(
        slice(values, 2, part.from, part.to),
        said.theta,
        scaleNodes(observations, p, values),
      );
    }),
    2,
  );
  return observed ? mul(all, observed) : all;
}

/**
 * E[x | θ], `[runs, members, values, batch]`, of sizes what they are.
 * @param observations one per member
 * @param values as of `Observed`, of which sizes are read; left out: everybody's is an ordinary one, 0
 */
export function meanOf(observations: readonly Observation[], theta: Node, values?: Node): Node {
  return concat(
    observations[0].parts.map((part, p) => {
      const said = saidOf(observations, p, theta);
      if (said) return said.likelihood.mean(said.theta, scaleNodes(observations, p, values));
      return values
        ? broadcastTo(slice(values, 2, part.from, part.to), rowsOf(part, theta))
        : zeros(rowsOf(part, theta));
    }),
    2,
  );
}

/** What is said of a part and by which likelihood; undefined of sizes. */
function saidOf([observation]: readonly Observation[], part: number, theta: Node) {
  const own = thetaParts(observation).find((one) => one.part === observation.parts[part]);
  return own && { likelihood: own.likelihood, theta: slice(theta, 2, own.first, own.end) };
}

/** The shape of a part's values. */
function rowsOf({ from, to }: ObservationPart, { shape: [runs, members, , batch] }: Node): number[] {
  return [runs, members, to - from, batch];
}

/**
 * The scales of counts, `[1, members, columns, 1]` each, the offset `[…, batch]` where they have a size; of other
 * parts numbers that nothing reads.
 */
function scaleNodes(observations: readonly Observation[], part: number, values?: Node): CountScale<Node | number> {
  const scales = observations.map(({ parts }) => parts[part].scales?.map(countScale) ?? []);
  const columns = scales[0].length;
  if (columns === 0) return { mean: 0, sd: 1, offset: 0 };
  const node = (of: (scale: CountScale<number>) => number): Node =>
    constant(scales.flat().map(of), [1, scales.length, columns, 1]);
  const { size } = observations[0].parts[part];
  const offset = node((scale) => scale.offset);
  return {
    mean: node(({ mean }) => mean),
    sd: node(({ sd }) => sd),
    offset: values && size !== undefined ? add(offset, slice(values, 2, size, size + 1)) : offset,
  };
}
