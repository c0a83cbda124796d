// The fitted flow over the latents of all modalities where causes come before effects: what follows from a latent.

import { InputError } from '../errors.js';
import type { ParameterValues } from '../inference/inference.js';
import { LatentMechanisms } from '../inference/latent-mechanisms.js';
import type { ModelConfig } from '../models/multimodal.js';

/** Whether effects go along an edge; of latents of the flow. */
export type Takes = (cause: number, effect: number) => boolean;

export class LatentFlow extends LatentMechanisms {
  /** All latents, causes before effects. */
  readonly order: readonly number[];

  /**
   * @param parameters of one run
   * @throws InputError `cyclic-graph`
   */
  constructor(config: ModelConfig, parameters: ParameterValues) {
    super(config, parameters);
    this.order = causalOrder(this.parents);
  }

  /** Latents that some of these cause, directly or not, without themselves. */
  effectsOf(causes: Iterable<number>, takes: Takes): ReadonlySet<number> {
    const start = new Set(causes);
    const reached = new Set(start);
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
      (own, latent) => !order.includes(latent) && own.every((parent) => order.includes(parent)),
    );
    if (next < 0) {
      throw new InputError(
        'cyclic-graph',
        'Latents of this fit cause each other: there is no order, causes before effects, in which what follows from ' +
          'setting one could be told. Fit with sparsity.graph: ordered or acyclic to ask such questions.',
      );
    }
    order.push(next);
  }
  return order;
}
