// The fitted flow over the latents of all modalities, with causes before effects, and the descendants of a latent.

import { InputError } from '../errors/errors.js';
import type { ParameterValues } from '../inference/inference.js';
import { LatentMechanisms } from '../inference/latent-mechanisms.js';
import type { ModelConfig } from '../networks/multimodal.js';

/** True if effects follow the edge between two latents of the flow. */
export type Takes = (cause: number, effect: number) => boolean;

export class LatentFlow extends LatentMechanisms {
  /** All latents, causes before effects. */
  readonly order: readonly number[];

  /**
   * @param parameters parameters of one run
   * @throws InputError `cyclic-graph`
   */
  constructor(config: ModelConfig, parameters: ParameterValues) {
    super(config, parameters);
    this.order = causalOrder(this.parents);
  }

  /**
   * Returns the descendants of these latents, without the latents themselves.
   * @param touched latents that observed causes change, which are returned with their descendants
   */
  effectsOf(causes: Iterable<number>, takes: Takes, touched: Iterable<number> = []): ReadonlySet<number> {
    const start = new Set(causes);
    const reached = new Set([...start, ...touched]);
    for (const latent of this.order) {
      if (this.parents[latent].some((parent) => reached.has(parent) && takes(parent, latent))) reached.add(latent);
    }
    return new Set([...reached].filter((latent) => !start.has(latent)));
  }
}

/** @throws InputError `cyclic-graph` */
function causalOrder(parents: readonly (readonly number[])[]): number[] {
  const order: number[] = [];
  while (order.length < parents.length) {
    const next = parents.findIndex(
      (causes, latent) => !order.includes(latent) && causes.every((parent) => order.includes(parent)),
    );
    if (next < 0) {
      throw new InputError(
        'cyclic-graph',
        'Latents of this fit cause each other, so no order has all causes before their effects, and the effects of ' +
          'setting one are not defined. Fit with sparsity.graph: ordered or acyclic to ask such questions.',
      );
    }
    order.push(next);
  }
  return order;
}
