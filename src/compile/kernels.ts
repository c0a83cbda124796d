// All kernels: those of operations, described in their rows, and those that the compiler itself calls.

import { operations } from '../graph/index.js';
import { mixtureWithGradKernel } from '../graph/mixture.js';
import {
  between,
  flag,
  isOn,
  kernel,
  list,
  precise,
  real,
  reads,
  runsOfPlan,
  size,
  stride,
  writes,
  type Backend,
  type KernelRow,
} from '../graph/kernel-record.js';

/** Strides along the batch dimensions of a product; those of absent operands are ignored. */
const alongBatch = list('rank', stride);

/**
 * C = act(op(A) · op(B) + bias), or with the slope of an activation C = act'(saved) ⊙ (op(A) · op(B)); `sums` are the
 * sums of C's rows. The activations are none, LeakyReLU, tanh, and the slopes of the last two.
 */
export const matmulKernel = kernel({
  name: 'matmul',
  extended: true,
  ints: {
    m: size,
    n: size,
    k: size,
    transA: flag,
    transB: flag,
    ldc: stride,
    lda: stride,
    ldb: stride,
    activation: between(0, 4),
    hasBias: flag,
    ldSaved: stride,
    hasSums: flag,
    rank: between(0, 8),
    dims: list('rank', size),
    cStrides: alongBatch,
    aStrides: alongBatch,
    bStrides: alongBatch,
    biasStrides: alongBatch,
    savedStrides: alongBatch,
    sumsStrides: alongBatch,
  },
  floats: { slope: real },
  operands: {
    c: { access: 'writes' },
    a: { access: 'reads' },
    b: { access: 'reads' },
    bias: { access: 'reads', where: 'hasBias' },
    saved: { access: 'reads', where: 'activation > 2' },
    sums: { access: 'writes', where: 'hasSums' },
  },
  flops: '2 * m * n * k * product(dims)',
});

/** An element-wise program over an iteration space; strides are those of the outputs, then of the inputs. */
const program = {
  rank: between(0, 16),
  dims: list('rank', size),
  outputs: between(1, 63),
  inputs: between(0, 63),
  strides: list('(outputs + inputs) * rank', stride),
  registers: between(0, 1024),
  instructions: between(0, 2 ** 16),
  /** Opcode, target, three sources, index of the immediate; −1 is none. */
  code: list('6 * instructions', between(-1, 2 ** 31 - 1)),
  results: list('outputs', between(0, 1023)),
};
const anyOperands = { outputs: { access: 'writes' }, inputs: { access: 'reads' } } as const;

export const mapKernel = kernel({
  name: 'map',
  extended: true,
  ints: program,
  floats: { immediates: list('rest', real) },
  operands: anyOperands,
});

/** The same program, then the sum or the maximum of its result along the reduced dimensions. */
export const reduceKernel = kernel({
  name: 'reduce',
  extended: true,
  floats: { immediates: list('rest', real) },
  operands: anyOperands,
  ints: { ...program, takesMaximum: flag, reduced: list('rank', between(0, 1)) },
});

/** Target becomes the mean of copies that lie `stride` elements apart, summed in order. */
export const averageKernel = kernel({
  name: 'average',
  ints: { count: size, stride, elements: size },
  floats: {},
  operands: {
    target: writes('elements'),
    copies: { ...reads('count', 'elements'), strides: ['stride', '1'] },
  },
});

/** Sets alive to 0 for the runs in which a tensor is not finite. */
export const guardKernel = kernel({
  name: 'guard',
  extended: true,
  ints: { runs: runsOfPlan },
  floats: {},
  operands: { alive: { access: 'writes' }, tensors: { access: 'reads' } },
});

/** A step of Adam. Every parameter is a part: its offset, the size of a run, and the number of its rate. */
export const adamKernel = kernel({
  name: 'adam',
  extended: true,
  ints: { runs: runsOfPlan, count: between(1, 2 ** 20), parts: list('3 * count', stride) },
  floats: { beta1: precise, beta2: precise, epsilon: precise },
  operands: {
    parameters: { access: 'writes' },
    first: { access: 'writes' },
    second: { access: 'writes' },
    gradients: { access: 'reads' },
    alive: { access: 'reads' },
    rates: { access: 'reads' },
  },
});

/** Floats that a thread block of a GPU holds in shared memory. */
const MAX_SHARED_FLOATS = 24576;
/** Number of 4 × 4 tiles of weight gradients that a thread block sums in registers. */
const MAX_TILES = 1024;
/** Floats of one unit for the subjects of a step. */
const ROW = 36;
/** Each thread sums 4 × 4 weight gradients. */
const TILE = 4;

