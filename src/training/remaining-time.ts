// Estimates the remaining time of a stage from the speed of its recent steps. The first step is slower, because it also
// allocates memory, and speeds differ between the phases of a stage.

export interface Speed {
  /** 0 before the first step. */
  readonly stepsPerSecond: number;
  /** Infinity until the speed is known. */
  readonly secondsLeft: number;
}

interface Mark {
  readonly at: number;
  readonly steps: number;
}

/** The speed counts as known after this many seconds since the first report and steps in the later half of them. */
const MIN_SECONDS = 2;
const MIN_STEPS = 3;
/** Distance between marks of the later half, as a share of the time. */
const SPACING = 1 / 64;

export class RemainingTime {
  /** When the first step was done. */
  #first: Mark | undefined;
  /** The last mark of the earlier half, and those after it. */
  #marks: Mark[] = [];
  readonly #started: number;
  readonly #seconds: () => number;

  /** @param seconds returns the time in seconds since some fixed moment */
  constructor(seconds: () => number = () => performance.now() / 1000) {
    this.#seconds = seconds;
    this.#started = seconds();
  }

  /** Returns the speed after `steps` steps. @param remaining number of steps that remain */
  after(steps: number, remaining: number): Speed {
    if (steps === 0) return { stepsPerSecond: 0, secondsLeft: Infinity };
    const at = this.#seconds();
    const first = (this.#first ??= { at, steps });
    const from = this.#middle(first, { at, steps });
    const recent = (steps - from.steps) / (at - from.at);
    const isKnown = at - first.at >= MIN_SECONDS && steps - from.steps >= MIN_STEPS;
    if (!isKnown) return { stepsPerSecond: steps / (at - this.#started), secondsLeft: Infinity };
    return { stepsPerSecond: recent, secondsLeft: remaining / recent };
  }

  /** Returns the last mark of the earlier half. */
  #middle(first: Mark, now: Mark): Mark {
    const marks = this.#marks;
    const last = marks.at(-1) ?? first;
    if (marks.length === 0 || now.at - last.at > SPACING * (now.at - first.at)) marks.push(now);
    const half = (first.at + now.at) / 2;
    while (marks.length > 1 && marks[1].at <= half) marks.shift();
    return marks[0];
  }
}
