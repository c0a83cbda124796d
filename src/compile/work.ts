// Counts the operations and memory traffic of a step, over all blocks, from the plan alone. Backends count the same way
// for profiles (docs/explanation/engine.md, "Profile").

import { bytesOf } from '../graph/data-type.js';
import type { DecodedEntry, DecodedKernel, DecodedOperand } from './decode.js';
import { launchesOf, type StepLaunches } from './launches.js';
import { SLAB } from './value.js';

export interface Work {
  /** Operations of products, convolutions, determinants and recurrences. Other kernels count 0. */
  readonly flops: number;
  /**
   * Bytes moved. Every place of an operand counts once, even if blocks share it. Of a data set, only the gathered rows
   * count.
   */
  readonly bytes: number;
}

const BYTES = 4;
const product = (values: readonly number[]): number => values.reduce((all, value) => all * value, 1);

/** Operations of a recurrence whose units have this number of gates. */
const recurrence =
  (gates: number) =>
  ([sequences, units, times, batch]: readonly number[]): number =>
    2 * product([sequences, gates, units, times, batch, units]);

const determinant =
  (perCube: number) =>
  ([groups, d, batch]: readonly number[]): number =>
    perCube * groups * batch * d ** 3;

function convolution(ints: readonly number[]): number {
  const [rank] = ints;
  const places = product(ints.slice(1, 1 + rank));
  const [groups, inputs, outputs, , , rows, columns, height, width] = ints.slice(1 + 4 * rank);
  return 2 * places * product([groups, inputs, outputs, rows, columns, height, width, ints.at(-1)!]);
}

const jacobian =
  (perWeight: number) =>
  ([runs, latents, parents, size, hidden, batch]: readonly number[]): number =>
    perWeight * runs * latents * batch * (hidden * parents + hidden * hidden + size * hidden);

/** Products of the layers. The gradient computes the layers again; the last layer only for a mixture. */
const network =
  (isGradient: boolean) =>
  ([groups, inputs, first, second, outputs, batch, , , components, ...results]: readonly number[]): number => {
    const layers = [first * inputs, second * first, outputs * second];
    const times = isGradient ? [2 + results[6], 3, components > 0 ? 3 : 2] : [1, 1, 1];
    return 2 * groups * batch * layers.reduce((sum, products, i) => sum + times[i] * products, 0);
  };

/** Operations of a kernel in one block, from its integers. */
const FLOPS: Readonly<Partial<Record<string, (ints: readonly number[]) => number>>> = {
  matmul: (ints) => 2 * product(ints.slice(0, 3)) * product(ints.slice(13, 13 + ints[12])),
  conv2d: convolution,
  conv2dTranspose: convolution,
  conv2dWeights: convolution,
  logAbsDet: determinant(2 / 3),
  detSign: determinant(2 / 3),
  logAbsDetGrad: determinant(2),
  meanAbsJacobian: jacobian(2),
  meanAbsJacobianGrad: jacobian(6),
  network: network(false),
  networkGrad: network(true),
  lstm: recurrence(4),
  lstmGrad: recurrence(4),
  gru: recurrence(3),
  gruGrad: recurrence(3),
  softmax: ([groups, categories, batch]) => 4 * groups * categories * batch,
};

/** Index of the integer that is 1 if the slope by the input is requested, and of the distance of its groups. */
const NETWORK_BY_X = 15;
const NETWORK_BY_X_GROUP = 28;

interface Traffic {
  readonly elements: number;
  /** The operand whose sharing between blocks applies to these elements. */
  readonly sharedLike: DecodedOperand;
  readonly perTile: boolean;
}

function trafficOf({ name, ints, operands }: DecodedKernel): Traffic[] {
  const whole = (operand: DecodedOperand): Traffic => ({
    elements: operand.extent,
    sharedLike: operand,
    perTile: operand.tileStride > 0,
  });
  if (name === 'gather') {
    const [features, batch, , , runs] = ints;
    const [out, data, index] = operands;
    const gathered = runs * batch;
    return [
      whole(out),
      { elements: bytesOf(data.type, gathered * features) / BYTES, sharedLike: index, perTile: true },
      { elements: gathered, sharedLike: index, perTile: true },
    ];
  }
  if (name === 'adam') {
    const [runs, segments] = ints;
    const sizes = Array.from({ length: segments }, (_, i) => ints[3 + 3 * i]);
    const elements = runs * sizes.reduce((sum, size) => sum + size, 0);
    // Parameters and both moments are read and written; gradients are read.
    const ofParameters = operands
      .slice(0, 4)
      .map((operand, i) => ({ elements: i < 3 ? 2 * elements : elements, sharedLike: operand, perTile: false }));
    return [...ofParameters, ...operands.slice(4).map(whole)];
  }
  if (name === 'networkGrad') {
    const [groups, inputs, , , , batch] = ints;
    const [isRequested, stride] = [ints[NETWORK_BY_X], ints[NETWORK_BY_X_GROUP]];
    const at = ints.slice(NETWORK_BY_X - 6, NETWORK_BY_X).filter((one) => one === 1).length;
    if (isRequested === 0 || stride !== 0 || groups === 1) return operands.map(whole);
    // Each group's slope by the shared input is stored and then summed.
    return operands.map((operand, i) => {
      const all = whole(operand);
      return i === at ? { ...all, elements: all.elements + 2 * groups * inputs * batch } : all;
    });
  }
  return operands.map(whole);
}

function workOf(kernel: DecodedKernel, allRuns: number, tiles: number): Work {
  const runs = kernel.operands.some(({ once }) => once) ? 1 : allRuns;
  const elements = trafficOf(kernel).reduce((sum, moved) => {
    const isPrivate = moved.sharedLike.slab === SLAB.block;
    const ofRuns = isPrivate || moved.sharedLike.runStride > 0 ? runs : 1;
    return sum + moved.elements * ofRuns * (isPrivate || moved.perTile ? tiles : 1);
  }, 0);
  return { flops: runs * tiles * (FLOPS[kernel.name]?.(kernel.ints) ?? 0), bytes: BYTES * elements };
}

/** The counts that backends report for an entry under `steps`. */
export type StepCounts = StepLaunches & Work;

/**
 * Returns the counts of one step of an entry.
 * @param runs of the plan
 */
export function stepCounts(entry: DecodedEntry, runs: number): StepCounts {
  const works = entry.kernels.map((kernel, i) =>
    i < entry.blockKernels ? workOf(kernel, runs, entry.tiles) : workOf(kernel, 1, 1),
  );
  const sum = (what: keyof Work): number => works.reduce((total, work) => total + work[what], 0);
  return { ...launchesOf(entry, runs), flops: Math.round(sum('flops')), bytes: Math.round(sum('bytes')) };
}
