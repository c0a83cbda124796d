// What observed causes do to the mechanism of a latent of a single subject, in double precision: the formulas of
// `CauseEffects`.

import { termCount } from '../data/causes.js';
import {
  CAUSE_GATES,
  CAUSE_MARGINAL,
  CAUSE_SHIFT,
  CAUSE_WEIGHT,
  termsWith,
  type CauseShape,
} from '../networks/cause-effects.js';
import type { ParameterValues } from './batch-program.js';

/** Parameters of the terms of causes with one effect. */
interface EffectValues {
  /** Positions of these terms among all terms. */
  readonly terms: readonly number[];
  /** `[D, …, terms]`. */
  readonly values: Float32Array;
}

export class LatentCauses {
  readonly #latents: number;
  readonly #gates: Float32Array;
  /** T. */
  readonly #count: number;
  readonly #soft: EffectValues;
  readonly #shift: EffectValues;
  readonly #perfect: EffectValues;

  /** @param parameters parameters of one run @param latents number of latents */
  constructor(causes: readonly CauseShape[], parameters: ParameterValues, latents: number) {
    this.#latents = latents;
    this.#count = termCount(causes);
    this.#gates = parameters.get(CAUSE_GATES)!.values;
    const of = (effect: 'soft' | 'shift' | 'perfect', name: string): EffectValues => ({
      terms: termsWith(causes, effect),
      values: parameters.get(name)?.values ?? new Float32Array(),
    });
    this.#soft = of('soft', CAUSE_WEIGHT);
    this.#shift = of('shift', CAUSE_SHIFT);
    this.#perfect = of('perfect', CAUSE_MARGINAL);
  }

  /** Returns the terms whose gates to a latent are open, as positions among all terms. */
  termsOf(latent: number): number[] {
    return Array.from({ length: this.#count }, (_, term) => term).filter((term) => this.#isOpen(latent, term));
  }

  /** Returns what shifting causes add to a latent. @param terms T numbers */
  shift(latent: number, terms: ArrayLike<number>): number {
    const { terms: positions, values } = this.#shift;
    return positions.reduce(
      (sum, term, t) => (this.#isOpen(latent, term) ? sum + values[latent * positions.length + t] * terms[term] : sum),
      0,
    );
  }

  /** Adds what soft causes contribute to the first layer of the latent's conditioner. @param terms T numbers */
  addTo(first: Float64Array, latent: number, terms: ArrayLike<number>): void {
    const { terms: positions, values } = this.#soft;
    positions.forEach((term, t) => {
      if (!this.#isOpen(latent, term) || terms[term] === 0) return;
      for (let h = 0; h < first.length; h++) {
        first[h] += values[(latent * first.length + h) * positions.length + t] * terms[term];
      }
    });
  }

  /**
   * Returns θ of a latent on which a perfect cause acts: the mean over such causes; undefined if there is none.
   * @param terms T numbers
   */
  marginalTheta(latent: number, terms: ArrayLike<number>): Float64Array | undefined {
    const { terms: positions, values } = this.#perfect;
    const acting = positions.flatMap((term, t) => (this.#isOpen(latent, term) && terms[term] === 1 ? [t] : []));
    if (acting.length === 0) return undefined;
    const size = values.length / (this.#latents * positions.length);
    return Float64Array.from({ length: size }, (_, k) => {
      const sum = acting.reduce((total, t) => total + values[(latent * size + k) * positions.length + t], 0);
      return sum / acting.length;
    });
  }

  #isOpen(latent: number, term: number): boolean {
    return this.#gates[latent * this.#count + term] === 1;
  }
}
