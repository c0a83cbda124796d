// The component model: given the subspaces of all modalities, the invertible maps to components and the sparse gated prior
// over them (METHOD section 9, two-part fit). It has no encoder and no decoder, so many restarts cost little.

import { add, type Node } from '../graph/index.js';
import { ParameterList } from '../nn/parameters.js';
import { ComponentMap } from './component-map.js';
import { LatentPrior, type GateMode, type NoiseSource, type PriorConfig } from './latent-prior.js';
import type { LatentLayout } from './layout.js';

export interface ComponentConfig extends PriorConfig {
  /** Width of the maps. */
  readonly componentMap: number;
}

export class ComponentModel {
  readonly parameters: ParameterList;
  readonly prior: LatentPrior;
  readonly map: ComponentMap;

  constructor(layout: LatentLayout, config: ComponentConfig, runs: number) {
    this.parameters = new ParameterList(runs);
    this.prior = new LatentPrior(this.parameters, layout, config);
    this.map = new ComponentMap(this.parameters, layout, config.componentMap);
  }

  /**
   * log p(u) = Σ log p(zᵢ | gated parents) + Σₘ log|det ∂hₘ/∂u|, exact.
   * @param u whitened subspaces, `[runs or 1, D, batch]`
   * @returns gates `[runs, D, D]` and the log-likelihood per subject, `[runs, batch]`
   */
  logLikelihood(u: Node, mode: GateMode, noise: NoiseSource): { readonly gates: Node; readonly logLikelihood: Node } {
    const { z, logAbsDet } = this.map.apply(u);
    const gates = this.prior.gates(mode, noise);
    const conditioned = this.prior.condition(z, gates);
    return { gates, logLikelihood: add(this.prior.logDensity(z, conditioned), logAbsDet) };
  }
}
