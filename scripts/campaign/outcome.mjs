// The outcome of a part of the campaign: the number of trials, and a sentence for each failure.

/** Thrown by a part that cannot run on this machine. The message is the reason. */
export class Skipped extends Error {}

export class Outcome {
  tried = 0;
  failures = [];
  figures = {};

  /** Counts trials. @param problem failure, or undefined for success */
  note(what, problem, tried = 1) {
    this.tried += tried;
    if (problem !== undefined) this.failures.push(`${what}: ${problem}`);
  }

  count(name) {
    this.figures[name] = (this.figures[name] ?? 0) + 1;
  }
}
