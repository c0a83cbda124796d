// Linear Gaussian mechanisms of latents with a fixed graph and fixed targets, the model of the search on moments
// (`src/moments`). Under it, the maps of a structure can be trained without the many numbers of flows.

import { add, clamp, div, exp, matmul, mul, reshape, square, sub, sum, withScope, type Node } from '../graph/index.js';
import { constantValue, type ParameterList } from '../nn/parameters.js';
import { picked, termsWith, type CauseShape } from './cause-effects.js';

const LOG_2PI = Math.log(2 * Math.PI);

/** Prefix of the parameters. */
export const GAUSSIAN = 'gaussian';

/** What a mechanism has for every level or number of an effect, `[runs, D, …, terms]`. */
interface Effect {
  readonly terms: readonly number[];
  readonly mean: Node;
  readonly logScale: Node;
}

export class GaussianMechanisms {
  readonly #latents: number;
  readonly #weight: Node;
  readonly #mean: Node;
  readonly #logScale: Node;
  readonly #soft: (Effect & { readonly weight: Node }) | undefined;
  readonly #perfect: Effect | undefined;
  readonly #shift: Pick<Effect, 'terms' | 'mean'> | undefined;

  /**
   * Creates `gaussian.{weight,mean,logScale}` of the reference, what soft levels add to each, the mean and scale at
   * perfect levels, and the slopes of shifts.
   */
  constructor(parameters: ParameterList, latents: number, causes: readonly CauseShape[]) {
    const create = (name: string, shape: readonly number[]): Node =>
      parameters.create(`${GAUSSIAN}.${name}`, shape, constantValue(0));
    this.#latents = latents;
    this.#weight = create('weight', [latents, latents]);
    this.#mean = create('mean', [latents, 1]);
    this.#logScale = create('logScale', [latents, 1]);
    const [soft, perfect, shift] = (['soft', 'perfect', 'shift'] as const).map((effect) => termsWith(causes, effect));
    const effectOf = (name: string, terms: readonly number[]): Effect => ({
      terms,
      mean: create(`${name}.mean`, [latents, terms.length]),
      logScale: create(`${name}.logScale`, [latents, terms.length]),
    });
    this.#soft =
      soft.length > 0
        ? { ...effectOf('soft', soft), weight: create('soft.weight', [latents * soft.length, latents]) }
        : undefined;
    this.#perfect = perfect.length > 0 ? effectOf('perfect', perfect) : undefined;
    this.#shift = shift.length > 0 ? { terms: shift, mean: create('shift.mean', [latents, shift.length]) } : undefined;
  }

  /**
   * Returns log p(z), `[runs, batch]`.
   * @param z `[runs, D, batch]`
   * @param edges 0 or 1, `[runs, D, D]`, row child
   * @param gates of the terms, 0 or 1, `[runs, D, T]`
   * @param terms `[1, T, batch]`
   * @param counted 1 for latents whose density counts, `[1, D, batch]`; default: all
   */
  logDensity(z: Node, edges: Node, gates: Node, terms: Node, counted?: Node): Node {
    return withScope(GAUSSIAN, () => {
      let mean = add(matmul(mul(this.#weight, edges), z), this.#mean);
      let logScale = this.#logScale;
      const of = ({ terms: positions }: Pick<Effect, 'terms'>) => ({
        open: picked(gates, 2, positions),
        acting: picked(terms, 1, positions),
      });
      if (this.#soft) {
        const { open, acting } = of(this.#soft);
        mean = add(mean, matmul(mul(this.#soft.mean, open), acting));
        mean = add(mean, this.#changedSlopes(this.#soft.weight, z, edges, open, acting));
        logScale = add(logScale, matmul(mul(this.#soft.logScale, open), acting));
      }
      if (this.#shift) {
        const { open, acting } = of(this.#shift);
        mean = add(mean, matmul(mul(this.#shift.mean, open), acting));
      }
      if (this.#perfect) {
        const { open, acting } = of(this.#perfect);
        const count = matmul(open, acting);
        const intact = sub(1, clamp(count, 0, 1));
        const replaced = (values: Node): Node =>
          div(matmul(mul(values, open), acting), clamp(count, 1, open.shape[2] + 1));
        mean = add(mul(mean, intact), replaced(this.#perfect.mean));
        logScale = add(mul(logScale, intact), replaced(this.#perfect.logScale));
      }
      const white = mul(sub(z, mean), exp(mul(logScale, -1)));
      const density = sub(mul(add(square(white), LOG_2PI), -0.5), logScale);
      return sum(counted ? mul(density, counted) : density, [1]);
    });
  }

  /** Returns what soft levels add to the means through other slopes of parents, `[runs, D, batch]`. */
  #changedSlopes(weight: Node, z: Node, edges: Node, open: Node, acting: Node): Node {
    const d = this.#latents;
    const [runs, , batch] = z.shape;
    const count = open.shape[2];
    const slopes = mul(reshape(weight, [runs, d, count, d]), reshape(edges, [runs, d, 1, d]));
    const each = reshape(matmul(reshape(slopes, [runs, d * count, d]), z), [runs, d, count, batch]);
    const levels = mul(reshape(open, [runs, d, count, 1]), reshape(acting, [1, 1, count, batch]));
    return sum(mul(each, levels), [2]);
  }
}
