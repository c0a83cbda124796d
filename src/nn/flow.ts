// A conditional flow: ε = f(z; θ), monotone in z, with θ computed from the latent's parents. Its log-determinant is
// exact, because given θ each ε depends only on the z of the same latent (METHOD section 3).

import type { Node } from '../graph/index.js';
import type { Initialiser } from './parameters.js';

export interface ConditionalFlow {
  readonly name: 'affine' | 'mixture';
  /** Length of θ for one latent. */
  readonly size: number;
  /**
   * Rows of θ, `from` to `to` (exclusive), that change sign if z does. If these rows alone change sign together with z,
   * ε changes its sign.
   */
  readonly locations: { readonly from: number; readonly to: number };
  /** Initial bias of the conditioner's last layer, `[latents, size, 1]`. */
  readonly initialBias: Initialiser;
  /**
   * Returns log p(z | θ) = log N(ε; 0, 1) + log |∂ε/∂z|.
   * @param z `[runs, latents, batch]`
   * @param theta `[runs, latents, size, batch]`
   * @returns `[runs, latents, batch]`
   */
  logDensity(z: Node, theta: Node): Node;
  /** Returns ε, `[runs, latents, batch]`. */
  epsilon(z: Node, theta: Node): Node;
  /** Returns ∂ε/∂θ as the last `size` rows of `[runs, latents, …, batch]`, possibly after other rows. */
  sensitivity(z: Node, theta: Node): Node;
}
