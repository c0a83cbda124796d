// Measures which share of the matmul rate convolutions of 16 channels or more reach on one thread, forward and for both
// gradients. Each kernel is a program; processor time counts. Operations of taps in the padding are not counted.

import { compile } from '../src/compile/index.js';
import { convolutionRows } from '../src/graph/convolution.js';
import { data, reshape, slice } from '../src/graph/index.js';
import { apply } from '../src/graph/node.js';
import { sizeOf } from '../src/graph/shapes.js';
import { seedKey, uniforms } from '../src/random/streams.js';
import { Program } from '../src/runtime/program.js';
import { peakRate } from './peak.js';
import { announced, type Section } from './section.js';
import { target } from './targets.js';
import { interleaved, median, processorMilliseconds } from './timing.js';

const MIN_PERCENT = 70;
const PEAK_SECONDS = 0.05;
const SECONDS = 0.05;

interface Convolution {
  readonly inputs: number;
  readonly outputs: number;
  /** Rows and columns of the input. */
  readonly size: number;
  readonly taps: number;
  readonly stride: number;
  readonly padding: number;
  readonly batch: number;
}

const strided = { taps: 4, stride: 2, padding: 1, batch: 256 };
const residual = { taps: 3, stride: 1, padding: 1, batch: 64 };

/** Layers of the encoder 16-32-64 at 32 px and of ResNet18 at 64 px. */
const CONVOLUTIONS: readonly Convolution[] = [
  { inputs: 16, outputs: 32, size: 16, ...strided },
  { inputs: 32, outputs: 64, size: 8, ...strided },
  { inputs: 64, outputs: 64, size: 16, ...residual },
  { inputs: 64, outputs: 128, size: 16, ...residual, stride: 2 },
  { inputs: 128, outputs: 128, size: 8, ...residual },
  { inputs: 128, outputs: 256, size: 8, ...residual, stride: 2 },
  { inputs: 256, outputs: 256, size: 4, ...residual },
  { inputs: 256, outputs: 512, size: 4, ...residual, stride: 2 },
  { inputs: 512, outputs: 512, size: 2, ...residual },
];

const KERNELS = ['conv2d', 'conv2dTranspose', 'conv2dWeights'] as const;
type KernelName = (typeof KERNELS)[number];

interface ConvolutionRow extends Convolution {
  /** Number of necessary multiplications and additions of one kernel. */
  readonly flops: number;
  /** Processor time in milliseconds, every repetition. */
  readonly ours: Readonly<Record<KernelName, readonly number[]>>;
  /** Best matmul rate of oneDNN in FLOP/s, every repetition. */
  readonly peak: readonly number[];
}

const rate = (row: ConvolutionRow, kernel: KernelName): number => (1000 * row.flops) / median(row.ours[kernel]);
const percent = (row: ConvolutionRow, kernel: KernelName): number => (100 * rate(row, kernel)) / median(row.peak);

export const convolutions: Section<ConvolutionRow> = {
  name: 'convolutions',
  title: 'Convolutions compared with the matmul rate',

  async *measure({ repetitions, progress }) {
    for (const one of announced(CONVOLUTIONS, progress, nameOf)) {
      const programs = KERNELS.map((kernel) => kernelProgram(kernel, one));
      try {
        const timed = async (program: Program): Promise<number> => {
          const run = (steps: number) => processorMilliseconds(() => program.run('kernel', { steps }));
          const steps = Math.max(1, Math.ceil((1000 * SECONDS) / Math.max(await run(1), 0.01)));
          return (await run(steps)) / steps;
        };
        const { peak, ...ours } = await interleaved(repetitions, {
          conv2d: () => timed(programs[0]),
          conv2dTranspose: () => timed(programs[1]),
          conv2dWeights: () => timed(programs[2]),
          peak: () => peakRate(PEAK_SECONDS),
        });
        yield { ...one, flops: flopsOf(one), ours, peak };
      } finally {
        await Promise.all(programs.map((program) => program.dispose()));
      }
    }
  },

  table: (rows) => ({
    head: [
      'channels, taps, stride, batch',
      'map',
      'matmul, GFLOP/s',
      ...KERNELS.flatMap((kernel) => [`${kernel}, GFLOP/s`, 'share']),
      'target',
    ],
    rows: rows.map((row) => [
      nameOf(row),
      `${row.size} × ${row.size}`,
      (median(row.peak) / 1e9).toFixed(0),
      ...KERNELS.flatMap((kernel) => [(rate(row, kernel) / 1e9).toFixed(0), `${percent(row, kernel).toFixed(0)} %`]),
      `≥ ${MIN_PERCENT} %`,
    ]),
  }),

  targets: (rows) =>
    rows.flatMap((row) =>
      KERNELS.map((kernel) =>
        target(
          `${kernel}, ${nameOf(row)}, ${row.size} × ${row.size}: share of the matmul rate`,
          percent(row, kernel),
          'at least',
          MIN_PERCENT,
          '%',
        ),
      ),
    ),
};

function nameOf({ inputs, outputs, taps, stride, batch }: Convolution): string {
  return `${inputs} → ${outputs}, ${taps} × ${taps}, ${stride}, ${batch}`;
}

function outputSize({ size, taps, stride, padding }: Convolution): number {
  return Math.floor((size + 2 * padding - taps) / stride) + 1;
}

function flopsOf(one: Convolution): number {
  const { inputs, outputs, size, taps, stride, padding, batch } = one;
  let taken = 0;
  for (let i = 0; i < outputSize(one); i++) {
    for (let k = 0; k < taps; k++) {
      const read = i * stride - padding + k;
      if (read >= 0 && read < size) taken++;
    }
  }
  return 2 * inputs * outputs * taken ** 2 * batch;
}

function kernelProgram(kernel: KernelName, one: Convolution): Program {
  const { inputs, outputs, size, taps, stride, padding, batch } = one;
  const result = outputSize(one);
  const shapes = {
    x: [1, inputs, size, size, batch],
    y: [1, outputs, result, result, batch],
    w: [1, outputs, inputs, taps, taps],
  };
  const spacing = { stride: [stride, stride], padding: [padding, padding], dilation: [1, 1], groups: 1 };
  const { from, attributes } = {
    conv2d: { from: ['x', 'w'] as const, attributes: spacing },
    conv2dTranspose: { from: ['y', 'w'] as const, attributes: { ...spacing, size: [size, size] } },
    conv2dWeights: { from: ['x', 'y'] as const, attributes: { ...spacing, size: [taps, taps] } },
  }[kernel];
  const computed = apply(
    convolutionRows[kernel],
    from.map((name) => data(name, shapes[name])),
    attributes,
  );
  // The program outputs only one number, so that copying the output does not count.
  const flat = reshape(computed, [1, sizeOf(computed.shape)]);
  const compiled = compile({
    runs: 1,
    entries: { kernel: { outputs: { first: reshape(slice(flat, 1, 0, 1), [1]) } } },
  });
  const program = Program.load(compiled, { threads: 1 });
  from.forEach((name, stream) =>
    program.set(
      'data',
      name,
      Float32Array.from(uniforms(seedKey(1), stream, 0, sizeOf(shapes[name])), (u) => 2 * u - 1),
    ),
  );
  return program;
}
