// How long a step would take on a GPU that is not here: a model of the machine, from what `describe` counts of a step.
// Formulas, and where the numbers come from: docs/gpu.md, "A model of the machine".

import type { StepCounts } from '../compile/work.js';
import type { MatmulPrecision } from './device.js';

export interface GpuModel {
  readonly title: string;
  /** Seconds from one launch of a chain to the next: a graph's edge and a small kernel. */
  readonly perLaunch: number;
  /** Bytes per second of a copy, and the share of it that kernels reach. */
  readonly bandwidth: number;
  readonly bandwidthShare: number;
  /** Floating point operations per second by the precision of matrix products, and the share that products reach. */
  readonly flops: Readonly<Record<MatmulPrecision, number>>;
  readonly flopsShare: Readonly<Record<MatmulPrecision, number>>;
}

export const GPU_MODELS = {
  h100: {
    title: 'NVIDIA H100 SXM5, 80 GB',
    perLaunch: 3.5e-6,
    bandwidth: 3.35e12,
    bandwidthShare: 0.8,
    flops: { float32: 67e12, tf32: 494.7e12, bfloat16: 989.4e12, tf32x3: 494.7e12 / 3 },
    flopsShare: { float32: 0.6, tf32: 0.3, bfloat16: 0.3, tf32x3: 0.3 },
  },
} as const satisfies Readonly<Record<string, GpuModel>>;

export type GpuModelName = keyof typeof GPU_MODELS;

/** Seconds. */
export interface PredictedStep {
  /** The longest chain of launches, each as short as a launch can be, and the copy of the outputs. */
  readonly chain: number;
  /** All bytes, as fast as they move. */
  readonly memory: number;
  /** All arithmetic, likewise. */
  readonly arithmetic: number;
  /** The longest of the three: a step in which they overlap. */
  readonly least: number;
  /** Their sum: a step in which they do not. */
  readonly most: number;
}

export function predictStep(
  { depth, bytes, flops }: Pick<StepCounts, 'depth' | 'bytes' | 'flops'>,
  model: GpuModel,
  precision: MatmulPrecision = 'float32',
): PredictedStep {
  const chain = (depth + 1) * model.perLaunch;
  const memory = bytes / (model.bandwidth * model.bandwidthShare);
  const arithmetic = flops / (model.flops[precision] * model.flopsShare[precision]);
  const least = Math.max(chain, memory, arithmetic);
  return { chain, memory, arithmetic, least, most: chain + memory + arithmetic };
}
