// What a model says of each modality and of the others, as tables of training and held-out subjects.

import type { Dataset } from '../data/dataset.js';
import { presenceOf } from '../data/presence.js';
import { valuesPerSubject } from '../data/regular-array.js';
import { areRepetitions, rowsByGroup } from '../data/split.js';
import { block, selectRows, type Samples } from '../metrics/index.js';
import { TwoSplits, type PerSplit } from './two-splits.js';

/** What a model makes of some subjects. */
export interface ModelReading {
  /** Posterior means, rows × latents of all modalities. */
  readonly latents: Samples;
  /** x̂, standardised, rows × columns of all modalities. */
  readonly reconstruction: Samples;
}

export interface ModalityParts {
  /** Its columns. */
  readonly own: TwoSplits;
  /** Its columns among those of all modalities. */
  readonly columnsOf: (reading: PerSplit<ModelReading>) => PerSplit<Samples>;
  /** How it stands to the others; left out where too few subjects have it and one of them. */
  readonly relation?: Relation | undefined;
}

/** Tables of the subjects who have a modality and at least one of the others: its latents are its encoder's. */
export interface Relation {
  /** Their positions among the rows. */
  readonly positions: PerSplit<Int32Array>;
  readonly own: TwoSplits;
  /** Columns of all other modalities. */
  readonly others: TwoSplits;
  /** Positions of the held-out rows that are repetitions of one another; left out where every row is a subject. */
  readonly repetitions?: readonly (readonly number[])[] | undefined;
  /** Its latents among those of all modalities. */
  readonly latentsOf: (reading: PerSplit<ModelReading>) => PerSplit<Samples>;
}

/** Where modalities are missing, fewer subjects of a split who have two of them say nothing of how these go together. */
export const MIN_SUBJECTS = 20;
/** Those of the training split fit a read-out; held-out ones only measure it, and are warned of below twenty. */
export const MIN_BOTH: PerSplit<number> = { train: MIN_SUBJECTS, heldOut: 5 };

/** Positions in `rows` of subjects who have modality m and at least one of the others. */
export function withAnother({ modalities }: Pick<Dataset, 'modalities'>, rows: Int32Array, m: number): Int32Array {
  const present = modalities.map(presenceOf);
  const has = (row: number) => present[m][row] === 1 && present.some((other, i) => i !== m && other[row] === 1);
  return Int32Array.from(rows.keys()).filter((position) => has(rows[position]));
}

/**
 * Of modality m; tables of all modalities at once would fill the memory.
 * @param least subjects who have the modality and another one, where some lack either, for a relation
 */
export function partsOf(
  dataset: Dataset,
  rows: PerSplit<Int32Array>,
  m: number,
  least: PerSplit<number> = { train: MIN_SUBJECTS, heldOut: MIN_SUBJECTS },
): ModalityParts {
  const { modalities } = dataset;
  const column = modalities.slice(0, m).reduce((sum, modality) => sum + valuesPerSubject(modality), 0);
  const size = valuesPerSubject(modalities[m]);
  const own = new TwoSplits(dataset, [m], rows);
  return {
    own,
    columnsOf: (reading) => perSplit((split) => block(reading[split].reconstruction, column, column + size)),
    relation: relationOf(dataset, { rows, m, own, least }),
  };
}

function relationOf(
  dataset: Dataset,
  { rows, m, own, least }: { rows: PerSplit<Int32Array>; m: number; own: TwoSplits; least: PerSplit<number> },
): Relation | undefined {
  const { modalities } = dataset;
  const latent = modalities.slice(0, m).reduce((sum, { latents }) => sum + latents, 0);
  const { latents } = modalities[m];
  const positions = perSplit((split) => withAnother(dataset, rows[split], m));
  const isWhole = SPLITS.every((split) => positions[split].length === rows[split].length);
  if (!isWhole && SPLITS.some((split) => positions[split].length < least[split])) return undefined;
  const chosen = perSplit((split) => positions[split].map((position) => rows[split][position]));
  const others = [...modalities.keys()].filter((i) => i !== m);
  return {
    positions,
    repetitions: repetitionsOf(dataset, chosen.heldOut),
    own: isWhole ? own : new TwoSplits(dataset, [m], chosen),
    others: new TwoSplits(dataset, others, chosen),
    latentsOf: (reading) =>
      perSplit((split) => selectRows(block(reading[split].latents, latent, latent + latents), positions[split])),
  };
}

function repetitionsOf({ groups }: Dataset, rows: Int32Array): number[][] | undefined {
  if (!areRepetitions(groups)) return undefined;
  return [...rowsByGroup(Array.from(rows, (row) => groups[row])).values()];
}

const SPLITS = ['train', 'heldOut'] as const;

function perSplit<T>(of: (split: keyof PerSplit<unknown>) => T): PerSplit<T> {
  return { train: of('train'), heldOut: of('heldOut') };
}
