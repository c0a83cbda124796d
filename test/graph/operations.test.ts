import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { expand } from '../../src/compile/expand.js';
import { oneRun, RUN_STRIDE } from '../../src/compile/one-run.js';
import * as graph from '../../src/graph/index.js';
import type { Node } from '../../src/graph/index.js';
import { apply, topological } from '../../src/graph/node.js';
import type { Attributes } from '../../src/graph/operation.js';
import { evaluate } from '../../src/graph/reference.js';
import { sizeOf } from '../../src/graph/shapes.js';
import { type OperationCase, operationCases } from '../operation-cases/index.js';
import { dot, generator, uniforms, worstError } from '../fixtures/numbers.js';

type Values = Record<string, Float64Array>;

/** Moves values away from multiples of ½, where the operations of the table have kinks. */
const awayFromKinks = (x: number): number => (Math.abs(2 * x - Math.round(2 * x)) < 0.01 ? x + 0.01 : x);

/** Returns the inputs of a case as parameters with random values. */
function inputsOf(row: OperationCase, next: () => number): { nodes: Node[]; values: Values } {
  const nodes = row.shapes.map((shape, i) => graph.parameter(`p${i}`, shape));
  const values = Object.fromEntries(
    row.shapes.map((shape, i) => [`p${i}`, uniforms(sizeOf(shape), next, row.range ?? [-2, 2]).map(awayFromKinks)]),
  );
  return { nodes, values };
}

/** Returns a random weighted sum of all elements, so that every element's gradient counts. */
function weightedSum(node: Node, next: () => number): Node {
  const weights = graph.constant([...uniforms(sizeOf(node.shape), next, [-1, 1])], node.shape);
  return graph.sum(graph.mul(node, weights), [...node.shape.keys()]);
}

/**
 * Returns the derivative of a scalar node along a random direction, by its gradient and by a five-point central
 * difference.
 */
function alongDirection(loss: Node, nodes: Node[], values: Values, next: () => number): [number, number] {
  const direction = Object.fromEntries(nodes.map((node, i) => [`p${i}`, uniforms(sizeOf(node.shape), next, [-1, 1])]));
  const gradients = evaluate(graph.grad(loss, nodes), { parameters: values });
  const exact = gradients.reduce((total, gradient, i) => total + dot(gradient, direction[`p${i}`]), 0);
  const step = 1e-4;
  const shifted = (steps: number): number => {
    const entries = Object.entries(values).map(([name, value]): [string, Float64Array] => [
      name,
      value.map((element, i) => element + steps * step * direction[name][i]),
    ]);
    return evaluate([loss], { parameters: Object.fromEntries(entries) })[0][0];
  };
  return [exact, (8 * (shifted(1) - shifted(-1)) - (shifted(2) - shifted(-2))) / (12 * step)];
}

function expectClose([exact, difference]: [number, number]): void {
  expect(Number.isFinite(exact)).toBe(true);
  expect(Math.abs(exact - difference)).toBeLessThan(2e-7 * (1 + Math.abs(difference)));
}

const titled = (rows: readonly OperationCase[]): [string, OperationCase][] =>
  rows.map((row) => [`${row.op} ${row.title}`, row]);
const differentiable = operationCases.filter((row) => row.differentiable !== false);

/** Operations without a case: leaves, and operations on integers, which have separate tests. */
const WITHOUT_CASE = ['parameter', 'data', 'control', 'constant', 'gather', 'randomUniform', 'randomNormal'];

test('every operation of the table has a case under its name', () => {
  const tested = new Set(operationCases.map((row) => row.op));
  expect([...graph.operations.keys()].filter((op) => !tested.has(op)).sort()).toEqual([...WITHOUT_CASE].sort());
  for (const [name, operation] of graph.operations) expect(operation.name).toBe(name);
});

