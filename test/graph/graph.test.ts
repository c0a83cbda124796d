import { describe, expect, test } from '@jest/globals';
import * as graph from '../../src/graph/index.js';
import { InputError, InternalError } from '../../src/errors/errors.js';
import { evaluate } from '../../src/graph/reference.js';
import { philox } from '../../src/random/philox.js';
import * as special from '../../src/graph/special.js';
import { dot } from '../fixtures/numbers.js';

const p = (name: string, shape: number[]): graph.Node => graph.parameter(name, shape);

describe('creating a node checks shapes', () => {
  const cases: [string, () => graph.Node, string][] = [
    [
      'inner sizes',
      () => graph.matmul(p('a', [4, 256, 20]), p('b', [4, 64, 64])),
      '[matmul] inner sizes differ: [4, 256, 20] × [4, 64, 64]',
    ],
    [
      'transposed',
      () => graph.matmul(p('a', [3, 2]), p('b', [2, 4]), { transA: true }),
      'inner sizes differ: [3, 2]ᵀ × [2, 4]',
    ],
    ['batch axes', () => graph.matmul(p('a', [2, 3, 3]), p('b', [4, 3, 3])), '[matmul] batch axes do not broadcast'],
    ['rank', () => graph.matmul(p('a', [3]), p('b', [3, 3])), '[matmul] needs rank 2 or more'],
    ['broadcast', () => graph.add(p('a', [4, 3]), p('b', [4, 2])), '[add] shapes do not broadcast: [4, 3] and [4, 2]'],
    ['axis', () => graph.sum(p('a', [4, 3]), [2]), '[sum] axis 2 does not exist in a tensor of rank 2'],
    ['axis twice', () => graph.sum(p('a', [4, 3]), [1, -1]), '[sum] axes [1, -1] contain an axis twice'],
    ['reshape', () => graph.reshape(p('a', [4, 3]), [5, 2]), '[reshape] [4, 3] does not fit into [5, 2]'],
    ['broadcastTo', () => graph.broadcastTo(p('a', [4]), [4, 3]), '[broadcastTo] [4] does not broadcast to [4, 3]'],
    ['permute', () => graph.permute(p('a', [4, 3]), [0, 0]), '[permute] axes [0, 0] are not a permutation'],
    ['slice', () => graph.slice(p('a', [4, 3]), 1, 2, 4), '[slice] 2 … 4 is not a range of axis 1 of [4, 3]'],
    ['concat', () => graph.concat([p('a', [4, 3]), p('b', [5, 3])], 1), '[concat] tensors differ outside axis 1'],
    ['constant', () => graph.constant([1, 2], [3]), '[constant] 2 values do not fill the shape [3]'],
    ['empty extent', () => p('a', [3, 0]), 'every extent must be a whole number of at least 1, got [3, 0]'],
    [
      'mixture',
      () => graph.mixtureEpsilon(p('z', [2, 8]), p('t', [2, 4, 8]), { logScaleMin: -5, logScaleMax: 3 }),
      '[mixtureEpsilon] needs z [..., B] and θ [..., 3K, B], got [2, 8] and [2, 4, 8]',
    ],
    [
      'gather',
      () => graph.gather(graph.data('x', [9, 2]), graph.data('i', [1, 4], 'int32')),
      '[gather] needs data [rows, features]',
    ],
    [
      'seeds',
      () => graph.randomNormal([3, 4], 0, graph.data('s', [2, 2], 'int32')),
      '[randomNormal] [3, 4] needs seeds',
    ],
  ];
  test.each(cases)('%s', (_, build, message) => {
    expect(build).toThrow(InputError);
    expect(build).toThrow(expect.objectContaining({ code: 'shape-mismatch' }));
    expect(build).toThrow(message);
  });

  test('operations on float32 refuse integers', () => {
    const index = graph.data('rows', [1, 2, 3], 'int32');
    expect(() => graph.exp(index)).toThrow(expect.objectContaining({ code: 'wrong-dtype' }));
    expect(() => graph.gather(index, index)).toThrow(expect.objectContaining({ code: 'wrong-dtype' }));
  });

  test('operations refuse bounds and slopes outside their range', () => {
    expect(() => graph.clamp(p('a', [1]), 1, 1)).toThrow(expect.objectContaining({ code: 'out-of-range' }));
    expect(() => graph.leakyRelu(p('a', [1]), -1)).toThrow(expect.objectContaining({ code: 'out-of-range' }));
    expect(() => graph.randomUniform([1], -1, graph.data('s', [1, 2], 'int32'))).toThrow('stream');
  });
});

