// Incremental SHA-256. Bundles for browsers replace this module.

import { createHash } from 'node:crypto';

export interface Sha256 {
  update(data: string | Uint8Array): void;
  /** Returns the digest of all pieces. No update may follow. */
  digest(encoding: 'hex' | 'base64'): string;
}

export function sha256(): Sha256 {
  return createHash('sha256');
}
