// The conditioner: for each latent i a small MLP from its gated parents to the flow's θ_i (METHOD section 9): gated z →
// 16 tanh → 16 LeakyReLU → θ. Gates multiply the columns of the first layer, so all latents share one matmul on z. If
// subjects may lack parents, absent parents have z = 0 and the first layer also reads which parents are absent. The
// result is then a density given the parents that are present.

import {
  add,
  grad,
  leakyRelu,
  matmul,
  meanAbsJacobian,
  mul,
  reshape,
  sub,
  tanh,
  withScope,
  type Node,
} from '../graph/index.js';
import { LEAKY_SLOPE } from './dense.js';
import { constantValue, fanIn, type ParameterList } from './parameters.js';
import type { ConditionalFlow } from './flow.js';

export interface ConditionerParameters {
  readonly weights: readonly [Node, Node, Node];
  readonly biases: readonly [Node, Node, Node];
  /** Contribution of an absent parent to the first layer, `[runs, latents, hidden, latents]`. */
  readonly absent: Node | undefined;
  readonly latents: number;
  readonly hidden: number;
  readonly size: number;
}

/** Name of the parameter `absent`, `[runs, latents, hidden, latents]`. */
export const ABSENT_PARENTS = 'flow.absent.weight';

export interface ConditionerShape {
  readonly latents: number;
  readonly hidden: number;
  /** True if parents may be absent. */
  readonly absent: boolean;
}

/**
 * Creates the parameters `flow.{0,1,2}.{weight,bias}` for all latents, and `flow.absent.weight` if parents may be
 * absent.
 */
export function conditionerParameters(
  parameters: ParameterList,
  flow: ConditionalFlow,
  { latents, hidden, absent: mayBeAbsent }: ConditionerShape,
): ConditionerParameters {
  const layer = (index: number, outputs: number, inputs: number, last: boolean): [Node, Node] => [
    parameters.create(`flow.${index}.weight`, [latents, outputs, inputs], fanIn(last ? 0.1 : 1)),
    parameters.create(`flow.${index}.bias`, [latents, outputs, 1], last ? flow.initialBias : constantValue(0)),
  ];
  const [w0, b0] = layer(0, hidden, latents, false);
  const [w1, b1] = layer(1, hidden, hidden, false);
  const [w2, b2] = layer(2, flow.size, hidden, true);
  const absent = mayBeAbsent
    ? parameters.create(ABSENT_PARENTS, [latents, hidden, latents], constantValue(0))
    : undefined;
  return { weights: [w0, w1, w2], biases: [b0, b1, b2], absent, latents, hidden, size: flow.size };
}

export interface ConditionedFlow {
  /** θ, `[runs, latents, size, batch]`. */
  readonly theta: Node;
  /** First layer before its tanh, `[runs, latents, hidden, batch]`. The Jacobian's chain rule starts here. */
  readonly preActivation: Node;
  /** Weights of the first layer times gates, `[runs, latents, hidden, latents]`. */
  readonly gatedWeight: Node;
  /** Results of the two hidden layers, `[runs, latents, hidden, batch]`. `weights` are those of the last two layers. */
  readonly activations: readonly [Node, Node];
  readonly weights: readonly [Node, Node];
  /** What an observed cause adds to a latent, `[runs, latents, batch]`; undefined for nothing. */
  readonly shift?: Node;
  /** 1 where θ depends on the parents, `[runs, latents, 1, batch]`; undefined if it does everywhere. */
  readonly intact?: Node;
}

/** Returns the latents without what observed causes add to them: the numbers that the flow transforms. */
export function unshifted(z: Node, { shift }: Pick<ConditionedFlow, 'shift'>): Node {
  return shift ? sub(z, shift) : z;
}

/**
 * Computes θ of every latent from its gated parents.
 * @param z `[runs, latents, batch]`
 * @param gates `[runs or 1, latents (child), latents (parent)]`, zero if no edge is allowed
 * @param present 1 for latents that a subject has, 0 for absent ones, `[runs or 1, latents, batch]`; default: all
 *   present
 * @param added to the first layer, `[runs, latents · hidden, batch]`; default: nothing
 */
export function condition(
  p: ConditionerParameters,
  z: Node,
  gates: Node,
  present?: Node,
  added?: Node,
): ConditionedFlow {
  return withScope('flow', () => {
    const [runs, latents, batch] = z.shape;
    const gate = (weight: Node): Node => mul(weight, reshape(gates, [gates.shape[0], latents, 1, latents]));
    const flat = (weight: Node): Node => reshape(weight, [runs, latents * p.hidden, latents]);
    const gatedWeight = gate(p.weights[0]);
    const bias = reshape(p.biases[0], [runs, latents * p.hidden, 1]);
    const fromParents = matmul(flat(gatedWeight), present ? mul(z, present) : z);
    const fromAbsent = present && p.absent && matmul(flat(gate(p.absent)), sub(1, present));
    const fromLatents = fromAbsent ? add(fromParents, fromAbsent) : fromParents;
    const linear = add(added ? add(fromLatents, added) : fromLatents, bias);
    const preActivation = reshape(linear, [runs, latents, p.hidden, batch]);
    const first = tanh(preActivation);
    const second = leakyRelu(add(matmul(p.weights[1], first), p.biases[1]), LEAKY_SLOPE);
    const theta = add(matmul(p.weights[2], second), p.biases[2]);
    const weights = [p.weights[1], p.weights[2]] as const;
    return { theta, preActivation, gatedWeight, activations: [first, second], weights };
  });
}

/**
 * Returns ∂ε_i/∂z_j through the parents, `[runs, latents (i), latents (j), batch]`. ε_i depends only on the conditioner
 * of latent i, so one reverse pass from Σ ε gives all rows.
 */
export function parentJacobian(conditioned: ConditionedFlow, epsilon: Node): Node {
  const [delta] = grad(epsilon, [conditioned.preActivation]);
  return matmul(conditioned.gatedWeight, delta, { transA: true });
}

/**
 * Returns E|∂ε_i/∂z_j| over the batch, `[runs, latents (i), latents (j)]`.
 * @param z `[runs, latents, batch]`, from which `conditioned` was computed
 */
export function meanParentJacobian(flow: ConditionalFlow, z: Node, conditioned: ConditionedFlow): Node {
  const { theta, gatedWeight, activations, weights, intact } = conditioned;
  const sensitivity = flow.sensitivity(unshifted(z, conditioned), theta);
  const ofParents = intact ? mul(sensitivity, intact) : sensitivity;
  return meanAbsJacobian(ofParents, ...activations, [gatedWeight, ...weights], LEAKY_SLOPE);
}
