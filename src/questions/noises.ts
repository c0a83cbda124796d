// Noises for questions, from Philox. The same seed gives the same bits, a larger number of draws begins with the
// smaller one, and the draws of a subject do not depend on the other requested subjects.

import { RandomStream } from '../random/random-stream.js';
import type { Moments } from '../training/ranges-schema.js';

/** First streams, far from those of splits, simulations and fits. */
const POPULATION = 0x6000_0000;
const SUBJECTS = 0x4000_0000;
const SUBJECT_COLUMNS = 0x5000_0000;
const ROWS = 0x7000_0000;
/** Distance between the streams of two kinds of noise. */
const KIND = 0x10_0000;

/** Normal noises of a population, with one stream for each latent and each exogenous variable. */
export class PopulationNoise {
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Returns ε, rows × latents. */
  epsilon(rows: number, latents: number): Float64Array {
    return this.#table(0, rows, latents);
  }

  /** Returns η, rows × exogenous variables. */
  eta(rows: number, exogenous: number): Float64Array {
    return this.#table(1, rows, exogenous);
  }

  /** Returns the stream of the observed causes. */
  causes(): RandomStream {
    return new RandomStream(this.#seed, POPULATION + 2 * KIND);
  }

  /** Returns the stream of the column noise of a row. */
  row(row: number): RandomStream {
    return new RandomStream(this.#seed, ROWS + row);
  }

  #table(kind: number, rows: number, width: number): Float64Array {
    const values = new Float64Array(rows * width);
    for (let column = 0; column < width; column++) {
      const random = new RandomStream(this.#seed, POPULATION + kind * KIND + column);
      for (let row = 0; row < rows; row++) values[row * width + column] = random.normal();
    }
    return values;
  }
}

/** Returns a standard normal number scaled to these moments. */
export function spread(normal: number, { mean, sd }: Moments): number {
  return mean + sd * normal;
}

/** Returns the stream of a subject. @param row row in the data set */
export function subjectNoise(seed: number, row: number): RandomStream {
  return new RandomStream(seed, SUBJECTS + row);
}

/** Returns the stream of the column noise of a subject. @param row row in the data set */
export function columnNoise(seed: number, row: number): RandomStream {
  return new RandomStream(seed, SUBJECT_COLUMNS + row);
}
