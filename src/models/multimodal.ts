// The multimodal causal model as a graph (Sun et al., ICLR 2025, Section 5 and App. F, in the variational form of METHOD section 3):
// per-modality encoders and decoders, latents tied by gated parents and conditional flows. Shapes: docs/engine.md, "Layout".

import {
  abs,
  add,
  broadcastTo,
  clamp,
  concat,
  constant,
  div,
  exp,
  mean,
  mul,
  neg,
  reshape,
  slice,
  sqrt,
  square,
  stopGradient,
  sub,
  sum,
  withScope,
  type Node,
} from '../graph/index.js';
import { affineFlow } from '../flows/affine.js';
import {
  condition,
  conditionerParameters,
  parentJacobian,
  type ConditionedFlow,
  type ConditionerParameters,
} from '../flows/conditioner.js';
import type { ConditionalFlow } from '../flows/flow.js';
import { hardGates, openProbability, sampleGates } from '../flows/gates.js';
import { mixtureFlow } from '../flows/mixture.js';
import { layerNodes, mlpParameters, type MlpParameters } from '../nn/dense.js';
import { constantValue, fanIn, ParameterList, type Initialiser } from '../nn/parameters.js';
import {
  allowedEdges,
  crossPairs,
  latentLayout,
  perModality,
  stackModalities,
  type LatentLayout,
  type ModalityShape,
} from './layout.js';

export interface ModelConfig {
  readonly modalities: readonly ModalityShape[];
  readonly hidden: number;
  readonly flow: 'mixture' | 'affine';
  /** Gaussians per latent of the mixture flow. */
  readonly components: number;
  readonly flowHidden: number;
  /** Whether edges between latents of one modality are allowed. */
  readonly within: boolean;
  /** Without gates every allowed parent stays open. */
  readonly gates: boolean;
}

/** Where a program's noise comes from: Philox in training, given arrays in golden tests. */
export interface NoiseSource {
  normal(name: string, shape: readonly number[]): Node;
  uniform(name: string, shape: readonly number[]): Node;
}

export type GateMode = 'sampled' | 'hard';

/** Posterior of a mini-batch: per group, `[runs, members, latents + exogenous, batch]`. */
export interface Posterior {
  readonly mean: readonly Node[];
  readonly logVariance: readonly Node[];
}

/** Loss terms; `[runs]` each except where said. */
export interface LossTerms {
  /** Σ over modalities and columns of (x − x̂)², per subject, `[runs, batch]`. */
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

export class MultimodalModel {
  readonly config: ModelConfig;
  readonly layout: LatentLayout;
  readonly parameters: ParameterList;
  readonly runs: number;
  private readonly flow: ConditionalFlow;
  private readonly encoders: readonly MlpParameters[];
  private readonly decoders: readonly MlpParameters[];
  private readonly crossPredictors: readonly MlpParameters[];
  private readonly conditioner: ConditionerParameters;
  private readonly logits: Node | undefined;
  private readonly allowed: Node;
  private readonly cross: Node;

  constructor(config: ModelConfig, runs: number) {
    this.config = config;
    this.runs = runs;
    this.layout = latentLayout(config.modalities);
    this.parameters = new ParameterList(runs);
    this.flow = config.flow === 'mixture' ? mixtureFlow(config.components) : affineFlow();
    const { groups, latents } = this.layout;
    const totalColumns = config.modalities.reduce((total, m) => total + m.columns, 0);
    const network = (kind: string, g: number, inputs: number, outputs: number, head?: Initialiser): MlpParameters =>
      mlpParameters(this.parameters, groups.length === 1 ? kind : `${kind}.g${g}`, {
        groups: groups[g].members.length,
        widths: [inputs, config.hidden, config.hidden, outputs],
        ...(head && { head }),
      });
    this.encoders = groups.map((group, g) => {
      const width = group.latents + group.exogenous;
      return network('encoder', g, group.columns, 2 * width, posteriorHead);
    });
    this.decoders = groups.map((group, g) => network('decoder', g, group.latents + group.exogenous, group.columns));
    this.crossPredictors =
      config.modalities.length > 1
        ? groups.map((group, g) => network('crossPrediction', g, group.latents, totalColumns - group.columns))
        : [];
    this.logits = config.gates
      ? this.parameters.create('gates.logits', [latents, latents], constantValue(0), 'gates')
      : undefined;
    this.conditioner = conditionerParameters(this.parameters, this.flow, latents, config.flowHidden);
    this.allowed = constant(allowedEdges(this.layout, config), [1, latents, latents]);
    this.cross = constant(crossPairs(this.layout), [1, latents, latents]);
  }

  /** @param x per group, `[1, members, columns, batch]`, standardised */
  encode(x: readonly Node[]): Posterior {
    const heads = x.map((node, g) => withScope('encoder', () => layerNodes(this.encoders[g], node)));
    const half = (head: Node, index: 0 | 1): Node => {
      const width = head.shape[2] / 2;
      return slice(head, 2, index * width, (index + 1) * width);
    };
    return {
      mean: heads.map((head) => half(head, 0)),
      logVariance: heads.map((head) =>
        clamp(add(half(head, 1), LOG_VARIANCE_SHIFT), LOG_VARIANCE_MIN, LOG_VARIANCE_MAX),
      ),
    };
  }

  /** Reparametrised sample of (z, η), per group. */
  sample(posterior: Posterior, noise: NoiseSource): Node[] {
    return posterior.mean.map((mu, g) =>
      withScope('posterior', () =>
        add(mu, mul(exp(mul(posterior.logVariance[g], 0.5)), noise.normal(`posterior.${g}`, mu.shape))),
      ),
    );
  }

