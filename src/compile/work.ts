// Counts the operations and memory traffic of a step, over all blocks, from the plan alone. Backends count the same way
// for profiles (docs/explanation/engine.md, "Profile").

import { bytesOf } from '../graph/data-type.js';
import { gatherKernel } from '../graph/gather.js';
import { flopsOf, recordOf } from '../graph/kernel-record.js';
import type { DecodedEntry, DecodedKernel, DecodedOperand } from './decode.js';
import { adamKernel, KERNELS, networkGradKernel } from './kernels.js';
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
/** Number of the slope by the input among the results of a network's gradient. */
const BY_X = 6;

interface Traffic {
  readonly elements: number;
  /** The operand whose sharing between blocks applies to these elements. */
  readonly sharedLike: DecodedOperand;
  readonly perTile: boolean;
}

function trafficOf(kernel: DecodedKernel): Traffic[] {
  const { name, operands } = kernel;
  const whole = (operand: DecodedOperand): Traffic => ({
    elements: operand.extent,
    sharedLike: operand,
    perTile: operand.tileStride > 0,
  });
  if (name === 'gather') {
    const { features, batch, runs } = recordOf(gatherKernel, kernel);
    const [out, data, index] = operands;
    const gathered = runs * batch;
    return [
      whole(out),
      { elements: bytesOf(data.type, gathered * features) / BYTES, sharedLike: index, perTile: true },
      { elements: gathered, sharedLike: index, perTile: true },
    ];
  }
  if (name === 'adam') {
    const { runs, parts } = recordOf(adamKernel, kernel);
    const elements = runs * parts.reduce((sum, number, i) => (i % 3 === 1 ? sum + number : sum), 0);
    // Parameters and both moments are read and written; gradients are read.
    const ofParameters = operands
      .slice(0, 4)
      .map((operand, i) => ({ elements: i < 3 ? 2 * elements : elements, sharedLike: operand, perTile: false }));
    return [...ofParameters, ...operands.slice(4).map(whole)];
  }
  if (name === 'networkGrad') {
    const { groups, widths, batch, requested, groupStrides } = recordOf(networkGradKernel, kernel);
    if (requested[BY_X] === 0 || groupStrides[BY_X] !== 0 || groups === 1) return operands.map(whole);
    const at = requested.slice(0, BY_X).filter((one) => one === 1).length;
    // Each group's slope by the shared input is stored and then summed.
    return operands.map((operand, i) => {
      const all = whole(operand);
      return i === at ? { ...all, elements: all.elements + 2 * groups * widths[0] * batch } : all;
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
  return { flops: runs * tiles * flopsOf(KERNELS.get(kernel.name)!, kernel), bytes: BYTES * elements };
}

/** Returns the part of the FLOP of one step that convolutions compute. */
export function convolutionFlops(entry: DecodedEntry, runs: number): number {
  const ofConvolutions = entry.kernels.map((kernel, i) => {
    if (!kernel.name.startsWith('conv')) return 0;
    return i < entry.blockKernels ? workOf(kernel, runs, entry.tiles).flops : workOf(kernel, 1, 1).flops;
  });
  return ofConvolutions.reduce((total, flops) => total + flops, 0);
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
