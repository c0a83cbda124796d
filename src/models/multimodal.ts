// The multimodal causal model as a graph (Sun et al., ICLR 2025, Section 5 and App. F, in the variational form of
// METHOD section 3): per-modality encoders and decoders, latents tied by gated parents and conditional flows. Shapes:
// docs/engine.md, "Layout".

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
import type { SharedLatents } from '../data/dataset.js';
import type { ConditionedFlow } from '../flows/conditioner.js';
import { fanIn, ParameterList, type Initialiser } from '../nn/parameters.js';
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
import { observationsOfOthers, valuesOfOthers } from './other-modalities.js';
import { blockLayout, SharedBlock } from './shared-block.js';
import { thetaNetwork } from './theta-network.js';

export interface ModelConfig extends PriorConfig {
  readonly modalities: readonly ModalityShape[];
  readonly hidden: number;
  /**
   * Width of the map from a modality's subspace to its components, the two-part fit's; 0: the encoder's z are the
   * components.
   */
  readonly componentMap: number;
  /**
   * Whether encoders of their own find z, which others of private noises and of variances follow: the models whose
   * subspaces deep canonical correlation found. Left out: one encoder does all.
   */
  readonly latentEncoders?: true;
  /** How often missing values are filled in by the decoder and encoded again, see `infer`; left out: not at all. */
  readonly filling?: number;
  /** Latents that several modalities observe; needs a component map, which aligns their copies. */
  readonly shared?: SharedLatents | undefined;
}

/** Posterior of a mini-batch: per group, `[runs, members, latents + exogenous, batch]`. */
export interface Posterior {
  readonly mean: readonly Node[];
  readonly logVariance: readonly Node[];
  /** 1 for modalities that a subject has, `[1, modalities, batch]`; left out where every subject has all. */
  readonly present?: Node | undefined;
}

/** Loss terms; `[runs]` each except where said. */
export interface LossTerms {
  /** Σ over modalities and values of −log p(x | θ), less its constant, per subject, `[runs, batch]`. */
  readonly reconstruction: Node;
  /** KL of the posterior from the flow prior, per subject, `[runs, batch]` (METHOD section 3). */
  readonly independence: Node;
}

const LOG_2PI = Math.log(2 * Math.PI);
const LOG_VARIANCE_SHIFT = -3;
const LOG_VARIANCE_MIN = -12;
const LOG_VARIANCE_MAX = 3;
/** The log-variance head starts near its shift: noise must not drown the first signal. */
const LOG_VARIANCE_SCALE = 0.1;

/** How the parameters of a group's network begin. @param kind `encoder`, `decoder` or `crossPrediction` */
export function networkName(kind: string, group: number, groups: number): string {
  return groups === 1 ? kind : `${kind}.g${group}`;
}

