// What every compared method sees: the standardised values of each modality, marks of the observed ones, the splits,
// and the number of latents (docs/reference/comparison.md).

import type { Dataset, Modality, Split } from '../data/dataset.js';
import { presenceOf } from '../data/presence.js';
import { valuesPerSubject } from '../data/regular-array.js';
import { tableOf, type Table } from '../quality/index.js';

export interface ComparedModality {
  readonly name: string;
  /** Names of the columns. Those of images and series are `<channel>[<position>]`. */
  readonly columns: readonly string[];
  /** Number of latents of every method. */
  readonly latents: number;
  /** Values of all subjects, 0 where missing. */
  readonly table: Table;
  /** 1 for subjects who have the modality. */
  readonly present: Uint8Array;
}

export interface ComparedData {
  readonly ids: readonly string[];
  /** Group of each subject whose rows belong together. Undefined if each row is independent. */
  readonly groups: readonly string[] | undefined;
  readonly split: Split;
  readonly modalities: readonly ComparedModality[];
  readonly fingerprint: string;
}

export function comparedData({ ids, groups, split, modalities, fingerprint }: Dataset): ComparedData {
  const rows = Int32Array.from({ length: ids.length }, (_, row) => row);
  return {
    ids,
    groups,
    split,
    fingerprint,
    modalities: modalities.map((modality) => ({
      name: modality.name,
      columns: columnNames(modality),
      latents: modality.latents,
      table: tableOf([modality], rows),
      present: presenceOf(modality),
    })),
  };
}

function columnNames(modality: Modality): string[] {
  const names = modality.columns.map(({ name }) => name);
  const positions = valuesPerSubject(modality) / names.length;
  if (positions === 1) return names;
  return names.flatMap((name) => Array.from({ length: positions }, (_, position) => `${name}[${position}]`));
}
