// The Jacobian of a small network as one operation: the mean over the batch of |∂ε_i/∂z_j|. ε_i depends on θ_i, which a
// network of two hidden layers (tanh, LeakyReLU) computes from z. On a GPU a kernel launch costs more than this work,
// so one kernel does all of it. Other backends expand the operation to products, which fuse with their neighbours.

import { mul, sub } from './binary.js';
import { grad } from './grad.js';
import { concat, reshape, slice } from './layout.js';
import { matmul } from './matmul.js';
import { apply, noFurtherDerivative, numberAttribute } from './node.js';
import { opaque, type Dense, type Node, type Operation, type OpaqueKernel } from './operation.js';
import { between, evaluate, extent, kernel, real, reads, size, writes, type OperandRow } from './kernel-record.js';
import { mean } from './reduction.js';
import { everyInput } from './runs.js';
import { formatShape, sameShape, shapeError, sizeOf } from './shapes.js';
import { abs, leakyStep, square, stopGradient } from './unary.js';

/** Floats of one network that a kernel holds in shared memory: 47 of the 48 KiB of a GPU's thread block. */
const MAX_SHARED_FLOATS = 12032;
const INPUTS = ['sensitivity', 'first', 'second', 'weight 0', 'weight 1', 'weight 2'];
/** Index of the input without gradient: only the signs of the second layer's pre-activations count. */
const SECOND = 2;

/** Returns the extents of the inputs' axes. */
function dimensions(inputs: readonly { readonly shape: readonly number[] }[]) {
  const [runs, latents, rows, batch] = inputs[0].shape;
  const [hidden, parents] = inputs[3].shape.slice(-2);
  const [size] = inputs[5].shape.slice(-2);
  return { runs, latents, groups: runs * latents, parents, size, hidden, batch, rows };
}

function checkInputs(op: string, inputs: readonly Node[]): void {
  const { runs, latents, parents, size, hidden, batch, rows } = dimensions(inputs);
  const expected = [
    [Math.max(rows, size), batch],
    [hidden, batch],
    [hidden, batch],
    [hidden, parents],
    [hidden, hidden],
    [size, hidden],
  ].map((matrix) => [runs, latents, ...matrix]);
  expected.forEach((shape, i) => {
    if (inputs[i].shape.length === 4 && sameShape(inputs[i].shape, shape)) return;
    throw shapeError(op, `${INPUTS[i]} must be ${formatShape(shape)}, got ${formatShape(inputs[i].shape)}`);
  });
}

const slopeOf = (node: Node): number => numberAttribute(node, 'slope');

const WEIGHTS = '(hidden * parents + hidden * hidden + size * hidden)';
/** The weights, their gradients and 32 subjects must fit. */
const ROOM = `2 * ${WEIGHTS} + 33 * (4 * hidden + size + parents)`;
const width = between(1, MAX_SHARED_FLOATS);
/** The numbers of both kernels. */
export const jacobianNumbers = {
  family: 'jacobian',
  extended: true,
  backends: ['cuda'],
  floats: { slope: real },
  ints: {
    runs: size,
    latents: size,
    parents: width,
    size: width,
    hidden: width,
    batch: size,
    rows: extent,
  },
  requires: {
    'rows >= size': 'rows are below the size',
    [`${ROOM} <= ${MAX_SHARED_FLOATS}`]: 'the network is too large for it',
  },
} as const;
const perLatent = (...shape: string[]): string[] => ['runs', 'latents', ...shape];
const ofParents = perLatent('parents');
const inputs = {
  sensitivity: reads(...perLatent('rows', 'batch')),
  first: reads(...perLatent('hidden', 'batch')),
  second: reads(...perLatent('hidden', 'batch')),
  weight0: reads(...perLatent('hidden', 'parents')),
  weight1: reads(...perLatent('hidden', 'hidden')),
  weight2: reads(...perLatent('size', 'hidden')),
};

/** The mean over the batch of |W0ᵀ((W1ᵀ(W2ᵀ s ⊙ l(g))) ⊙ (1 − h²))|, with l(g) = 1 where g > 0, else `slope`. */
const meanKernel = kernel({
  ...jacobianNumbers,
  name: 'meanAbsJacobian',
  result: 'JacobianResult::kMean',
  operands: { out: writes(...ofParents), ...inputs },
  flops: `2 * runs * latents * batch * ${WEIGHTS}`,
});

/**
 * Its gradient times upstream. Per run it has, in sequence, the gradients by s (0 in unused rows), h, W0, W1 and W2,
 * each over all latents.
 */
const gradientKernel = kernel({
  ...jacobianNumbers,
  name: 'meanAbsJacobianGrad',
  result: 'JacobianResult::kGradient',
  operands: {
    out: { ...writes(...perLatent('rows + hidden', 'batch')), and: perLatent(WEIGHTS) } satisfies OperandRow,
    ...inputs,
    upstream: reads(...ofParents),
  },
  flops: `6 * runs * latents * batch * ${WEIGHTS}`,
});

