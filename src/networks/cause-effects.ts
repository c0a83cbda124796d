// What observed causes do to the mechanism of a latent: parameters and formulas. Every term of a cause has a gate for
// each latent, which is data and not trained. Causes enter the prior only; no encoder and no decoder reads them.

import {
  add,
  clamp,
  concat,
  div,
  data,
  gather,
  matmul,
  mul,
  reshape,
  slice,
  sub,
  withScope,
  type Node,
} from '../graph/index.js';
import { termCount, type CauseEffect, type CauseScales } from '../data/causes.js';
import { joinedObservation, type Observation } from '../data/observation.js';
import type { ConditionedFlow } from '../nn/conditioner.js';
import type { ConditionalFlow } from '../nn/flow.js';
import { constantValue, fanIn, type Initialiser, type ParameterList } from '../nn/parameters.js';

/** What the prior reads of a cause. */
export type CauseShape = Pick<CauseScales, 'name' | 'kind' | 'effect' | 'terms'>;

/** Prefix of the parameters of causes. */
export const CAUSE_PREFIX = 'causes.';
/** Name of the gates, `[runs, D, T]`: 1 where a term may act on a latent, otherwise 0. Never trained. */
export const CAUSE_GATES = 'causes.gates';
/** Name of the weights of the terms of soft causes in the conditioner's first layer, `[runs, D, hidden, terms]`. */
export const CAUSE_WEIGHT = 'causes.weight';
/** Name of what a term of a shifting cause adds to a latent, `[runs, D, terms]`. */
export const CAUSE_SHIFT = 'causes.shift';
/** Name of a latent's θ at each level of a perfect cause, `[runs, D, size, terms]`. */
export const CAUSE_MARGINAL = 'causes.marginal';

/** Name of the leaf of terms, rows × T. */
export const CAUSE_TERMS = 'causes';

/** Returns the terms of causes as columns of a table: levels are yes or no, numbers are standardised. */
export function causeObservation(causes: readonly CauseShape[]): Observation {
  return joinedObservation(
    causes.map(({ kind, terms }) => ({
      kind: 'table',
      shape: [terms.length],
      parts: [{ likelihood: kind === 'categorical' ? 'binary' : 'gaussian', from: 0, to: terms.length }],
      masked: false,
    })),
  );
}

/** Returns the positions of the terms of causes with an effect, among all terms. */
export function termsWith(causes: readonly Pick<CauseShape, 'effect' | 'terms'>[], effect: CauseEffect): number[] {
  const effects = causes.flatMap((cause) => cause.terms.map(() => cause.effect));
  return [...effects.keys()].filter((term) => effects[term] === effect);
}

/** Returns the terms of mini-batches, `[runs or 1, T, batch]`. @param order as for `miniBatches` */
export function causeBatches(causes: readonly CauseShape[], rows: number, order: Node): Node {
  return gather(data(CAUSE_TERMS, [rows, termCount(causes)]), order);
}

/** Returns the contents of the leaf of `causeBatches` by name. @param terms rows × T */
export function causeData(terms: Float32Array): Map<string, Float32Array> {
  return new Map([[CAUSE_TERMS, terms]]);
}

/**
 * Returns the terms of some subjects, padded to a batch with the reference, batch × width.
 * @param terms of all subjects, subjects × width; undefined for the reference, whose terms are 0
 */
export function termRows(
  terms: Float32Array | undefined,
  subjects: ArrayLike<number>,
  width: number,
  batch: number,
): Float32Array {
  const rows = new Float32Array(batch * width);
  for (let i = 0; terms && i < subjects.length; i++) {
    rows.set(terms.subarray(subjects[i] * width, (subjects[i] + 1) * width), i * width);
  }
  return rows;
}

interface EffectSizes {
  readonly latents: number;
  /** Width of the conditioner's hidden layers. */
  readonly hidden: number;
  readonly flow: ConditionalFlow;
}

export class CauseEffects {
  readonly #sizes: EffectSizes;
  readonly #gates: Node;
  readonly #terms: Readonly<Record<CauseEffect, readonly number[]>>;
  readonly #weight: Node | undefined;
  readonly #shift: Node | undefined;
  readonly #marginal: Node | undefined;