describe('labels', () => {
  test('scopes nest and end', () => {
    const inner = graph.withScope('encoder.sleep', () => graph.withScope('hidden1', () => graph.exp(p('a', [1]))));
    expect(inner.label).toBe('encoder.sleep/hidden1/exp');
    expect(() => graph.withScope('x', () => graph.sum(inner, [7]))).toThrow();
    expect(graph.exp(inner).label).toBe('exp');
    expect(graph.withScope('loss', () => graph.label(inner, 'total')).label).toBe('loss/total');
  });

  test('the label of a gradient node contains the label of its node', () => {
    const a = p('a', [2]);
    const y = graph.withScope('head', () => graph.exp(a));
    const [slope] = graph.grad(graph.square(y), [a]);
    expect(slope.label).toBe('grad(head/exp)/mul');
  });
});

describe('grad', () => {
  test('starts with ones for an output of any shape and sums over paths', () => {
    const a = p('a', [2, 2]);
    const [slope] = graph.grad(graph.add(graph.mul(a, graph.exp(a)), a), [a]);
    const x = [0.5, -1, 2, 0];
    const [value] = evaluate([slope], { parameters: { a: x } });
    x.forEach((element, i) => {
      expect(value[i]).toBeCloseTo((1 + element) * Math.exp(element) + 1, 12);
    });
  });

  test('gives zeros for an unused node and ones for the output itself', () => {
    const [a, b] = [p('a', [2]), p('b', [3, 1])];
    const [zero, one] = graph.grad(graph.sum(a, [0]), [b, a]);
    expect(zero.shape).toEqual([3, 1]);
    expect(evaluate([zero, one], { parameters: { a: [1, 2] } }).map((v) => [...v])).toEqual([
      [0, 0, 0],
      [1, 1],
    ]);
    expect([...evaluate([graph.grad(a, [a])[0]])[0]]).toEqual([1, 1]);
  });

  test('differentiates by interior nodes and stops at stopGradient', () => {
    const a = p('a', [2]);
    const inner = graph.square(a);
    const [toInner, toA] = graph.grad(graph.square(inner), [inner, a]);
    const [inside, outer] = evaluate([toInner, toA], { parameters: { a: [2, 3] } });
    expect([...inside]).toEqual([8, 18]);
    expect([...outer]).toEqual([32, 108]);
    const stopped = graph.grad(graph.mul(graph.stopGradient(inner), a), [a]);
    expect([...evaluate(stopped, { parameters: { a: [2, 3] } })[0]]).toEqual([4, 9]);
  });

  test('refuses a derivative of the mixture beyond the last one', () => {
    const [z, theta] = [p('z', [4]), p('theta', [6, 4])];
    const limits = { logScaleMin: -5, logScaleMax: 3 };
    const [slope] = graph.grad(graph.mixtureLogDensity(z, theta, limits), [z]);
    expect(() => graph.grad(slope, [theta])).toThrow(InternalError);
    expect(() => graph.grad(slope, [theta])).toThrow('[mixtureLogDensityGrad] has no further derivative');
  });
});

