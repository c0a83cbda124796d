// The fitted flow over the latents of all modalities for single subjects, in double precision. It computes a latent
// from its noise ε, its parents and the observed causes, and its new value when these change and its noise stays.

import { readsOpen } from '../nn/gates.js';
import { scalarFlow, type ScalarFlow } from '../nn/scalar-flow.js';
import type { ParameterValues } from './inference.js';
import { LatentCauses } from './latent-causes.js';
import { LATENT_GATES } from '../networks/latent-prior.js';
import { allowedEdges, latentLayout } from '../networks/layout.js';
import type { ModelConfig } from '../networks/multimodal.js';
import { ALLOWED_EDGES } from '../networks/random-order.js';
import { blockLayout } from '../networks/shared-block.js';
import { LEAKY_SLOPE } from '../nn/dense.js';

/** Weights of the conditioner of one latent, row-major, outputs × inputs. */
interface Conditioner {
  readonly weights: readonly Float32Array[];
  readonly biases: readonly Float32Array[];
}

/** Terms of a subject's causes before and after a change. */
export interface MovedTerms {
  readonly before?: ArrayLike<number> | undefined;
  readonly after?: ArrayLike<number> | undefined;
}

export class LatentMechanisms {
  /** Number of latents of the prior. A shared latent counts once, before all other latents. */
  readonly size: number;
  /** Parents of each latent. */
  readonly parents: readonly (readonly number[])[];
  readonly #flow: ScalarFlow;
  readonly #conditioners: readonly Conditioner[];
  readonly #hidden: number;
  readonly #causes: LatentCauses | undefined;

  /** @param parameters parameters of one run */
  constructor(config: ModelConfig, parameters: ParameterValues) {
    const layout = blockLayout(latentLayout(config.modalities), config.shared);
    this.size = layout.latents;
    this.#flow = scalarFlow(config);
    this.#hidden = config.flowHidden;
    const valuesOf = (name: string): Float32Array => parameters.get(name)!.values;
    const allowed = config.graph === 'acyclic' ? valuesOf(ALLOWED_EDGES) : allowedEdges(layout, config);
    const logits = config.gates ? valuesOf(LATENT_GATES) : undefined;
    const all = Array.from({ length: this.size }, (_, i) => i);
    this.#causes = config.causes && new LatentCauses(config.causes, parameters, this.size);
    this.parents = all.map((child) =>
      all.filter((parent) => {
        const at = child * this.size + parent;
        return allowed[at] > 0 && (logits === undefined || readsOpen(logits[at]));
      }),
    );
    this.#conditioners = all.map((latent) => {
      const slice = (name: string): Float32Array => {
        const values = valuesOf(name);
        const length = values.length / this.size;
        return values.subarray(latent * length, (latent + 1) * length);
      };
      return {
        weights: [0, 1, 2].map((layer) => slice(`flow.${layer}.weight`)),
        biases: [0, 1, 2].map((layer) => slice(`flow.${layer}.bias`)),
      };
    });
  }

  /**
   * Returns the latent with this ε.
   * @param z latents of a subject, including the parents
   * @param terms of the subject's causes (`termsAt`). Default: the reference
   */
  value(latent: number, z: Float64Array, epsilon: number, terms?: ArrayLike<number>): number {
    return this.#flow.inverse(epsilon, this.#theta(latent, z, terms)) + this.#shift(latent, terms);
  }

  /**
   * Returns the latent with the same ε as in `before` and the parents in `after`; both are latents of a subject.
   * @param terms of the subject's causes before and after. Default: the reference in both
   */
  moved(latent: number, before: Float64Array, after: Float64Array, terms: MovedTerms = {}): number {
    const unshifted = before[latent] - this.#shift(latent, terms.before);
    const thetas = [this.#theta(latent, before, terms.before), this.#theta(latent, after, terms.after)] as const;
    return this.#flow.moved(unshifted, ...thetas) + this.#shift(latent, terms.after);
  }

  /** Returns the causes' terms that may act on a latent, as positions among all terms. */
  termsOf(latent: number): readonly number[] {
    return this.#causes?.termsOf(latent) ?? [];
  }

  #shift(latent: number, terms: ArrayLike<number> | undefined): number {
    return terms && this.#causes ? this.#causes.shift(latent, terms) : 0;
  }

  #theta(latent: number, z: Float64Array, terms: ArrayLike<number> | undefined): Float64Array {
    const marginal = terms && this.#causes?.marginalTheta(latent, terms);
    if (marginal) return marginal;
    const { weights, biases } = this.#conditioners[latent];
    const first = new Float64Array(biases[0]);
    if (terms) this.#causes?.addTo(first, latent, terms);
    for (let h = 0; h < this.#hidden; h++) {
      for (const parent of this.parents[latent]) first[h] += weights[0][h * this.size + parent] * z[parent];
      first[h] = Math.tanh(first[h]);
    }
    const second = dense(weights[1], biases[1], first);
    for (let h = 0; h < second.length; h++) if (!(second[h] > 0)) second[h] *= LEAKY_SLOPE;
    return dense(weights[2], biases[2], second);
  }
}

function dense(weights: Float32Array, biases: Float32Array, input: Float64Array): Float64Array {
  const output = new Float64Array(biases);
  for (let o = 0; o < output.length; o++) {
    let sum = output[o];
    for (let i = 0; i < input.length; i++) sum += weights[o * input.length + i] * input[i];
    output[o] = sum;
  }
  return output;
}
