// Allows one operation at a time. A busy or disposed program refuses calls, as the native program does.

export class Exclusive {
  #running: Promise<unknown> | undefined;
  #disposed: Promise<void> | undefined;
  #cancelled = false;

  /** True if `cancel` was called since the current operation began. */
  get isCancelled(): boolean {
    return this.#cancelled;
  }

  /** @throws Error with code `disposed`, `busy` */
  check(method: string): void {
    if (this.#disposed) throw coded('disposed', `The program was disposed; \`${method}\` cannot be called any more.`);
    if (this.#running) throw coded('busy', `The program is running; call \`${method}\` after the run has ended.`);
  }

  /** @throws as `check`; the errors of `work` */
  async run<T>(method: string, work: () => Promise<T>): Promise<T> {
    this.check(method);
    this.#cancelled = false;
    const running = work();
    this.#running = running;
    try {
      return await running;
    } finally {
      this.#running = undefined;
    }
  }

  cancel(): void {
    this.#cancelled = this.#running !== undefined;
  }

  /** Cancels the current operation and calls `work` once after it has ended. */
  dispose(work: () => Promise<void>): Promise<void> {
    this.cancel();
    this.#disposed ??= (async () => {
      await this.#running?.catch(() => undefined);
      await work();
    })();
    return this.#disposed;
  }
}

/** Returns an error with a code. */
export function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
