// Measures which share of the copy bandwidth the kernels between products reach on one thread, if their tensors are in
// no cache. Each kernel is a program. Each tensor that must be read or written counts once.

import { compile } from '../src/compile/index.js';
import { affineFlow } from '../src/nn/affine-flow.js';
import {
  add,
  data,
  exp,
  grad,
  leakyRelu,
  logAbsDet,
  mixtureEpsilon,
  mixtureLogDensity,
  mixtureLogDensityGrad,
  mixtureSensitivity,
  mixtureSensitivityGrad,
  mul,
  square,
  sub,
  sum,
  tanh,
  type Node,
} from '../src/graph/index.js';
import { sizeOf } from '../src/graph/shapes.js';
import { Program } from '../src/runtime/program.js';
import { seedKey, uniforms } from '../src/random/streams.js';
import { copyBandwidth } from './peak.js';
import { kernelTimes } from './profile.js';
import { announced, type Section } from './section.js';
import { target } from './targets.js';
import { interleaved, median } from './timing.js';

const MIN_PERCENT = 70;
/** Bytes of all inputs of a program, several times the size of a large last-level cache. */
const INPUT_BYTES = 128 * 2 ** 20;
const BATCH = 4096;
const COPY_SECONDS = 0.1;

const COMPONENTS = 5;
const THETA = 3 * COMPONENTS;
const LIMITS = { logScaleMin: -5, logScaleMax: 3 };

interface KernelCase {
  readonly name: string;
  /** Inner extents of the inputs, whose shapes are `[1, groups, …, BATCH]`. */
  readonly inputs: readonly (readonly number[])[];
  readonly build: (...inputs: Node[]) => Node;
}

const KERNELS: readonly KernelCase[] = [
  { name: 'a · b + c', inputs: [[], [], []], build: (a, b, c) => add(mul(a, b), c) },
  { name: 'LeakyReLU', inputs: [[]], build: (a) => leakyRelu(a, 0.2) },
  { name: 'tanh', inputs: [[]], build: tanh },
  {
    name: 'posterior sample, μ + exp(½ log σ²) · noise',
    inputs: [[], [], []],
    build: (mean, logVariance, noise) => add(mean, mul(exp(mul(logVariance, 0.5)), noise)),
  },
  { name: 'squared error, Σ over features', inputs: [[30], [30]], build: (x, xHat) => sum(square(sub(x, xHat)), [2]) },
  { name: 'bias gradient, Σ over the batch', inputs: [[16]], build: (a) => sum(a, [3]) },
  { name: 'affine flow, log density', inputs: [[], [2]], build: (z, theta) => affineFlow().logDensity(z, theta) },
  {
    name: 'mixture flow, log density',
    inputs: [[], [THETA]],
    build: (z, theta) => mixtureLogDensity(z, theta, LIMITS),
  },
  {
    name: 'mixture flow, gradient of the log density',
    inputs: [[], [THETA], []],
    build: (z, theta, upstream) => mixtureLogDensityGrad(z, theta, upstream, LIMITS),
  },
  { name: 'mixture flow, ε', inputs: [[], [THETA]], build: (z, theta) => mixtureEpsilon(z, theta, LIMITS) },
  {
    name: 'mixture flow, ∂ε/∂(z, θ)',
    inputs: [[], [THETA]],
    build: (z, theta) => mixtureSensitivity(z, theta, LIMITS),
  },
  {
    name: 'mixture flow, gradient of ∂ε/∂(z, θ)',
    inputs: [[], [THETA], [1 + THETA]],
    build: (z, theta, upstream) => mixtureSensitivityGrad(z, theta, upstream, LIMITS),
  },
  { name: 'log|det| of 4 × 4', inputs: [[4, 4]], build: (a) => logAbsDet(a) },
  { name: 'log|det| of 8 × 8', inputs: [[8, 8]], build: (a) => logAbsDet(a) },
  {
    name: 'log|det| of 4 × 4, gradient',
    inputs: [[4, 4], []],
    build: (a, upstream) => grad(mul(logAbsDet(a), upstream), [a])[0],
  },
];

interface KernelRow {
  readonly name: string;
  /** Bytes of inputs and output. */
  readonly bytes: number;
  /** GB/s of the kernel, every repetition. */
  readonly ours: readonly number[];
  /** GB/s of a copy, every repetition. */
  readonly copy: readonly number[];
}

const percent = ({ ours, copy }: KernelRow): number => (100 * median(ours)) / median(copy);

export const kernels: Section<KernelRow> = {
  name: 'kernels',
  title: 'Other kernels compared with the copy bandwidth, out of cache',

  async *measure({ repetitions, progress }) {
    for (const one of announced(KERNELS, progress, ({ name }) => name)) {
      const { compiled, bytes, fill } = kernelProgram(one);
      await using program = Program.load(compiled, { threads: 1, profile: true });
      fill(program);
      await program.run('kernel');
      const measurements = {
        ours: async () => {
          const before = secondsSoFar(program);
          await program.run('kernel');
          return bytes / (secondsSoFar(program) - before) / 1e9;
        },
        copy: () => copyBandwidth(COPY_SECONDS),
      };
      yield { name: one.name, bytes, ...(await interleaved(repetitions, measurements)) };
    }
  },

  table: (rows) => ({
    head: ['kernel', 'MiB', 'copy, GB/s', 'ours, GB/s', 'share', 'target'],
    rows: rows.map((row) => [
      row.name,
      (row.bytes / 2 ** 20).toFixed(0),
      median(row.copy).toFixed(1),
      median(row.ours).toFixed(1),
      `${percent(row).toFixed(0)} %`,
      `≥ ${MIN_PERCENT} %`,
    ]),
  }),

  targets: (rows) =>
    rows.map((row) => target(`${row.name}: share of the copy bandwidth`, percent(row), 'at least', MIN_PERCENT, '%')),
};

/**
 * Returns the program of a kernel. Its output is recorded, so the kernel must write it; the copy into the results does
 * not count as time of the kernel.
 */
function kernelProgram({ inputs, build }: KernelCase) {
  const rows = inputs.reduce((total, shape) => total + sizeOf(shape), 0);
  const groups = Math.floor(INPUT_BYTES / (4 * BATCH * rows));
  const leaves = inputs.map((shape, i) => data(`x${i}`, [1, groups, ...shape, BATCH]));
  const output = build(...leaves);
  return {
    compiled: compile({ runs: 1, entries: { kernel: { outputs: { output } } } }),
    bytes: [...leaves, output].reduce((total, { shape }) => total + 4 * sizeOf(shape), 0),
    fill: (program: Program): void =>
      leaves.forEach(({ shape }, i) => program.set('data', `x${i}`, noise(sizeOf(shape), i))),
  };
}

/** Returns values in (−1.5, 1.5). The values of one and a half batches repeat, so that rows differ. */
function noise(count: number, stream: number): Float32Array {
  const values = new Float32Array(count);
  const drawn = Float32Array.from(uniforms(seedKey(1), stream, 0, 1.5 * BATCH), (u) => 3 * u - 1.5);
  for (let at = 0; at < count; at += drawn.length) values.set(drawn.subarray(0, count - at), at);
  return values;
}

function secondsSoFar(program: Program): number {
  return kernelTimes(program, 'kernel').reduce((sum, { seconds }) => sum + seconds, 0);
}
