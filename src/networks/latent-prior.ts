// The prior over the latents of all modalities: gated parents condition one flow per latent (Eq. 1, METHOD section 9).
// The joint model and the component model share it, so parameters are transferred between them by name.

import {
  broadcastTo,
  constant,
  div,
  add,
  mean,
  mul,
  reshape,
  sqrt,
  square,
  stopGradient,
  sub,
  sum,
  withScope,
  type Node,
} from '../graph/index.js';
import { affineFlow } from '../nn/affine-flow.js';
import {
  condition,
  conditionerParameters,
  meanParentJacobian,
  unshifted,
  type ConditionedFlow,
  type ConditionerParameters,
} from '../nn/conditioner.js';
import type { ConditionalFlow } from '../nn/flow.js';
import { feedbackLogAbsDet } from '../nn/jacobian.js';
import { hardGates, openProbability, sampleGates } from '../nn/gates.js';
import { mixtureFlow } from '../nn/mixture-flow.js';
import { constantValue, type ParameterList } from '../nn/parameters.js';
import { CauseEffects, type CauseShape } from './cause-effects.js';
import { allowedEdges, crossPairs, type GraphKind, type LatentLayout } from './layout.js';
import { ALLOWED_EDGES, randomOrder } from './random-order.js';

export interface PriorConfig {
  readonly flow: 'mixture' | 'affine';
  /** Gaussians per latent of the mixture flow. */
  readonly components: number;
  readonly flowHidden: number;
  /** True if edges between latents of one modality are allowed. */
  readonly within: boolean;
  /** Allowed edges, see `GRAPHS`. */
  readonly graph: GraphKind;
  /** False: every allowed parent stays open. */
  readonly gates: boolean;
  /** True if subjects may lack latents, and the flows read which ones. */
  readonly absent?: true;
  /** Observed causes of the latents. */
  readonly causes?: readonly CauseShape[] | undefined;
}

/** Source of a program's noise: Philox in training, fixed arrays in golden tests. */
export interface NoiseSource {
  /** Returns noise that differs between subjects. */
  normal(name: string, shape: readonly number[]): Node;
  /** Returns noise of a mini-batch, the same in all its tiles. */
  uniform(name: string, shape: readonly number[]): Node;
}

/** Name of the parameter of the gates, `[runs, D, D]`, row child, column parent. */
export const LATENT_GATES = 'gates.logits';

export type GateMode = 'sampled' | 'hard';

/** Returns the flow of every latent. */
export function flowOf({ flow, components }: Pick<PriorConfig, 'flow' | 'components'>): ConditionalFlow {
  return flow === 'mixture' ? mixtureFlow(components) : affineFlow();
}

export class LatentPrior {
  readonly #runs: number;
  readonly #flow: ConditionalFlow;
  readonly #conditioner: ConditionerParameters;
  readonly #logits: Node | undefined;
  readonly #allowed: Node;
  readonly #layout: LatentLayout;
  readonly #cyclic: boolean;
  readonly #causes: CauseEffects | undefined;

