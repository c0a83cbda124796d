// An LSTM layer that includes the products by its inputs and the slopes by its weights, for backends that compute a
// step while it is in cache. Other backends expand it to its parts.

import { add } from './binary.js';
import { broadcastTo, concat, reshape, slice } from './layout.js';
import { constant } from './leaves.js';
import { GATES, SAVED, lstmRows } from './lstm.js';
import { matmul } from './matmul.js';
import { apply, flagAttribute, noFurtherDerivative } from './node.js';
import { opaque, type Dense, type Node, type Operation } from './operation.js';
import { between, extent, flag, kernel, reads, size, writes, type Written } from './kernel-record.js';
import { MAX_UNITS, stepsBefore, type RecurrenceOptions } from './recurrence.js';
import { sum } from './reduction.js';
import { evaluate } from './reference.js';
import { before } from './runs.js';
import { formatShape, sameShape, shapeError, sizeOf } from './shapes.js';

/** Runs are the axis in front of rows, times and the batch. */
const keepsRunsApart = before(3);

/**
 * Returns the extents of x `[…, F, T, B]`, weights `[…, 4 H, H + F + 1]` and steps `[…, 1, T, B]`.
 * @throws InputError `shape-mismatch`
 */
function sizesOf(op: string, [x, weights, ...rest]: readonly { readonly shape: readonly number[] }[]) {
  const leading = x.shape.slice(0, -3);
  const [inputs, times, batch] = x.shape.slice(-3);
  const [rows, depth] = weights.shape.slice(-2);
  const units = depth - inputs - 1;
  const fits =
    x.shape.length >= 3 &&
    sameShape(weights.shape, [...leading, GATES * units, depth]) &&
    rows === GATES * units &&
    units >= 1 &&
    units <= MAX_UNITS &&
    rest.every((steps) => sameShape(steps.shape, [...leading, 1, times, batch]));
  if (!fits) {
    const shown = [x, weights, ...rest].map((one) => formatShape(one.shape)).join(', ');
    const needs = `x [..., F, T, B], weights [..., 4 H, H + F + 1], steps [..., 1, T, B], H up to ${MAX_UNITS}`;
    throw shapeError(op, `needs ${needs}, got ${shown}`);
  }
  return { leading, inputs, units, times, batch, depth };
}

const numbers = {
  family: 'lstmLayer',
  extended: true,
  backends: ['cpu'],
  floats: {},
  ints: {
    sequences: size,
    inputs: extent,
    units: between(1, MAX_UNITS),
    times: size,
    batch: size,
    reverse: flag,
    hasSteps: flag,
  },
} as const;
const WEIGHTS = ['sequences', `${GATES}`, 'units', 'units + inputs + 1'];
const ofX = ['sequences', 'inputs', 'times', 'batch'];
const savedRows = ['sequences', `${SAVED} * units`, 'times', 'batch'];
const ofSteps = { ...reads('sequences', 'times', 'batch'), where: 'hasSteps' };

/** The saved rows begin with h. Only the gradient of the same backend reads the others. */
export const lstmLayerKernel = kernel({
  ...numbers,
  name: 'lstmLayer',
  result: 'RecurrenceResult::kStates',
  operands: { out: writes(...savedRows), x: reads(...ofX), weights: reads(...WEIGHTS), steps: ofSteps },
  flops: `2 * sequences * ${GATES} * units * (units + inputs + 1) * times * batch`,
});

/** For every sequence the slopes by x, then those by the weights, summed over times and subjects. */
const lstmLayerGradKernel = kernel({
  ...numbers,
  name: 'lstmLayerGrad',
  result: 'RecurrenceResult::kGradient',
  operands: {
    out: { ...writes(...ofX), and: WEIGHTS },
    saved: reads(...savedRows),
    x: reads(...ofX),
    weights: reads(...WEIGHTS),
    upstream: reads('sequences', 'units', 'times', 'batch'),
    steps: ofSteps,
  },
  flops: `4 * sequences * ${GATES} * units * (units + inputs + 1) * times * batch`,
});

function record(node: Node, inputs: readonly Node[]): Written<typeof numbers> {
  const { leading, ...sizes } = sizesOf(node.operation.name, inputs);
  const reverse = flagAttribute(node, 'reverse');
  return { sequences: sizeOf(leading), ...sizes, reverse, hasSteps: inputs.length > 2 };
}

/** Evaluates the expansion of a node. */
function general(node: Node, inputs: readonly Dense[]): Float64Array {
  const constants = inputs.map(({ shape, values }) => constant([...values], shape));
  return evaluate([node.operation.expand!({ ...node, inputs: constants })])[0];
}

/** Returns the columns of the weights that multiply h and x, and the bias. */
function columnsOf(weights: Node, units: number): [Node, Node, Node] {
  const [axis, depth] = [weights.shape.length - 1, weights.shape[weights.shape.length - 1]];
  return [
    slice(weights, axis, 0, units),
    slice(weights, axis, units, depth - 1),
    slice(weights, axis, depth - 1, depth),
  ];
}

