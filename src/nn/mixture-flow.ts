// Gaussian-mixture CDF flow: ε = Φ⁻¹(Σ_k w_k Φ((z − m_k) / s_k)), where θ has K logits, K means and K log scales. The
// sum log N(ε) + log |∂ε/∂z| is the log-density of the mixture, so the likelihood needs no Φ⁻¹ (METHOD section 9).

import { mixtureEpsilon, mixtureLogDensity, mixtureSensitivity } from '../graph/index.js';
import type { ConditionalFlow } from './flow.js';

export const MIXTURE_LIMITS = { logScaleMin: -5, logScaleMax: 3 };
/** Initial means are spread evenly over ±1.5, because identical components would never separate. */
const MEAN_SPREAD = 1.5;

/**
 * Returns a mixture flow.
 * @param components K, number of Gaussians per latent
 */
export function mixtureFlow(components: number): ConditionalFlow {
  return {
    name: 'mixture',
    size: 3 * components,
    locations: { from: components, to: 2 * components },
    initialBias: (shape) => {
      const [latents, size] = shape;
      const bias = new Float32Array(latents * size);
      for (let i = 0; i < latents; i++) {
        for (let k = 0; k < components; k++) {
          const position = components === 1 ? 0.5 : k / (components - 1);
          bias[i * size + components + k] = MEAN_SPREAD * (2 * position - 1);
        }
      }
      return bias;
    },
    logDensity: (z, theta) => mixtureLogDensity(z, theta, MIXTURE_LIMITS),
    epsilon: (z, theta) => mixtureEpsilon(z, theta, MIXTURE_LIMITS),
    sensitivity: (z, theta) => mixtureSensitivity(z, theta, MIXTURE_LIMITS),
  };
}
