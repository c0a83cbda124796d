// Where a file is, whatever folder a program works in. Bundles for browsers have another file in the place of this one.

import { resolve } from 'node:path';

export function absolutePath(path: string): string | undefined {
  return resolve(path);
}
