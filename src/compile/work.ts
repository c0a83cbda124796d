// What a step of a plan computes and moves, all blocks together: counted as backends count for profiles
// (docs/engine.md, "Profile"), from the plan alone.

import { bytesOf } from '../graph/data-type.js';
import type { DecodedEntry, DecodedKernel, DecodedOperand } from './decode.js';
import { launchesOf, type StepLaunches } from './launches.js';
import { SLAB } from './value.js';

export interface Work {
  /** Of products, convolutions, determinants and recurrences; 0 elsewhere. */
  readonly flops: number;
  /** Every place of an operand once, whoever shares it; of a data set, the rows that are picked. */
  readonly bytes: number;
}

const BYTES = 4;
const product = (values: readonly number[]): number => values.reduce((all, value) => all * value, 1);

/** Gates of a recurrent network's unit. */
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

/** Products of the layers; the gradient computes them again, the last one for a mixture. */
const network =
  (isGradient: boolean) =>
  ([groups, inputs, first, second, outputs, batch, , , components, ...results]: readonly number[]): number => {
    const layers = [first * inputs, second * first, outputs * second];
    const times = isGradient ? [2 + results[6], 3, components > 0 ? 3 : 2] : [1, 1, 1];
    return 2 * groups * batch * layers.reduce((sum, products, i) => sum + times[i] * products, 0);
  };

/** Of one block, from a kernel's integers. */
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

/** Whether the slope by the input is asked for, and how far those of groups are apart. */
const NETWORK_BY_X = 15;
const NETWORK_BY_X_GROUP = 28;

interface Moved {
  readonly elements: number;
  /** The operand that blocks share as they share this. */
  readonly by: DecodedOperand;
  readonly ofTile: boolean;
}

function movedBy({ name, ints, operands }: DecodedKernel): Moved[] {
  const whole = (by: DecodedOperand): Moved => ({ elements: by.extent, by, ofTile: by.tileStride > 0 });
  if (name === 'gather') {
    const [features, batch, , , runs] = ints;
    const [out, data, index] = operands;
    const picked = runs * batch;
    return [
      whole(out),
      { elements: bytesOf(data.type, picked * features) / BYTES, by: index, ofTile: true },
      { elements: picked, by: index, ofTile: true },
    ];
  }
  if (name === 'adam') {
    const [runs, segments] = ints;
    const sizes = Array.from({ length: segments }, (_, i) => ints[3 + 3 * i]);
    const elements = runs * sizes.reduce((sum, size) => sum + size, 0);
    // Three are read and written, the gradients read.
    const own = operands.slice(0, 4).map((by, i) => ({ elements: i < 3 ? 2 * elements : elements, by, ofTile: false }));
    return [...own, ...operands.slice(4).map(whole)];
  }
  if (name === 'networkGrad') {
    const [groups, inputs, , , , batch] = ints;
    const [isThere, stride] = [ints[NETWORK_BY_X], ints[NETWORK_BY_X_GROUP]];
    const at = ints.slice(NETWORK_BY_X - 6, NETWORK_BY_X).filter((one) => one === 1).length;
    if (isThere === 0 || stride !== 0 || groups === 1) return operands.map(whole);
    // What each group gives by the input that they share is put down and added up.
    return operands.map((by, i) => {
      const all = whole(by);
      return i === at ? { ...all, elements: all.elements + 2 * groups * inputs * batch } : all;
    });
  }
  return operands.map(whole);
}

function workOf(kernel: DecodedKernel, allRuns: number, tiles: number): Work {
  const runs = kernel.operands.some(({ once }) => once) ? 1 : allRuns;
  const elements = movedBy(kernel).reduce((sum, moved) => {
    const isOwn = moved.by.slab === SLAB.block;
    const ofRuns = isOwn || moved.by.runStride > 0 ? runs : 1;
    return sum + moved.elements * ofRuns * (isOwn || moved.ofTile ? tiles : 1);
  }, 0);
  return { flops: runs * tiles * (FLOPS[kernel.name]?.(kernel.ints) ?? 0), bytes: BYTES * elements };
}

/** What backends tell of an entry under `steps`. */
export type StepCounts = StepLaunches & Work;

/** @param runs of the plan */
export function stepCounts(entry: DecodedEntry, runs: number): StepCounts {
  const works = entry.kernels.map((kernel, i) =>
    i < entry.blockKernels ? workOf(kernel, runs, entry.tiles) : workOf(kernel, 1, 1),
  );
  const sum = (what: keyof Work): number => works.reduce((total, work) => total + work[what], 0);
  return { ...launchesOf(entry, runs), flops: Math.round(sum('flops')), bytes: Math.round(sum('bytes')) };
}
