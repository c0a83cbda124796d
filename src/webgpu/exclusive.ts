// One thing at a time: what a program that is busy or disposed refuses, as the native one does.

export class Exclusive {
  #running: Promise<unknown> | undefined;
  #disposed: Promise<void> | undefined;
  #cancelled = false;

  /** Whether `cancel` was called since the work began. */
  get isCancelled(): boolean {
    return this.#cancelled;
  }

  /** @throws Error with code `disposed`, `busy` */
  check(method: string): void {
    if (this.#disposed) throw coded('disposed', `The program was disposed; \`${method}\` cannot be called any more.`);
    if (this.#running) throw coded('busy', `The program is running; \`${method}\` waits until it has ended.`);
  }

  /** @throws as `check`; what the work throws */
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

  /** Once, after what runs has ended. */
  dispose(work: () => Promise<void>): Promise<void> {
    this.cancel();
    this.#disposed ??= (async () => {
      await this.#running?.catch(() => undefined);
      await work();
    })();
    return this.#disposed;
  }
}

export function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
