// Translates convolutions, pooling and moves. Here the subjects are the last axis and leading axes precede the
// channels; ONNX puts subjects first. Leading axes become groups of channels, and maps are transposed. A runtime
// removes pairs of transpositions between layers.

import type { Node } from '../graph/index.js';
import { geometryOf, pairOf } from '../graph/convolution-geometry.js';
import { numberAttribute, textAttribute } from '../graph/node.js';
import { cannotExport, type Translation, type Translator } from './translation.js';

/** Axes of an image: channels, rows, columns, subjects. */
const IMAGE_AXES = 4;
const product = (extents: readonly number[]): number => extents.reduce((a, b) => a * b, 1);

/** Converts `[…, C, H, W, B]` to `[B, parts · C, H, W]`. */
function subjectsFirst(node: Node, leading: readonly number[], to: Translator): string {
  const { graph } = to;
  const [channels, rows, columns] = node.shape.slice(-IMAGE_AXES);
  const whole = expanded(node, leading, to);
  const flat = graph.reshape(whole, [product(leading) * channels, rows, columns, -1]);
  return graph.add('Transpose', [flat], { perm: [3, 0, 1, 2] });
}

/** Converts `[B, parts · C, H, W]` to the shape of the node. */
function subjectsLast(value: string, node: Node, to: Translator): string {
  const transposed = to.graph.add('Transpose', [value], { perm: [1, 2, 3, 0] });
  return to.graph.reshape(transposed, to.shape(node));
}

/** Repeats a tensor along leading axes of extent 1. */
function expanded(node: Node, leading: readonly number[], to: Translator): string {
  const extents = node.shape.slice(0, -IMAGE_AXES);
  if (extents.every((extent, axis) => extent === leading[axis])) return to.value(node);
  const last = to
    .shape(node)
    .slice(-IMAGE_AXES)
    .map((extent) => (extent === -1 ? 1 : extent));
  return to.graph.add('Expand', [to.value(node), to.graph.integers([...leading, ...last])]);
}

/** Converts weights `[…, O, C, K, L]` to `[parts · O, C, K, L]`. */
function weights(node: Node, leading: readonly number[], to: Translator): string {
  const [outputs, ...rest] = node.shape.slice(-IMAGE_AXES);
  return to.graph.reshape(expanded(node, leading, to), [product(leading) * outputs, ...rest]);
}

function spacing(node: Node, parts: number) {
  const padding = pairOf(node.attributes, 'padding');
  return {
    group: parts * numberAttribute(node, 'groups'),
    strides: pairOf(node.attributes, 'stride'),
    pads: [...padding, ...padding],
    dilations: pairOf(node.attributes, 'dilation'),
  };
}

const conv2d: Translation = (node, to) => {
  const [x, w] = node.inputs;
  const { leading } = geometryOf('conv2d', { x: x.shape, w: w.shape, y: node.shape }, node.attributes);
  const attributes = { ...spacing(node, product(leading)), kernel_shape: w.shape.slice(-2) };
  const inputs = [subjectsFirst(x, leading, to), weights(w, leading, to)];
  return subjectsLast(to.graph.add('Conv', inputs, attributes), node, to);
};

const conv2dTranspose: Translation = (node, to) => {
  const [y, w] = node.inputs;
  const geometry = geometryOf('conv2dTranspose', { x: node.shape, w: w.shape, y: y.shape }, node.attributes);
  const { leading, input, output, taps, stride, padding, dilation } = geometry;
  const minSize = (axis: 0 | 1): number =>
    (output[axis] - 1) * stride[axis] - 2 * padding[axis] + dilation[axis] * (taps[axis] - 1) + 1;
  const attributes = {
    ...spacing(node, product(leading)),
    kernel_shape: taps,
    output_padding: [input[0] - minSize(0), input[1] - minSize(1)],
  };
  const inputs = [subjectsFirst(y, leading, to), weights(w, leading, to)];
  return subjectsLast(to.graph.add('ConvTranspose', inputs, attributes), node, to);
};

const maxPool2d: Translation = (node, to) => {
  const [x] = node.inputs;
  const padding = pairOf(node.attributes, 'padding');
  const attributes = {
    kernel_shape: pairOf(node.attributes, 'size'),
    strides: pairOf(node.attributes, 'stride'),
    pads: [...padding, ...padding],
  };
  const pooled = to.graph.add('MaxPool', [subjectsFirst(x, x.shape.slice(0, -IMAGE_AXES), to)], attributes);
  return subjectsLast(pooled, node, to);
};

/** Translates moves that are the same for all subjects and wrap at the edges. */
const moveImages: Translation = (node, to) => {
  const [x, moves] = node.inputs;
  const isShared = moves.operation.name === 'constant' && moves.shape.slice(0, -2).every((extent) => extent === 1);
  if (!isShared || textAttribute(node, 'edge') !== 'wrap') throw cannotExport('images are moved individually');
  const all = to.constant(moves);
  const [mirror, ...distances] = [0, 1, 2].map((row) => all[(row * all.length) / 3]);
  if (mirror > 0) throw cannotExport('images are mirrored');
  return distances.reduce((value, distance, d) => {
    const axis = node.shape.length - 3 + d;
    const extent = node.shape[axis];
    const first = ((-Math.trunc(distance) % extent) + extent) % extent;
    if (first === 0) return value;
    const slices = [to.graph.slice(value, axis, first, extent), to.graph.slice(value, axis, 0, first)];
    return to.graph.concat(slices, axis);
  }, to.value(x));
};

export const convolutionTranslations: Readonly<Record<string, Translation>> = {
  conv2d,
  conv2dTranspose,
  maxPool2d,
  moveImages,
};
