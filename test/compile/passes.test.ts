import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compile, decodePlan } from '../../src/compile/index.js';
import { decodeProgram, type DecodedKernel } from '../../src/compile/decode.js';
import { dependencies } from '../../src/compile/dependencies.js';
import { fold } from '../../src/compile/fold.js';
import type { Kernel, Operand } from '../../src/compile/kernel.js';
import { aligned, planMemory } from '../../src/compile/memory-plan.js';
import { share } from '../../src/compile/share.js';
import { refine, splitStrides } from '../../src/compile/space.js';
import { SLAB, type Buffer } from '../../src/compile/value.js';
import { contiguous, isContiguous, reshapeAccess } from '../../src/graph/access.js';
import { convolutionNumbers } from '../../src/graph/convolution-geometry.js';
import * as graph from '../../src/graph/index.js';
import type { Node } from '../../src/graph/index.js';
import { INSTRUCTIONS } from '../../src/graph/instructions.js';
import { recordOf } from '../../src/graph/kernel-record.js';
import { topological } from '../../src/graph/node.js';
import { positions, sizeOf } from '../../src/graph/shapes.js';
import { evaluate } from '../../src/graph/reference.js';
import { worstError } from '../fixtures/numbers.js';
import { RUNS, buildGraph, choices, lossOf } from '../fixtures/random-graphs.js';

const p = (name: string, shape: number[]): Node => graph.parameter(name, shape);

/** Returns a node as text, to compare structure. */
function show(node: Node): string {
  if (node.operation.name === 'constant' && node.shape.length === 0) {
    return String((node.attributes['values'] as Float64Array)[0]);
  }
  if (node.inputs.length === 0) return String(node.attributes['name'] ?? node.operation.name);
  return `${node.operation.name}(${node.inputs.map(show).join(', ')})`;
}

describe('fold', () => {
  const a = p('a', [2, 3]);
  const b = p('b', [2, 3]);
  const row = p('row', [3]);
  const rows: [string, () => Node, string][] = [
    ['zero and one', () => graph.add(graph.mul(a, 1), graph.mul(b, 0)), 'a'],
    ['signs', () => graph.sub(graph.neg(graph.neg(a)), graph.neg(b)), 'add(a, b)'],
    ['factors', () => graph.mul(2, graph.neg(graph.mul(graph.div(a, 4), 3))), 'mul(-1.5, a)'],
    [
      'constants',
      () => graph.add(a, graph.exp(graph.sub(graph.zeros([2, 3]), graph.ones([3])))),
      `add(a, ${Math.exp(-1)})`,
    ],
    ['a sum of a node with itself', () => graph.add(a, a), 'mul(2, a)'],
    ['reshape of reshape', () => graph.reshape(graph.reshape(a, [3, 2]), [2, 3, 1]), 'reshape(a)'],
    ['reshape back', () => graph.reshape(graph.reshape(a, [6]), [2, 3]), 'a'],
    ['sum over single axes', () => graph.sum(graph.reshape(a, [2, 1, 3]), [1]), 'a'],
    ['sum of repeated', () => graph.sum(graph.broadcastTo(row, [4, 3]), [0]), 'mul(row, 4)'],
    ['axes kept with extent 1', () => graph.sum(a, [1], { keep: true }), 'reshape(sum(a))'],
    ['maximum of repeated', () => graph.max(graph.broadcastTo(row, [4, 3]), [0]), 'row'],
    ['an operation on a repeated tensor', () => graph.exp(graph.broadcastTo(row, [2, 3])), 'broadcastTo(exp(row))'],
    ['slice of concat', () => graph.slice(graph.concat([a, b], 1), 1, 3, 5), 'slice(b)'],
    ['concat of slices', () => graph.concat([graph.slice(a, 1, 0, 1), graph.slice(a, 1, 1, 3)], 1), 'a'],
    ['nested concat', () => graph.concat([graph.concat([a, b], 0), a], 0), 'concat(a, b, a)'],
    ['permute back', () => graph.permute(graph.permute(a, [1, 0]), [1, 0]), 'a'],
    ['stopGradient', () => graph.stopGradient(a), 'a'],
    ['matmul with zeros', () => graph.matmul(a, graph.zeros([3, 5])), 'broadcastTo(0)'],
    ['select with a constant condition', () => graph.select(graph.zeros([2, 3]), a, b), 'b'],
  ];
  test.each(rows)('%s', (_, build, expected) => {
    expect(show(share(fold([build()]))[0])).toBe(expected);
  });

  test('gradients of two slices of one tensor become one concatenation without zeros', () => {
    const whole = p('whole', [2, 6]);
    const loss = graph.add(
      graph.sum(graph.exp(graph.slice(whole, 1, 0, 2)), [0, 1]),
      graph.sum(graph.slice(whole, 1, 2, 6), [0, 1]),
    );
    expect(show(fold(graph.grad(loss, [whole]))[0])).toBe('concat(exp(slice(whole)), broadcastTo(1))');
  });

  test('folding and sharing preserve values and shapes of random graphs', () => {
    fc.assert(
      fc.property(choices, (list) => {
        const { parameters, nodes, values } = buildGraph(list);
        const loss = lossOf(nodes[nodes.length - 1]);
        const outputs = [loss, ...graph.grad(loss, parameters), ...nodes];
        const simpler = share(fold(share(outputs)));
        expect(simpler.map((node) => node.shape)).toEqual(outputs.map((node) => node.shape));
        const [before, after] = [outputs, simpler].map((all) => evaluate(all, { parameters: values }));
        before.forEach((values, i) => {
          expect(worstError(after[i], values)).toBeLessThan(1e-11);
        });
      }),
      { numRuns: 200, seed: 3 },
    );
  });
});

