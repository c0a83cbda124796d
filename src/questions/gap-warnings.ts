// Warnings about answers for subjects whose missing cells were filled before the encoder read them.

import type { ObservedValues } from '../data/dataset.js';
import { gapsOf } from '../inference/gap-filling.js';
import type { ModelConfig } from '../networks/multimodal.js';
import type { Warning } from '../quality/index.js';

/** Numbers of filled cells. */
export interface GapCounts {
  readonly subjects: number;
  readonly cells: number;
  readonly modalities: readonly string[];
}

/** Counts filled cells. @param values per modality in the model's order, subjects × columns; undefined if left out */
export function countGaps(
  model: Pick<ModelConfig, 'modalities'>,
  values: readonly (ObservedValues | undefined)[],
): GapCounts {
  const gaps = values.map((table, m) => table && gapsOf(model, table, m));
  const bySubject = new Int32Array(gaps.find((counts) => counts !== undefined)?.length ?? 0);
  for (const counts of gaps) counts?.forEach((count, row) => (bySubject[row] += count));
  return {
    subjects: bySubject.reduce((sum, count) => sum + Number(count > 0), 0),
    cells: bySubject.reduce((sum, count) => sum + count, 0),
    modalities: model.modalities.filter((_, m) => gaps[m]?.some((count) => count > 0)).map(({ name }) => name),
  };
}

/**
 * Returns a warning about filled cells, if there are any.
 * @param values as in `countGaps`
 * @param read modalities that the question reads; all when left out
 */
export function gapWarnings(
  model: Pick<ModelConfig, 'modalities'>,
  values: readonly ObservedValues[],
  read?: readonly string[],
): Warning[] {
  const isRead = (m: number): boolean => read?.includes(model.modalities[m].name) ?? true;
  return gapWarningsOf(
    countGaps(
      model,
      values.map((table, m) => (isRead(m) ? table : undefined)),
    ),
  );
}

export function gapWarningsOf({ subjects, cells, modalities: names }: GapCounts): Warning[] {
  if (cells === 0) return [];
  return [
    {
      code: 'filled-gaps',
      text:
        `${counted(subjects, 'subject')} ${subjects === 1 ? 'lacks' : 'lack'} ${counted(cells, 'value')} of ` +
        `${names.join(', ')}, where no value was missing when the model was fitted, so its encoders cannot handle ` +
        'missing values. They are first filled from the other columns, and these latents are less certain than ' +
        'their sd suggests. A model that is fitted to subjects with missing values can handle them.',
    },
  ];
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
