// Tests the model that predicts the time of a step on a GPU that is not present (docs/explanation/cuda-backend.md): by
// closed forms, and on the steps that the goals are about.

import { describe, expect, test } from '@jest/globals';
import { planned } from '../../bench/cases.js';
import { decodePlan } from '../../src/compile/decode.js';
import { compile } from '../../src/compile/index.js';
import { stepCounts } from '../../src/compile/work.js';
import { kernelNames } from '../../src/compile/kernels.js';
import * as graph from '../../src/graph/index.js';
import { GPU_MODELS, predictStep, type GpuModel } from '../../src/runtime/gpu-model.js';
import { Program } from '../../src/runtime/program.js';
import { EMULATED } from '../fixtures/backends.js';
import { operationCases, operationEntry } from '../operation-cases/index.js';

const CUDA_KERNELS = kernelNames('cuda');

const MACHINE: GpuModel = {
  title: 'none',
  perLaunch: 2,
  bandwidth: 100,
  bandwidthShare: 0.5,
  flops: { float32: 1000, tf32: 4000, bfloat16: 8000 },
  flopsShare: { float32: 0.1, tf32: 0.2, bfloat16: 0.5 },
};

test('a step takes between the longest of chain, memory and arithmetic and their sum', () => {
  const counts = { depth: 9, bytes: 500, flops: 800 };
  expect(predictStep(counts, MACHINE)).toEqual({ chain: 20, memory: 10, arithmetic: 8, min: 20, max: 38 });
  expect(predictStep({ ...counts, bytes: 5000 }, MACHINE)).toMatchObject({ memory: 100, min: 100, max: 128 });
  expect(predictStep(counts, MACHINE, 'tf32').arithmetic).toBe(1);
  expect(predictStep(counts, MACHINE, 'bfloat16')).toMatchObject({ arithmetic: 0.2, min: 20, max: 30.2 });
  const withConvolutions = { ...counts, convolutionFlops: 400 };
  expect(predictStep(withConvolutions, MACHINE, 'float32').arithmetic).toBe(8);
  expect(predictStep(withConvolutions, MACHINE, 'tf32-convolutions').arithmetic).toBe(4.5);
  expect(predictStep({ depth: 0, bytes: 0, flops: 0 }, MACHINE)).toMatchObject({ min: 2, max: 2 });
});

test.each([
  // test/compile/launches.test.ts checks the depths.
  ['256/64/2/1', [256, 64, 2, 1], { gigaflops: 0.04, megabytes: 1.489 }, [34e-6, 38e-6]],
  ['512/64/4/64', [512, 64, 4, 64], { gigaflops: 11.97, megabytes: 258.1 }, [0.25e-3, 0.45e-3]],
  ['4096/512/8/1', [4096, 512, 8, 1], { gigaflops: 109.31, megabytes: 2086 }, [2.7e-3, 3.6e-3]],
] as const)('%s on an H100', (_, [batch, hidden, modalities, runs], { gigaflops, megabytes }, [from, to]) => {
  const one = { batch, hidden, modalities, runs, jacobian: false };
  const { compiled } = planned(one, { backend: 'cuda', kernels: CUDA_KERNELS });
  const { entries } = decodePlan(compiled.plan);
  const counts = stepCounts(
    entries.find(({ name }) => name === 'free')!,
    runs,
  );
  expect(counts.flops / 1e9).toBeCloseTo(gigaflops, 2);
  expect(counts.bytes / 1e6 / megabytes).toBeCloseTo(1, 2);
  const { min, max } = predictStep(counts, GPU_MODELS.h100);
  expect(min).toBeGreaterThan(from);
  expect(max).toBeLessThan(to);
});

describe('the counts of a plan', () => {
  test('contain the operations of a product, and every operand once', () => {
    const weight = graph.parameter('weight', [3, 4, 5]);
    const shared = graph.data('x', [1, 5, 7]);
    const outputs = { y: graph.matmul(weight, graph.broadcastTo(shared, [3, 5, 7])) };
    const [entry] = decodePlan(compile({ runs: 3, entries: { main: { outputs } } }).plan).entries;
    expect(stepCounts(entry, 3)).toEqual({
      ...{ launches: 1, depth: 1 },
      flops: 3 * 2 * 4 * 5 * 7,
      bytes: 4 * (3 * 4 * 5 + 5 * 7 + 3 * 4 * 7),
    });
  });

  test('equal those of the CUDA library for every operation', async () => {
    const seen = new Set<string>();
    const different: unknown[] = [];
    for (const row of operationCases) {
      if (seen.has(row.op)) continue;
      seen.add(row.op);
      const compiled = compile({
        ...{ runs: 1, kernels: CUDA_KERNELS, memory: 'parallel' },
        entries: { main: { outputs: operationEntry(row).outputs } },
      });
      await using program = Program.load(compiled, { device: EMULATED.device });
      const { steps } = JSON.parse(program.describe()) as { steps: Record<string, unknown> };
      const counted = stepCounts(decodePlan(compiled.plan).entries[0], 1);
      if (JSON.stringify(steps['main']) !== JSON.stringify(counted)) different.push([row.op, steps['main'], counted]);
    }
    expect(different).toEqual([]);
    expect(seen.size).toBeGreaterThan(20);
  });

  test('cover the kernels of the CUDA library', () => {
    expect([...EMULATED.device.kernels].sort()).toEqual([...CUDA_KERNELS].sort());
  });
});
