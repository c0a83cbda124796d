// `interlatent profile --model`: predicts the time of training steps on a GPU, which need not be present.

import { decodePlan } from '../compile/decode.js';
import { SLAB } from '../compile/value.js';
import { convolutionFlops, stepCounts, type StepCounts } from '../compile/work.js';
import { factorFormats, type FactorFormat, type MatmulPrecision } from '../runtime/device.js';
import { GPU_MODELS, predictStep, type GpuModel, type GpuModelName, type PredictedStep } from '../runtime/gpu-model.js';
import type { FitStage } from '../training/stage.js';
import { bytes, print, table, wrapped } from './output.js';

export interface Prediction {
  /** Always false: the times are predictions. */
  readonly measured: false;
  readonly model: GpuModel & { readonly name: GpuModelName };
  readonly matmulPrecision: MatmulPrecision;
  /** Bytes of the program's slabs. */
  readonly memory: number;
  readonly stepsPerEpoch: number;
  readonly steps: Readonly<Record<string, StepCounts & { readonly seconds: PredictedStep }>>;
}

export function prediction(
  { compiled, stepsPerEpoch }: Pick<FitStage, 'compiled' | 'stepsPerEpoch'>,
  name: GpuModelName,
  matmulPrecision: MatmulPrecision,
): Prediction {
  const model = GPU_MODELS[name];
  const { entries, runs, slabs } = decodePlan(compiled.plan);
  const copies = runs * Math.max(...entries.map(({ tiles }) => tiles));
  const elements = slabs.reduce((sum, size, slab) => sum + (slab === SLAB.block ? size * copies : size), 0);
  const steps = entries.map((entry) => {
    const counts = stepCounts(entry, runs);
    return [
      entry.name,
      {
        ...counts,
        seconds: predictStep({ ...counts, convolutionFlops: convolutionFlops(entry, runs) }, model, matmulPrecision),
      },
    ] as const;
  });
  return {
    measured: false,
    model: { name, ...model },
    matmulPrecision,
    memory: 4 * elements,
    stepsPerEpoch,
    steps: Object.fromEntries(steps),
  };
}

const EXPLAINED =
  'chain: the longest chain of launches, with the minimum time of each. memory, arithmetic: all bytes and FLOP at ' +
  'the rates that kernels reach. A step takes between the maximum of the three and their sum ' +
  '(docs/explanation/cuda-backend.md, "A model of the machine").';

export function printPrediction({ model, matmulPrecision, memory, stepsPerEpoch, steps }: Prediction): void {
  const { title, perLaunch, bandwidth, bandwidthShare, flops, flopsShare } = model;
  print(wrapped(`${title}: predicted times. Nothing was measured, and no GPU was used.`));
  const { products, convolutions } = factorFormats(matmulPrecision);
  const rate = (format: FactorFormat): string => `${percent(flopsShare[format])} of ${flops[format] / 1e12} TFLOP/s`;
  const rates = [`${rate(products)} (${products})`];
  if (convolutions !== products) rates.push(`${rate(convolutions)} (${convolutions} in convolutions)`);
  const memoryRate = `${percent(bandwidthShare)} of ${bandwidth / 1e12} TB/s`;
  print(wrapped(`${micro(perLaunch)} µs a launch, ${memoryRate}, ${rates.join(', ')}`));
  print(`The program's memory: ${bytes(memory)}; ${stepsPerEpoch} steps an epoch\n`);
  print(
    table(
      ['step', 'launches', 'depth', 'GFLOP', 'MB', 'chain µs', 'memory µs', 'arithmetic µs', 'a step takes'],
      Object.entries(steps).map(([name, { launches, depth, flops: all, bytes: moved, seconds }]) => [
        name,
        launches,
        depth,
        (all / 1e9).toFixed(2),
        (moved / 1e6).toFixed(1),
        micro(seconds.chain),
        micro(seconds.memory),
        micro(seconds.arithmetic),
        `${micro(seconds.min)} to ${micro(seconds.max)} µs`,
      ]),
    ),
  );
  print(`\n${wrapped(EXPLAINED)}`);
}

const micro = (seconds: number): string => (seconds * 1e6).toFixed(1);
const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
