// The multimodal causal model as a graph: encoders and decoders per modality, and latents connected by gated parents
// and conditional flows. Source: Sun et al., ICLR 2025, Section 5 and App. F, in the variational form of METHOD section
// 3. Shapes: docs/explanation/engine.md, "Layout".

import {
  add,
  broadcastTo,
  clamp,
  concat,
  exp,
  mean,
  mul,
  neg,
  ones,
  slice,
  square,
  sub,
  sum,
  withScope,
  type Node,
} from '../graph/index.js';
import type { CauseScales } from '../data/causes.js';
import type { SharedLatents } from '../data/dataset.js';
import type { Observation } from '../data/observation.js';
import type { ConditionedFlow } from '../nn/conditioner.js';
import { fanIn, ParameterList, type Initialiser } from '../nn/parameters.js';
import { causeObservation } from './cause-effects.js';
import { ComponentMap } from './component-map.js';
import { LatentPrior, type NoiseSource, type PriorConfig } from './latent-prior.js';
import { LatentEncoders } from './latent-encoders.js';
import {
  latentLayout,
  perLatent,
  stackModalities,
  type LatentLayout,
  type ModalityGroup,
  type ModalityShape,
} from './layout.js';
import { observationNetwork } from './observation.js';
import { logProbability, meanOf } from './observation-likelihood.js';
import type { Observed } from './observation-network.js';
import { observationsOfOtherModalities, valuesOfOtherModalities } from './other-modalities.js';
import { blockLayout, SharedBlock } from './shared-block.js';
import { thetaNetwork } from './theta-network.js';

export interface ModelConfig extends PriorConfig {
  readonly causes?: readonly CauseScales[] | undefined;
  readonly modalities: readonly ModalityShape[];
  readonly hidden: number;
  /**
   * Width of the map from a modality's subspace to its components, in a two-stage fit. 0: the encoder's z are the
   * components.
   */
  readonly componentMap: number;
  /**
   * True if separate encoders find z, and the encoders for exogenous variables and variances do not: for models whose
   * subspaces were found by deep canonical correlation.
   */
  readonly latentEncoders?: true;
  /** How often the decoder fills in missing values, which are then encoded again, see `infer`. Default 0. */
  readonly filling?: number;
  /** Latents that several modalities observe. This needs a component map, which aligns their copies. */
  readonly shared?: SharedLatents | undefined;
}

/** Posterior of a mini-batch: per group, `[runs, members, latents + exogenous, batch]`. */
export interface Posterior {
  readonly mean: readonly Node[];
  readonly logVariance: readonly Node[];
  /** 1 for modalities that a subject has, `[1, modalities, batch]`; undefined if every subject has all. */
  readonly present?: Node | undefined;
}

/** Loss terms per subject. */
export interface LossTerms {
  /** Σ over modalities and values of −log p(x | θ), without its constant, `[runs, batch]`. */
  readonly reconstruction: Node;
  /** KL divergence of the posterior from the flow prior, `[runs, batch]` (METHOD section 3). */
  readonly independence: Node;
}

const LOG_2PI = Math.log(2 * Math.PI);
const LOG_VARIANCE_SHIFT = -3;
const LOG_VARIANCE_MIN = -12;
const LOG_VARIANCE_MAX = 3;
/** The log-variance head starts near its shift, so that noise does not drown the first signal. */
const LOG_VARIANCE_SCALE = 0.1;

/**
 * Returns the prefix of the parameters of a group's network.
 * @param kind `encoder`, `decoder` or `crossPrediction`
 */
export function networkName(kind: string, group: number, groups: number): string {
  return groups === 1 ? kind : `${kind}.g${group}`;
}

/** Returns the output of the encoder's head for a posterior variance. */
export function logVarianceBias(variance: number): number {
  return Math.log(variance) - LOG_VARIANCE_SHIFT;
}