const lowering = (row: typeof meanKernel): OpaqueKernel =>
  opaque(
    row,
    (node) => ({ ...dimensions(node.inputs), slope: slopeOf(node) }),
    (node) => evaluate(ROOM, dimensions(node.inputs)) <= MAX_SHARED_FLOATS,
  );

/** Builds the operation from other operations. */
function general([rows, first, second, w0, w1, w2]: readonly Node[], slope: number): Node {
  const [size] = w2.shape.slice(-2);
  const s = slice(rows, 2, rows.shape[2] - size, rows.shape[2]);
  const u = mul(matmul(w2, s, { transA: true }), leakyStep(second, slope));
  const v = mul(matmul(w1, u, { transA: true }), sub(1, square(first)));
  return mean(abs(matmul(w0, v, { transA: true })), [3]);
}

type Matrices = readonly Float64Array[];

/** Computes the row of J of one subject, with the values that enter each layer on the way back from θ to z. */
function subjectJacobian([rows, first, second, w0, w1, w2]: Matrices, slope: number, parents: number) {
  const hidden = first.length;
  const size = w2.length / hidden;
  const s = rows.subarray(rows.length - size);
  const sums = (count: number, terms: number, term: (i: number, k: number) => number): Float64Array =>
    Float64Array.from({ length: count }, (_, i) => {
      let total = 0;
      for (let k = 0; k < terms; k++) total += term(i, k);
      return total;
    });
  const sides = second.map((h) => (h > 0 ? 1 : slope));
  const u = sums(hidden, size, (h, k) => w2[k * hidden + h] * s[k]).map((x, h) => x * sides[h]);
  const a = sums(hidden, hidden, (h, k) => w1[k * hidden + h] * u[k]);
  const v = a.map((x, h) => x * (1 - first[h] ** 2));
  const j = sums(parents, hidden, (p, k) => w0[k * parents + p] * v[k]);
  return { sums, sides, s, u, a, v, j };
}

/**
 * Calls `fn` for each subject of each group with the subject's columns of the first three inputs and the group's
 * weights.
 */
function overSubjects(
  node: Node,
  inputs: readonly Dense[],
  fn: (group: number, b: number, subject: Matrices) => void,
): void {
  const { groups, parents, size, hidden, batch, rows } = dimensions(node.inputs);
  const lengths = [rows, hidden, hidden, hidden * parents, hidden * hidden, size * hidden];
  for (let group = 0; group < groups; group++) {
    for (let b = 0; b < batch; b++) {
      const subject = lengths.map((length, i) => {
        const { values } = inputs[i];
        return i > SECOND
          ? values.subarray(group * length, (group + 1) * length)
          : Float64Array.from({ length }, (_, row) => values[(group * length + row) * batch + b]);
      });
      fn(group, b, subject);
    }
  }
}

export const jacobianRows = {
  meanAbsJacobian: {
    name: 'meanAbsJacobian',
    shape(inputs) {
      checkInputs('meanAbsJacobian', inputs);
      const { runs, latents, parents } = dimensions(inputs);
      return [runs, latents, parents];
    },
    derivative(node, upstream) {
      const flat = apply(jacobianRows.meanAbsJacobianGrad, [...node.inputs, upstream], node.attributes);
      let start = 0;
      return node.inputs.map(({ shape }, i) => {
        if (i === SECOND) return undefined;
        return reshape(slice(flat, 1, start, (start += sizeOf(shape) / shape[0])), shape);
      });
    },
    reference(node, inputs) {
      const { parents, batch } = dimensions(node.inputs);
      const result = new Float64Array(sizeOf(node.shape));
      overSubjects(node, inputs, (group, _, subject) => {
        const { j } = subjectJacobian(subject, slopeOf(node), parents);
        j.forEach((x, p) => (result[group * parents + p] += Math.abs(x) / batch));
      });
      return result;
    },
    keepsRunsApart: everyInput,
    lowering: lowering(meanKernel),
    expand: (node) => general(node.inputs, slopeOf(node)),
  },
  meanAbsJacobianGrad: {
    name: 'meanAbsJacobianGrad',
    shape(inputs) {
      checkInputs('meanAbsJacobianGrad', inputs);
      const { runs, latents, parents } = dimensions(inputs);
      const [upstream, expected] = [inputs[INPUTS.length].shape, [runs, latents, parents]];
      if (!sameShape(upstream, expected)) {
        throw shapeError(
          'meanAbsJacobianGrad',
          `upstream must be ${formatShape(expected)}, got ${formatShape(upstream)}`,
        );
      }
      const differentiated = inputs.slice(0, INPUTS.length).filter((_, i) => i !== SECOND);
      return [runs, differentiated.reduce((total, { shape }) => total + sizeOf(shape) / runs, 0)];
    },
    derivative: noFurtherDerivative,
    reference: gradientReference,
    keepsRunsApart: everyInput,
    lowering: lowering(gradientKernel),
    expand(node) {
      // Without this, the gradient of one input would pass through another.
      const inputs = node.inputs.slice(0, INPUTS.length).map(stopGradient);
      const differentiated = inputs.filter((_, i) => i !== SECOND);
      const gradients = grad(general(inputs, slopeOf(node)), differentiated, node.inputs[INPUTS.length]);
      const [runs] = node.shape;
      return concat(
        gradients.map((gradient) => reshape(gradient, [runs, sizeOf(gradient.shape) / runs])),
        1,
      );
    },
  },
} satisfies Record<string, Operation>;