  /** Creates `causes.gates` and, for each effect that a cause has, its parameter. All gates are open at first. */
  constructor(parameters: ParameterList, causes: readonly CauseShape[], sizes: EffectSizes) {
    const { latents, hidden, flow } = sizes;
    const terms = {
      soft: termsWith(causes, 'soft'),
      shift: termsWith(causes, 'shift'),
      perfect: termsWith(causes, 'perfect'),
    };
    this.#sizes = sizes;
    this.#terms = terms;
    this.#gates = parameters.create(CAUSE_GATES, [latents, termCount(causes)], constantValue(1), 'fixed');
    const create = (effect: CauseEffect, name: string, shape: readonly number[], initial: Initialiser) =>
      terms[effect].length > 0 ? parameters.create(name, [...shape, terms[effect].length], initial) : undefined;
    this.#weight = create('soft', CAUSE_WEIGHT, [latents, hidden], fanIn());
    this.#shift = create('shift', CAUSE_SHIFT, [latents], constantValue(0));
    this.#marginal = create('perfect', CAUSE_MARGINAL, [latents, flow.size], spread(flow.initialBias));
  }

  /** Gates, `[runs, D, T]`. */
  get gates(): Node {
    return this.#gates;
  }

  /**
   * Returns what soft causes add to the conditioner's first layer, `[runs, D · hidden, batch]`; undefined for none.
   * @param terms `[runs or 1, T, batch]`
   */
  preActivation(terms: Node): Node | undefined {
    const { latents, hidden } = this.#sizes;
    const weight = this.#weight;
    if (!weight) return undefined;
    const [runs, , , count] = weight.shape;
    const gated = mul(weight, reshape(this.#gatesOf('soft'), [runs, latents, 1, count]));
    return withScope('causes', () =>
      matmul(reshape(gated, [runs, latents * hidden, count]), this.#termsOf('soft', terms)),
    );
  }

  /**
   * Adds the effects of shifting and perfect causes: a shifted latent minus its shift has the mechanism of the
   * reference, and a latent with a perfect cause has the θ of that cause.
   * @param terms `[runs or 1, T, batch]`
   */
  applied(conditioned: ConditionedFlow, terms: Node): ConditionedFlow {
    return withScope('causes', () => {
      const shift = this.#shift && matmul(mul(this.#shift, this.#gatesOf('shift')), this.#termsOf('shift', terms));
      const shifted = shift ? { ...conditioned, shift } : conditioned;
      return this.#marginal ? this.#replaced(this.#marginal, shifted, this.#termsOf('perfect', terms)) : shifted;
    });
  }

  /** Replaces θ where a perfect cause acts. If several act on a latent, θ is the mean of theirs. */
  #replaced(marginal: Node, conditioned: ConditionedFlow, terms: Node): ConditionedFlow {
    const { latents, flow } = this.#sizes;
    const [runs, , , count] = marginal.shape;
    const gates = this.#gatesOf('perfect');
    const gated = mul(marginal, reshape(gates, [runs, latents, 1, count]));
    const [, , batch] = terms.shape;
    const perLatent = (node: Node): Node => reshape(node, [runs, latents, 1, batch]);
    const acting = matmul(gates, terms);
    const sum = reshape(matmul(reshape(gated, [runs, latents * flow.size, count]), terms), [
      runs,
      latents,
      flow.size,
      batch,
    ]);
    const intact = perLatent(sub(1, clamp(acting, 0, 1)));
    const mean = div(sum, perLatent(clamp(acting, 1, count + 1)));
    return { ...conditioned, theta: add(mul(conditioned.theta, intact), mean), intact };
  }

  #gatesOf(effect: CauseEffect): Node {
    return picked(this.#gates, 2, this.#terms[effect]);
  }

  #termsOf(effect: CauseEffect, terms: Node): Node {
    return picked(terms, 1, this.#terms[effect]);
  }
}

/** Returns some positions along an axis, in ascending order. */
export function picked(node: Node, axis: number, positions: readonly number[]): Node {
  if (positions.length === node.shape[axis]) return node;
  const ranges: [number, number][] = [];
  for (const position of positions) {
    const last = ranges.at(-1);
    if (last?.[1] === position) last[1]++;
    else ranges.push([position, position + 1]);
  }
  const parts = ranges.map(([from, to]) => slice(node, axis, from, to));
  return parts.length === 1 ? parts[0] : concat(parts, axis);
}

/** Repeats initial values along a further axis. @param initial of a shape `[D, size, 1]` */
function spread(initial: Initialiser): Initialiser {
  return ([latents, size, count], uniform) => {
    const values = initial([latents, size, 1], uniform);
    return Float32Array.from({ length: values.length * count }, (_, at) => values[Math.floor(at / count)]);
  };
}
