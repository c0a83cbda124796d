// One number for a data set: recorded with a fit, compared when it is resumed.

import { createHash } from 'node:crypto';
import { scalesOf, type Dataset } from './dataset.js';

/** SHA-256 over ids, groups, scales, networks, values and parts, hexadecimal. */
export function fingerprintOf({ ids, groups, modalities, shared, split }: Omit<Dataset, 'fingerprint'>): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify(ids));
  if (groups) hash.update(JSON.stringify({ groups }));
  for (const { values, observed, latents, exogenous, network, shiftInvariant, augment, ...scales } of modalities) {
    hash.update(JSON.stringify({ ...scalesOf(scales), latents, exogenous, network, shiftInvariant, augment }));
    hash.update(bytesOf(values));
    if (observed) hash.update(observed);
  }
  if (shared) hash.update(JSON.stringify(shared));
  for (const rows of [split.train, split.validation, split.test]) {
    hash.update(JSON.stringify(rows.length));
    hash.update(bytesOf(rows));
  }
  return hash.digest('hex');
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
