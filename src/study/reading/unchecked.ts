// Counts the subjects of a study that the key `where` of a modality did not check.

import type { StudyFile } from '../grammar/study-file.js';
import type { ModalityTable } from './modality-table.js';

/**
 * Returns for each modality the number of subjects that its `where` did not check, because the modality has no row of
 * them. Rules of the cohort, and the same rules in another modality, check them, too.
 */
export function uncheckedSubjects(
  { config: { missing, cohort, modalities } }: StudyFile,
  tables: readonly Pick<ModalityTable, 'name' | 'ids'>[],
  ids: readonly string[],
): (number | undefined)[] {
  const rules = tables.map(({ name }) => {
    const modality = modalities[name];
    // With repeats, rules choose rows and not subjects. Without gaps, every subject has a row.
    if (missing === 'drop' || !('where' in modality) || modality.repeats) return undefined;
    const columns = Object.keys(modality.where);
    const isCovered = columns.every((column) => Object.hasOwn(cohort?.where ?? {}, column));
    return isCovered ? undefined : JSON.stringify(modality.where);
  });
  return rules.map((rule) => {
    if (rule === undefined) return undefined;
    const checked = new Set(tables.filter((_, i) => rules[i] === rule).flatMap((table) => [...table.ids]));
    return ids.reduce((count, id) => count + Number(!checked.has(id)), 0);
  });
}