test('share: equal values become one node, also random tensors of the same stream but not of different ones', () => {
  const a = p('a', [2, 3]);
  const seeds = graph.data('seeds', [2, 2], 'int32');
  const draw = (stream: number): Node => graph.randomNormal([2, 3], stream, seeds);
  const build = (): Node => graph.mul(graph.add(a, draw(1)), graph.tanh(p('a', [2, 3])));
  const [one, other, swapped, different] = share([
    build(),
    build(),
    graph.mul(graph.tanh(a), graph.add(draw(1), a)),
    graph.mul(graph.add(a, draw(2)), graph.tanh(a)),
  ]);
  expect(other).toBe(one);
  expect(swapped).toBe(one);
  expect(different).not.toBe(one);
  expect(topological([one]).length).toBe(6);
});

/** Returns the kernels of a single entry. */
function kernelsOf(runs: number, outputs: Record<string, Node>): readonly DecodedKernel[] {
  return decodePlan(compile({ runs, entries: { main: { outputs } } }).plan).entries[0].kernels;
}

const namesOf = (kernels: readonly DecodedKernel[]): string[] => kernels.map(({ name }) => name);

describe('fusion', () => {
  const [x, w, bias] = [p('x', [4, 8]), p('w', [6, 4]), p('bias', [6, 1])];

  test('a chain of element-wise operations is one map, also across a reshape', () => {
    const y = graph.reshape(graph.exp(graph.mul(x, 2)), [2, 2, 8]);
    expect(namesOf(kernelsOf(1, { y: graph.tanh(graph.add(y, p('z', [2, 2, 8]))) }))).toEqual(['map']);
  });

  test('a reduction computes values that only it reads', () => {
    expect(namesOf(kernelsOf(1, { y: graph.sum(graph.square(graph.sub(x, p('z', [4, 1]))), [0]) }))).toEqual([
      'reduce',
    ]);
  });

  test('a matmul includes bias and activation, and transposition is a flag of it', () => {
    const layer = graph.leakyRelu(graph.add(bias, graph.matmul(w, graph.permute(p('t', [8, 4]), [1, 0]))), 0.2);
    const [kernel, ...rest] = kernelsOf(1, { layer });
    expect(rest).toEqual([]);
    expect([kernel.name, kernel.operands.length, kernel.ints[4], kernel.ints[8], kernel.floats]).toEqual([
      'matmul',
      4,
      1,
      1,
      [0.2],
    ]);
  });

  test('the matmuls of a backward pass include slopes and bias gradients', () => {
    const [w1, w2] = [p('w1', [5, 6]), p('w2', [3, 5])];
    const [b1, b2] = [p('b1', [5, 1]), p('b2', [3, 1])];
    const first = graph.leakyRelu(graph.add(graph.matmul(w, x), bias), 0.2);
    const second = graph.tanh(graph.add(graph.matmul(w1, first), b1));
    const loss = graph.sum(graph.square(graph.add(graph.matmul(w2, second), b2)), [0, 1]);
    const [byW, byBias, byW1, byB1] = graph.grad(loss, [w, bias, w1, b1]);
    const kernels = kernelsOf(1, { byW, byBias, byW1, byB1 });
    // Three matmuls go forward, two go back through the layers, two are for the weights. The map is 2 · the last sum.
    expect(namesOf(kernels).sort()).toEqual(['map', ...new Array<string>(7).fill('matmul')]);
    const backward = kernels.filter(({ name, ints }) => name === 'matmul' && ints[8] > 2);
    expect(backward.map(({ ints, operands }) => [ints[8], ints[11], operands.length]).sort()).toEqual([
      [3, 1, 5],
      [4, 1, 5],
    ]);
  });

  test('convolutions include biases, activations, slopes and bias gradients', () => {
    const [image, w1, w2] = [p('image', [3, 6, 6, 8]), p('w1', [5, 3, 4, 4]), p('w2', [2, 5, 3, 3])];
    const [b1, b2] = [p('b1', [5, 1, 1, 1]), p('b2', [2, 1, 1, 1])];
    const halved = graph.conv2d(image, w1, { stride: [2, 2], padding: [1, 1] });
    const hidden = graph.leakyRelu(graph.add(halved, b1), 0.2);
    const second = graph.tanh(graph.add(graph.conv2d(hidden, w2), b2));
    const [byW1, byB1] = graph.grad(graph.sum(second, [0, 1, 2, 3]), [w1, b1]);
    const kernels = kernelsOf(1, { second, byW1, byB1 });
    // The map is the slope of tanh.
    expect(namesOf(kernels)).toEqual(['conv2d', 'conv2d', 'map', 'conv2dTranspose', 'conv2dWeights']);
    const shown = kernels
      .filter(({ name }) => name === 'conv2d' || name === 'conv2dTranspose')
      .map((kernel) => {
        const { activation, hasBias, hasSums, slope } = recordOf(convolutionNumbers, kernel);
        return [kernel.name, kernel.operands.length, activation, hasBias, hasSums, slope];
      });
    expect(shown).toEqual([
      ['conv2d', 4, 1, true, false, 0.2],
      ['conv2d', 4, 2, true, false, 0],
      ['conv2dTranspose', 5, 3, false, true, 0.2],
    ]);
  });

  test('a convolution does not include a bias per column, a value with two readers, or sums of other axes', () => {
    const [image, weights] = [p('image', [2, 5, 5, 8]), p('weights', [3, 2, 3, 3])];
    const convolved = graph.conv2d(image, weights);
    expect(namesOf(kernelsOf(1, { y: graph.add(convolved, p('columns', [3, 1, 3, 1])) }))).toEqual(['conv2d', 'map']);
    expect(namesOf(kernelsOf(1, { y: graph.tanh(convolved), z: graph.exp(convolved) }))).toEqual(['conv2d', 'map']);
    expect(namesOf(kernelsOf(1, { convolved, sums: graph.sum(convolved, [0, 3]) }))).toEqual(['conv2d', 'reduce']);
    expect(namesOf(kernelsOf(1, { convolved, sums: graph.sum(convolved, [1, 2, 3]) }))).toEqual(['conv2d']);
  });

  test('a matmul does not include a value with two readers', () => {
    const sum = graph.add(graph.matmul(w, x), bias);
    expect(namesOf(kernelsOf(1, { y: graph.tanh(sum), z: graph.exp(graph.neg(sum)) }))).toEqual(['matmul', 'map']);
  });

  test('kernels never depend on each other: values after a reduction are in another map', () => {
    const centred = graph.sub(graph.exp(x), graph.sum(graph.exp(x), [1], { keep: true }));
    const kernels = kernelsOf(1, { y: graph.mul(centred, graph.exp(x)), e: graph.exp(x) });
    expect(namesOf(kernels)).toEqual(['map', 'reduce', 'map']);
  });

  test('a product and a sum are one instruction, and numbers are immediates', () => {
    const [kernel] = kernelsOf(1, { y: graph.add(graph.mul(x, p('z', [4, 8])), graph.sub(p('u', [4, 8]), 3)) });
    const { code } = decodeProgram(kernel);
    expect(code.map(({ opcode }) => INSTRUCTIONS[opcode])).toEqual(['addImm', 'fma']);
    expect(kernel.floats).toEqual([-3]);
  });

  test('every reader computes cheap values again, and expensive values are stored', () => {
    const cheap = graph.leakyRelu(x, 0.2);
    const reads = (value: Node): number =>
      kernelsOf(1, { a: graph.sum(graph.exp(value), [0]), b: graph.sum(graph.tanh(value), [1]) }).length;
    expect(reads(cheap)).toBe(2);
    expect(reads(graph.exp(x))).toBe(3);
  });

  test('pieces of a concatenation and gradients are written in place', () => {
    expect(namesOf(kernelsOf(1, { y: graph.concat([graph.matmul(w, x), graph.exp(x)], 0) }))).toHaveLength(2);
    const loss = graph.sum(graph.square(graph.matmul(w, x)), [0, 1]);
    const [gradient] = graph.grad(loss, [w]);
    const update = {
      optimizer: 'adam',
      beta1: 0.9,
      beta2: 0.99,
      epsilon: 1e-8,
      parameters: [{ node: p('w', [6, 4]), gradient, rate: 'r' }],
    } as const;
    const { kernels } = decodePlan(compile({ runs: 6, entries: { main: { outputs: { loss }, update } } }).plan)
      .entries[0];
    const writers = kernels.filter(({ operands }) => operands[0].slab === SLAB.gradients);
    expect(namesOf(writers)).toEqual(['matmul']);
  });

  test('programs use at most 16 operands and 24 registers', () => {
    const inputs = Array.from({ length: 40 }, (_, i) => graph.exp(p(`p${i}`, [5])));
    const total = inputs.reduce((sum, node) => graph.add(graph.mul(sum, 0.5), node));
    const product = inputs.reduce((sum, node) => graph.add(graph.mul(sum, node), total));
    const kernels = kernelsOf(1, { product, norm: graph.sum(graph.square(product), [0]) });
    for (const kernel of kernels) {
      expect(kernel.operands.length).toBeLessThanOrEqual(16);
      expect(decodeProgram(kernel).registers).toBeLessThanOrEqual(24);
    }
    expect(kernels.length).toBeGreaterThan(3);
  });

  test('the same graphs give the same bytes', () => {
    const build = (): Uint8Array => {
      const loss = graph.sum(graph.tanh(graph.matmul(p('w', [6, 4]), p('x', [4, 8]))), [0, 1]);
      return compile({
        runs: 1,
        entries: { main: { outputs: { loss, slope: graph.grad(loss, [p('w', [6, 4])])[0] } } },
      }).plan;
    };
    expect(build()).toEqual(build());
  });
});

