// Three layers fused to one kernel, and their gradients to another (docs/explanation/kernels.md, "network"). Tests
// which plans contain them, and that a training step gives the same numbers. test/runtime/operation-table tests the kernels (rows
// `network`).

import { describe, expect, test } from '@jest/globals';
import { Training } from '../../bench/cases.js';
import { compile, decodePlan } from '../../src/compile/index.js';
import { fitsThreadBlock, kernelNames } from '../../src/compile/kernels.js';
import * as graph from '../../src/graph/index.js';
import type { Node } from '../../src/graph/index.js';
import { evaluate } from '../../src/graph/reference.js';
import { sizeOf } from '../../src/graph/shapes.js';
import { CPU, type Device } from '../../src/runtime/device.js';
import { Program } from '../../src/runtime/program.js';
import { EMULATED } from '../fixtures/backends.js';
import { generator, relativeError, single, uniforms } from '../fixtures/numbers.js';
import { endings, networks, networkOf, networkShapes, type NetworkShape } from '../operation-cases/networks.js';
import { operationEntry } from '../operation-cases/index.js';
import { PlanRun } from '../fixtures/plan-run.js';

const CUDA_KERNELS = kernelNames('cuda');

const unfused = new Set([...CUDA_KERNELS].filter((name) => !name.startsWith('network')));

/** Returns the names of the kernels of an entry, without maps. */
function kernelsOf(outputs: Readonly<Record<string, Node>>, kernels = CUDA_KERNELS, runs = 1): string[] {
  const [entry] = decodePlan(compile({ runs, kernels, entries: { main: { outputs } } }).plan).entries;
  return entry.kernels.map(({ name }) => name).filter((name) => name !== 'map');
}

const SHAPE: NetworkShape = { runs: 3, groups: 2, widths: [5, 7, 6, 4], batch: 9 };
const inputs = (shape: NetworkShape): Node[] => networkShapes(shape).map((size, i) => graph.parameter(`p${i}`, size));

function gradients(value: Node, nodes: readonly Node[]): Record<string, Node> {
  const slopes = graph.grad(graph.square(value), nodes);
  return Object.fromEntries(slopes.map((slope, i) => [`slope${i}`, slope]));
}

describe('layers and their gradients are two kernels', () => {
  // Not of the first shape: with one subject, the gradient of a bias is the gradient that arrives at the layer, and it
  // is requested.
  test.each(networks.slice(1).map((row) => [row.title, row] as const))('%s', (_, row) => {
    const { outputs } = operationEntry(row);
    expect(kernelsOf(outputs)).toEqual(['network', 'networkGrad']);
    expect(kernelsOf({ value: outputs['value'] })).toEqual(['network']);
    expect(kernelsOf(outputs, unfused)).not.toContain('network');
  });

  test('for each run, and for one subject if no gradients are requested', () => {
    const nodes = inputs(SHAPE);
    const value = networkOf(SHAPE, nodes);
    expect(kernelsOf(gradients(value, nodes), CUDA_KERNELS, 3)).toEqual(['network', 'networkGrad']);
    const one = { ...SHAPE, batch: 1 };
    expect(kernelsOf({ value: networkOf(one, inputs(one)) }, CUDA_KERNELS, 3)).toEqual(['network']);
  });

  test('gradients that are not requested are not written', () => {
    const nodes = inputs(SHAPE);
    const value = networkOf(SHAPE, nodes);
    const { slope1, slope6 } = gradients(value, nodes);
    // The gradient of the second layer's weights is not written either, although the gradient that passes through the
    // layer is needed.
    const compiled = compile({
      runs: 3,
      kernels: CUDA_KERNELS,
      entries: { main: { outputs: { slope1, slope6 } } },
    });
    const fused = decodePlan(compiled.plan).entries[0].kernels.find(({ name }) => name === 'networkGrad')!;
    expect(fused.operands.filter(({ written }) => written)).toHaveLength(2);
  });
});