/** What the encoder's head must give for a posterior variance. */
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
    this.#crossPredictors =
      config.modalities.length > 1 && !config.latentEncoders
        ? groups.map(({ members, latents }, g) =>
            thetaNetwork(this.parameters, nameOf('crossPrediction', g), {
              members: members.length,
              widths: [latents, hidden, hidden],
              observation: observationsOfOthers(this.layout, members)[0],
            }),
          )
        : [];
    this.prior = new LatentPrior(this.parameters, blockLayout(this.layout, config.shared), config);
    this.#componentMap =
      config.componentMap > 0 ? new ComponentMap(this.parameters, this.layout, config.componentMap) : undefined;
    this.#shared = config.shared && new SharedBlock(this.parameters, this.layout, config.shared);
  }

  /**
   * @param x per group
   * @param latents means of z or its subspace, known beforehand, `[1, members, latents, batch]` per group; only where
   *   encoders of their own find z
   */
  encode(x: readonly Observed[], latents: readonly Node[] | undefined = this.#latentEncoders?.encode(x)): Posterior {
    const heads = x.map((own, g) => withScope('encoder', () => this.#encoders[g](own)));
    const variances = ({ latents: z, exogenous }: ModalityGroup): number => z + exogenous;
    const means = (head: Node, g: number): Node => {
      const said = slice(head, 2, 0, head.shape[2] - variances(this.layout.groups[g]));
      return latents ? concat([overRuns(latents[g], this.runs), said], 2) : said;
    };
    const logVariance = (head: Node, g: number): Node => {
      const said = slice(head, 2, head.shape[2] - variances(this.layout.groups[g]), head.shape[2]);
      return clamp(add(said, LOG_VARIANCE_SHIFT), LOG_VARIANCE_MIN, LOG_VARIANCE_MAX);
    };
    return { mean: heads.map(means), logVariance: heads.map(logVariance), present: this.#presence(x) };
  }

  /**
   * As `encode`, but for subjects that lack single values `filling` times over: what the decoder says of these stands
   * in for them and is encoded (Rezende, Mohamed and Wierstra, ICML 2014, App. F, without the noise). Variances are the
   * encoder's, which was told what is missing. Whoever lacks nothing keeps its bits.
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
   * The means of `infer` where z alone is asked for: encoders of their own need no other network.
   * @returns mean per group, `[runs, members, latents or latents + exogenous, batch]`
   */
  inferLatents(x: readonly Observed[]): Omit<Posterior, 'logVariance'> {
    if (!this.#latentEncoders) return this.infer(x);
    return { mean: this.#latentEncoders.encode(x), present: this.#presence(x) };
  }

  /** Reparametrised sample of (z, η), per group. */
  sample(posterior: Posterior, noise: NoiseSource): Node[] {
    return posterior.mean.map((mu, g) =>
      withScope('posterior', () =>
        add(mu, mul(exp(mul(posterior.logVariance[g], 0.5)), noise.normal(`posterior.${g}`, mu.shape))),
      ),
    );
  }

  /** θ per group, `[runs, members, thetaSize, batch]`: what the likelihoods are given. @param v (z, η) per group */
  theta(v: readonly Node[]): Node[] {
    return v.map((node, g) => withScope('decoder', () => this.#decoders[g](node)));
  }

  /**
   * x̂ per group, `[runs, members, values, batch]`.
   * @param v (z, η) per group
   * @param x per group, of whose sizes counts are expected; left out: of ordinary ones
   */
  decode(v: readonly Node[], x?: readonly Observed[]): Node[] {
    return this.theta(v).map((theta, g) => meanOf(this.layout.groups[g].observations, theta, x?.[g].values));
  }

  /**
   * Components z of all modalities, `[runs, D, batch]`, from (z or its subspace, η) per group; copies of a shared
   * latent alike.
   */
  latents(v: readonly Node[]): Node {
    return this.untie(this.components(v).z);
  }

  /**
   * The prior's latents, `[runs, B, batch]`, and what their log density needs to be that of the subspaces,
   * `[runs, batch]`.
   * @param present modalities that count there, as in `Posterior`
   */
  components(v: readonly Node[], present?: Node): { readonly z: Node; readonly logAbsDet: Node | undefined } {
    const subspaces = this.#subspaces(v);
    if (!this.#componentMap) return { z: subspaces, logAbsDet: undefined };
    const mapped = this.#componentMap.apply(subspaces, present);
    if (!this.#shared) return mapped;
    const { z, logDensity } = this.#shared.tie(mapped.z);
    return { z, logAbsDet: add(mapped.logAbsDet, logDensity) };
  }

  /** Values per latent of the prior, `[runs, B, batch]`, as ones per latent of the modalities, `[runs, D, batch]`. */
  untie(blocks: Node): Node {
    return this.#shared ? this.#shared.untie(blocks) : blocks;
  }

  /** Gates or strengths of the prior, `[runs, B, B]`, as edges between latents of the modalities, `[runs, D, D]`. */
  edges(blocks: Node): Node {
    return this.#shared ? this.#shared.untieEdges(blocks) : blocks;
  }

  /** Reconstruction and independence, per subject. */
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
   * Each modality's sampled z predicts every other modality: the warm start that finds the subspaces (Theorem 4.2).
   * −log p over all other modalities' values, mean over the batch, sum over modalities / (M − 1), `[runs]`.
   */
  crossPrediction(x: readonly Observed[], v: readonly Node[]): Node {
    const errors = v.map((node, g) => {
      const { latents, members } = this.layout.groups[g];
      const predicted = withScope('crossPrediction', () => this.#crossPredictors[g](slice(node, 2, 0, latents)));
      const logLikelihood = logProbability(
        observationsOfOthers(this.layout, members),
        valuesOfOthers(this.layout, x, members),
        predicted,
      );
      const { present } = x[g];
      return sum(mean(neg(present ? mul(logLikelihood, present) : logLikelihood), [3]), [1, 2]);
    });
    return mul(total(errors), 1 / (this.config.modalities.length - 1));
  }

  /** See `Posterior`. */
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

  /** log p of the sample's z part, `[runs, batch]`: the prior of the components and the map's log-determinant. */
  #logPrior(v: readonly Node[], conditioned: ConditionedFlow, present: Node | undefined): Node {
    const { z, logAbsDet } = this.components(v, present);
    const logDensity = this.prior.logDensity(z, conditioned, present && perLatent(this.layout, present));
    return logAbsDet ? add(logDensity, logAbsDet) : logDensity;
  }
}

/** Missing values as the decoder has them. */
function filledIn({ values, observed }: Observed, decoded: Node): Observed {
  if (!observed) return { values };
  const filled = add(mul(values, observed), mul(decoded, sub(1, observed)));
  return { values: filled, observed: ones(filled.shape) };
}

function total(terms: readonly Node[]): Node {
  return terms.reduce((a, b) => add(a, b));
}

/** The same for every run. */
function overRuns(node: Node, runs: number): Node {
  return broadcastTo(node, [runs, ...node.shape.slice(1)]);
}

/** Rows of the mean, then rows of the log-variance, which start small. @param means how many */
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