describe('operations that keep runs apart', () => {
  /** Returns a case whose first axis counts runs, and the graph of one run if there is one. */
  function singleRunOf(row: OperationCase) {
    const { nodes, values } = inputsOf(row, generator(row.title.length));
    const whole = row.build(...nodes);
    const runs = whole.shape.length === 0 ? 1 : whole.shape[0];
    const one = oneRun([whole], runs);
    const [node] = 'nodes' in one ? one.nodes : [];
    return { values, whole, runs, one: node === whole ? undefined : node };
  }

  test.each(titled(operationCases))('%s: the graph of one run computes the slice of that run', (_, row) => {
    const { values, whole, runs, one } = singleRunOf(row);
    if (one === undefined) return;
    const nodes = topological([one]);
    for (const { operation, inputs, attributes, shape } of nodes) {
      if (inputs.length > 0) expect(operation.shape(inputs, attributes)).toEqual(shape);
    }
    const [expected] = evaluate([whole], { parameters: values });
    for (let run = 0; run < runs; run++) {
      const ofRun = Object.fromEntries(
        nodes
          .filter(({ attributes }) => RUN_STRIDE in attributes)
          .map(({ label, shape }) => [label, values[label].subarray(run * sizeOf(shape), (run + 1) * sizeOf(shape))]),
      );
      const [actual] = evaluate([one], { parameters: { ...values, ...ofRun } });
      expect(actual).toEqual(expected.subarray(run * actual.length, (run + 1) * actual.length));
    }
  });

  test('every operation has a case that keeps runs apart', () => {
    const separated = new Set(
      operationCases.flatMap((row) => {
        const { one } = singleRunOf(row);
        return one ? topological([one]).map(({ operation }) => operation.name) : [];
      }),
    );
    const withCase = [...graph.operations.keys()].filter((name) => !WITHOUT_CASE.includes(name));
    expect(withCase.filter((name) => !separated.has(name))).toEqual([]);
  });
});

describe('the expansion of an operation, for backends without its kernel', () => {
  const expanded = operationCases.filter(({ op }) => graph.operations.get(op)?.expand !== undefined);

  test.each(titled(expanded))('%s: has the same value and consists of operations that every backend has', (_, row) => {
    const { nodes, values } = inputsOf(row, generator(row.title.length));
    const node = row.build(...nodes);
    const [general] = expand([node], new Set());
    expect(topological([general]).filter(({ operation }) => operation.expand !== undefined)).toEqual([]);
    const [actual, expected] = evaluate([general, node], { parameters: values });
    expect(worstError(actual, expected)).toBeLessThan(1e-12);
  });
});