describe('the kernel includes what follows the outputs', () => {
  test.each(['the log density under a mixture', 'the difference from a target'])('%s', (title) => {
    const isMixture = title.includes('mixture');
    const row = endings[isMixture ? 0 : 1];
    const { outputs } = operationEntry(row);
    // The slope by the log density depends on it. The slope by the difference does not, so one kernel computes both.
    expect(kernelsOf(outputs)).toEqual(isMixture ? ['network', 'networkGrad'] : ['networkGrad']);
    expect(kernelsOf({ value: outputs['value'] })).toEqual(['network']);
  });

  test('outputs with other readers are stored unchanged', () => {
    const nodes = inputs(SHAPE);
    const [x, y] = [networkOf(SHAPE, nodes), graph.parameter('y', [3, 2, 4, 9])];
    const [entry] = decodePlan(
      compile({
        ...{ runs: 3, kernels: CUDA_KERNELS },
        entries: { main: { outputs: { difference: graph.sub(x, y), maximum: graph.max(x, [3]) } } },
      }).plan,
    ).entries;
    expect(entry.kernels.map(({ name }) => name)).toEqual(['network', 'map', 'reduce']);
  });
});

test('hidden layers with other readers are stored, and slopes by them are added', async () => {
  const shape: NetworkShape = { runs: 1, groups: 3, widths: [4, 6, 6, 5], batch: 37 };
  const [x, w0, b0, w1, b1, w2, b2] = inputs(shape);
  const s = graph.parameter('s', [1, 3, 5, 37]);
  const first = graph.tanh(graph.add(graph.matmul(w0, x), b0));
  const second = graph.leakyRelu(graph.add(graph.matmul(w1, first), b1), 0.2);
  const value = graph.add(graph.matmul(w2, second), b2);
  const penalty = graph.meanAbsJacobian(s, first, second, [w0, w1, w2], 0.2);
  const all = [graph.square(value), graph.square(penalty)].map((one) => graph.sum(one, [...one.shape.keys()]));
  const slopes = graph.grad(graph.add(all[0], all[1]), [x, w0, b0, w1, b1, w2, b2, s]);
  const outputs = { value, penalty, ...Object.fromEntries(slopes.map((slope, i) => [`slope${i}`, slope])) };
  const names = kernelsOf(outputs);
  expect(names.filter((name) => name !== 'meanAbsJacobian' && name !== 'meanAbsJacobianGrad')).toEqual([
    'network',
    'networkGrad',
  ]);
  const next = generator(5);
  const parameters = Object.fromEntries(
    [...networkShapes(shape), s.shape].map((size, i) => [
      i < 7 ? `p${i}` : 's',
      single(uniforms(sizeOf(size), next, [-1, 1])),
    ]),
  );
  const compiled = compile({ runs: 1, kernels: CUDA_KERNELS, entries: { main: { outputs } } });
  const run = new PlanRun(compiled, { device: EMULATED.device });
  try {
    run.feed({ parameters });
    const actual = (await run.step('main')).outputs;
    const expected = evaluate(Object.values(outputs), { parameters });
    for (const [i, name] of Object.keys(outputs).entries()) {
      expect([name, relativeError(actual[name], expected[i]) < 1e-5]).toEqual([name, true]);
    }
    expect(await run.strayWrites('main')).toEqual([]);
  } finally {
    await run.dispose();
  }
});

