// Noises of the questions, from Philox: the same seed gives the same bits, more draws begin with those of fewer, and a
// subject's draws do not depend on who is asked beside it.

import { RandomStream } from '../random/random-stream.js';
import type { Moments } from '../training/ranges-schema.js';

/** Far from the streams of splits, simulations and fits. */
const POPULATION = 0x6000_0000;
const SUBJECTS = 0x4000_0000;
const SUBJECT_COLUMNS = 0x5000_0000;
const ROWS = 0x7000_0000;
/** Streams between those of two kinds. */
const KIND = 0x10_0000;

/** Normal noises of a population: row by row, one stream for each latent and private noise. */
export class PopulationNoise {
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** ε, rows × latents. */
  epsilon(rows: number, latents: number): Float64Array {
    return this.#table(0, rows, latents);
  }

  /** η, rows × private noises. */
  eta(rows: number, exogenous: number): Float64Array {
    return this.#table(1, rows, exogenous);
  }

  /** For what the columns of a row scatter by. */
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

/** A normal number as one with these moments. */
export function spread(normal: number, { mean, sd }: Moments): number {
  return mean + sd * normal;
}

/** The stream of a subject. @param row in its data set */
export function subjectNoise(seed: number, row: number): RandomStream {
  return new RandomStream(seed, SUBJECTS + row);
}

/** For what the columns of a subject scatter by. @param row in its data set */
export function columnNoise(seed: number, row: number): RandomStream {
  return new RandomStream(seed, SUBJECT_COLUMNS + row);
}
