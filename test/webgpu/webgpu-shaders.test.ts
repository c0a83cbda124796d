// Shaders of WebGPU programs. Their texts avoid constructs that compilers may break, and errors for impossible plans
// give the numbers. The processor runs the shaders that are meant for GPUs; test/runtime/operation-table covers all other shaders. Tests
// detect faults that are planted in shaders.

import { readdirSync, readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { decodePlan } from '../../src/compile/decode.js';
import { compile } from '../../src/compile/index.js';
import { kernelNames } from '../../src/compile/kernels.js';
import * as graph from '../../src/graph/index.js';
import type { Node } from '../../src/graph/index.js';
import { apply } from '../../src/graph/node.js';
import { evaluate, type Feeds } from '../../src/graph/reference.js';
import * as coefficients from '../../src/webgpu/coefficients.js';
import { prepareEntry } from '../../src/webgpu/entry.js';
import { GENERATORS } from '../../src/webgpu/kernels/index.js';
import { WebGpuProgram } from '../../src/webgpu/program.js';
import { GPU_SHADERS, WEBGPU, WITHOUT_WEBGPU } from '../fixtures/backends.js';
import { generator, relativeError, single, uniforms } from '../fixtures/numbers.js';
import { operationCases, operationEntry, singleTolerance } from '../operation-cases/index.js';
import { PlanRun } from '../fixtures/plan-run.js';
import { describeIf } from '../fixtures/skipping.js';

const WEBGPU_KERNELS = kernelNames('webgpu');

const LIMITS = { maxComputeWorkgroupsPerDimension: 65535, maxComputeWorkgroupStorageSize: 16384 };

function shadersOf(
  outputs: Readonly<Record<string, Node>>,
  { limits = LIMITS, isSoftware = false } = {},
): { kernel: string; code: string }[] {
  const { plan } = compile({ runs: 1, kernels: WEBGPU_KERNELS, entries: { main: { outputs } } });
  const decoded = decodePlan(plan);
  return decoded.entries.flatMap((entry) =>
    prepareEntry(decoded, entry, { limits, isSoftware, table: () => 0 }).kernels.flatMap(({ kernel, dispatches }) =>
      dispatches.map(({ code }) => ({ kernel: kernel.name, code: code.replace(/\/\/.*/g, '') })),
    ),
  );
}

/** Operations without the largest matrices, which need more workgroup memory than some devices have. */
const rows = operationCases.filter(({ shapes: [first] }) => first[1] !== 64);

describe('texts', () => {
  const shaders = rows.flatMap((row) => shadersOf(operationEntry(row).outputs));

  test('every kernel has a generator, and the table of operations covers all kernels except those of training', () => {
    expect([...GENERATORS.keys()].sort()).toEqual([...WEBGPU_KERNELS].sort());
    const seen = new Set(shaders.map(({ kernel }) => kernel));
    const unseen = [...WEBGPU_KERNELS].filter((name) => !seen.has(name)).sort();
    expect(unseen).toEqual(['adam', 'average', 'gather', 'guard', 'random']);
  });

  test.each([
    ['built-ins that are off or swallow NaN', /\b(?:min|max|clamp|log2?|exp2?|tanh|pow|sign|step|mix)\(/],
    ['a comparison as a test for NaN', /\b(\w+) != \1\b/],
    ['numbers that WGSL does not have', /NaN|Infinity|undefined|\[object/],
  ])('no text has %s', (_, wrong) => {
    expect(shaders.filter(({ code }) => wrong.test(code)).map(({ kernel }) => kernel)).toEqual([]);
  });
});

describe('coefficients', () => {
  const sources = ['native/math', 'native/loops', 'cuda/kernels', 'src/webgpu']
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)))
    .filter((path) => /\.(?:h|cc|cu|ts)$/.test(path) && !basename(path).startsWith('coefficients.'))
    .map((path) => ({ path, text: readFileSync(path, 'utf8').replace(/\/\/.*/g, '') }));

  test('of shaders are the numbers of the native engine (scripts/build-coefficients.mjs)', () => {
    const header = readFileSync('native/math/coefficients.h', 'utf8').replaceAll('\\\n', '');
    const lists = [...header.matchAll(/#define IL_(\w+) (.*)/g)].map(([, name, list]): [string, number[]] => [
      name,
      list.split(',').map(parseFloat),
    ]);
    expect(
      Object.entries(coefficients)
        .map(([name, list]) => [name, [list].flat()])
        .sort(),
    ).toEqual(lists.sort());
    for (const [name] of lists) {
      const users = sources.filter(({ text }) => new RegExp(`\\b(?:IL_)?${name}\\b`).test(text));
      expect(users.map(({ path }) => extname(path))).toEqual(expect.arrayContaining(['.h', '.ts']));
    }
  });

  test('are written in no other file', () => {
    const limits = new Set(['3.40282347e38f', '1.17549435e-38f', '5.9604644775390625e-8', '0.99999994']);
    const digits = /(?<![\w.])-?\d+\.\d{7,}(?:e-?\d+)?f?/g;
    const copies = sources.flatMap(({ path, text }) =>
      (text.match(digits) ?? []).map((number) => `${path}: ${number}`),
    );
    expect(copies.filter((copy) => !limits.has(copy.replace(/.*: /, '')))).toEqual([]);
  });
});