describe('the reference', () => {
  test('names a leaf without values', () => {
    expect(() => evaluate([p('weights', [2])], { parameters: { weights: [1] } })).toThrow(
      'parameters "weights" needs 2 values, got 1',
    );
  });

  test('gathers the batch of the step and transposes it to features × batch', () => {
    const batch = graph.gather(graph.data('x', [4, 2]), graph.data('rows', [2, 2, 3], 'int32'));
    const feeds = {
      data: { x: [0, 1, 10, 11, 20, 21, 30, 31], rows: [0, 1, 2, 3, 2, 1, 1, 1, 1, 0, 3, 0] },
    };
    expect([...evaluate([batch], { ...feeds, step: 0 })[0]]).toEqual([0, 10, 20, 1, 11, 21, 10, 10, 10, 11, 11, 11]);
    expect([...evaluate([batch], { ...feeds, step: 3 })[0]]).toEqual([30, 20, 10, 31, 21, 11, 0, 30, 0, 1, 31, 1]);
    const wrong = { ...feeds.data, rows: [0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] };
    expect(() => evaluate([batch], { data: wrong })).toThrow('row 4 of 4 does not exist');
  });

  test('gathers integers, standardised by channel or unchanged', () => {
    const [x, rows] = [graph.data('x', [2, 4], 'uint8'), graph.data('rows', [1, 1, 2], 'int32')];
    const feeds = { data: { x: [1, 2, 3, 4, 5, 6, 7, 255], rows: [1, 0] } };
    const [scaled, raw] = evaluate([graph.gather(x, rows, { mean: [1, 3], sd: [2, 4] }), graph.gather(x, rows)], feeds);
    expect([...scaled]).toEqual([2, 0, 2.5, 0.5, 1, 0, 63, 0.25]);
    expect([...raw]).toEqual([5, 1, 6, 2, 7, 3, 255, 4]);
  });

  test.each([
    ['three channels of four features', { mean: [0, 0, 0], sd: [1, 1, 1] }, 'shape-mismatch'],
    ['no channels', { mean: [], sd: [] }, 'shape-mismatch'],
    ['fewer deviations than means', { mean: [0, 0], sd: [1] }, 'shape-mismatch'],
    ['a deviation of 0', { mean: [0, 0], sd: [1, 0] }, 'out-of-range'],
    ['a mean that is NaN', { mean: [NaN], sd: [1] }, 'out-of-range'],
  ])('refuses %s', (_, scale, code) => {
    const [x, rows] = [graph.data('x', [2, 4], 'int16'), graph.data('rows', [1, 1, 2], 'int32')];
    expect(() => graph.gather(x, rows, scale)).toThrow(expect.objectContaining({ code }));
  });

  test.each(['int32', 'uint8', 'int16'] as const)('refuses to compute with data of type %s', (type) => {
    const x = graph.data('x', [2, 4], type);
    expect(() => graph.exp(x)).toThrow(`[exp] takes float32 values, but data "x" is ${type}`);
  });
});

describe('Philox', () => {
  // The known answers that the Random123 library publishes for philox4x32-10.
  test.each([
    [
      [0, 0],
      [0, 0, 0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0xa4093822, 0x299f31d0],
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])('key %p', ([low, high], [a, b, c, d], expected) => {
    expect(philox({ low, high }, [a, b, c, d])).toEqual(expected);
  });

  test('draws depend only on run, step and stream and have the moments of N(0, 1)', () => {
    const seeds = graph.data('seeds', [2, 2], 'int32');
    const draw = (stream: number, step: number): Float64Array =>
      evaluate([graph.randomNormal([2, 4000], stream, seeds)], { data: { seeds: [1, 2, -3, 4] }, step })[0];
    const first = draw(5, 7);
    expect(draw(5, 7)).toEqual(first);
    for (const other of [draw(6, 7), draw(5, 8), first.slice(4000)]) expect(other[0]).not.toBe(first[0]);
    expect(Math.abs(dot(first, new Float64Array(8000).fill(1 / 8000)))).toBeLessThan(4 / Math.sqrt(8000));
    expect(Math.abs(dot(first, first) / 8000 - 1)).toBeLessThan(4 * Math.sqrt(2 / 8000));
  });
});

describe('special functions', () => {
  // Expected values: Abramowitz and Stegun's tables, extended with 50-digit arithmetic.
  test.each([
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [2, 0.9953222650189527],
    [3, 0.9999779095030014],
  ])('erf(%p)', (x, expected) => {
    expect(special.erf(x)).toBeCloseTo(expected, 14);
    expect(special.erf(-x)).toBeCloseTo(-expected, 14);
  });

  test('the quantile inverts the distribution function, also in the far tails', () => {
    expect(special.normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 12);
    expect(special.normalQuantile(1e-6)).toBeCloseTo(-4.753424308822899, 11);
    for (const p of [1e-300, 1e-12, 0.01, 0.3, 0.5, 0.9, 1 - 1e-6]) {
      expect(special.normalCdf(special.normalQuantile(p)) / p).toBeCloseTo(1, 10);
    }
    expect([0, 1, -0.1].map(special.normalQuantile)).toEqual([-Infinity, Infinity, NaN]);
  });
});
