// The exact log-determinant of ∂ε/∂z if latents form cycles (Sun et al., ICLR 2025, App. E). Every conditioner may read
// every latent, so the Jacobian is full. J = S + P: S is diagonal, through the z that each flow transforms; P is
// through the parents.

import { add, constant, div, grad, logAbsDet, maximum, mul, reshape, withScope, type Node } from '../graph/index.js';
import { parentJacobian, type ConditionedFlow } from './conditioner.js';
import type { ConditionalFlow } from './flow.js';

/** Minimum of S. If the mixture's CDF is clamped, S and P are 0, and the latent counts as one without feedback. */
const MIN_SLOPE = 1e-12;

interface JacobianParts {
  /** The diagonal of S, `[runs, D, 1, batch]`. */
  readonly diagonal: Node;
  /** P, `[runs, D (ε), D (z), batch]`. */
  readonly parents: Node;
}

function jacobianParts(flow: ConditionalFlow, z: Node, conditioned: ConditionedFlow): JacobianParts {
  const [runs, latents, batch] = z.shape;
  // A second node with the same z: differentiation then separates the z that the flow transforms from the z that the
  // conditioners read.
  const flowZ = reshape(reshape(z, [runs, latents, 1, batch]), z.shape);
  const epsilon = flow.epsilon(flowZ, conditioned.theta);
  const [slope] = grad(epsilon, [flowZ]);
  return { diagonal: reshape(slope, [runs, latents, 1, batch]), parents: parentJacobian(conditioned, epsilon) };
}

function identity(latents: number): Node {
  const values = Array.from({ length: latents * latents }, (_, at) => (at % (latents + 1) === 0 ? 1 : 0));
  return constant(values, [1, latents, latents, 1]);
}

/**
 * Returns ∂ε_i/∂z_j, `[runs, D (i), D (j), batch]`.
 * @param z `[runs, D, batch]`, D ≤ 64
 * @param conditioned result of `condition` for z
 */
export function fullJacobian(flow: ConditionalFlow, z: Node, conditioned: ConditionedFlow): Node {
  return withScope('fullJacobian', () => {
    const { diagonal, parents } = jacobianParts(flow, z, conditioned);
    return add(parents, mul(diagonal, identity(z.shape[1])));
  });
}

/**
 * Returns the contribution of cycles to the log density, `[runs, batch]`: log|det J| − Σ log S_ii = log|det(I + S⁻¹
 * P)|. Therefore log p(z) = Σ_i flow.logDensity(z, θ)_i + feedbackLogAbsDet. It is 0 for acyclic gates. The arguments
 * are those of `fullJacobian`.
 */
export function feedbackLogAbsDet(flow: ConditionalFlow, z: Node, conditioned: ConditionedFlow): Node {
  return withScope('feedback', () => {
    const { diagonal, parents } = jacobianParts(flow, z, conditioned);
    return logAbsDet(add(div(parents, maximum(diagonal, MIN_SLOPE)), identity(z.shape[1])));
  });
}
