// Computes the fingerprint of a data set. A fit records it, and a resumed fit compares it.

import { sha256 } from '../files/sha256.js';
import { causeScalesOf } from './causes.js';
import { scalesOf, type Dataset, type ObservedValues } from './dataset.js';
import { valuesPerSubject } from './regular-array.js';
import { storedNumbers, storedType } from './stored.js';
import { subjectsOf } from './select-rows.js';

/** Numbers that are read in one call. */
const CHUNK = 2 ** 24;
/** Texts that are written as one piece. */
const TEXTS = 2 ** 16;

/** Returns the SHA-256 of ids, groups, covariates, scales, causes, networks, values and splits, hexadecimal. */
export function fingerprintOf(dataset: Omit<Dataset, 'fingerprint'>): string {
  const { ids, groups, covariates, modalities, causes, shared, split } = dataset;
  const hash = sha256();
  for (const text of listText(ids)) hash.update(text);
  if (groups) hash.update(JSON.stringify({ groups }));
  if (covariates) hash.update(JSON.stringify({ covariates: covariates.length }));
  for (const term of covariates ?? []) hash.update(bytesOf(term));
  for (const modality of modalities) {
    const { latents, exogenous, privateLatents, network, shiftInvariant, augment, ...scales } = modality;
    hash.update(
      JSON.stringify({ ...scalesOf(scales), latents, exogenous, privateLatents, network, shiftInvariant, augment }),
    );
    for (const bytes of contentOf(modality, valuesPerSubject(modality))) hash.update(bytes);
  }
  for (const cause of causes ?? []) {
    hash.update(JSON.stringify({ cause: causeScalesOf(cause) }));
    hash.update(bytesOf(cause.values));
  }
  if (shared) hash.update(JSON.stringify(shared));
  for (const rows of [split.train, split.validation, split.test]) {
    hash.update(JSON.stringify(rows.length));
    hash.update(bytesOf(rows));
  }
  return hash.digest('hex');
}

/** Yields the list as JSON in pieces: the JSON of 10⁷ ids would be close to the maximum length of a string. */
function* listText(texts: readonly string[]): Generator<string> {
  if (texts.length <= TEXTS) {
    yield JSON.stringify(texts);
    return;
  }
  for (let first = 0; first < texts.length; first += TEXTS) {
    yield (first === 0 ? '[' : ',') + JSON.stringify(texts.slice(first, first + TEXTS)).slice(1, -1);
  }
  yield ']';
}

/** Yields the bytes of the values. They are the same for numbers in memory and in a file. */
function* contentOf(modality: ObservedValues, width: number): Generator<Uint8Array> {
  const { values, observed, stored } = modality;
  if (!stored) {
    yield bytesOf(values);
    if (observed) yield observed;
    return;
  }
  const { numbers, zero, unit, present } = stored;
  yield new TextEncoder().encode(JSON.stringify({ type: storedType(numbers), zero, unit }));
  if (present) yield present;
  const subjects = subjectsOf(modality, width);
  const step = Math.max(1, Math.floor(CHUNK / width));
  for (let first = 0; first < subjects; first += step) {
    yield bytesOf(storedNumbers(numbers, width, first, Math.min(step, subjects - first)));
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
