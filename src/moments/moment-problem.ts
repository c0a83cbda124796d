// The problem of the Gaussian start of a fit with observed causes: which linear maps of each modality, which graph, and
// which targets of the causes explain the mean and covariance of each environment.

/**
 * Levels or terms whose effect on a latent is one question. A gate is open for the latents that the cause acts on.
 *
 * - `soft`: in these environments the latent has another regression on its parents.
 * - `perfect`: in these environments the latent has another mean and variance, and no parents.
 * - `shift`: these terms are further regressors of the latent.
 *
 * Environments with the same open gates share a regression.
 */
export type GateGroup =
  | { readonly effect: 'soft' | 'perfect'; readonly environments: readonly number[] }
  | { readonly effect: 'shift'; readonly terms: readonly number[] };

/** Moments of the subjects of an environment: D values of all modalities, then T terms. */
export interface MomentEnvironment {
  /** Share in the likelihood; all sum to 1. */
  readonly weight: number;
  /** D + T. */
  readonly mean: Float64Array;
  /** (D + T)², within the environment. */
  readonly covariance: Float64Array;
}

export interface MomentProblem {
  /** Latents of each modality; D is their sum. The maps of a modality read the values of that modality. */
  readonly blocks: readonly number[];
  /** T, numbers known for each subject: levels of causes that shift, and causes that are numbers. */
  readonly terms: number;
  readonly environments: readonly MomentEnvironment[];
  /** G. */
  readonly gates: readonly GateGroup[];
  /** D × D, row child, column parent: 1 where an edge is allowed. */
  readonly allowedEdges: Uint8Array;
  /** 'given': parents come before their children. 'free': any graph without cycles; all orders are searched. */
  readonly order: 'given' | 'free';
  /** G × D: 1 where a gate may be open. */
  readonly allowedGates: Uint8Array;
  /** G × D: 1 where a gate is open in every fit. Default: no target is known. */
  readonly known?: Uint8Array | undefined;
  /** D × D, nats of each edge. */
  readonly edgePrices: Float64Array;
  /** G, nats of each open gate. */
  readonly gatePrices: Float64Array;
  /** Further maps to start from, D × D, block-diagonal. */
  readonly starts?: readonly Float64Array[] | undefined;
  /** From 0 to 2⁵³ − 1. */
  readonly seed: number;
}

/** A local optimum. */
export interface MomentFit {
  /**
   * D × D, block-diagonal: latents are maps × values. Each latent has variance 1 over all environments; the largest
   * number of each row is positive.
   */
  readonly maps: Float64Array;
  /** D × D, row child, column parent. */
  readonly edges: Uint8Array;
  /** G × D. */
  readonly gates: Uint8Array;
  /** Log likelihood of the values given the terms, nats per subject. */
  readonly likelihood: number;
  /** Minus the likelihood plus the prices of edges and open gates; lower is better. */
  readonly objective: number;
}
