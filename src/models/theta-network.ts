// From some numbers to θ: a multilayer perceptron says what differs between subjects, and every column has numbers of
// its own, scales, thresholds, dispersions, which are learned beside it.

import type { Observation } from '../data/observation.js';
import { broadcastTo, concat, reshape, slice, withScope, type Node } from '../graph/index.js';
import { layerNodes, mlpParameters } from '../nn/dense.js';
import type { Initialiser, ParameterList } from '../nn/parameters.js';
import { thetaParts, type ThetaPart } from './observation-likelihood.js';

export interface ThetaNetworkOptions {
  /** Modalities that share the layers' shapes. */
  readonly members: number;
  /** Inputs, then hidden widths. */
  readonly widths: readonly number[];
  readonly observation: Observation;
}

/**
 * Creates `name.<layer>.{weight,bias}` and, where columns have numbers of their own, `name.columns`.
 * @returns `[runs, members, inputs, batch]` → θ, `[runs, members, thetaSize, batch]`
 */
export function thetaNetwork(
  parameters: ParameterList,
  name: string,
  { members, widths, observation }: ThetaNetworkOptions,
): (v: Node) => Node {
  const said = rowsOf(thetaParts(observation), ({ likelihood }) => likelihood.said);
  const mlp = mlpParameters(parameters, name, {
    groups: members,
    widths: [...widths, said.initial.length],
    headBias: repeated(said.initial),
  });
  const withColumns = columnNumbers(parameters, name, members, observation);
  return (v) => withColumns(layerNodes(mlp, v));
}

/**
 * Creates `name.columns` where columns, or channels, have numbers of their own.
 * @returns what is said of a subject, `[runs, members, numbers, batch]`, part by part → θ
 */
export function columnNumbers(
  parameters: ParameterList,
  name: string,
  members: number,
  observation: Observation,
): (said: Node) => Node {
  const parts = thetaParts(observation);
  const said = rowsOf(parts, ({ likelihood }) => likelihood.said);
  const own = rowsOf(parts, ({ likelihood }) => likelihood.own, positionsOf);
  if (own.initial.length === 0) return (numbers) => numbers;
  const columns = parameters.create(`${name}.columns`, [members, own.initial.length, 1], repeated(own.initial));
  return (numbers) => {
    const [runs, , , batch] = numbers.shape;
    return withScope('columns', () =>
      concat(
        parts.flatMap((part, p) => {
          const ofSubject = slice(numbers, 2, said.starts[p], said.starts[p + 1]);
          if (own.starts[p] === own.starts[p + 1]) return [ofSubject];
          const each = part.likelihood.own.length;
          const [channels, positions] = [part.columns / positionsOf(part), positionsOf(part)];
          const ofColumns = reshape(slice(columns, 2, own.starts[p], own.starts[p + 1]), [
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

/** Columns of a part that share their own numbers. */
function positionsOf({ part: { positions = 1 } }: ThetaPart): number {
  return positions;
}

/** Rows of all parts one after the other: their initial values, and where each part's start. */
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

/** The same values for every member. */
function repeated(values: readonly number[]): Initialiser {
  return ([members]) => Float32Array.from(Array.from({ length: members }, () => values).flat());
}
