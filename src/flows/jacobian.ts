// The exact log-determinant of ∂ε/∂z where latents form cycles (Sun et al., ICLR 2025, App. E): every conditioner may
// read every latent, so the Jacobian is full. J = S + P: S diagonal, through each flow's own z; P through the parents.

import { add, constant, div, grad, logAbsDet, maximum, mul, reshape, withScope, type Node } from '../graph/index.js';
import { parentJacobian, type ConditionedFlow } from './conditioner.js';
import type { ConditionalFlow } from './flow.js';

/** Where the mixture's CDF is clamped, S and P are 0; then the latent counts as without feedback. */
const MIN_SLOPE = 1e-12;

interface JacobianParts {
  /** The diagonal of S, `[runs, D, 1, batch]`. */
  readonly own: Node;
  /** P, `[runs, D (ε), D (z), batch]`. */
  readonly parents: Node;
}

function jacobianParts(flow: ConditionalFlow, z: Node, conditioned: ConditionedFlow): JacobianParts {
  const [runs, latents, batch] = z.shape;
  // The same z as a node of its own, so that differentiation tells the flow's z from the one the conditioners read.
  const ownZ = reshape(reshape(z, [runs, latents, 1, batch]), z.shape);
  const epsilon = flow.epsilon(ownZ, conditioned.theta);
  const [own] = grad(epsilon, [ownZ]);
  return { own: reshape(own, [runs, latents, 1, batch]), parents: parentJacobian(conditioned, epsilon) };
}

function diagonal(latents: number): Node {
  const values = Array.from({ length: latents * latents }, (_, at) => (at % (latents + 1) === 0 ? 1 : 0));
  return constant(values, [1, latents, latents, 1]);
}

/**
 * ∂ε_i/∂z_j, `[runs, D (i), D (j), batch]`.
 * @param z `[runs, D, batch]`, D ≤ 64
 * @param conditioned what `condition` made of z
 */
export function fullJacobian(flow: ConditionalFlow, z: Node, conditioned: ConditionedFlow): Node {
  return withScope('fullJacobian', () => {
    const { own, parents } = jacobianParts(flow, z, conditioned);
    return add(parents, mul(own, diagonal(z.shape[1])));
  });
}

/**
 * What cycles add to the log density, `[runs, batch]`: log|det J| − Σ log S_ii = log|det(I + S⁻¹ P)|, so that
 * log p(z) = Σ_i flow.logDensity(z, θ)_i + feedbackLogAbsDet. It is 0 for acyclic gates. Arguments as of
 * `fullJacobian`.
 */
export function feedbackLogAbsDet(flow: ConditionalFlow, z: Node, conditioned: ConditionedFlow): Node {
  return withScope('feedback', () => {
    const { own, parents } = jacobianParts(flow, z, conditioned);
    return logAbsDet(add(div(parents, maximum(own, MIN_SLOPE)), diagonal(z.shape[1])));
  });
}
