// Absolute paths of files. Bundles for browsers replace this module.

import { resolve } from 'node:path';

/** Returns the absolute path of a file; undefined in a browser. */
export function absolutePath(path: string): string | undefined {
  return resolve(path);
}