/** Inputs, units of the two hidden layers, outputs. */
export type Widths = readonly [number, number, number, number];

/** True if a network can be one kernel. Only its sizes decide. native/records/network.cc has the same rule. */
export function fitsThreadBlock([inputs, first, second, outputs]: Widths): boolean {
  const layers = [
    [first, inputs + 1],
    [second, first + 1],
    [outputs, second + 1],
  ];
  const rows = inputs + 2 * first + 2 * second + outputs + 3;
  const weights = layers.reduce((sum, [units, terms]) => sum + units * (terms | 1), 0);
  const tiles = layers.reduce((sum, [units, terms]) => sum + Math.ceil(units / TILE) * Math.ceil(terms / TILE), 0);
  return ROW * rows + weights <= MAX_SHARED_FLOATS && tiles <= MAX_TILES;
}

const layers = {
  groups: size,
  widths: list('4', between(1, MAX_SHARED_FLOATS)),
  batch: size,
  activations: list('2', between(1, 2)),
  components: between(0, MAX_SHARED_FLOATS),
};
const slopes = list('2', real);
/** Limits of the log scales, if there is a mixture. */
const limits = list('2 * min(components, 1)', real);

/** Rows in a part of x, and elements from one part to the next. If z has several parts, they are those of x. */
const parts = { partRows: between(1, MAX_SHARED_FLOATS), ldPart: stride };

/** Three layers, of which the last may be compared with a target, or describe a mixture for z. */
export const networkKernel = kernel({
  name: 'network',
  backends: ['cuda'],
  extended: true,
  result: 'NetworkResult::kOutputs',
  ints: {
    ...layers,
    order: between(0, 2),
    saves: flag,
    ldOut: stride,
    ldX: stride,
    ...parts,
    ldTarget: stride,
    ldSaved: list('2', stride),
    groupStrides: list('rest', stride),
  },
  floats: { slopes, limits },
  operands: {
    out: { access: 'writes' },
    saved: { access: 'writes', where: 'saves' },
    x: { access: 'reads' },
    layers: { access: 'reads' },
    z: { access: 'reads' },
    target: { access: 'reads' },
  },
  flops: '2 * groups * batch * (widths[0] * widths[1] + widths[1] * widths[2] + widths[2] * widths[3])',
});

/**
 * Its gradient, which computes the layers again, the last one only for a mixture or a target. The result of the network
 * may be one of its results.
 */
export const networkGradKernel = kernel({
  name: 'networkGrad',
  family: 'network',
  struct: 'NetworkGrad',
  backends: ['cuda'],
  extended: true,
  result: 'NetworkResult::kGradient',
  ints: {
    ...layers,
    order: between(0, 2),
    requested: list('9', between(0, 1)),
    adds: flag,
    ldOut: stride,
    ldByX: stride,
    ldX: stride,
    ...parts,
    ldTarget: stride,
    ldUpstream: stride,
    ldAdded: stride,
    groupStrides: list('rest', stride),
  },
  floats: { slopes, limits, scale: real },
  operands: {
    results: { access: 'writes' },
    x: { access: 'reads' },
    layers: { access: 'reads' },
    z: { access: 'reads' },
    target: { access: 'reads' },
    upstream: { access: 'reads' },
    added: { access: 'reads', where: 'adds' },
  },
  flops:
    '2 * groups * batch * ((2 + requested[6]) * widths[0] * widths[1] + 3 * widths[1] * widths[2] + ' +
    '(2 + min(components + order, 1)) * widths[2] * widths[3])',
});

const ofOperations = [...operations.values()].flatMap(({ lowering }) =>
  lowering.kind === 'opaque' ? [lowering.kernel] : [],
);
const ofCompiler = [matmulKernel, mapKernel, reduceKernel, averageKernel, guardKernel, adamKernel];

export const KERNELS: ReadonlyMap<string, KernelRow> = new Map(
  [...ofOperations, ...ofCompiler, mixtureWithGradKernel, networkKernel, networkGradKernel].map((row) => [
    row.name,
    row,
  ]),
);

/** Returns the names of the kernels that a backend has, for `compile({ kernels })`. */
export const kernelNames = (backend: Backend): ReadonlySet<string> =>
  new Set([...KERNELS.values()].filter((row) => isOn(row, backend)).map(({ name }) => name));
