// Which modalities a subject has: those with an observed value. A modality that it lacks has no encoder's answer.

import type { Modality, ObservedValues } from './dataset.js';
import { valuesPerSubject, type Grid } from './grid.js';
import { subjectsOf } from './select-rows.js';

/** Values of so many columns. */
type Columns = ObservedValues & { readonly columns: { readonly length: number }; readonly grid?: Grid | undefined };

/** 1 where a subject has a value of the modality, 0 where all of them are missing, one number per subject. */
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

/** By modality, see `presenceOf`; undefined where every subject has every modality. */
export function presence(modalities: readonly Modality[]): readonly Uint8Array[] | undefined {
  const all = modalities.map(presenceOf);
  return all.some((present) => present.includes(0)) ? all : undefined;
}

/** Subjects who have the same modalities. */
export interface Pattern {
  /** Names of the modalities. */
  readonly modalities: readonly string[];
  readonly subjects: number;
}

/**
 * How many subjects have which modalities, most first.
 * @param present by modality, 1 where a subject has it
 */
export function patternsOf(names: readonly string[], present: readonly Uint8Array[]): Pattern[] {
  const counts = new Map<string, { modalities: string[]; subjects: number }>();
  const isAsBefore = (subject: number): boolean => present.every((own) => own[subject] === own[subject - 1]);
  let pattern: { modalities: string[]; subjects: number } | undefined;
  for (let subject = 0; subject < present[0].length; subject++) {
    if (pattern === undefined || !isAsBefore(subject)) {
      const modalities = names.filter((_, m) => present[m][subject] === 1);
      const key = modalities.join();
      pattern = counts.get(key) ?? { modalities, subjects: 0 };
      counts.set(key, pattern);
    }
    pattern.subjects++;
  }
  return [...counts.values()].sort((a, b) => b.subjects - a.subjects);
}
