// Reads the golden training steps that make_training_step.py wrote, and builds the same objective as a graph.

import { join } from 'node:path';
import { constant, data, type Node } from '../../src/graph/index.js';
import { readSafetensors } from '../../src/files/safetensors.js';
import type { NoiseSource } from '../../src/networks/latent-prior.js';
import { MultimodalModel } from '../../src/networks/multimodal.js';
import { objective, type Objective } from '../../src/networks/objective.js';
import { tableObservation } from '../../src/data/observation.js';

interface Sizes {
  runs: number;
  modalities: number;
  columns: number;
  latents: number;
  exogenous: number;
  hidden: number;
  batch: number;
  components: number;
  flow: 'affine' | 'mixture';
}

interface Weights {
  independence: number;
  gates: number;
  jacobian: number;
  concave: number;
  crossPrediction: number;
}

export interface GoldenStep {
  sizes: Sizes;
  optimizer: { rate: number; gateRate: number; betas: [number, number]; epsilon: number; steps: number };
  tensors: Map<string, { shape: readonly number[]; values: Float32Array }>;
  model: MultimodalModel;
  objective: Objective;
  /** Returns the feeds of step `k` (0 … 9) for the data leaves `x`, `normal`, `uniform`. */
  inputs(step: number): Record<string, Float32Array>;
}

/** Names of the golden files. All except the first have the Jacobian penalty. */
export const GOLDEN_STEPS = ['gates', 'jacobian', 'concave', 'affine'] as const;

/**
 * Reads a golden step.
 * @param folder of the golden files, for callers that were bundled
 */
export async function readGoldenStep(variant: string, folder = import.meta.dirname): Promise<GoldenStep> {
  const file = await readSafetensors(join(folder, `training-step-${variant}.safetensors`));
  const sizes = JSON.parse(file.metadata['sizes']) as Sizes;
  const weights = JSON.parse(file.metadata['weights']) as Weights;
  const optimizer = JSON.parse(file.metadata['optimizer']) as GoldenStep['optimizer'];
  const tensors = new Map(
    [...file.tensors].map(([name, tensor]) => [name, { shape: tensor.shape, values: tensor.data as Float32Array }]),
  );
  const { runs, modalities: members, columns, latents, exogenous, hidden, batch, components, flow } = sizes;
  const modalities = Array.from({ length: members }, (_, i) => ({
    name: `m${i + 1}`,
    observation: tableObservation(columns),
    latents,
    exogenous,
  }));
  const structure = { within: true, graph: 'ordered', gates: true, componentMap: 0 } as const;
  const model = new MultimodalModel({ modalities, hidden, flow, components, flowHidden: 16, ...structure }, runs);
  const noise: NoiseSource = {
    normal: (_, shape) => data('normal', shape),
    uniform: (_, shape) => data('uniform', shape),
  };
  const x = { values: data('x', [1, members, columns, batch]) };
  const perRun = (value: number): Node => constant(new Float32Array(runs).fill(value), [runs]);
  const built = objective(model, [x], noise, {
    weights: {
      reconstruction: 1,
      independence: weights.independence,
      gates: perRun(weights.gates),
      ...(weights.jacobian && { jacobian: perRun(weights.jacobian) }),
      ...(weights.crossPrediction && { crossPrediction: weights.crossPrediction }),
    },
    gates: 'sampled',
    ...(weights.concave && { concavity: weights.concave }),
  });
  return {
    sizes,
    optimizer,
    tensors,
    model,
    objective: built,
    inputs: (step) =>
      Object.fromEntries(
        ['x', 'normal', 'uniform'].map((name) => {
          const { values } = tensors.get(name)!;
          const length = values.length / optimizer.steps;
          return [name, values.subarray(step * length, (step + 1) * length)];
        }),
      ),
  };
}