describe('accesses', () => {
  const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });

  test('a reshaped access visits the same elements in the same order, or is refused', () => {
    fc.assert(
      fc.property(
        shapes,
        shapes,
        fc.array(fc.constantFrom(0, 1, 2), { minLength: 4, maxLength: 4 }),
        (shape, target, skips) => {
          fc.pre(sizeOf(shape) === sizeOf(target));
          const strides = contiguous(shape).strides.map((stride, axis) => stride * skips[axis]);
          const reshaped = reshapeAccess(shape, { offset: 0, strides }, target);
          if (reshaped === undefined) expect(isContiguous(shape, { offset: 0, strides })).toBe(false);
          else expect(positions(target, reshaped.strides)).toEqual(positions(shape, strides));
        },
      ),
      { numRuns: 400, seed: 5 },
    );
  });

  test('a common refinement splits both spaces', () => {
    expect(refine([6, 4], [3, 8])).toEqual([3, 2, 4]);
    expect(refine([6, 4], [8, 3])).toBeUndefined();
    expect(refine([6, 4], [2, 3, 4])).toEqual([2, 3, 4]);
    expect(refine([6, 4], [12, 2])).toEqual([6, 2, 2]);
    expect(refine([2, 3], [3, 2])).toBeUndefined();
    expect(splitStrides([6, 1, 4], [4, 0, 1], [2, 3, 4])).toEqual([12, 4, 1]);
  });
});

