// SHA-256 of what is given piece by piece. Bundles for browsers have another file in the place of this one.

import { createHash } from 'node:crypto';

export interface Sha256 {
  update(data: string | Uint8Array): void;
  /** Of all pieces; nothing may be added after it. */
  digest(encoding: 'hex' | 'base64'): string;
}

export function sha256(): Sha256 {
  return createHash('sha256');
}
