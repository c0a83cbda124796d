// Translates each operation of the graph into ONNX operators, one row each. Recurrences and convolutions are in
// separate files. Operations that no encoder contains (densities, determinants, noise) have no row and are refused.

import type { Node } from '../graph/index.js';
import { flagAttribute, listAttribute, numberAttribute } from '../graph/node.js';
import { convolutionTranslations } from './convolutions.js';
import { recurrenceTranslations } from './recurrences.js';
import { cannotExport, type Translation, type Translator } from './translation.js';

/** Translates to the operator `op` with the same inputs. */
const same =
  (op: string): Translation =>
  (node, { graph, value }) =>
    graph.add(op, node.inputs.map(value));

/** Translates to 1 where the comparison `op` is true, else 0. */
const asNumber =
  (op: string): Translation =>
  (node, { graph, value }) =>
    graph.cast(graph.add(op, node.inputs.map(value)), 'float32');

const only = (node: Node, { value }: Translator): string => value(node.inputs[0]);

const reshape: Translation = (node, to) => {
  const shape = to.shape(node);
  if (shape.filter((extent) => extent === -1).length > 1) {
    throw cannotExport('a shape contains the subjects in two axes');
  }
  return to.graph.reshape(only(node, to), shape);
};

const broadcastTo: Translation = (node, to) => {
  const { graph, batch } = to;
  const shape = to.shape(node);
  const source = to.shape(node.inputs[0]);
  const missing = shape.length - source.length;
  // `Expand` keeps an input's extent where the requested extent is 1.
  const extents = shape.map((extent, axis) =>
    extent !== -1 ? graph.integers([extent]) : source[axis - missing] === -1 ? graph.integers([1]) : batch,
  );
  return graph.add('Expand', [only(node, to), graph.concat(extents, 0)]);
};

const slice: Translation = (node, to) => {
  const axis = numberAttribute(node, 'axis');
  const [start, stop] = [numberAttribute(node, 'start'), numberAttribute(node, 'stop')];
  if (to.shape(node)[axis] === -1) throw cannotExport('a slice selects some of the subjects');
  // A recurrence saves more than its states, for training. The value of the translated recurrence is only its states.
  const [input] = node.inputs;
  if (STATES.includes(input.operation.name)) {
    if (axis === input.shape.length - 3 && start === 0 && stop === statesOf(input)) return to.value(input);
    throw cannotExport('a slice reads more than the states of a recurrence');
  }
  return to.graph.slice(only(node, to), axis, start, stop);
};

const STATES: readonly string[] = ['lstmLayer', 'lstm', 'gru'];

function statesOf({ operation: { name }, shape }: Node): number {
  return shape[shape.length - 3] / (name === 'gru' ? 5 : 6);
}

const matmul: Translation = (node, to) => {
  const factor = (input: Node, flag: string): string => {
    if (!flagAttribute(node, flag)) return to.value(input);
    const axes = [...input.shape.keys()];
    const perm = [...axes.slice(0, -2), axes.length - 1, axes.length - 2];
    return to.graph.add('Transpose', [to.value(input)], { perm });
  };
  const [a, b] = node.inputs;
  return to.graph.add('MatMul', [factor(a, 'transA'), factor(b, 'transB')]);
};

export const translations: Readonly<Record<string, Translation>> = {
  neg: same('Neg'),
  abs: same('Abs'),
  sign: same('Sign'),
  exp: same('Exp'),
  log: same('Log'),
  log1p: (node, to) => to.graph.add('Log', [to.graph.add('Add', [only(node, to), to.graph.scalar(1)])]),
  tanh: same('Tanh'),
  sigmoid: same('Sigmoid'),
  sqrt: same('Sqrt'),
  square: (node, to) => to.graph.add('Mul', [only(node, to), only(node, to)]),
  reciprocal: same('Reciprocal'),
  erf: same('Erf'),
  normalCdf(node, to) {
    const scaled = to.graph.add('Mul', [only(node, to), to.graph.scalar(Math.SQRT1_2)]);
    const half = to.graph.scalar(0.5);
    return to.graph.add('Add', [to.graph.add('Mul', [to.graph.add('Erf', [scaled]), half]), half]);
  },
  softplus: same('Softplus'),
  leakyRelu: (node, to) =>
    to.graph.add('LeakyRelu', [only(node, to)], { alpha: { float: numberAttribute(node, 'slope') } }),
  clamp: (node, to) =>
    to.graph.add('Clip', [
      only(node, to),
      ...['low', 'high'].map((name) => to.graph.scalar(numberAttribute(node, name))),
    ]),
  step: (node, to) => to.graph.cast(to.graph.add('Greater', [only(node, to), to.graph.scalar(0)]), 'float32'),
  floor: same('Floor'),
  stopGradient: only,

  add: same('Add'),
  sub: same('Sub'),
  mul: same('Mul'),
  div: same('Div'),
  maximum: same('Max'),
  minimum: same('Min'),
  greater: asNumber('Greater'),
  select: (node, to) => {
    const [condition, yes, no] = node.inputs.map(to.value);
    return to.graph.add('Where', [to.graph.cast(condition, 'bool'), yes, no]);
  },
  matmul,

  sum: (node, to) =>
    to.graph.add('ReduceSum', [only(node, to), to.graph.integers(listAttribute(node, 'axes'))], {
      keepdims: Number(flagAttribute(node, 'keep')),
    }),
  max: (node, to) =>
    to.graph.add('ReduceMax', [only(node, to)], {
      axes: listAttribute(node, 'axes'),
      keepdims: Number(flagAttribute(node, 'keep')),
    }),
  softmax: (node, to) => to.graph.add('Softmax', [only(node, to)], { axis: numberAttribute(node, 'axis') }),

  reshape,
  broadcastTo,
  permute: (node, to) => to.graph.add('Transpose', [only(node, to)], { perm: listAttribute(node, 'axes') }),
  slice,
  concat: (node, to) => to.graph.concat(node.inputs.map(to.value), numberAttribute(node, 'axis')),

  ...convolutionTranslations,
  ...recurrenceTranslations,
};
