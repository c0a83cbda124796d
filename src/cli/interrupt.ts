// Turns Ctrl-C, SIGTERM and the closing of a terminal into an AbortSignal, so that long work ends with a checkpoint.

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Error of a command that the user stopped. The message says how to continue. */
export class Interrupted extends Error {}

/** Runs `work` with a signal that aborts on SIGINT, SIGTERM or SIGHUP. A second one ends the process immediately. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, stop);
  try {
    return await work(controller.signal);
  } finally {
    for (const name of SIGNALS) process.off(name, stop);
  }
}
