// The log likelihood of a modality's values given its decoder's θ, part by part. A missing value contributes nothing. A
// loss is a sum over a subject's values and is never divided by the number of observed values in a mini-batch.

import type { Observation, ObservationPart } from '../data/observation.js';
import { add, broadcastTo, concat, constant, mul, slice, zeros, type Node } from '../graph/index.js';
import { likelihoodOf } from '../likelihoods/index.js';
import { valueScale, type LikelihoodName } from '../likelihoods/kinds.js';
import type { Likelihood, ValueScale } from '../likelihoods/likelihood.js';
import type { Observed } from './observation-network.js';

/** A part of θ: the decoded numbers of each of its columns, then the per-column numbers. */
export interface ThetaPart {
  readonly part: ObservationPart;
  readonly kind: LikelihoodName;
  readonly likelihood: Likelihood;
  readonly columns: number;
  /** Rows `first` to `end` (exclusive) of θ. */
  readonly first: number;
  readonly end: number;
}

/** Returns the parts of θ, one for each part of the observation except sizes, which no decoder predicts. */
export function thetaParts({ parts }: Observation): ThetaPart[] {
  let end = 0;
  return parts.flatMap((part) => {
    const kind = part.likelihood;
    if (kind === 'size') return [];
    const likelihood = likelihoodOf({ likelihood: kind, levels: part.levels });
    const columns = (part.to - part.from) / likelihood.values;
    const first = end;
    end += columns * (likelihood.decoded.length + likelihood.perColumn.length);
    return [{ part, kind, likelihood, columns, first, end }];
  });
}

/** Returns the number of rows of θ: the parameters of the likelihoods of all values of a subject. */
export function thetaSize(observation: Observation): number {
  return thetaParts(observation).at(-1)?.end ?? 0;
}

/**
 * Returns log p(x | θ) of every value without the terms that depend only on x (`Likelihood.logConstant`),
 * `[runs, members, values, batch]`. It is 0 for missing values and for sizes.
 * @param observations one per member; they differ only in the scales of numbers
 * @param theta `[runs, members, thetaSize, batch]`
 */
export function logProbability(
  observations: readonly Observation[],
  { values, observed }: Observed,
  theta: Node,
): Node {
  const all = concat(
    observations[0].parts.map((part, p) => {
      const predicted = predictedPart(observations, p, theta);
      if (!predicted) return zeros(rowsOf(part, theta));
      return predicted.likelihood.logProbability(
        slice(values, 2, part.from, part.to),
        predicted.theta,
        scaleNodes(observations, p, predicted.kind, values),
      );
    }),
    2,
  );
  return observed ? mul(all, observed) : all;
}

/**
 * Returns E[x | θ], `[runs, members, values, batch]`; for sizes their values.
 * @param observations one per member
 * @param values as in `Observed`; only sizes are read. Default: every subject has the ordinary size, 0
 */
export function meanOf(observations: readonly Observation[], theta: Node, values?: Node): Node {
  return concat(
    observations[0].parts.map((part, p) => {
      const predicted = predictedPart(observations, p, theta);
      if (predicted) {
        const { kind, likelihood, theta: ofPart } = predicted;
        return likelihood.mean(ofPart, scaleNodes(observations, p, kind, values));
      }
      return values
        ? broadcastTo(slice(values, 2, part.from, part.to), rowsOf(part, theta))
        : zeros(rowsOf(part, theta));
    }),
    2,
  );
}

/** Returns the likelihood and θ of a part; undefined for sizes. */
function predictedPart([observation]: readonly Observation[], part: number, theta: Node) {
  const match = thetaParts(observation).find((one) => one.part === observation.parts[part]);
  return match && { ...match, theta: slice(theta, 2, match.first, match.end) };
}

/** Returns the shape of a part's values. */
function rowsOf({ from, to }: ObservationPart, { shape: [runs, members, , batch] }: Node): number[] {
  return [runs, members, to - from, batch];
}

/**
 * Returns the scales of numbers with a link, `[1, members, columns, 1]` each; the offset is `[…, batch]` if the
 * columns have a size. Other likelihoods do not read their scales.
 */
function scaleNodes(
  observations: readonly Observation[],
  part: number,
  kind: LikelihoodName,
  values?: Node,
): ValueScale<Node | number> {
  const scales = observations.map(({ parts }) => parts[part].scales?.map((scale) => valueScale(kind, scale)) ?? []);
  const columns = scales[0].length;
  if (columns === 0) return { mean: 0, sd: 1, offset: 0 };
  const node = (of: (scale: ValueScale<number>) => number): Node =>
    constant(scales.flat().map(of), [1, scales.length, columns, 1]);
  const { size } = observations[0].parts[part];
  const offset = node((scale) => scale.offset);
  return {
    mean: node(({ mean }) => mean),
    sd: node(({ sd }) => sd),
    offset: values && size !== undefined ? add(offset, slice(values, 2, size, size + 1)) : offset,
  };
}
