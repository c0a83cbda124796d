// A network to θ: a multilayer perceptron gives the numbers that differ between subjects. Every column also has numbers
// that are learned and the same for all subjects: scales, thresholds, dispersions.

import type { Observation } from '../data/observation.js';
import { broadcastTo, concat, reshape, slice, withScope, type Node } from '../graph/index.js';
import { layerNodes, mlpParameters } from '../nn/dense.js';
import type { Initialiser, ParameterList } from '../nn/parameters.js';
import { thetaParts, type ThetaPart } from './observation-likelihood.js';

export interface ThetaNetworkOptions {
  /** Number of modalities that share the layers' shapes. */
  readonly members: number;
  /** Inputs, then hidden widths. */
  readonly widths: readonly number[];
  readonly observation: Observation;
}

/**
 * Creates `name.<layer>.{weight,bias}`, and `name.columns` if columns have per-column numbers.
 * @returns `[runs, members, inputs, batch]` → θ, `[runs, members, thetaSize, batch]`
 */
export function thetaNetwork(
  parameters: ParameterList,
  name: string,
  { members, widths, observation }: ThetaNetworkOptions,
): (v: Node) => Node {
  const decoded = rowsOf(thetaParts(observation), ({ likelihood }) => likelihood.decoded);
  const mlp = mlpParameters(parameters, name, {
    groups: members,
    widths: [...widths, decoded.initial.length],
    headBias: repeated(decoded.initial),
  });
  const withColumns = columnNumbers(parameters, name, members, observation);
  return (v) => withColumns(layerNodes(mlp, v));
}

/**
 * Creates `name.columns` if columns or channels have per-column numbers.
 * @returns decoded numbers of a subject, `[runs, members, numbers, batch]`, part by part → θ
 */
export function columnNumbers(
  parameters: ParameterList,
  name: string,
  members: number,
  observation: Observation,
): (decoded: Node) => Node {
  const parts = thetaParts(observation);
  const decoded = rowsOf(parts, ({ likelihood }) => likelihood.decoded);
  const perColumn = rowsOf(parts, ({ likelihood }) => likelihood.perColumn, positionsOf);
  if (perColumn.initial.length === 0) return (numbers) => numbers;
  const columns = parameters.create(
    `${name}.columns`,
    [members, perColumn.initial.length, 1],
    repeated(perColumn.initial),
  );
  return (numbers) => {
    const [runs, , , batch] = numbers.shape;
    return withScope('columns', () =>
      concat(
        parts.flatMap((part, p) => {
          const ofSubject = slice(numbers, 2, decoded.starts[p], decoded.starts[p + 1]);
          if (perColumn.starts[p] === perColumn.starts[p + 1]) return [ofSubject];
          const each = part.likelihood.perColumn.length;
          const [channels, positions] = [part.columns / positionsOf(part), positionsOf(part)];
          const ofColumns = reshape(slice(columns, 2, perColumn.starts[p], perColumn.starts[p + 1]), [
            parameters.runs,
            members,
            channels,
            1,
            each,
            1,
          ]);
          const spread = broadcastTo(ofColumns, [runs, members, channels, positions, each, batch]);
          return [ofSubject, reshape(spread, [runs, members, part.columns * each, batch])];
        }),
        2,
      ),
    );
  };
}

/** Returns how many columns of a part share the same per-column numbers. */
function positionsOf({ part: { positions = 1 } }: ThetaPart): number {
  return positions;
}

/** Returns the initial values of the rows of all parts in sequence, and the first row of each part. */
function rowsOf(
  parts: readonly ThetaPart[],
  each: (part: ThetaPart) => readonly number[],
  shared: (part: ThetaPart) => number = () => 1,
) {
  const initial: number[] = [];
  const starts = [0];
  for (const part of parts) {
    for (let column = 0; column < part.columns / shared(part); column++) initial.push(...each(part));
    starts.push(initial.length);
  }
  return { initial, starts };
}

/** Repeats the same values for every member. */
function repeated(values: readonly number[]): Initialiser {
  return ([members]) => Float32Array.from(Array.from({ length: members }, () => values).flat());
}
