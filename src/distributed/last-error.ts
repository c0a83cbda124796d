// Finds the reason of a failure in the log of a worker.

import { textIfExists } from '../files/bytes.js';

/** Returns the last line of a log that is an error message, or undefined if there is none. */
export async function lastError(path: string): Promise<string | undefined> {
  const text = await textIfExists(path).catch(() => '');
  return (text ?? '')
    .split('\n')
    .filter((line) => /^(slurmstepd: )?error\b/.test(line))
    .at(-1);
}