  /** Creates the parameter `gates.logits`, and those of the conditioner and of `CauseEffects`. */
  constructor(parameters: ParameterList, layout: LatentLayout, config: PriorConfig) {
    const { latents } = layout;
    this.#runs = parameters.runs;
    this.#flow = flowOf(config);
    this.#logits = config.gates
      ? parameters.create(LATENT_GATES, [latents, latents], constantValue(0), 'gates')
      : undefined;
    this.#conditioner = conditionerParameters(parameters, this.#flow, {
      latents,
      hidden: config.flowHidden,
      absent: config.absent === true,
    });
    this.#layout = layout;
    this.#cyclic = config.graph === 'cyclic';
    this.#allowed =
      config.graph === 'acyclic'
        ? parameters.create(ALLOWED_EDGES, [latents, latents], randomOrder(layout, config.within), 'fixed')
        : constant(allowedEdges(layout, config), [1, latents, latents]);
    const { causes = [], flowHidden: hidden } = config;
    this.#causes =
      causes.length > 0 ? new CauseEffects(parameters, causes, { latents, hidden, flow: this.#flow }) : undefined;
  }

  /** Gates of the terms of observed causes, `[runs, D, T]`; undefined if there are none. */
  get causeGates(): Node | undefined {
    return this.#causes?.gates;
  }

  get isGated(): boolean {
    return this.#logits !== undefined;
  }

  /** Returns gates `[runs, D, D]`, zero if no edge is allowed. `hard` gates are 0 or 1 and have no gradient. */
  gates(mode: GateMode, noise: NoiseSource): Node {
    if (!this.#logits) return broadcastTo(this.#allowed, [this.#runs, ...this.#allowed.shape.slice(1)]);
    const logits = this.#logits;
    return withScope('gates', () =>
      mul(
        mode === 'hard' ? hardGates(logits) : sampleGates(logits, noise.uniform('gates', logits.shape)),
        this.#allowed,
      ),
    );
  }

  /** Returns the expected number of open gates, `[runs]` (the paper's ‖Â‖₁), weighted as in `price`. */
  gatePenalty(withinWeight = 1): Node {
    if (!this.#logits) throw new TypeError('gatePenalty needs gates');
    return this.price(mul(openProbability(this.#logits), this.#allowed), withinWeight);
  }

  /**
   * Returns the sum of gates `[runs, D, D]`, `[runs]`. A gate between latents of one modality counts `withinWeight`.
   */
  price(gates: Node, withinWeight: number): Node {
    const { latents } = this.#layout;
    const prices = crossPairs(this.#layout).map((cross) => (cross > 0 ? 1 : withinWeight));
    return sum(mul(gates, constant(prices, [1, latents, latents])), [1, 2]);
  }

  /**
   * Computes the flow parameters of every latent from its gated parents.
   * @param z `[runs, D, batch]`
   * @param gates `[runs, D, D]`
   * @param present 1 for latents that a subject has, `[runs or 1, D, batch]`; default: all present
   * @param causes terms of the observed causes, `[runs or 1, T, batch]`; default: those of the reference, which are 0
   */
  condition(z: Node, gates: Node, present?: Node, causes?: Node): ConditionedFlow {
    if (!causes || !this.#causes) return condition(this.#conditioner, z, gates, present);
    const conditioned = condition(this.#conditioner, z, gates, present, this.#causes.preActivation(causes));
    return this.#causes.applied(conditioned, causes);
  }

  /**
   * Returns log p(z), `[runs, batch]`: Σ log p(zᵢ | parents), plus the feedback term if cycles are allowed (App. E).
   * @param present latents whose density counts, `[runs or 1, D, batch]`; default: all
   */
  logDensity(z: Node, conditioned: ConditionedFlow, present?: Node): Node {
    const logDensities = this.#flow.logDensity(unshifted(z, conditioned), conditioned.theta);
    const density = sum(present ? mul(logDensities, present) : logDensities, [1]);
    return this.#cyclic ? add(density, feedbackLogAbsDet(this.#flow, z, conditioned)) : density;
  }

  /** Returns the noise ε of z, `[runs, D, batch]`. */
  epsilon(z: Node, conditioned: ConditionedFlow): Node {
    return this.#flow.epsilon(unshifted(z, conditioned), conditioned.theta);
  }

  /**
   * Returns the strengths P_ij = E|∂ε_i/∂z_j| · sd(z_j) through the parents, `[runs, D, D]` (METHOD section 3). sd is
   * taken over the mini-batch, without gradient.
   */
  strengths(z: Node, conditioned: ConditionedFlow): Node {
    return withScope('jacobian', () => {
      const jacobian = meanParentJacobian(this.#flow, z, conditioned);
      const [runs, latents] = z.shape;
      return mul(jacobian, reshape(standardDeviation(z), [runs, 1, latents]));
    });
  }

  /** Returns Σ over cross-modality pairs of P, or of the concave P / (P + c), `[runs]`. */
  jacobianPenalty(strengths: Node, concavity?: number): Node {
    const shaped = concavity === undefined ? strengths : div(strengths, add(strengths, concavity));
    const { latents } = this.#layout;
    return sum(mul(shaped, constant(crossPairs(this.#layout), [1, latents, latents])), [1, 2]);
  }
}

/** Returns the population standard deviation over the batch, `[runs, D]`, without gradient. */
function standardDeviation(z: Node): Node {
  const batch = z.shape[2];
  const centred = sub(z, reshape(mean(z, [2]), [z.shape[0], z.shape[1], 1]));
  return stopGradient(sqrt(mul(sum(square(centred), [2]), 1 / batch)));
}
