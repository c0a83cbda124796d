// Ctrl-C, SIGTERM and a terminal that closes as an AbortSignal, so that long work ends with a checkpoint.

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What a command throws when the user stopped it; the message says how to go on. */
export class Interrupted extends Error {}

/** Runs `work` with a signal that fires on SIGINT, SIGTERM or SIGHUP. A second signal ends the process at once. */
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
