// Measures which share of oneDNN's matmul rate the dense layers of a training step reach on one thread, forward and
// backward together. The products follow from the widths of the model, not from the plan, so that a plan with other
// products gains nothing.

import { BenchError } from './bench-error.js';
import { fitConfig } from '../src/training/config.js';
import { CASES, columnsOf, EXOGENOUS, LATENTS, shapeName, Training, type Case } from './cases.js';
import { flopsOf, secondsOfProducts, type Product } from './peak.js';
import { kernelTimes } from './profile.js';
import { announced, type Section } from './section.js';
import { target } from './targets.js';
import { interleaved, median } from './timing.js';

const SHAPES = CASES.filter(({ jacobian }) => !jacobian);
const MIN_PERCENT = 85;
/** Time of one product in one repetition. */
const PRODUCT_SECONDS = 0.01;

interface DenseRow extends Case {
  /** FLOP of one step. */
  readonly flops: number;
  /** Seconds of a step in its matmul kernels, every repetition. */
  readonly ours: readonly number[];
  /** Seconds of a step in all its kernels, every repetition. */
  readonly step: readonly number[];
  /** Seconds of oneDNN for the same products, every repetition. */
  readonly oneDNN: readonly number[];
}

const rate = (flops: number, seconds: readonly number[]): number => flops / median(seconds) / 1e9;
const percent = (row: DenseRow): number => (100 * median(row.oneDNN)) / median(row.ours);

export const dense: Section<DenseRow> = {
  name: 'dense',
  title: 'Dense layers compared with oneDNN',
  shapes: SHAPES.map(shapeName),

  async *measure({ wants, repetitions, seconds, progress }) {
    for (const one of announced(SHAPES.filter(wants), progress, shapeName)) {
      await using training = Training.load(one, { threads: 1, profile: true });
      const products = layerProducts(one);
      const flops = products.reduce((sum, product) => sum + flopsOf(product), 0);
      const steps = Math.max(3, Math.ceil((1000 * seconds) / (await training.milliseconds(seconds / 2))));
      const step: number[] = [];
      const { ours, oneDNN } = await interleaved(repetitions, {
        ours: async () => {
          const before = totals(training);
          await training.steps(steps);
          const after = totals(training);
          checkFlops((after.flops - before.flops) / steps, flops);
          step.push((after.all - before.all) / steps);
          return (after.matmul - before.matmul) / steps;
        },
        oneDNN: () => secondsOfProducts(products, PRODUCT_SECONDS),
      });
      const { batch, hidden, modalities, runs, jacobian } = one;
      yield { batch, hidden, modalities, runs, jacobian, flops, ours, step, oneDNN };
    }
  },

  table: (rows) => ({
    head: [
      'batch / hidden / modalities / runs',
      'MFLOP per step',
      'oneDNN, GFLOP/s',
      'our dense layers, GFLOP/s',
      'share',
      'target',
      'whole step, GFLOP/s',
    ],
    rows: rows.map((row) => [
      shapeName(row).replaceAll('/', ' / '),
      (row.flops / 1e6).toFixed(1),
      rate(row.flops, row.oneDNN).toFixed(1),
      rate(row.flops, row.ours).toFixed(1),
      `${percent(row).toFixed(0)} %`,
      `≥ ${MIN_PERCENT} %`,
      rate(row.flops, row.step).toFixed(1),
    ]),
  }),

  targets: (rows) =>
    rows.map((row) =>
      target(
        `${shapeName(row)}: dense layers, share of oneDNN's matmul rate`,
        percent(row),
        'at least',
        MIN_PERCENT,
        '%',
      ),
    ),
};

/** Returns seconds and FLOP of all steps so far. */
function totals({ program }: Training): { matmul: number; all: number; flops: number } {
  const sums = { matmul: 0, all: 0, flops: 0 };
  for (const { kernel, calls, seconds, flops } of kernelTimes(program, 'free')) {
    sums.all += seconds;
    if (kernel === 'matmul') sums.matmul += seconds;
    sums.flops += calls * flops;
  }
  return sums;
}

function checkFlops(counted: number, expected: number): void {
  if (Math.abs(counted / expected - 1) < 0.01) return;
  throw new BenchError(
    'benchmark-flops',
    `The profile counts ${counted} FLOP per step, but the layers need ${expected}. bench/dense.ts and the plan differ.`,
  );
}

/** Returns all products of one step without Jacobian penalty. */
function layerProducts(one: Case): Product[] {
  const { batch, hidden, modalities, runs } = one;
  const { components, flowHidden } = fitConfig({});
  const code = LATENTS + EXOGENOUS;
  const latents = modalities * LATENTS;
  const columns = columnsOf(one);
  const perModality = modalities * runs;
  return [
    ...layers(perModality, [columns, hidden, hidden, 2 * code], batch, 'data'),
    ...layers(perModality, [code, hidden, hidden, columns], batch),
    // All latents share the first layer of the conditioner: their gates are in its weights.
    ...layers(runs, [latents, latents * flowHidden], batch),
    ...layers(runs * latents, [flowHidden, flowHidden, 3 * components], batch),
  ];
}

/** Returns W · X, dY · Xᵀ and Wᵀ · dY of every layer. The data need no gradient. */
function layers(groups: number, widths: readonly number[], batch: number, input?: 'data'): Product[] {
  return widths.slice(1).flatMap((outputs, i): Product[] => {
    const inputs = widths[i];
    return [
      { batch: groups, m: outputs, n: batch, k: inputs },
      { batch: groups, m: outputs, n: inputs, k: batch, transB: true },
      ...(i === 0 && input === 'data' ? [] : [{ batch: groups, m: inputs, n: batch, k: outputs, transA: true }]),
    ];
  });
}