test('dependencies: additions and merges that would close a cycle are refused', () => {
  const needs = dependencies(8);
  const a = needs.create([]);
  const b = needs.create([a]);
  const c = needs.create([b]);
  const d = needs.create([]);
  expect(needs.canAdd(a, [c])).toBe(false);
  expect(needs.canAdd(d, [c])).toBe(true);
  expect(needs.canMerge(a, c)).toBe(false);
  expect(needs.canMerge(a, b)).toBe(true);
  needs.add(a, [d]);
  expect(needs.canAdd(d, [c])).toBe(false);
  needs.merge(a, b);
  expect(needs.canMerge(d, c)).toBe(false);
  expect(needs.canMerge(a, c)).toBe(true);
});

describe('memory plan', () => {
  interface Sketch {
    readonly size: number;
    readonly start: number;
    readonly length: number;
    readonly sharing: boolean;
  }
  const LENGTH = 12;

  /** Returns kernels that write each buffer at its start and read it until its end. */
  function sketchKernels(sketches: readonly Sketch[]): { kernels: Kernel[]; buffers: Buffer[]; ends: number[] } {
    const buffers = sketches.map(({ size }): Buffer => ({ slab: SLAB.block, size }));
    const ends = sketches.map(({ start, length }) => Math.min(LENGTH - 1, start + length));
    const operand = (i: number, written: boolean): Operand => ({
      ...{
        buffer: buffers[i],
        offset: 0,
        extent: buffers[i].size,
        runStride: 0,
        tileStride: 0,
        written,
        type: 'float32',
      },
    });
    const kernels = Array.from({ length: LENGTH }, (_, position): Kernel => {
      const writes = sketches.flatMap(({ start }, i) => (start === position ? [operand(i, true)] : []));
      const reads = sketches.flatMap(({ start }, i) =>
        start < position && ends[i] >= position ? [operand(i, false)] : [],
      );
      const shareable = writes.flatMap((target) =>
        reads
          .filter((source) => sketches[buffers.indexOf(source.buffer)].sharing)
          .map((source) => [target, source] as const),
      );
      return {
        ...{ name: 'map', label: '', ints: [], floats: [], reads: [], writes: [] },
        operands: [...writes, ...reads],
        shareable,
      };
    });
    return { kernels, buffers, ends };
  }

  test('buffers that live at the same time never overlap; memory is shared only where a life ends', () => {
    const sketch = fc.record({
      size: fc.integer({ min: 1, max: 70 }),
      start: fc.nat(LENGTH - 1),
      length: fc.nat(5),
      sharing: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(sketch, { minLength: 1, maxLength: 20 }), (sketches) => {
        const { kernels, buffers, ends } = sketchKernels(sketches);
        const plan = planMemory(kernels);
        const lives = buffers.map((buffer, i) => ({
          start: sketches[i].start,
          end: ends[i],
          from: plan.offsets.get(buffer)!,
          to: plan.offsets.get(buffer)! + buffer.size,
        }));
        lives.forEach((one, i) => {
          expect(one.from % 16).toBe(0);
          expect(one.to).toBeLessThanOrEqual(plan.size);
          lives.slice(0, i).forEach((other, j) => {
            const alive = one.start <= other.end && other.start <= one.end;
            const isDisjoint = one.to <= other.from || other.to <= one.from;
            if (!alive || isDisjoint) return;
            const [first, second] = one.start < other.start ? [one, other] : [other, one];
            expect([first.end, first.from, first.to]).toEqual([second.start, second.from, second.to]);
            expect(sketches[first === one ? i : j].sharing).toBe(true);
          });
        });
        expect(plan.lowerBound).toBeLessThanOrEqual(plan.size);
      }),
      { numRuns: 300, seed: 9 },
    );
  });

  test('a chain of maps needs the memory of one tensor, and of two without sharing', () => {
    const chain = (sharing: boolean): Sketch[] =>
      Array.from({ length: 6 }, (_, start) => ({ size: 40, start, length: 1, sharing }));
    expect(planMemory(sketchKernels(chain(true)).kernels).size).toBe(aligned(40));
    expect(planMemory(sketchKernels(chain(false)).kernels).size).toBe(2 * aligned(40));
  });

  test('the program reports the planned memory and its lower bound', () => {
    const x = p('x', [RUNS, 16]);
    const layers = Array.from({ length: 5 }).reduce<Node>(
      (y) => graph.tanh(graph.sum(graph.mul(graph.reshape(y, [RUNS, 16, 1]), graph.reshape(x, [RUNS, 1, 16])), [1])),
      x,
    );
    const { memory } = compile({ runs: RUNS, entries: { main: { outputs: { layers } } } });
    expect(memory.lowerBound).toBeLessThanOrEqual(memory.planned);
    // Two tensors of one run are planned; the result of all runs is added.
    expect(memory.planned).toBeLessThanOrEqual(2 * 16 * 4);
    expect(memory.activations).toBe(memory.planned + RUNS * 16 * 4);
  });
});
