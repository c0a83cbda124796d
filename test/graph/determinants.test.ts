// Compares log|det A| and its derivative with numpy.linalg (golden/make_determinants.py), in double precision and
// natively.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { compile } from '../../src/compile/index.js';
import { InputError, InternalError } from '../../src/errors/errors.js';
import * as graph from '../../src/graph/index.js';
import { evaluate } from '../../src/graph/reference.js';
import { BACKENDS, type Backend } from '../fixtures/backends.js';
import { PlanRun } from '../fixtures/plan-run.js';

interface Golden {
  kind: string;
  d: number;
  matrix: number[];
  condition: number;
  sign: number;
  log: number;
  inverse: number[];
}

const goldens = JSON.parse(readFileSync(new URL('../golden/determinants.json', import.meta.url), 'utf8')) as Golden[];
const titled = goldens.map((golden): [string, Golden] => {
  return [`${golden.kind}, d = ${golden.d}, condition ${golden.condition.toPrecision(2)}`, golden];
});

/** Returns log|det|, its gradient and the sign of one matrix. */
function outputsOf(d: number, options?: graph.DeterminantOptions): Record<'log' | 'slope' | 'sign', graph.Node> {
  const matrix = graph.parameter('matrix', [1, d, d, 1]);
  const log = graph.logAbsDet(matrix, options);
  return { log, slope: graph.grad(log, [matrix])[0], sign: graph.detSign(matrix) };
}

function inReference(matrix: readonly number[], d: number, options?: graph.DeterminantOptions): number[][] {
  return evaluate(Object.values(outputsOf(d, options)), { parameters: { matrix } }).map((values) => [...values]);
}

async function natively(matrix: readonly number[], d: number, backend: Backend): Promise<number[][]> {
  const run = new PlanRun(compile({ runs: 1, entries: { main: { outputs: outputsOf(d) } } }), backend);
  run.feed({ parameters: { matrix } });
  const { outputs } = await run.step('main');
  await run.dispose();
  return ['log', 'slope', 'sign'].map((name) => [...outputs[name]]);
}

const transposed = (values: readonly number[], d: number): number[] =>
  values.map((_, at) => values[(at % d) * d + Math.floor(at / d)]);

function expectGolden([[log], slope, [sign]]: number[][], golden: Golden, tolerance: number): void {
  expect(sign).toBe(golden.sign);
  expect(Math.abs(log - golden.log)).toBeLessThan(tolerance);
  const size = Math.max(...golden.inverse.map(Math.abs));
  transposed(golden.inverse, golden.d).forEach((expected, at) => {
    expect(Math.abs(slope[at] - expected)).toBeLessThan(tolerance * size);
  });
}

describe('value, derivative and sign equal those of NumPy', () => {
  test.each(titled)('in double precision: %s', (_, golden) => {
    expectGolden(inReference(golden.matrix, golden.d), golden, 1e-11 + 1e-15 * golden.condition);
  });

  describe.each(BACKENDS)('on $title', (backend) => {
    test.each(titled)('%s', async (_, golden) => {
      const tolerance = 1e-6 * Math.sqrt(golden.d) + 2e-7 * golden.condition;
      expectGolden(await natively(golden.matrix, golden.d, backend), golden, tolerance);
    });
  });
});

describe('below the floor', () => {
  const near = [1e-9, 0, 0, -1]; // |det| = 1e-9
  const singular = [2, 4, 1, 2];

  test('the logarithm continues as its tangent', () => {
    const [[log], slope, [sign]] = inReference(near, 2);
    expect(log).toBeCloseTo(Math.log(1e-8) - 0.9, 10);
    expect(slope[0] / 1e8).toBeCloseTo(1, 10);
    expect(slope[3] / 0.1).toBeCloseTo(-1, 10);
    expect(sign).toBe(-1);
  });

  test('a singular matrix has a finite value, a slope that leads away from it and sign 0', async () => {
    const native = await Promise.all(BACKENDS.map((backend) => natively(singular, 2, backend)));
    for (const [[log], slope, [sign]] of [inReference(singular, 2), ...native]) {
      expect(log).toBeCloseTo(Math.log(1e-8) - 1, 5);
      [2, -1, -4, 2].forEach((cofactor, at) => {
        expect(Math.abs(slope[at] / 1e8)).toBeCloseTo(Math.abs(cofactor), 5);
      });
      expect(sign).toBe(0);
      const moved = singular.map((element, at) => element + 1e-3 * slope[at] * 1e-8);
      expect(inReference(moved, 2)[0][0]).toBeGreaterThan(log + 10);
    }
  });

  test('the floor can be set', () => {
    expect(inReference(near, 2, { floor: 1e-12 })[0][0]).toBeCloseTo(Math.log(1e-9), 10);
  });
});

describe('bad input', () => {
  const square = graph.parameter('a', [2, 3, 3, 5]);

  test.each([
    [[2, 3, 4, 5], 'needs [..., d, d, B] with d up to 64, got [2, 3, 4, 5]'],
    [[3, 3], 'needs [..., d, d, B] with d up to 64, got [3, 3]'],
    [[1, 65, 65, 1], 'needs [..., d, d, B] with d up to 64, got [1, 65, 65, 1]'],
  ])('shape %j is refused: it is not a batch of square matrices', (shape, message) => {
    const matrix = graph.parameter('a', shape);
    for (const operation of ['logAbsDet', 'detSign'] as const) {
      expect(() => graph[operation](matrix)).toThrow(InputError);
      expect(() => graph[operation](matrix)).toThrow(`[${operation}] ${message}`);
    }
  });

  test.each([0, -1, 2, NaN])('a floor of %d is refused', (floor) => {
    expect(() => graph.logAbsDet(square, { floor })).toThrow(expect.objectContaining({ code: 'out-of-range' }));
  });

  test('a second derivative is refused', () => {
    const [slope] = graph.grad(graph.logAbsDet(square), [square]);
    expect(() => graph.grad(slope, [square])).toThrow(InternalError);
    expect(() => graph.grad(slope, [square])).toThrow('[logAbsDetGrad] has no further derivative');
  });
});
