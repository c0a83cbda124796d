// The subjects of a question by id.

import type { Dataset } from '../data/dataset.js';
import { InputError } from '../errors/errors.js';
import { didYouMean } from '../errors/suggestion.js';

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