/**
 * Propagates back through each subject. Gradients of `sensitivity` and `first` are one column per subject; gradients of
 * the weights are summed over subjects.
 */
function gradientReference(node: Node, inputs: readonly Dense[]): Float64Array {
  const { runs, latents, parents, size, hidden, batch, rows } = dimensions(node.inputs);
  const result = new Float64Array(sizeOf(node.shape));
  const perRun = result.length / runs;
  const lengths = [rows * batch, hidden * batch, hidden * parents, hidden * hidden, size * hidden];
  /** Returns where the values of one group start in one of the five gradients. */
  const startOf = (group: number, gradient: number): number => {
    const before = lengths.slice(0, gradient).reduce((total, length) => total + length, 0) * latents;
    return Math.floor(group / latents) * perRun + before + (group % latents) * lengths[gradient];
  };
  overSubjects(node, inputs, (group, b, subject) => {
    const [, first, , w0, w1, w2] = subject;
    const { sums, sides, s, u, a, v, j } = subjectJacobian(subject, slopeOf(node), parents);
    const r = j.map((x, p) => (Math.sign(x) * inputs[INPUTS.length].values[group * parents + p]) / batch);
    const dv = sums(hidden, parents, (k, p) => w0[k * parents + p] * r[p]);
    const da = dv.map((x, k) => x * (1 - first[k] ** 2));
    const dc = sums(hidden, hidden, (h, k) => w1[h * hidden + k] * da[k]).map((x, h) => x * sides[h]);
    const column = (gradient: number, values: Float64Array, before = 0): void => {
      values.forEach((x, row) => (result[startOf(group, gradient) + (before + row) * batch + b] = x));
    };
    column(
      0,
      sums(size, hidden, (k, h) => w2[k * hidden + h] * dc[h]),
      rows - size,
    );
    column(
      1,
      dv.map((x, k) => -2 * first[k] * a[k] * x),
    );
    const outer = (gradient: number, left: Float64Array, right: Float64Array): void => {
      const start = startOf(group, gradient);
      left.forEach((x, i) => {
        right.forEach((y, k) => (result[start + i * right.length + k] += x * y));
      });
    };
    outer(2, v, r);
    outer(3, u, da);
    outer(4, s, dc);
  });
  return result;
}

/**
 * Returns the mean of |J| over the batch, `[runs, latents, parents]`, with J = W0ᵀ((W1ᵀ(W2ᵀ s ⊙ l(second))) ⊙ (1 −
 * first²)) for every latent and subject. l is 1 if `second` is above 0, else `slope`. Differentiable once, except by
 * `second`; the slope of |J| at 0 is 0.
 * @param sensitivity s = ∂ε/∂θ, the last `size` rows of `[runs, latents, rows, batch]`; earlier rows are not read
 * @param first result of the first layer's tanh, `[runs, latents, hidden, batch]`
 * @param second result of the second layer's LeakyReLU, of the same shape
 * @param weights `[runs, latents, hidden, parents]`, `[…, hidden, hidden]`, `[…, size, hidden]`
 * @throws InputError `shape-mismatch` for other shapes
 */
export function meanAbsJacobian(
  sensitivity: Node,
  first: Node,
  second: Node,
  weights: readonly [Node, Node, Node],
  slope: number,
): Node {
  return apply(jacobianRows.meanAbsJacobian, [sensitivity, first, second, ...weights], { slope });
}

/**
 * Returns upstream `[runs, latents, parents]` × the gradient of `meanAbsJacobian`, `[runs, all]`. It holds the
 * gradients of `sensitivity`, `first` and the three weights in sequence, each over all latents. Not differentiable.
 */
export function meanAbsJacobianGrad(
  sensitivity: Node,
  first: Node,
  second: Node,
  weights: readonly [Node, Node, Node],
  upstream: Node,
  slope: number,
): Node {
  const inputs = [sensitivity, first, second, ...weights, upstream];
  return apply(jacobianRows.meanAbsJacobianGrad, inputs, { slope });
}
