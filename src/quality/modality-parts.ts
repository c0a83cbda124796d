// Tables of training and held-out subjects for each modality and the other ones, and the matching outputs of a model.

import type { Dataset } from '../data/dataset.js';
import { presenceOf } from '../data/presence.js';
import { valuesPerSubject } from '../data/regular-array.js';
import { areRepetitions, rowsByGroup } from '../data/split.js';
import { block, selectRows, type Samples } from '../metrics/index.js';
import { TwoSplits, type PerSplit } from './two-splits.js';

/** Outputs of a model for some subjects. */
export interface ModelReading {
  /** Posterior means, rows × latents of all modalities. */
  readonly latents: Samples;
  /** x̂, standardised, rows × columns of all modalities. */
  readonly reconstruction: Samples;
}

export interface ModalityParts {
  /** Columns of the modality. */
  readonly columns: TwoSplits;
  /** Returns the reconstruction of its columns. */
  readonly columnsOf: (reading: PerSplit<ModelReading>) => PerSplit<Samples>;
  /** Its relation to the other modalities; left out if too few subjects have the modality and another one. */
  readonly relation?: Relation | undefined;
}

/** Tables of the subjects who have a modality and another one. Their latents of the modality come from its encoder. */
export interface Relation {
  /** Positions of these subjects among the rows. */
  readonly positions: PerSplit<Int32Array>;
  /** Columns of the modality. */
  readonly columns: TwoSplits;
  /** Columns of all other modalities. */
  readonly otherColumns: TwoSplits;
  /** Positions of held-out rows by group of repetitions; left out if every row is a subject. */
  readonly repetitions?: readonly (readonly number[])[] | undefined;
  /** Returns the latents of the modality. */
  readonly latentsOf: (reading: PerSplit<ModelReading>) => PerSplit<Samples>;
}

/** If modalities are missing, the minimum number of subjects of a split with two modalities for their association. */
export const MIN_SUBJECTS = 20;
/** Training subjects fit a read-out. Held-out subjects only measure it; fewer than twenty lead to a warning. */
export const MIN_BOTH: PerSplit<number> = { train: MIN_SUBJECTS, heldOut: 5 };
/** Returns the positions in `rows` of the subjects who have modality m and another one. */
export function withAnother({ modalities }: Pick<Dataset, 'modalities'>, rows: Int32Array, m: number): Int32Array {
  const present = modalities.map(presenceOf);
  const has = (row: number) => present[m][row] === 1 && present.some((other, i) => i !== m && other[row] === 1);
  return Int32Array.from(rows.keys()).filter((position) => has(rows[position]));
}

/**
 * Returns the tables of modality m. Tables of all modalities at the same time would fill the memory.
 * @param minSubjects minimum number of subjects with the modality and another one for a relation, if some lack either
 */
export function partsOf(
  dataset: Dataset,
  rows: PerSplit<Int32Array>,
  m: number,
  minSubjects: PerSplit<number> = { train: MIN_SUBJECTS, heldOut: MIN_SUBJECTS },
): ModalityParts {
  const { modalities } = dataset;
  const column = modalities.slice(0, m).reduce((sum, modality) => sum + valuesPerSubject(modality), 0);
  const size = valuesPerSubject(modalities[m]);
  const columns = new TwoSplits(dataset, [m], rows);
  return {
    columns,
    columnsOf: (reading) => perSplit((split) => block(reading[split].reconstruction, column, column + size)),
    relation: relationOf(dataset, { rows, m, columns, minSubjects }),
  };
}

function relationOf(
  dataset: Dataset,
  {
    rows,
    m,
    columns,
    minSubjects,
  }: { rows: PerSplit<Int32Array>; m: number; columns: TwoSplits; minSubjects: PerSplit<number> },
): Relation | undefined {
  const { modalities } = dataset;
  const latent = modalities.slice(0, m).reduce((sum, { latents }) => sum + latents, 0);
  const { latents } = modalities[m];
  const positions = perSplit((split) => withAnother(dataset, rows[split], m));
  const isWhole = SPLITS.every((split) => positions[split].length === rows[split].length);
  if (!isWhole && SPLITS.some((split) => positions[split].length < minSubjects[split])) return undefined;
  const chosen = perSplit((split) => positions[split].map((position) => rows[split][position]));
  const otherModalities = [...modalities.keys()].filter((i) => i !== m);
  return {
    positions,
    repetitions: repetitionsOf(dataset, chosen.heldOut),
    columns: isWhole ? columns : new TwoSplits(dataset, [m], chosen),
    otherColumns: new TwoSplits(dataset, otherModalities, chosen),
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