test('values that all runs share are computed once and are equal to the bit', async () => {
  const picked = graph.gather(graph.data('rows', [20, 3]), graph.data('order', [1, 4, 5], 'int32'));
  const y = graph.matmul(graph.parameter('weight', [6, 2, 3]), graph.broadcastTo(graph.square(picked), [6, 3, 5]));
  const results: Float32Array[] = [];
  for (const memory of ['parallel', 'tight'] as const) {
    const compiled = compile({ runs: 6, memory, kernels: CUDA_KERNELS, entries: { main: { outputs: { y } } } });
    const [{ kernels }] = decodePlan(compiled.plan).entries;
    const once = kernels.filter(({ operands }) => operands.some((operand) => operand.once)).map(({ name }) => name);
    expect(once).toEqual(memory === 'parallel' ? ['gather', 'map'] : []);
    if (memory === 'parallel') {
      expect(() => Program.load(compiled, { device: CPU })).toThrow(expect.objectContaining({ code: 'invalid-plan' }));
    }
    await using program = Program.load(compiled, { device: EMULATED.device });
    program.set(
      'data',
      'rows',
      Float32Array.from({ length: 60 }, (_, i) => Math.cos(i)),
    );
    program.set(
      'data',
      'order',
      Int32Array.from({ length: 20 }, (_, i) => (7 * i) % 20),
    );
    program.set(
      'parameters',
      'weight',
      Float32Array.from({ length: 36 }, (_, i) => Math.sin(i)),
    );
    results.push((await program.run('main', { steps: 3 })).results);
  }
  expect(results[0]).toEqual(results[1]);
  expect(new Set(results[0]).size).toBeGreaterThan(60);
});

describe('layers remain separate', () => {
  const nodes = inputs(SHAPE);
  const none = (outputs: Readonly<Record<string, Node>>): void => {
    expect(kernelsOf(outputs, CUDA_KERNELS, 3).filter((name) => name.startsWith('network'))).toEqual([]);
  };

  test('if another value reads a hidden layer', () => {
    const [x, w0, b0, w1, b1, w2, b2] = nodes;
    const first = graph.leakyRelu(graph.add(graph.matmul(w0, x), b0), 0.2);
    const second = graph.tanh(graph.add(graph.matmul(w1, first), b1));
    const value = graph.add(graph.matmul(w2, second), b2);
    none({ value, first });
    none({ value, mean: graph.mean(second, [3]) });
    none({ value, ...gradients(value, nodes), ...gradients(second, nodes) });
  });

  test('if gradients are differentiated again', () => {
    const value = networkOf(SHAPE, nodes);
    const { slope0 } = gradients(value, nodes);
    none({ value, ...gradients(slope0, nodes) });
  });

  test('if the last weights are computed', () => {
    const [x, w0, b0, w1, b1, w2, b2] = nodes;
    none({ value: networkOf(SHAPE, [x, w0, b0, w1, b1, graph.square(w2), b2]) });
  });

  test('if they are too large for a thread block', () => {
    const wide = { ...SHAPE, widths: [30, 512, 512, 6] } as const;
    none({ value: networkOf(wide, inputs(wide)) });
    expect(fitsThreadBlock([30, 64, 64, 6])).toBe(true);
    expect(fitsThreadBlock([3, 64, 64, 100])).toBe(true);
    expect(fitsThreadBlock([30, 80, 80, 6])).toBe(true);
    expect(fitsThreadBlock([30, 96, 96, 6])).toBe(false);
    expect(fitsThreadBlock([200, 64, 64, 6])).toBe(false);
  });
});

test.each([
  ['without the Jacobian penalty', false],
  ['with it', true],
])('gradients of a training step equal those of separate layers and of the CPU, %s', async (_, jacobian) => {
  const momentsOn = async (device: Device): Promise<Float32Array> => {
    const one = { batch: 70, hidden: 12, modalities: 3, runs: 2, jacobian, columns: 5 };
    await using training = Training.load(one, { threads: 1, device });
    await training.steps(1);
    return await training.program.download('moments');
  };
  const fused = await momentsOn(EMULATED.device);
  for (const other of [{ ...EMULATED.device, kernels: unfused }, CPU]) {
    expect(relativeError(fused, Float64Array.from(await momentsOn(other)))).toBeLessThan(1e-5);
  }
});
