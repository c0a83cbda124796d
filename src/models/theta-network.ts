// From some numbers to θ: a multilayer perceptron says what differs between subjects, and every column has numbers of
// its own, scales, thresholds, dispersions, which are learned beside it.

import type { Observation } from '../data/observation.js';
import { broadcastTo, concat, slice, withScope, type Node } from '../graph/index.js';
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
  const parts = thetaParts(observation);
  const said = rowsOf(parts, ({ likelihood }) => likelihood.said);
  const own = rowsOf(parts, ({ likelihood }) => likelihood.own);
  const mlp = mlpParameters(parameters, name, {
    groups: members,
    widths: [...widths, said.initial.length],
    headBias: repeated(said.initial),
  });
  if (own.initial.length === 0) return (v) => layerNodes(mlp, v);
  const columns = parameters.create(`${name}.columns`, [members, own.initial.length, 1], repeated(own.initial));
  return (v) => {
    const numbers = layerNodes(mlp, v);
    const [runs, , , batch] = numbers.shape;
    return withScope('columns', () =>
      concat(
        parts.flatMap((_, p) => {
          const ofSubject = slice(numbers, 2, said.starts[p], said.starts[p + 1]);
          if (own.starts[p] === own.starts[p + 1]) return [ofSubject];
          const ofColumns = slice(columns, 2, own.starts[p], own.starts[p + 1]);
          return [ofSubject, broadcastTo(ofColumns, [runs, members, ofColumns.shape[2], batch])];
        }),
        2,
      ),
    );
  };
}

/** Rows of all parts one after the other: their initial values, and where each part's start. */
function rowsOf(parts: readonly ThetaPart[], each: (part: ThetaPart) => readonly number[]) {
  const initial: number[] = [];
  const starts = [0];
  for (const part of parts) {
    for (let column = 0; column < part.columns; column++) initial.push(...each(part));
    starts.push(initial.length);
  }
  return { initial, starts };
}

/** The same values for every member. */
function repeated(values: readonly number[]): Initialiser {
  return ([members]) => Float32Array.from(Array.from({ length: members }, () => values).flat());
}
