// What the log of a worker that failed says of why.

import { textIfExists } from '../files/bytes.js';

/** The last line of a log that tells an error; undefined where none does. */
export async function lastError(path: string): Promise<string | undefined> {
  const text = await textIfExists(path).catch(() => '');
  return (text ?? '')
    .split('\n')
    .filter((line) => /^(slurmstepd: )?error\b/.test(line))
    .at(-1);
}
