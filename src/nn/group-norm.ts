// Group normalisation (Wu and He, ECCV 2018). The normalised values of a subject do not depend on the other subjects of
// its mini-batch.

import { add, mean, mul, reciprocal, reshape, sqrt, square, sub, type Node } from '../graph/index.js';
import { constantValue, type ParameterList } from './parameters.js';

/** Added to variances, against division by zero. */
const EPSILON = 1e-5;

/**
 * Normalises the values of every subject to mean 0 and variance 1 over positions and the channels of a group.
 * @param x `[…, C, positions …, B]`
 * @param axis of the channels
 * @param groups number of equal groups of adjacent channels
 * @throws InputError `shape-mismatch`
 */
export function normaliseGroups(x: Node, axis: number, groups: number): Node {
  const batch = x.shape[x.shape.length - 1];
  const grouped = reshape(x, [
    ...x.shape.slice(0, axis),
    groups,
    x.shape.slice(axis, -1).reduce((product, extent) => product * extent, 1) / groups,
    batch,
  ]);
  const centred = sub(grouped, mean(grouped, [axis + 1], { keep: true }));
  const variance = mean(square(centred), [axis + 1], { keep: true });
  return reshape(mul(centred, reciprocal(sqrt(add(variance, EPSILON)))), x.shape);
}

export interface GroupNorm {
  readonly members: number;
  readonly channels: number;
  readonly groups: number;
  /** Number of position axes: 2 for images, 1 for series. */
  readonly positions: number;
}

/**
 * Creates `name.{gain,bias}` and returns the layer, which normalises `[runs, members, C, positions …, batch]`,
 * multiplies by gain and adds bias.
 */
export function groupNorm(
  parameters: ParameterList,
  name: string,
  { members, channels, groups, positions }: GroupNorm,
): (x: Node) => Node {
  const shape = [members, channels, ...new Array<number>(positions + 1).fill(1)];
  const gain = parameters.create(`${name}.gain`, shape, constantValue(1));
  const bias = parameters.create(`${name}.bias`, shape, constantValue(0));
  return (x) => add(mul(normaliseGroups(x, 2, groups), gain), bias);
}