interface Tensor {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

type Layer = { readonly reverse: boolean; readonly ragged: boolean } & Readonly<
  Record<'x' | 'inputWeights' | 'bias' | 'weights' | 'steps' | 'upstream' | 'h' | 'inputSlopes' | 'slopes', Tensor>
>;

/** Output of test/golden/make_operations.py and make_networks.py. */
interface Golden {
  readonly op: string;
  readonly attributes: Attributes;
  readonly inputs: readonly Tensor[];
  readonly value: readonly number[];
}

const readGolden = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../golden/${name}.json`, import.meta.url), 'utf8'));

const networks = readGolden('networks') as {
  readonly operations: readonly Golden[];
  readonly moved: readonly Golden[];
  readonly lstm: readonly Layer[];
  readonly gru: readonly (Layer & Readonly<Record<'stateBias' | 'stateBiasSlopes', Tensor>>)[];
};

const titledGoldens = (goldens: readonly Golden[]): [string, number, Golden][] =>
  goldens.map((golden, i) => [golden.op, i, golden]);

describe.each([
  ['SciPy', titledGoldens(readGolden('operations') as Golden[])],
  ['PyTorch', titledGoldens([...networks.operations, ...networks.moved])],
])('values of %s', (_name, goldens) => {
  test.each(goldens)('%s (%d)', (_op, _i, { op, attributes, inputs, value }) => {
    const nodes = inputs.map(({ shape, values }) => graph.constant(values, shape));
    const [actual] = evaluate([apply(graph.operations.get(op)!, nodes, attributes)]);
    expect(worstError(actual, value)).toBeLessThan(1e-13);
  });
});

test('a convolution of one tap equals the matrix product that replaces it', () => {
  const next = generator(12);
  const [x, w] = [
    [2, 3, 4, 5, 7],
    [2, 6, 3, 1, 1],
  ].map((shape) => graph.constant([...uniforms(sizeOf(shape), next, [-1, 1])], shape));
  const plain = { stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1 };
  const [actual, expected] = evaluate([graph.conv2d(x, w), apply(graph.rows.conv2d, [x, w], plain)]);
  expect(worstError(actual, expected)).toBeLessThan(1e-14);
  for (const spacing of [{ stride: [2, 2] }, { padding: [1, 0] }, { groups: 3 }] as const) {
    const weights = 'groups' in spacing ? graph.constant([1, 2, 3], [1, 3, 1, 1, 1]) : w;
    expect(graph.conv2d(x, weights, spacing).operation).toBe(graph.rows.conv2d);
  }
});

describe('an LSTM equals that of PyTorch', () => {
  test.each(networks.lstm)(
    'backwards $reverse, sequences of different lengths $ragged',
    ({ reverse, ragged, ...layer }) => {
      const node = ({ shape, values }: Tensor): Node => graph.constant(values, shape);
      const [inputWeights, weights] = [layer.inputWeights, layer.weights].map(node);
      const [features, times, batch] = layer.x.shape;
      const products = graph.matmul(inputWeights, graph.reshape(node(layer.x), [features, times * batch]));
      const gates = graph.add(
        graph.reshape(products, [layer.weights.shape[0], times, batch]),
        graph.reshape(node(layer.bias), [layer.bias.values.length, 1, 1]),
      );
      const steps = node(layer.steps);
      const h = graph.lstm(gates, weights, { reverse, ...(ragged && { steps }) });
      const counted = graph.mul(h, steps);
      const total = graph.sum(graph.mul(counted, node(layer.upstream)), [0, 1, 2]);
      const actual = evaluate([counted, ...graph.grad(total, [inputWeights, weights])]);
      const bias = graph.reshape(node(layer.bias), [layer.bias.values.length, 1]);
      const states = graph.lstmLayer(
        node(layer.x),
        { inputs: inputWeights, states: weights, bias },
        { reverse, ...(ragged && { steps }) },
      );
      const layerTotal = graph.sum(graph.mul(graph.mul(states, steps), node(layer.upstream)), [0, 1, 2]);
      const ofLayer = evaluate([graph.mul(states, steps), ...graph.grad(layerTotal, [inputWeights, weights])]);
      [layer.h, layer.inputSlopes, layer.slopes].forEach(({ values }, i) => {
        expect(worstError(actual[i], values)).toBeLessThan(1e-12);
        expect(worstError(ofLayer[i], values)).toBeLessThan(1e-12);
      });
    },
  );
});

describe('a GRU equals that of PyTorch', () => {
  test.each(networks.gru)(
    'backwards $reverse, sequences of different lengths $ragged',
    ({ reverse, ragged, ...layer }) => {
      const node = ({ shape, values }: Tensor): Node => graph.constant(values, shape);
      const [inputWeights, weights] = [layer.inputWeights, layer.weights].map(node);
      const [features, times, batch] = layer.x.shape;
      const rows = layer.bias.values.length;
      const products = graph.matmul(inputWeights, graph.reshape(node(layer.x), [features, times * batch]));
      const sums = graph.add(products, graph.reshape(node(layer.bias), [rows, 1]));
      const stateBias = graph.reshape(node(layer.stateBias), [rows, 1]);
      const steps = node(layer.steps);
      const h = graph.gru(graph.reshape(sums, [rows, times, batch]), graph.concat([weights, stateBias], 1), {
        reverse,
        ...(ragged && { steps }),
      });
      const counted = graph.mul(h, steps);
      const total = graph.sum(graph.mul(counted, node(layer.upstream)), [0, 1, 2]);
      const actual = evaluate([counted, ...graph.grad(total, [inputWeights, weights, stateBias])]);
      [layer.h, layer.inputSlopes, layer.slopes, layer.stateBiasSlopes].forEach(({ values }, i) => {
        expect(worstError(actual[i], values)).toBeLessThan(1e-12);
      });
    },
  );
});

describe('the gradient equals finite differences', () => {
  test.each(titled(differentiable))('%s', (title, row) => {
    const next = generator(title.length * 7919 + title.charCodeAt(2));
    const { nodes, values } = inputsOf(row, next);
    expectClose(alongDirection(weightedSum(row.build(...nodes), next), nodes, values, next));
  });

  test.each(titled(operationCases.filter((row) => row.differentiable === false)))('%s has no gradient', (_, row) => {
    const { nodes, values } = inputsOf(row, generator(3));
    if (row.op.endsWith('Grad')) {
      expect(() => graph.grad(row.build(...nodes), nodes)).toThrow('has no further derivative');
      return;
    }
    for (const gradient of evaluate(graph.grad(row.build(...nodes), nodes), { parameters: values })) {
      expect(gradient.every((element) => element === 0)).toBe(true);
    }
  });
});

describe('the second derivative equals finite differences of the gradient', () => {
  test.each(titled(differentiable.filter((row) => row.twice !== false)))('%s', (title, row) => {
    const next = generator(title.length * 104729 + title.charCodeAt(1));
    const { nodes, values } = inputsOf(row, next);
    const first = graph.grad(weightedSum(graph.square(row.build(...nodes)), next), nodes);
    const loss = first.map((gradient) => weightedSum(gradient, next)).reduce((a, b) => graph.add(a, b));
    expectClose(alongDirection(loss, nodes, values, next));
  });
});

describe('the Gaussian mixture equals closed forms', () => {
  const limits = { logScaleMin: -5, logScaleMax: 3 };
  const theta = graph.parameter('theta', [6, 1]);
  const z = graph.parameter('z', [1]);
  const parameters = { z: [0.4], theta: [0.3, -0.5, -1, 0.8, Math.log(0.5), Math.log(2)] };
  const weight = 1 / (1 + Math.exp(-0.8));

  test('one component is the normal distribution', () => {
    const single = graph.parameter('theta', [3, 1]);
    const [density, noise] = evaluate(
      [graph.mixtureLogDensity(z, single, limits), graph.mixtureEpsilon(z, single, limits)],
      { parameters: { z: [1.7], theta: [9, 0.5, Math.log(2)] } },
    );
    expect(noise[0]).toBeCloseTo(0.6, 12);
    expect(density[0]).toBeCloseTo(-0.18 - Math.log(2 * Math.sqrt(2 * Math.PI)), 12);
  });

  test('the density equals its definition, and the derivative of ε times φ(ε)', () => {
    const epsilon = graph.mixtureEpsilon(z, theta, limits);
    const [log, noise, slope] = evaluate(
      [graph.mixtureLogDensity(z, theta, limits), epsilon, graph.grad(epsilon, [z])[0]],
      { parameters },
    );
    const normal = (e: number): number => Math.exp(-0.5 * e * e) / Math.sqrt(2 * Math.PI);
    const density = weight * normal(2.8) * 2 + (1 - weight) * normal(-0.2) * 0.5;
    expect(log[0]).toBeCloseTo(Math.log(density), 12);
    expect(slope[0] * normal(noise[0])).toBeCloseTo(density, 12);
  });

  test('slopes are 0 where the distribution function is clamped or a log scale is at its limit', () => {
    const tail = { z: [40], theta: parameters.theta };
    const [noise, sensitivity] = evaluate(
      [graph.mixtureEpsilon(z, theta, limits), graph.mixtureSensitivity(z, theta, limits)],
      { parameters: tail },
    );
    expect(noise[0]).toBeCloseTo(4.753424308822899, 8);
    expect([...sensitivity]).toEqual(new Array(7).fill(0));
    const limited = { z: [0.4], theta: [0.3, -0.5, -1, 0.8, -6, 0] };
    const [rows] = evaluate([graph.mixtureSensitivity(z, theta, limits)], { parameters: limited });
    expect(rows[5]).toBeCloseTo(0, 15);
    expect(rows[6]).not.toBe(0);
  });

  test('the density is finite far from the means', () => {
    const [log] = evaluate([graph.mixtureLogDensity(z, theta, limits)], { parameters: { ...parameters, z: [300] } });
    expect(log[0]).toBeCloseTo(Math.log(1 - weight) - 0.5 * 149.6 ** 2 - Math.log(2 * Math.sqrt(2 * Math.PI)), 6);
  });
});
