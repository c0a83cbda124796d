// The component model: given the subspaces of all modalities, it consists of the invertible maps to components and the
// sparse gated prior over them (METHOD section 9, two-stage fit). It has no encoder and no decoder, so a large
// number of restarts is cheap.

import type { SharedLatents } from '../data/dataset.js';
import { add, sum, type Node } from '../graph/index.js';
import { ParameterList } from '../nn/parameters.js';
import { ComponentMap } from './component-map.js';
import { GaussianMechanisms } from './gaussian-mechanisms.js';
import { LatentPrior, type GateMode, type NoiseSource, type PriorConfig } from './latent-prior.js';
import { perLatent, type LatentLayout } from './layout.js';
import { blockLayout, SharedBlock } from './shared-block.js';

export interface ComponentConfig extends PriorConfig {
  /** Width of the maps. */
  readonly componentMap: number;
  /** True if the maps are nonlinear. Default true. */
  readonly bends?: boolean;
  readonly shared?: SharedLatents | undefined;
  /** True to have linear Gaussian mechanisms in addition to the flows. */
  readonly isGaussian?: boolean;
}

export class ComponentModel {
  readonly parameters: ParameterList;
  readonly prior: LatentPrior;
  readonly map: ComponentMap;
  readonly #gaussian: GaussianMechanisms | undefined;
  readonly #layout: LatentLayout;
  readonly #shared: SharedBlock | undefined;

  constructor(layout: LatentLayout, config: ComponentConfig, runs: number) {
    this.#layout = layout;
    this.parameters = new ParameterList(runs);
    this.prior = new LatentPrior(this.parameters, blockLayout(layout, config.shared), config);
    this.map = new ComponentMap(this.parameters, layout, config.componentMap, config.bends);
    this.#shared = config.shared && new SharedBlock(this.parameters, layout, config.shared);
    this.#gaussian =
      config.isGaussian && config.causes
        ? new GaussianMechanisms(this.parameters, blockLayout(layout, config.shared).latents, config.causes)
        : undefined;
  }

  /**
   * Returns the latents of the modalities; copies of a shared latent are equal.
   * @param u whitened subspaces, `[runs or 1, D, batch]`
   * @returns z `[runs, D, batch]`; edges `[runs, D, D]`, which are gates as 0 or 1, or strengths of a model without
   *   gates; open `[runs]`, the number of the prior's open gates, also of those from observed causes
   */
  read(u: Node, noise: NoiseSource): { readonly z: Node; readonly edges: Node; readonly open: Node } {
    const { z } = this.#components(u);
    const gates = this.prior.gates('hard', noise);
    const edges = this.prior.isGated ? gates : this.prior.strengths(z, this.prior.condition(z, gates));
    const { causeGates } = this.prior;
    const edgeCount = sum(gates, [1, 2]);
    const open = causeGates ? add(edgeCount, sum(causeGates, [1, 2])) : edgeCount;
    if (!this.#shared) return { z, edges, open };
    return { z: this.#shared.untie(z), edges: this.#shared.untieEdges(edges), open };
  }

  /**
   * Returns log p(u) = Σ log p(zᵢ | gated parents) + Σₘ log|det ∂hₘ/∂u|, exact.
   * @param u whitened subspaces, `[runs or 1, D, batch]`
   * @param present 1 for modalities that a subject has, `[1, modalities, batch]`. Only their density counts; imputed
   *   modalities are only parents. Default: all present
   * @param causes terms of observed causes, `[1, T, batch]`; default: those of the reference
   * @returns gates `[runs, D, D]` and the log-likelihood per subject, `[runs, batch]`
   */
  logLikelihood(
    u: Node,
    mode: GateMode,
    noise: NoiseSource,
    present?: Node,
    causes?: Node,
  ): { readonly gates: Node; readonly logLikelihood: Node } {
    const { z, logAbsDet } = this.#components(u, present);
    const gates = this.prior.gates(mode, noise);
    const conditioned = this.prior.condition(z, gates, undefined, causes);
    const counted = present && perLatent(this.#layout, present);
    return { gates, logLikelihood: add(this.prior.logDensity(z, conditioned, counted), logAbsDet) };
  }

  /**
   * Returns log p(u) with linear Gaussian mechanisms, `[runs, batch]`. Graph and targets are fixed.
   * @param causes terms of observed causes, `[1, T, batch]`
   */
  gaussianLikelihood(u: Node, noise: NoiseSource, causes: Node, present?: Node): Node {
    if (!this.#gaussian) throw new TypeError('gaussianLikelihood needs linear Gaussian mechanisms');
    const { z, logAbsDet } = this.#components(u, present);
    const counted = present && perLatent(this.#layout, present);
    const edges = this.prior.gates('hard', noise);
    return add(this.#gaussian.logDensity(z, edges, this.prior.causeGates!, causes, counted), logAbsDet);
  }

  /** Returns the latents of the blocks, and the term that turns their log density into that of u. */
  #components(u: Node, present?: Node): { readonly z: Node; readonly logAbsDet: Node } {
    const mapped = this.map.apply(u, present);
    if (!this.#shared) return mapped;
    const { z, logDensity } = this.#shared.tie(mapped.z);
    return { z, logAbsDet: add(mapped.logAbsDet, logDensity) };
  }
}
