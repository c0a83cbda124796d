// What a part of the campaign comes to: how much was tried, and a sentence per failure.

/** Thrown by a part that cannot be done here; the message says why. */
export class Skipped extends Error {}

export class Outcome {
  tried = 0;
  failures = [];
  figures = {};

  /** @param problem undefined where all is well */
  note(what, problem, tried = 1) {
    this.tried += tried;
    if (problem !== undefined) this.failures.push(`${what}: ${problem}`);
  }

  count(name) {
    this.figures[name] = (this.figures[name] ?? 0) + 1;
  }
}
