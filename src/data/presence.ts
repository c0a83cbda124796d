// Which modalities a subject has: those with an observed value. Encoders give no latents of a missing modality.

import type { Modality, ObservedValues } from './dataset.js';
import { valuesPerSubject, type RegularArray } from './regular-array.js';
import { subjectsOf } from './select-rows.js';

type Columns = ObservedValues & {
  readonly columns: { readonly length: number };
  readonly regularArray?: RegularArray | undefined;
};

/** Returns one number per subject: 1 if the subject has a value of the modality, 0 if all are missing. */
export function presenceOf(modality: Columns): Uint8Array {
  const { observed, stored } = modality;
  const size = valuesPerSubject(modality);
  const subjects = subjectsOf(modality, size);
  if (stored?.present) return stored.present;
  const present = new Uint8Array(subjects);
  if (!observed) return present.fill(1);
  for (let row = 0; row < subjects; row++) {
    for (let at = row * size; at < (row + 1) * size; at++) {
      if (observed[at] === 0) continue;
      present[row] = 1;
      break;
    }
  }
  return present;
}

/** Returns `presenceOf` of each modality; undefined if every subject has every modality. */
export function presence(modalities: readonly Modality[]): readonly Uint8Array[] | undefined {
  const all = modalities.map(presenceOf);
  return all.some((present) => present.includes(0)) ? all : undefined;
}

/** A set of modalities, with the number of subjects that have exactly these. */
export interface Pattern {
  /** Names of the modalities. */
  readonly modalities: readonly string[];
  readonly subjects: number;
}

/**
 * Returns how many subjects have which modalities, the most frequent first.
 * @param present by modality, 1 for subjects that have it
 */
export function patternsOf(names: readonly string[], present: readonly Uint8Array[]): Pattern[] {
  const counts = new Map<string, { modalities: string[]; subjects: number }>();
  const isSameAsPrevious = (subject: number): boolean => present.every((has) => has[subject] === has[subject - 1]);
  let pattern: { modalities: string[]; subjects: number } | undefined;
  for (let subject = 0; subject < present[0].length; subject++) {
    if (pattern === undefined || !isSameAsPrevious(subject)) {
      const modalities = names.filter((_, m) => present[m][subject] === 1);
      const key = modalities.join();
      pattern = counts.get(key) ?? { modalities, subjects: 0 };
      counts.set(key, pattern);
    }
    pattern.subjects++;
  }
  return [...counts.values()].sort((a, b) => b.subjects - a.subjects);
}