describe('refusals', () => {
  test('a matrix that does not fit gives an error with the needed and the available memory', () => {
    const outputs = { value: graph.logAbsDet(graph.parameter('a', [64, 64, 2])) };
    expect(() => shadersOf(outputs)).toThrow(
      expect.objectContaining({ code: 'too-large', message: expect.stringMatching(/logAbsDet.*16900 bytes.*16384/) }),
    );
    expect(shadersOf(outputs, { limits: { ...LIMITS, maxComputeWorkgroupStorageSize: 32768 } })).toHaveLength(1);
  });

  test('the largest recurrences fit on every device', () => {
    for (const [op, gates, columns] of [
      ['lstm', 4, 512],
      ['gru', 3, 513],
    ] as const) {
      const [g, w] = [graph.parameter('g', [gates * 512, 2, 3]), graph.parameter('w', [gates * 512, columns])];
      const value = graph[op](g, w);
      expect(shadersOf({ slope: graph.grad(graph.square(value), [g])[0] }).map(({ kernel }) => kernel)).toContain(
        `${op}Grad`,
      );
    }
  });
});

const backend = GPU_SHADERS.at(0);
const withGpuShaders = describeIf(
  backend !== undefined,
  WEBGPU ? 'WebGPU runs on a GPU here, whose shaders test/runtime/operation-table tests' : WITHOUT_WEBGPU,
);

async function run(
  outputs: Readonly<Record<string, Node>>,
  { parameters = {} }: Feeds,
  load = backend!.load,
): Promise<Readonly<Record<string, Float32Array>>> {
  const program = new PlanRun(compile({ runs: 1, kernels: WEBGPU_KERNELS, entries: { main: { outputs } } }), {
    load,
  });
  try {
    program.feed({ parameters });
    return (await program.step('main')).outputs;
  } finally {
    await program.dispose();
  }
}

withGpuShaders('shaders for GPUs, run by the processor', () => {
  /** True if threads of a shader share memory, which costs the processor more than it saves. */
  const isShared = (row: (typeof rows)[number]): boolean =>
    shadersOf(operationEntry(row).outputs).some(({ code }) => code.includes('var<workgroup>'));
  const ofGpus = rows
    .filter(({ op }) => ['matmul', 'sum', 'max', 'softmax'].includes(op))
    .filter(isShared)
    .map((row): [string, typeof row] => [`${row.op} ${row.title}`, row]);

  test.each(ofGpus)('%s', async (_, row) => {
    const { outputs, parameters } = operationEntry(row);
    const actual = await run(outputs, { parameters });
    const expected = evaluate(Object.values(outputs), { parameters });
    Object.keys(outputs).forEach((name, i) => {
      const error = relativeError(actual[name], expected[i]);
      expect([name, error < singleTolerance(row) ? 'equal' : error]).toEqual([name, 'equal']);
    });
  });
});

