// Predicts how long a step would take on a GPU, from the counts of `describe`. Formulas and sources of the constants:
// docs/explanation/cuda-backend.md, "A model of the machine".

import type { StepCounts } from '../compile/work.js';
import { factorFormats, type FactorFormat, type MatmulPrecision } from './device.js';

export interface GpuModel {
  readonly title: string;
  /** Seconds per launch in a chain: an edge of a graph and a small kernel. */
  readonly perLaunch: number;
  /** Peak bytes per second, and the share that kernels reach. */
  readonly bandwidth: number;
  readonly bandwidthShare: number;
  /**
   * Peak floating-point operations per second by the format of factors, and the share that products reach.
   */
  readonly flops: Readonly<Record<FactorFormat, number>>;
  readonly flopsShare: Readonly<Record<FactorFormat, number>>;
}

export const GPU_MODELS = {
  h100: {
    title: 'NVIDIA H100 SXM5, 80 GB',
    perLaunch: 3.5e-6,
    bandwidth: 3.35e12,
    bandwidthShare: 0.8,
    flops: { float32: 67e12, tf32: 494.7e12, bfloat16: 989.4e12 },
    flopsShare: { float32: 0.6, tf32: 0.3, bfloat16: 0.3 },
  },
} as const satisfies Readonly<Record<string, GpuModel>>;

export type GpuModelName = keyof typeof GPU_MODELS;

/** Predicted times of a step in seconds. */
export interface PredictedStep {
  /** Time of the longest chain of launches and of the copy of the outputs, with launches of minimum length. */
  readonly chain: number;
  /** Time to move all bytes. */
  readonly memory: number;
  /** Time of all arithmetic. */
  readonly arithmetic: number;
  /** The longest of the three times: a step in which they overlap. */
  readonly min: number;
  /** The sum of the three times: a step in which they do not overlap. */
  readonly max: number;
}

/**
 * Predicts the times of a step from its counts, in seconds.
 * @param counts `convolutionFlops` is the part of `flops` that convolutions compute, which may have another precision
 */
export function predictStep(
  {
    depth,
    bytes,
    flops,
    convolutionFlops = 0,
  }: Pick<StepCounts, 'depth' | 'bytes' | 'flops'> & { readonly convolutionFlops?: number },
  model: GpuModel,
  precision: MatmulPrecision = 'float32',
): PredictedStep {
  const chain = (depth + 1) * model.perLaunch;
  const memory = bytes / (model.bandwidth * model.bandwidthShare);
  const seconds = (operations: number, format: FactorFormat): number =>
    operations / (model.flops[format] * model.flopsShare[format]);
  const { products, convolutions } = factorFormats(precision);
  const arithmetic = seconds(flops - convolutionFlops, products) + seconds(convolutionFlops, convolutions);
  const min = Math.max(chain, memory, arithmetic);
  return { chain, memory, arithmetic, min, max: chain + memory + arithmetic };
}
