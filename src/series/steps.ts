// Converts samples at any times to steps of equal length. A step has the mean of its samples, or a missing value. Step
// k contains the times from k · seconds to below (k + 1) · seconds of the clock.

import { InputError } from '../errors/errors.js';

/** A recording in steps. */
export interface Recording {
  readonly name: string;
  /** Step of the clock of the first value. */
  readonly first: number;
  readonly steps: number;
  /** Channels × steps; NaN where there is no sample. */
  readonly values: Float64Array;
}

/** Tolerance in steps. A time this close below a step belongs to it, such as 0.3 / 0.1 = 2.9999…. */
const ROUNDING = 1e-6;
/** Maximum number of values of a recording. A time stamp that is wrong by years would exceed it. */
const MAX_VALUES = 2 ** 28;
/** A recording above `LONG` steps must have a sample in one of `MAX_GAP_RATIO` steps. A gap of years is an error. */
const LONG = 2 ** 20;
const MAX_GAP_RATIO = 256;

/** Returns the step of the clock that contains a time in seconds. */
export function stepOf(time: number, seconds: number): number {
  return Math.floor(time / seconds + ROUNDING);
}

/** Range of steps of a recording. */
export interface StepRange {
  readonly first: number;
  readonly last: number;
  /** Number of these steps that have a sample. */
  readonly filled: number;
}

export class StepMeans {
  readonly #sums: Float64Array;
  readonly #counts: Uint32Array;
  readonly #name: string;
  readonly #first: number;
  readonly #steps: number;

  /**
   * @param name name of the recording
   * @param range first and last step, and the number of steps with a sample
   * @throws InputError `too-many-steps`
   */
  constructor(name: string, channels: number, { first, last, filled }: StepRange) {
    this.#name = name;
    this.#first = first;
    this.#steps = last - first + 1;
    if (channels * this.#steps > MAX_VALUES) {
      throw new InputError(
        'too-many-steps',
        `recording ${name} would have ${this.#steps} steps; check its first and last time, step and unit`,
        { recording: name, steps: this.#steps },
      );
    }
    if (this.#steps > Math.max(LONG, MAX_GAP_RATIO * filled)) {
      throw new InputError(
        'too-many-steps',
        `recording ${name} would have ${this.#steps} steps, of which ${filled} have a sample; check its first and ` +
          'last time, or distinguish its sessions (recording: [subject, session])',
        { recording: name, steps: this.#steps, filled },
      );
    }
    this.#sums = new Float64Array(channels * this.#steps);
    this.#counts = new Uint32Array(channels * this.#steps);
  }

  /** Adds a sample. Ignores a missing value. */
  add(channel: number, step: number, value: number): void {
    if (Number.isNaN(value)) return;
    const at = channel * this.#steps + step - this.#first;
    this.#sums[at] += value;
    this.#counts[at]++;
  }

  finish(): Recording {
    // A step without a sample is 0 / 0 = NaN.
    const values = this.#sums.map((sum, i) => sum / this.#counts[i]);
    return { name: this.#name, first: this.#first, steps: this.#steps, values };
  }
}
