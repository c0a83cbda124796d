// Converts kernel records of convolutions, pooling and LSTMs to nodes of the graph, by the meaning of their integers in
// docs/explanation/kernels.md.

import * as graph from '../../src/graph/index.js';
import type { Node } from '../../src/graph/index.js';
import { apply } from '../../src/graph/node.js';
import type { Attributes } from '../../src/graph/operation.js';

type Shape = readonly number[];

interface Call {
  readonly name: string;
  readonly ints: readonly number[];
}

/** Shapes of the operands that are read, and attributes. */
interface Described {
  readonly shapes: readonly Shape[];
  readonly attributes: Attributes;
}

function convolution({ name, ints }: Call): Described {
  const [rank, ...rest] = ints;
  const dims = rest.splice(0, rank);
  const [, first, second] = [0, 1, 2].map(() => rest.splice(0, rank).map((stride, i) => (stride === 0 ? 1 : dims[i])));
  const [groups, inputs, outputs, ...sizes] = rest;
  const batch = sizes.pop()!;
  const [input, output, taps, stride, padding, dilation] = [0, 2, 4, 6, 8, 10].map((at) => sizes.slice(at, at + 2));
  const x = [groups * inputs, ...input, batch];
  const y = [groups * outputs, ...output, batch];
  const w = [groups * outputs, inputs, ...taps];
  const spacing = { stride, padding, dilation, groups };
  const shapesOf = (a: Shape, b: Shape): Shape[] => [
    [...first, ...a],
    [...second, ...b],
  ];
  if (name === 'conv2d') return { shapes: shapesOf(x, w), attributes: spacing };
  if (name === 'conv2dTranspose') return { shapes: shapesOf(y, w), attributes: { ...spacing, size: input } };
  return { shapes: shapesOf(x, y), attributes: { ...spacing, size: taps } };
}

function pooling({ name, ints }: Call): Described {
  const [channels, height, width, pooledHeight, pooledWidth, ...rest] = ints;
  const batch = rest.pop()!;
  const [size, stride, padding] = [0, 2, 4].map((at) => rest.slice(at, at + 2));
  const upstream = name === 'maxPool2dGrad' ? [[channels, pooledHeight, pooledWidth, batch]] : [];
  return { shapes: [[channels, height, width, batch], ...upstream], attributes: { size, stride, padding } };
}

function lstm({ name, ints: [sequences, units, times, batch, reverse, hasSteps] }: Call): Described {
  const rows = (count: number): Shape => [sequences, count * units, times, batch];
  const weights = [sequences, 4 * units, units];
  const steps = hasSteps === 1 ? [[sequences, 1, times, batch]] : [];
  const shapes = name === 'lstm' ? [rows(4), weights, ...steps] : [rows(6), weights, rows(1), ...steps];
  return { shapes, attributes: { reverse: reverse === 1 } };
}

function moves({ ints }: Call): Described {
  const [rank, ...rest] = ints;
  const dims = rest.splice(0, rank);
  const [, first, second] = [0, 1, 2].map(() => rest.splice(0, rank).map((stride, i) => (stride === 0 ? 1 : dims[i])));
  const [channels, height, width, batch, wraps] = rest;
  const shapes = [
    [...first, channels, height, width, batch],
    [...second, 3, batch],
  ];
  return { shapes, attributes: { edge: wraps === 1 ? 'wrap' : 'zero' } };
}

function gru({ name, ints: [sequences, units, times, batch, reverse, hasSteps] }: Call): Described {
  const rows = (count: number): Shape => [sequences, count, times, batch];
  const weights = [sequences, 3 * units, units + 1];
  const steps = hasSteps === 1 ? [rows(1)] : [];
  const shapes =
    name === 'gru' ? [rows(3 * units), weights, ...steps] : [rows(5 * units), weights, rows(units), ...steps];
  return { shapes, attributes: { reverse: reverse === 1 } };
}

function lstmLayer({ name, ints }: Call): Described {
  const [sequences, inputs, units, times, batch, reverse, hasSteps] = ints;
  const rows = (count: number): Shape => [sequences, count, times, batch];
  const steps = hasSteps === 1 ? [rows(1)] : [];
  const layer = [rows(inputs), [sequences, 4 * units, units + inputs + 1]];
  const shapes = name === 'lstmLayer' ? [...layer, ...steps] : [rows(6 * units), ...layer, rows(units), ...steps];
  return { shapes, attributes: { reverse: reverse === 1 } };
}

const DESCRIBE: Readonly<Record<string, (call: Call) => Described>> = {
  conv2d: convolution,
  conv2dTranspose: convolution,
  conv2dWeights: convolution,
  maxPool2d: pooling,
  maxPool2dGrad: pooling,
  moveImages: moves,
  lstm,
  lstmGrad: lstm,
  gru,
  gruGrad: gru,
  lstmLayer,
  lstmLayerGrad: lstmLayer,
};

export function isNetworkKernel({ name }: Pick<Call, 'name'>): boolean {
  return name in DESCRIBE;
}

/**
 * Returns the node that a kernel computes.
 * @param read returns the first `count` values of an operand; operand 0 is the written one
 */
export function networkNode(call: Call, read: (operand: number, count: number) => number[]): Node {
  const { shapes, attributes } = DESCRIBE[call.name](call);
  const inputs = shapes.map((shape, i) => {
    const count = shape.reduce((product, extent) => product * extent, 1);
    return graph.constant(read(i + 1, count), shape);
  });
  return apply(graph.operations.get(call.name)!, inputs, attributes);
}
