// Samples at any times become steps of equal length: the mean of the samples within a step, a missing value where there
// is none. Steps are those of the clock: step k holds the times from k · seconds on, below (k + 1) · seconds.

import { InputError } from '../errors.js';

/** A recording in steps. */
export interface Recording {
  readonly name: string;
  /** The step of the clock that its first value belongs to. */
  readonly first: number;
  readonly steps: number;
  /** Channels × steps; NaN where there is no sample. */
  readonly values: Float64Array;
}

/** A time so little below a step, as a share of it, is the step's: 0.3 / 0.1 is. */
const ROUNDING = 1e-6;
/** Values of a recording; a time stamp that is wrong by years would make more. */
const MAX_VALUES = 2 ** 28;
/** From so many steps on, one in so many must have a sample: a gap of years is two recordings, or a wrong time. */
const LONG = 2 ** 20;
const SPARSEST = 256;

/** The step of the clock that a time in seconds is in. */
export function stepOf(time: number, seconds: number): number {
  return Math.floor(time / seconds + ROUNDING);
}

/** Steps of a recording. */
export interface StepRange {
  readonly first: number;
  readonly last: number;
  /** How many of them have a sample. */
  readonly filled: number;
}

export class StepMeans {
  readonly #sums: Float64Array;
  readonly #counts: Uint32Array;
  readonly #name: string;
  readonly #first: number;
  readonly #steps: number;

  /**
   * @param name of the recording
   * @param range first and last step, and how many of these have a sample
   * @throws InputError `too-many-steps`
   */
  constructor(name: string, channels: number, { first, last, filled }: StepRange) {
    this.#name = name;
    this.#first = first;
    this.#steps = last - first + 1;
    if (channels * this.#steps > MAX_VALUES) {
      throw new InputError(
        'too-many-steps',
        `recording ${name} would have ${this.#steps} steps; look at its first and last time, and at step and unit`,
        { recording: name, steps: this.#steps },
      );
    }
    if (this.#steps > Math.max(LONG, SPARSEST * filled)) {
      throw new InputError(
        'too-many-steps',
        `recording ${name} would have ${this.#steps} steps, of which ${filled} have a sample; look at its first and ` +
          'last time, or tell its parts apart (recording: [subject, session])',
        { recording: name, steps: this.#steps, filled },
      );
    }
    this.#sums = new Float64Array(channels * this.#steps);
    this.#counts = new Uint32Array(channels * this.#steps);
  }

  /** A missing value is none. */
  add(channel: number, step: number, value: number): void {
    if (Number.isNaN(value)) return;
    const at = channel * this.#steps + step - this.#first;
    this.#sums[at] += value;
    this.#counts[at]++;
  }

  finish(): Recording {
    // Without a sample 0 / 0, which is NaN.
    const values = this.#sums.map((sum, i) => sum / this.#counts[i]);
    return { name: this.#name, first: this.#first, steps: this.#steps, values };
  }
}
