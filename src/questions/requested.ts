// Subjects and modalities of a question: rows of subjects by id, cells of modalities by name.

import type { Dataset, ObservedValues } from '../data/dataset.js';
import { presenceOf } from '../data/presence.js';
import { InputError } from '../errors/errors.js';
import { didYouMean } from '../errors/suggestion.js';
import type { RunSummary } from '../training/run-folder.js';
import type { WantedCells } from './impute.js';

export interface SubjectsOption {
  /** Ids of the requested subjects; all when left out. */
  readonly subjects?: readonly string[] | undefined;
}

export interface PredictionOptions {
  /** Modalities that are known. */
  readonly from: readonly string[];
  /** Modalities that are predicted. */
  readonly to: readonly string[];
}

/** Returns the rows of the subjects. @throws InputError `unknown-subject` */
export function rowsOf({ ids }: Pick<Dataset, 'ids'>, subjects: readonly string[] = ids): number[] {
  const position = new Map(ids.map((id, row) => [id, row]));
  return subjects.map((id) => {
    const row = position.get(id);
    if (row !== undefined) return row;
    throw new InputError(
      'unknown-subject',
      `There is no subject '${id}' in the study${didYouMean(id, ids)}. Use ids as in its tables; questions about ` +
        'subjects who are left out of the study are not possible.',
      { subject: id },
    );
  });
}

/**
 * Returns the cells of the modalities `to`, for every subject who has one of the modalities `from`. Only values of
 * `from` are known.
 * @param values per modality in the model's order, subjects × columns
 * @throws InputError `unknown-modality`, also for a modality that would predict itself
 */
export function predictedCells(
  { columns }: Pick<RunSummary, 'columns'>,
  values: readonly ObservedValues[],
  { from, to }: PredictionOptions,
): Pick<WantedCells, 'values' | 'wants'> {
  const names = columns.map(({ name }) => name);
  for (const name of [...from, ...to]) {
    if (names.includes(name) && !(from.includes(name) && to.includes(name))) continue;
    const problem = names.includes(name) ? `${name} cannot predict itself` : `The model has no modality '${name}'`;
    const hint = names.includes(name) ? '' : didYouMean(name, names);
    throw new InputError('unknown-modality', `${problem}${hint}; it has ${names.join(', ')}.`, { modality: name });
  }
  const known = values.map((table, m): ObservedValues => {
    if (from.includes(names[m])) return table;
    return { values: new Float32Array(table.values.length), observed: new Uint8Array(table.values.length) };
  });
  const present = known.map((table, m) => presenceOf({ ...table, columns: columns[m].columns }));
  return {
    values: known,
    wants: (row, { modality }) => to.includes(modality) && present.some((mask) => mask[row] === 1),
  };
}
