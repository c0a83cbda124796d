// Converts kernel records of convolutions, pooling and LSTMs to nodes of the graph, by the descriptions of their
// numbers.

import * as graph from '../../src/graph/index.js';
import type { Node } from '../../src/graph/index.js';
import { apply } from '../../src/graph/node.js';
import { moveImagesKernel } from '../../src/graph/augmentation.js';
import { convolutionNumbers } from '../../src/graph/convolution-geometry.js';
import type { Attributes } from '../../src/graph/operation.js';
import { maxPool2dKernel } from '../../src/graph/pooling.js';
import { recordOf, type KernelCall } from '../../src/graph/kernel-record.js';
import { positions, sizeOf } from '../../src/graph/shapes.js';
import { lstmLayerKernel } from '../../src/graph/recurrence-layer.js';
import { recurrenceNumbers } from '../../src/graph/recurrence.js';

type Shape = readonly number[];

/** Returns the leading axes of an operand, which have one position where its stride is 0. */
const axesOf = (dims: Shape, strides: Shape): Shape => dims.map((dim, i) => (strides[i] === 0 ? 1 : dim));

/** Shapes of the operands that are read, and attributes. */
interface Described {
  readonly shapes: readonly Shape[];
  readonly attributes: Attributes;
}

function convolution(call: KernelCall): Described {
  const { name } = call;
  const { dims, firstStrides, secondStrides, groups, ...sizes } = recordOf(convolutionNumbers, call);
  const { inputs, outputs, input, output, taps, stride, padding, dilation, batch } = sizes;
  const x = [groups * inputs, ...input, batch];
  const y = [groups * outputs, ...output, batch];
  const w = [groups * outputs, inputs, ...taps];
  const spacing = { stride, padding, dilation, groups };
  const shapesOf = (a: Shape, b: Shape): Shape[] => [
    [...axesOf(dims, firstStrides), ...a],
    [...axesOf(dims, secondStrides), ...b],
  ];
  if (name === 'conv2d') return { shapes: shapesOf(x, w), attributes: spacing };
  if (name === 'conv2dTranspose') return { shapes: shapesOf(y, w), attributes: { ...spacing, size: input } };
  return { shapes: shapesOf(x, y), attributes: { ...spacing, size: taps } };
}

function pooling(call: KernelCall): Described {
  const { channels, input, output, size, stride, padding, batch } = recordOf(maxPool2dKernel, call);
  const upstream = call.name === 'maxPool2dGrad' ? [[channels, ...output, batch]] : [];
  return { shapes: [[channels, ...input, batch], ...upstream], attributes: { size, stride, padding } };
}

function lstm(call: KernelCall): Described {
  const { sequences, units, times, batch, reverse, hasSteps } = recordOf(recurrenceNumbers, call);
  const rows = (count: number): Shape => [sequences, count * units, times, batch];
  const weights = [sequences, 4 * units, units];
  const steps = hasSteps ? [[sequences, 1, times, batch]] : [];
  const shapes = call.name === 'lstm' ? [rows(4), weights, ...steps] : [rows(6), weights, rows(1), ...steps];
  return { shapes, attributes: { reverse } };
}

function moves(call: KernelCall): Described {
  const { dims, firstStrides, secondStrides, ...image } = recordOf(moveImagesKernel, call);
  const { channels, rows, columns, batch, wraps } = image;
  const shapes = [
    [...axesOf(dims, firstStrides), channels, rows, columns, batch],
    [...axesOf(dims, secondStrides), 3, batch],
  ];
  return { shapes, attributes: { edge: wraps ? 'wrap' : 'zero' } };
}

function gru(call: KernelCall): Described {
  const { sequences, units, times, batch, reverse, hasSteps } = recordOf(recurrenceNumbers, call);
  const rows = (count: number): Shape => [sequences, count, times, batch];
  const weights = [sequences, 3 * units, units + 1];
  const steps = hasSteps ? [rows(1)] : [];
  const shapes =
    call.name === 'gru' ? [rows(3 * units), weights, ...steps] : [rows(5 * units), weights, rows(units), ...steps];
  return { shapes, attributes: { reverse } };
}

function lstmLayer(call: KernelCall): Described {
  const { sequences, inputs, units, times, batch, reverse, hasSteps } = recordOf(lstmLayerKernel, call);
  const rows = (count: number): Shape => [sequences, count, times, batch];
  const steps = hasSteps ? [rows(1)] : [];
  const layer = [rows(inputs), [sequences, 4 * units, units + inputs + 1]];
  const shapes = call.name === 'lstmLayer' ? [...layer, ...steps] : [rows(6 * units), ...layer, rows(units), ...steps];
  return { shapes, attributes: { reverse } };
}

const DESCRIBE: Readonly<Record<string, (call: KernelCall) => Described>> = {
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

export function isNetworkKernel({ name }: Pick<KernelCall, 'name'>): boolean {
  return name in DESCRIBE;
}

interface Memory {
  readonly read: (operand: number, at: number) => number;
  readonly write: (operand: number, at: number, value: number) => void;
}

/** Applies what follows the sums of a convolution to `values`, and writes the sums of channels. */
export function finishConvolution(call: KernelCall, values: Float64Array, { read, write }: Memory): void {
  if (call.name !== 'conv2d' && call.name !== 'conv2dTranspose') return;
  const record = recordOf(convolutionNumbers, call);
  const { dims, groups, inputs, outputs, input, output, batch, activation, hasBias, hasSums, slope } = record;
  const channels = groups * (call.name === 'conv2d' ? outputs : inputs);
  const row = sizeOf(call.name === 'conv2d' ? output : input) * batch;
  const hasSaved = activation > 2;
  const [bias, saved, sums] = [3, 3 + Number(hasBias), 3 + Number(hasBias) + Number(hasSaved)];
  const starts = [record.biasStrides, record.savedStrides, record.sumsStrides].map((strides) =>
    positions(dims, strides),
  );
  for (let place = 0; place < sizeOf(dims); place++) {
    const [ofBias, ofSaved, ofSums] = starts.map((ofOperand) => ofOperand[place]);
    for (let channel = 0; channel < channels; channel++) {
      let sum = 0;
      for (let i = 0; i < row; i++) {
        const at = (place * channels + channel) * row + i;
        const total = values[at] + (hasBias ? read(bias, ofBias + channel) : 0);
        const y = hasSaved ? read(saved, ofSaved + channel * row + i) : NaN;
        values[at] = [
          total,
          total > 0 ? total : slope * total,
          Math.tanh(total),
          total * (y > 0 ? 1 : slope),
          total * (1 - y * y),
        ][activation];
        sum += values[at];
      }
      if (hasSums) write(sums, ofSums + channel, sum);
    }
  }
}

/**
 * Returns the node that a kernel computes.
 * @param read returns the first `count` values of an operand; operand 0 is the written one
 */
export function networkNode(call: KernelCall, read: (operand: number, count: number) => number[]): Node {
  const { shapes, attributes } = DESCRIBE[call.name](call);
  const inputs = shapes.map((shape, i) => {
    const count = shape.reduce((product, extent) => product * extent, 1);
    return graph.constant(read(i + 1, count), shape);
  });
  return apply(graph.operations.get(call.name)!, inputs, attributes);
}
