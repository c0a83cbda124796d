// Ctrl-C and SIGTERM as an AbortSignal, so that long work ends with a checkpoint.

/** What a command throws when the user stopped it; the message says how to go on. */
export class Interrupted extends Error {}

/** Runs `work` with a signal that fires on SIGINT or SIGTERM. A second signal ends the process at once. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}
