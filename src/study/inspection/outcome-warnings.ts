// Warnings about outcomes: what is not tested, and what has few subjects.

import { listing } from '../../quality/importance.js';
import type { Warning } from '../../quality/schema.js';
import type { Inspection } from './inspection.js';

/** Minimum number of subjects with an outcome: fewer show only associations above 0.6. */
const MIN_SUBJECTS = 20;
/** Minimum number of events, and of subjects of a level: a regression is biased with fewer (Peduzzi et al. 1995). */
const MIN_EVENTS = 10;
/** Returns the warnings about outcomes, one of each kind. */
export function outcomeWarnings({ outcomes = [] }: Pick<Inspection, 'outcomes'>): Warning[] {
  const few = outcomes.flatMap(({ name, subjects, events, levels, range }) => {
    const rare = levels?.filter((level) => level.subjects > 0 && level.subjects < MIN_EVENTS) ?? [];
    if (subjects < MIN_SUBJECTS) return [`${name}: ${subjects} subjects`];
    if (events !== undefined && events < MIN_EVENTS) return [`${name}: ${events} events`];
    if (levels && levels.filter((level) => level.subjects > 0).length < 2) return [`${name}: one level`];
    if (range && range[0] === range[1]) return [`${name}: one value`];
    return rare.map((level) => `${name} ${level.level}: ${level.subjects} subjects`);
  });
  return [
    ...listing(
      'outcome-is-measured',
      outcomes.flatMap(({ name, measuredIn = [] }) => measuredIn.map((modality) => `${name}: ${modality}`)),
      'A modality measures an outcome, or has a copy of it. Its latents were made from the outcome, so they are not ' +
        'tested against it. Write the column into omit to test them.',
    ),
    ...listing(
      'few-with-outcome',
      few,
      `Few subjects have an outcome (below ${MIN_SUBJECTS}), its event, or one of its levels (below ${MIN_EVENTS}): ` +
        'only strong associations are found, and estimates are uncertain.',
    ),
  ];
}