withGpuShaders('arithmetic', () => {
  const SPECIAL = [NaN, Infinity, -Infinity, 0, -0, 1e-40, 1e38, -1e38, 88.7, -100, 1e-7, -0.5, 16777217, 1];
  const x = graph.parameter('x', [SPECIAL.length]);
  const parameters = { x: Float64Array.from(SPECIAL, Math.fround) };

  test.each([
    ...Object.entries(graph.unaryRows)
      .filter(([, { lowering }]) => lowering.kind === 'elementwise' && lowering.immediates === undefined)
      .map(([name, operation]): [string, Node] => [name, apply(operation, [x])]),
    ['clamp', graph.clamp(x, -1, 1)],
    ['inside', graph.inside(x, -1, 1)],
    ['leakyStep', graph.leakyStep(x, 0.2)],
    ['maximum', graph.maximum(x, graph.neg(x))],
    ['minimum', graph.minimum(x, graph.constant([0.5], [1]))],
    ['greater', graph.greater(x, graph.constant([0.5], [1]))],
  ])('%s is right for NaN, infinity, and the largest and smallest numbers', async (_, value) => {
    const { value: actual } = await run({ value }, { parameters });
    const expected = Float32Array.from(evaluate([value], { parameters })[0]);
    const rounded = Array.from(actual, (value, i) =>
      Math.abs(value - expected[i]) <= 1e-6 * Math.max(1, Math.abs(expected[i])) ? expected[i] : value,
    );
    // +0 and −0 count as equal here, and so do NaN and NaN.
    rounded.forEach((value, i) => expect([SPECIAL[i], value + 0]).toEqual([SPECIAL[i], expected[i] + 0]));
  });

  test('in the tails, ε is at its limits, densities are finite, sensitivities are 0, and NaN stays NaN', async () => {
    const [z, theta] = [graph.parameter('z', [1, 3]), graph.parameter('theta', [1, 6, 3])];
    const limits = { logScaleMin: -5, logScaleMax: 3 };
    const { density, epsilon, sensitivity } = await run(
      {
        density: graph.mixtureLogDensity(z, theta, limits),
        epsilon: graph.mixtureEpsilon(z, theta, limits),
        sensitivity: graph.mixtureSensitivity(z, theta, limits),
      },
      { parameters: { z: [-1e4, 1e4, NaN], theta: Array.from({ length: 18 }, () => 0.25) } },
    );
    expect(Array.from(density, Number.isFinite)).toEqual([true, true, false]);
    expect(epsilon[0]).toBeCloseTo(-4.753424, 5);
    expect(epsilon[1]).toBeCloseTo(4.753424, 5);
    expect(epsilon[2]).toBeNaN();
    for (let i = 0; i < 7; i++) {
      expect(Array.from(sensitivity.subarray(3 * i, 3 * i + 3), Math.abs)).toEqual([0, 0, NaN]);
    }
  });

  test.each([2, 3, 5, 16])('nearly singular matrices of %i rows: bounds hold', async (d) => {
    const next = generator(d);
    const batch = 9;
    // The last row is the first one plus a thousandth of random values.
    const values = single(uniforms(d * d * batch, next, [-1, 1]));
    for (let i = 0; i < d * batch; i++) {
      const last = (d - 1) * d * batch + i;
      values[last] = Math.fround(values[i] + 1e-3 * values[last]);
    }
    const a = graph.parameter('a', [d, d, batch]);
    const value = graph.logAbsDet(a, { floor: 1e-30 });
    const outputs = { value, slope: graph.grad(value, [a])[0], sign: graph.detSign(a) };
    const actual = await run(outputs, { parameters: { a: values } });
    const [log, slope, sign] = evaluate(Object.values(outputs), { parameters: { a: values } });
    expect([...actual['sign']]).toEqual([...sign]);
    // The bound is 2e-7 × condition number (docs/explanation/kernels.md). The condition number is about
    // d times the largest element of the inverse.
    for (let b = 0; b < batch; b++) {
      const matrixOf = (all: ArrayLike<number>): number[] =>
        Array.from({ length: d * d }, (_, e) => all[e * batch + b]);
      const size = Math.max(...matrixOf(slope).map(Math.abs));
      const bound = 1e-6 * Math.sqrt(d) + 2e-7 * d * size;
      expect(Math.abs(actual['value'][b] - log[b])).toBeLessThan(bound);
      const off = matrixOf(actual['slope']).map((x, e) => Math.abs(x - matrixOf(slope)[e]) / size);
      expect(Math.max(...off)).toBeLessThan(bound);
    }
  });
});

withGpuShaders('a planted fault', () => {
  const x = graph.parameter('x', [3, 1000]);

  /** Returns the outputs of a program whose shaders are edited. */
  async function planted(edit: (code: string) => string, outputs: Readonly<Record<string, Node>>, feeds: Feeds) {
    const device = WEBGPU!.with({ isSoftware: false });
    const pipeline = device.pipeline.bind(device);
    let edits = 0;
    device.pipeline = (code) => {
      const edited = edit(code);
      edits += Number(edited !== code);
      return pipeline(edited);
    };
    const result = await run(outputs, feeds, (plan) => new WebGpuProgram(device, plan));
    expect(edits).toBeGreaterThan(0);
    return result;
  }

  test('a missing barrier gives a wrong sum', async () => {
    const outputs = { y: graph.sum(x, [1]) };
    const parameters = { x: uniforms(3000, generator(5), [0, 1]) };
    const [expected] = evaluate([outputs.y], { parameters });
    expect(relativeError((await run(outputs, { parameters })).y, expected)).toBeLessThan(1e-6);
    const wrong = await planted((code) => code.replaceAll('workgroupBarrier();', ''), outputs, { parameters });
    expect(relativeError(wrong.y, expected)).toBeGreaterThan(1e-3);
  });

  test('the built-in maximum loses NaN', async () => {
    const outputs = { y: graph.max(x, [1]) };
    const parameters = { x: uniforms(3000, generator(6), [0, 1]) };
    parameters.x[1500] = NaN;
    expect(Array.from((await run(outputs, { parameters })).y, Number.isNaN)).toEqual([false, true, false]);
    const builtIn = (code: string): string =>
      code.replace(/(fn larger\(.*?\) -> f32 \{)[^}]*\}/, '$1 return max(x, y); }');
    expect((await planted(builtIn, outputs, { parameters })).y.some(Number.isNaN)).toBe(false);
  });
});
