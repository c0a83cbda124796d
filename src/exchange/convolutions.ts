// Convolutions, pooling and moves. Ours have the subjects last and leading axes before the channels; ONNX wants them
// first: leading axes become groups of channels, and maps are turned round, which a runtime folds away between layers.

import type { Node } from '../graph/index.js';
import { geometryOf, pairOf } from '../graph/convolution-geometry.js';
import { numberAttribute, textAttribute } from '../graph/node.js';
import { cannotExport, type Translation, type Translator } from './translation.js';

/** Axes of a picture: channels, rows, columns, subjects. */
const PICTURE = 4;
const product = (extents: readonly number[]): number => extents.reduce((a, b) => a * b, 1);

/** `[…, C, H, W, B]` as `[B, parts · C, H, W]`. */
function subjectsFirst(node: Node, leading: readonly number[], to: Translator): string {
  const { graph } = to;
  const [channels, rows, columns] = node.shape.slice(-PICTURE);
  const whole = expanded(node, leading, to);
  const flat = graph.reshape(whole, [product(leading) * channels, rows, columns, -1]);
  return graph.add('Transpose', [flat], { perm: [3, 0, 1, 2] });
}

/** `[B, parts · C, H, W]` as the node's own shape. */
function subjectsLast(value: string, node: Node, to: Translator): string {
  const turned = to.graph.add('Transpose', [value], { perm: [1, 2, 3, 0] });
  return to.graph.reshape(turned, to.shape(node));
}

/** Repeats a tensor along leading axes on which it is 1. */
function expanded(node: Node, leading: readonly number[], to: Translator): string {
  const own = node.shape.slice(0, -PICTURE);
  if (own.every((extent, axis) => extent === leading[axis])) return to.value(node);
  const last = to
    .shape(node)
    .slice(-PICTURE)
    .map((extent) => (extent === -1 ? 1 : extent));
  return to.graph.add('Expand', [to.value(node), to.graph.integers([...leading, ...last])]);
}

/** Weights `[…, O, C, K, L]` as `[parts · O, C, K, L]`. */
function weights(node: Node, leading: readonly number[], to: Translator): string {
  const [outputs, ...rest] = node.shape.slice(-PICTURE);
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
  const given = [subjectsFirst(x, leading, to), weights(w, leading, to)];
  return subjectsLast(to.graph.add('Conv', given, attributes), node, to);
};

const conv2dTranspose: Translation = (node, to) => {
  const [y, w] = node.inputs;
  const geometry = geometryOf('conv2dTranspose', { x: node.shape, w: w.shape, y: y.shape }, node.attributes);
  const { leading, input, output, taps, stride, padding, dilation } = geometry;
  const least = (axis: 0 | 1): number =>
    (output[axis] - 1) * stride[axis] - 2 * padding[axis] + dilation[axis] * (taps[axis] - 1) + 1;
  const attributes = {
    ...spacing(node, product(leading)),
    kernel_shape: taps,
    output_padding: [input[0] - least(0), input[1] - least(1)],
  };
  const given = [subjectsFirst(y, leading, to), weights(w, leading, to)];
  return subjectsLast(to.graph.add('ConvTranspose', given, attributes), node, to);
};

const maxPool2d: Translation = (node, to) => {
  const [x] = node.inputs;
  const padding = pairOf(node.attributes, 'padding');
  const attributes = {
    kernel_shape: pairOf(node.attributes, 'size'),
    strides: pairOf(node.attributes, 'stride'),
    pads: [...padding, ...padding],
  };
  const pooled = to.graph.add('MaxPool', [subjectsFirst(x, x.shape.slice(0, -PICTURE), to)], attributes);
  return subjectsLast(pooled, node, to);
};

/** Of moves that are the same for all subjects: what goes out at an edge comes in at the other one. */
const moveImages: Translation = (node, to) => {
  const [x, moves] = node.inputs;
  const isShared = moves.operation.name === 'constant' && moves.shape.slice(0, -2).every((extent) => extent === 1);
  if (!isShared || textAttribute(node, 'edge') !== 'wrap') throw cannotExport('pictures are moved one by one');
  const all = to.constant(moves);
  const [mirror, ...distances] = [0, 1, 2].map((row) => all[(row * all.length) / 3]);
  if (mirror > 0) throw cannotExport('pictures are mirrored');
  return distances.reduce((value, distance, d) => {
    const axis = node.shape.length - 3 + d;
    const extent = node.shape[axis];
    const first = ((-Math.trunc(distance) % extent) + extent) % extent;
    if (first === 0) return value;
    const parts = [to.graph.slice(value, axis, first, extent), to.graph.slice(value, axis, 0, first)];
    return to.graph.concat(parts, axis);
  }, to.value(x));
};

export const convolutionTranslations: Readonly<Record<string, Translation>> = {
  conv2d,
  conv2dTranspose,
  maxPool2d,
  moveImages,
};