export class MultimodalModel {
  readonly config: ModelConfig;
  readonly layout: LatentLayout;
  readonly parameters: ParameterList;
  readonly runs: number;
  readonly prior: LatentPrior;
  readonly #latentEncoders: LatentEncoders | undefined;
  readonly #encoders: readonly ((x: Observed) => Node)[];
  readonly #decoders: readonly ((v: Node) => Node)[];
  readonly #crossPredictors: readonly ((z: Node) => Node)[];
  readonly #componentMap: ComponentMap | undefined;
  readonly #shared: SharedBlock | undefined;
  /** The terms of observed causes as a table, which every modality's z predicts in the warm start. */
  readonly #causes: Observation | undefined;

  constructor(config: ModelConfig, runs: number) {
    this.config = config;
    this.runs = runs;
    this.layout = latentLayout(config.modalities);
    this.parameters = new ParameterList(runs);
    const { groups } = this.layout;
    const nameOf = (kind: string, g: number): string => networkName(kind, g, groups.length);
    const networks = groups.map(({ observation }) => observationNetwork(observation));
    const { hidden } = config;
    this.#latentEncoders = config.latentEncoders && new LatentEncoders(this.parameters, this.layout, hidden);
    this.#encoders = groups.map(({ members, latents, exogenous }, g) => {
      const means = this.#latentEncoders ? exogenous : latents + exogenous;
      const variances = latents + exogenous;
      return networks[g].encoder(this.parameters, nameOf('encoder', g), {
        members: members.length,
        hidden,
        outputs: means + variances,
        head: posteriorHead(means),
      });
    });
    this.#decoders = groups.map(({ members, latents, exogenous }, g) =>
      networks[g].decoder(this.parameters, nameOf('decoder', g), {
        members: members.length,
        hidden,
        inputs: latents + exogenous,
      }),
    );
    const causes = config.causes && causeObservation(config.causes);
    this.#causes = causes;
    this.#crossPredictors =
      (config.modalities.length > 1 || causes) && !config.latentEncoders
        ? groups.map(({ members, latents }, g) =>
            thetaNetwork(this.parameters, nameOf('crossPrediction', g), {
              members: members.length,
              widths: [latents, hidden, hidden],
              observation: observationsOfOtherModalities(this.layout, members, causes)[0],
            }),
          )
        : [];
    this.prior = new LatentPrior(this.parameters, blockLayout(this.layout, config.shared), config);
    this.#componentMap =
      config.componentMap > 0 ? new ComponentMap(this.parameters, this.layout, config.componentMap) : undefined;
    this.#shared = config.shared && new SharedBlock(this.parameters, this.layout, config.shared);
  }

  /**
   * Encodes a mini-batch.
   * @param x per group
   * @param latents known means of z or its subspace, `[1, members, latents, batch]` per group; only for models with
   *   separate encoders of z
   */
  encode(x: readonly Observed[], latents: readonly Node[] | undefined = this.#latentEncoders?.encode(x)): Posterior {
    const heads = x.map((batch, g) => withScope('encoder', () => this.#encoders[g](batch)));
    const variances = ({ latents: z, exogenous }: ModalityGroup): number => z + exogenous;
    const means = (head: Node, g: number): Node => {
      const count = head.shape[2] - variances(this.layout.groups[g]);
      if (!latents) return slice(head, 2, 0, count);
      const known = overRuns(latents[g], this.runs);
      return count === 0 ? known : concat([known, slice(head, 2, 0, count)], 2);
    };
    const logVariance = (head: Node, g: number): Node => {
      const rows = slice(head, 2, head.shape[2] - variances(this.layout.groups[g]), head.shape[2]);
      return clamp(add(rows, LOG_VARIANCE_SHIFT), LOG_VARIANCE_MIN, LOG_VARIANCE_MAX);
    };
    return { mean: heads.map(means), logVariance: heads.map(logVariance), present: this.#presence(x) };
  }

  /**
   * Encodes a mini-batch; for subjects with missing values, it repeats `filling` times: the decoder's values replace
   * the missing ones and are encoded again (Rezende, Mohamed and Wierstra, ICML 2014, App. F, without the noise).
   * Variances are those of the first pass, which reads the mask. Results of subjects without missing values do not
   * change.
   */
  infer(x: readonly Observed[]): Posterior {
    const first = this.encode(x);
    const { filling = 0 } = this.config;
    if (x.every(({ observed }) => observed === undefined)) return first;
    let { mean } = first;
    for (let pass = 0; pass < filling; pass++) {
      const filled = this.decode(mean, x).map((decoded, g) => filledIn(x[g], decoded));
      mean = this.encode(filled).mean;
    }
    return { ...first, mean };
  }

  /**
   * Returns the means of `infer` if only z is needed: separate encoders of z need no other network.
   * @returns mean per group, `[runs, members, latents or latents + exogenous, batch]`
   */
  inferLatents(x: readonly Observed[]): Omit<Posterior, 'logVariance'> {
    if (!this.#latentEncoders) return this.infer(x);
    return { mean: this.#latentEncoders.encode(x), present: this.#presence(x) };
  }

  /** Returns a reparametrised sample of (z, η), per group. */
  sample(posterior: Posterior, noise: NoiseSource): Node[] {
    return posterior.mean.map((mu, g) =>
      withScope('posterior', () =>
        add(mu, mul(exp(mul(posterior.logVariance[g], 0.5)), noise.normal(`posterior.${g}`, mu.shape))),
      ),
    );
  }

  /**
   * Returns θ per group, `[runs, members, thetaSize, batch]`, the parameters of the likelihoods.
   * @param v (z, η) per group
   */
  theta(v: readonly Node[]): Node[] {
    return v.map((node, g) => withScope('decoder', () => this.#decoders[g](node)));
  }

  /**
   * Returns x̂ per group, `[runs, members, values, batch]`.
   * @param v (z, η) per group
   * @param x per group: the sizes to which expected counts refer; default: the ordinary size
   */
  decode(v: readonly Node[], x?: readonly Observed[]): Node[] {
    return this.theta(v).map((theta, g) => meanOf(this.layout.groups[g].observations, theta, x?.[g].values));
  }

  /**
   * Returns components z of all modalities, `[runs, D, batch]`, from (z or its subspace, η) per group. Copies of a
   * shared latent are equal.
   */
  latents(v: readonly Node[]): Node {
    return this.untie(this.components(v).z);
  }

  /**
   * Returns the prior's latents, `[runs, B, batch]`, and the term that turns their log density into that of the
   * subspaces, `[runs, batch]`.
   * @param present modalities whose determinant counts, as in `Posterior`
   */
  components(v: readonly Node[], present?: Node): { readonly z: Node; readonly logAbsDet: Node | undefined } {
    const subspaces = this.#subspaces(v);
    if (!this.#componentMap) return { z: subspaces, logAbsDet: undefined };
    const mapped = this.#componentMap.apply(subspaces, present);
    if (!this.#shared) return mapped;
    const { z, logDensity } = this.#shared.tie(mapped.z);
    return { z, logAbsDet: add(mapped.logAbsDet, logDensity) };
  }

  /**
   * Converts values per latent of the prior, `[runs, B, batch]`, to values per latent of the modalities,
   * `[runs, D, batch]`.
   */
  untie(blocks: Node): Node {
    return this.#shared ? this.#shared.untie(blocks) : blocks;
  }

  /**
   * Converts gates or strengths of the prior, `[runs, B, B]`, to edges between latents of the modalities,
   * `[runs, D, D]`.
   */
  edges(blocks: Node): Node {
    return this.#shared ? this.#shared.untieEdges(blocks) : blocks;
  }

  /** Returns reconstruction and independence, per subject. */
  lossTerms(x: readonly Observed[], posterior: Posterior, v: readonly Node[], conditioned: ConditionedFlow): LossTerms {
    const reconstruction = withScope('reconstruction', () =>
      neg(
        total(
          this.theta(v).map((theta, g) => sum(logProbability(this.layout.groups[g].observations, x[g], theta), [1, 2])),
        ),
      ),
    );
    const logPrior = this.#logPrior(v, conditioned, posterior.present);
    const counted = (each: Node, g: number): Node => {
      const { present } = x[g];
      return sum(present ? mul(each, present) : each, [1, 2]);
    };
    const logPriorEta = total(
      v.map((node, g) => {
        const group = this.layout.groups[g];
        if (group.exogenous === 0) return sum(mul(slice(node, 2, 0, 1), 0), [1, 2]);
        const eta = slice(node, 2, group.latents, group.latents + group.exogenous);
        return counted(mul(add(square(eta), LOG_2PI), -0.5), g);
      }),
    );
    const entropy = total(
      posterior.logVariance.map((logVariance, g) => counted(mul(add(logVariance, 1 + LOG_2PI), 0.5), g)),
    );
    return { reconstruction, independence: neg(add(add(logPrior, logPriorEta), entropy)) };
  }

  /**
   * Returns the loss of cross-prediction: each modality's sampled z predicts every other modality. In the warm start it
   * finds the subspaces (Theorem 4.2). It is −log p over the values of all other modalities, mean over the batch, sum
   * over modalities / (M − 1), `[runs]`. Observed causes are one more modality, which itself predicts nothing.
   * @param causes terms of observed causes, `[1, T, batch]`
   */
  crossPrediction(x: readonly Observed[], v: readonly Node[], causes?: Node): Node {
    const errors = v.map((node, g) => {
      const { latents, members } = this.layout.groups[g];
      const predicted = withScope('crossPrediction', () => this.#crossPredictors[g](slice(node, 2, 0, latents)));
      const logLikelihood = logProbability(
        observationsOfOtherModalities(this.layout, members, this.#causes),
        valuesOfOtherModalities(this.layout, x, members, causes),
        predicted,
      );
      const { present } = x[g];
      return sum(mean(neg(present ? mul(logLikelihood, present) : logLikelihood), [3]), [1, 2]);
    });
    return mul(total(errors), 1 / (this.config.modalities.length - (this.#causes ? 0 : 1)));
  }

  /** Returns `present` of `Posterior`. */
  #presence(x: readonly Observed[]): Node | undefined {
    if (x.every(({ present }) => present === undefined)) return undefined;
    const grouped = x.map(({ values, present }) => {
      const [runs, members, , batch] = values.shape;
      return present ?? ones([runs, members, 1, batch]);
    });
    return stackModalities(this.layout, grouped);
  }

  #subspaces(v: readonly Node[]): Node {
    return stackModalities(
      this.layout,
      v.map((node, g) => slice(node, 2, 0, this.layout.groups[g].latents)),
    );
  }

  /** Returns log p of the sample's z, `[runs, batch]`: the prior of the components plus the map's log-determinant. */
  #logPrior(v: readonly Node[], conditioned: ConditionedFlow, present: Node | undefined): Node {
    const { z, logAbsDet } = this.components(v, present);
    const logDensity = this.prior.logDensity(z, conditioned, present && perLatent(this.layout, present));
    return logAbsDet ? add(logDensity, logAbsDet) : logDensity;
  }
}

/** Replaces missing values by those of the decoder. */
function filledIn({ values, observed }: Observed, decoded: Node): Observed {
  if (!observed) return { values };
  const filled = add(mul(values, observed), mul(decoded, sub(1, observed)));
  return { values: filled, observed: ones(filled.shape) };
}

function total(terms: readonly Node[]): Node {
  return terms.reduce((a, b) => add(a, b));
}

/** Repeats a node for every run. */
function overRuns(node: Node, runs: number): Node {
  return broadcastTo(node, [runs, ...node.shape.slice(1)]);
}

/**
 * Initialises the rows of the mean, then the rows of the log-variance with small weights.
 * @param means number of rows of the mean
 */
function posteriorHead(means: number): Initialiser {
  return (shape, uniform) => {
    const values = fanIn()(shape, uniform);
    const [groups, rows, inputs] = shape;
    for (let group = 0; group < groups; group++) {
      const start = (group * rows + means) * inputs;
      for (let i = start; i < (group + 1) * rows * inputs; i++) values[i] *= LOG_VARIANCE_SCALE;
    }
    return values;
  };
}
