// One thing at a time: what a program holds between its inputs and its run is nobody else's.

export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Does the work after all that was asked for before, however that ended. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#last.then(work);
    this.#last = next.catch(() => undefined);
    return next;
  }
}