const lstmLayerGrad: Operation = {
  name: 'lstmLayerGrad',
  shape([saved, x, weights, upstream, ...steps]) {
    const { leading, inputs, units, times, batch, depth } = sizesOf('lstmLayerGrad', [x, weights, ...steps]);
    const row = [times, batch];
    if (
      sameShape(saved.shape, [...leading, SAVED * units, ...row]) &&
      sameShape(upstream.shape, [...leading, units, ...row])
    ) {
      return [...leading, inputs * times * batch + GATES * units * depth];
    }
    const shown = `${formatShape(saved.shape)} and ${formatShape(upstream.shape)}`;
    throw shapeError('lstmLayerGrad', `the saved rows and upstream must be those of h, got ${shown}`);
  },
  derivative: noFurtherDerivative,
  reference: general,
  keepsRunsApart,
  lowering: opaque(lstmLayerGradKernel, (node) =>
    record(node, [node.inputs[1], node.inputs[2], ...node.inputs.slice(4)]),
  ),
  expand(node) {
    const [saved, x, weights, upstream, ...steps] = node.inputs;
    const { leading, units, times, batch } = sizesOf('lstmLayerGrad', [x, weights, ...steps]);
    const [byH, byX] = columnsOf(weights, units);
    const rows = leading.length;
    const slopes = apply(lstmRows.lstmGrad, [saved, byH, upstream, ...steps], node.attributes);
    const flat = (y: Node): Node => reshape(y, [...leading, y.shape[rows], times * batch]);
    const h = stepsBefore(slice(saved, rows, 0, units), flagAttribute(node, 'reverse'));
    const ofWeights = concat(
      [
        matmul(flat(slopes), flat(h), { transB: true }),
        matmul(flat(slopes), flat(x), { transB: true }),
        sum(flat(slopes), [rows + 1], { keep: true }),
      ],
      rows + 1,
    );
    const ofX = matmul(byX, flat(slopes), { transA: true });
    const parts = [ofX, ofWeights].map((part) => reshape(part, [...leading, sizeOf(part.shape.slice(rows))]));
    return concat(parts, rows);
  },
};

export const recurrenceLayerRows = {
  lstmLayer: {
    name: 'lstmLayer',
    shape(inputs) {
      const { leading, units, times, batch } = sizesOf('lstmLayer', inputs);
      return [...leading, SAVED * units, times, batch];
    },
    derivative(node, upstream) {
      const [x, weights, ...steps] = node.inputs;
      const { leading, units } = sizesOf('lstmLayer', node.inputs);
      const rows = leading.length;
      const ofH = slice(upstream, rows, 0, units);
      const flat = apply(lstmLayerGrad, [node, x, weights, ofH, ...steps], node.attributes);
      const ofX = sizeOf(x.shape.slice(-3));
      return [
        reshape(slice(flat, rows, 0, ofX), x.shape),
        reshape(slice(flat, rows, ofX, flat.shape[rows]), weights.shape),
        undefined,
      ];
    },
    reference: general,
    keepsRunsApart,
    lowering: opaque(lstmLayerKernel, (node) => record(node, node.inputs)),
    expand(node) {
      const [x, weights, ...steps] = node.inputs;
      const { leading, inputs, units, times, batch } = sizesOf('lstmLayer', node.inputs);
      const [byH, byX, bias] = columnsOf(weights, units);
      const sums = add(matmul(byX, reshape(x, [...leading, inputs, times * batch])), bias);
      const gates = reshape(sums, [...leading, GATES * units, times, batch]);
      return apply(lstmRows.lstm, [gates, byH, ...steps], node.attributes);
    },
  },
  lstmLayerGrad,
} satisfies Record<string, Operation>;

/** Weights as in PyTorch, gates in the order i, f, g, o. The bias is the sum of PyTorch's two biases. */
export interface LstmWeights {
  /** Weights of h of the previous step, `[…, 4 H, H]`. */
  readonly states: Node;
  /** Weights of x, `[…, 4 H, F]`. */
  readonly inputs: Node;
  /** Sum of both biases, `[…, 4 H, 1]`. */
  readonly bias: Node;
}

/**
 * Returns the states h of every step, `[…, H, T, B]`, of a layer with inputs x `[…, F, T, B]`. Differentiable once.
 * @throws InputError `shape-mismatch`
 */
export function lstmLayer(
  x: Node,
  { states, inputs, bias }: LstmWeights,
  { reverse = false, steps }: RecurrenceOptions = {},
): Node {
  const weights = concat([states, inputs, bias], states.shape.length - 1);
  const leading = weights.shape.slice(0, -2);
  const all = [x, ...(steps ? [steps] : [])].map((input) => broadcastTo(input, [...leading, ...input.shape.slice(-3)]));
  const saved = apply(recurrenceLayerRows.lstmLayer, [all[0], weights, ...all.slice(1)], { reverse });
  return slice(saved, leading.length, 0, states.shape[states.shape.length - 1]);
}