  /** x̂ per group, `[runs, members, columns, batch]`. @param v (z, η) per group */
  decode(v: readonly Node[]): Node[] {
    return v.map((node, g) => withScope('decoder', () => layerNodes(this.decoders[g], node)));
  }

  /** z of all modalities, `[runs, D, batch]`, from (z, η) per group. */
  latents(v: readonly Node[]): Node {
    return stackModalities(
      this.layout,
      v.map((node, g) => slice(node, 2, 0, this.layout.groups[g].latents)),
    );
  }

  /** Gates `[runs, D, D]`, zero where no edge is allowed. `hard` is 0 or 1 and carries no gradient. */
  gates(mode: GateMode, noise: NoiseSource): Node {
    if (!this.logits) return broadcastTo(this.allowed, [this.runs, ...this.allowed.shape.slice(1)]);
    const logits = this.logits;
    return withScope('gates', () =>
      mul(
        mode === 'hard' ? hardGates(logits) : sampleGates(logits, noise.uniform('gates', logits.shape)),
        this.allowed,
      ),
    );
  }

  /** Expected number of open gates over all allowed edges, `[runs]` (the paper's ‖Â‖₁). */
  gatePenalty(): Node {
    if (!this.logits) throw new TypeError('gatePenalty needs a model with gates');
    return sum(mul(openProbability(this.logits), this.allowed), [1, 2]);
  }

  condition(z: Node, gates: Node): ConditionedFlow {
    return condition(this.conditioner, z, gates);
  }

  /** Reconstruction and independence, per subject. */
  lossTerms(x: readonly Node[], posterior: Posterior, v: readonly Node[], conditioned: ConditionedFlow): LossTerms {
    const reconstruction = withScope('reconstruction', () =>
      total(this.decode(v).map((xHat, g) => sum(square(sub(x[g], xHat)), [1, 2]))),
    );
    const logPrior = sum(this.flow.logDensity(this.latents(v), conditioned.theta), [1]);
    const logPriorEta = total(
      v.map((node, g) => {
        const group = this.layout.groups[g];
        if (group.exogenous === 0) return sum(mul(slice(node, 2, 0, 1), 0), [1, 2]);
        const eta = slice(node, 2, group.latents, group.latents + group.exogenous);
        return sum(mul(add(square(eta), LOG_2PI), -0.5), [1, 2]);
      }),
    );
    const entropy = total(
      posterior.logVariance.map((logVariance) => sum(mul(add(logVariance, 1 + LOG_2PI), 0.5), [1, 2])),
    );
    return { reconstruction, independence: neg(add(add(logPrior, logPriorEta), entropy)) };
  }

  /**
   * Strengths P_ij = E|∂ε_i/∂z_j| · sd(z_j) through the parents, `[runs, D, D]` (METHOD section 3).
   * sd over the mini-batch, without gradient.
   */
  strengths(z: Node, conditioned: ConditionedFlow): Node {
    return withScope('jacobian', () => {
      const epsilon = this.flow.epsilon(z, conditioned.theta);
      const jacobian = parentJacobian(conditioned, epsilon);
      const [runs, latents] = z.shape as [number, number, number];
      return mul(mean(abs(jacobian), [3]), reshape(standardDeviation(z), [runs, 1, latents]));
    });
  }

  /** Σ over cross-modality pairs of P, or of the concave P / (P + c), `[runs]`. */
  jacobianPenalty(strengths: Node, concavity?: number): Node {
    const shaped = concavity === undefined ? strengths : div(strengths, add(strengths, concavity));
    return sum(mul(shaped, this.cross), [1, 2]);
  }

  /**
   * Each modality's sampled z predicts every other modality: the warm start that finds the subspaces (Theorem 4.2).
   * Squared error over all other modalities' columns, mean over the batch, sum over modalities / (M − 1), `[runs]`.
   */
  crossPrediction(x: readonly Node[], v: readonly Node[]): Node {
    const byModality = perModality(this.layout, x);
    const errors = v.map((node, g) => {
      const group = this.layout.groups[g];
      const predicted = withScope('crossPrediction', () =>
        layerNodes(this.crossPredictors[g], slice(node, 2, 0, group.latents)),
      );
      const targets = group.members.map((m) => {
        const others = concat(
          byModality.filter((_, index) => index !== m),
          1,
        );
        return reshape(others, [1, 1, ...others.shape.slice(1)]);
      });
      return sum(mean(square(sub(predicted, concat(targets, 1))), [3]), [1, 2]);
    });
    return mul(total(errors), 1 / (this.config.modalities.length - 1));
  }
}

function total(terms: readonly Node[]): Node {
  return terms.reduce((a, b) => add(a, b));
}

/** Population standard deviation over the batch, `[runs, D]`, without gradient. */
function standardDeviation(z: Node): Node {
  const batch = z.shape[2];
  const centred = sub(z, reshape(mean(z, [2]), [z.shape[0], z.shape[1], 1]));
  return stopGradient(sqrt(mul(sum(square(centred), [2]), 1 / batch)));
}

/** Rows of the mean, then rows of the log-variance, which start small. */
const posteriorHead: Initialiser = (shape, uniform) => {
  const values = fanIn()(shape, uniform);
  const [groups, rows, inputs] = shape as [number, number, number];
  for (let group = 0; group < groups; group++) {
    const start = (group * rows + rows / 2) * inputs;
    for (let i = start; i < (group + 1) * rows * inputs; i++) values[i] *= LOG_VARIANCE_SCALE;
  }
  return values;
};
