// Warnings about the subjects of a study before a fit.

import { listing } from '../../quality/importance.js';
import type { Warning } from '../../quality/schema.js';
import { counted } from '../../text/numbers.js';
import type { Inspection } from './inspection.js';

/** Returns the warning that a modality's `where` leaves subjects in the study that it did not check. */
export function cohortWarnings({ modalities }: Pick<Inspection, 'modalities'>): Warning[] {
  return listing(
    'filter-of-one-modality',
    modalities.flatMap(({ name, unchecked = 0 }) =>
      unchecked > 0 ? [`${name}: ${counted(unchecked, 'subject')} without a row of it`] : [],
    ),
    'The where of a modality checks only subjects with a row of this modality, so other subjects stay in the study. ' +
      'If the rule is about people (age, sex), write it once, as cohort: { table, where }. If it is about the ' +
      'measurement (quality, wear time), ignore this.',
  );
}
