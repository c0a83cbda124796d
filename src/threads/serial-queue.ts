// Runs tasks in sequence, in the order of the calls. A program can run one call at a time.

export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs the work after all earlier work has ended, successfully or not. */
  run<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
