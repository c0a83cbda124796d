// A conditional flow: ε = f(z; θ), monotone in its own z, with θ computed from the latent's parents.
// Its log-determinant is exact because each ε depends on its own z alone once θ is given (METHOD section 3).

import type { Node } from '../graph/index.js';
import type { Initialiser } from '../nn/parameters.js';

export interface ConditionalFlow {
  readonly name: 'affine' | 'mixture';
  /** Length of θ for one latent. */
  readonly size: number;
  /** Rows of θ that change their sign when z does, and no others: `from` to `to` (exclusive). ε then changes its sign. */
  readonly locations: { readonly from: number; readonly to: number };
  /** Initial bias of the conditioner's last layer, `[latents, size, 1]`. */
  readonly initialBias: Initialiser;
  /**
   * log p(z | θ) = log N(ε; 0, 1) + log |∂ε/∂z|.
   * @param z `[runs, latents, batch]`
   * @param theta `[runs, latents, size, batch]`
   * @returns `[runs, latents, batch]`
   */
  logDensity(z: Node, theta: Node): Node;
  /** ε, `[runs, latents, batch]`. */
  epsilon(z: Node, theta: Node): Node;
  /** ∂ε/∂θ, the last `size` rows of `[runs, latents, …, batch]`; others may be before them. */
  sensitivity(z: Node, theta: Node): Node;
}
