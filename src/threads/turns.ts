// One after the other, in the order of asking: a program runs one thing at a time.

export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Does the work when all that was taken before has ended, however it ended. */
  take<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
