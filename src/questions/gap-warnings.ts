// What a reader of answers about subjects must be told where cells were filled in before the encoder saw them.

import type { ObservedValues } from '../data/dataset.js';
import { gapsOf } from '../inference/gap-filling.js';
import type { ModelConfig } from '../models/multimodal.js';
import type { Warning } from '../quality/index.js';

/** Cells that are filled in. */
export interface GapCounts {
  readonly subjects: number;
  readonly cells: number;
  readonly modalities: readonly string[];
}

/** @param values per modality in the model's order, subjects × columns; undefined for one that is left out */
export function countGaps(
  model: Pick<ModelConfig, 'modalities'>,
  values: readonly (ObservedValues | undefined)[],
): GapCounts {
  const gaps = values.map((own, m) => own && gapsOf(model, own, m));
  const bySubject = new Int32Array(gaps.find((own) => own !== undefined)?.length ?? 0);
  for (const own of gaps) own?.forEach((count, row) => (bySubject[row] += count));
  return {
    subjects: bySubject.reduce((sum, count) => sum + Number(count > 0), 0),
    cells: bySubject.reduce((sum, count) => sum + count, 0),
    modalities: model.modalities.filter((_, m) => gaps[m]?.some((count) => count > 0)).map(({ name }) => name),
  };
}

/** How many subjects and cells are filled in. @param values as of `countGaps` */
export function gapWarnings(model: Pick<ModelConfig, 'modalities'>, values: readonly ObservedValues[]): Warning[] {
  return gapWarningsOf(countGaps(model, values));
}

export function gapWarningsOf({ subjects, cells, modalities: names }: GapCounts): Warning[] {
  if (cells === 0) return [];
  return [
    {
      code: 'filled-gaps',
      text:
        `${counted(subjects, 'subject')} ${subjects === 1 ? 'lacks' : 'lack'} ${counted(cells, 'value')} of ` +
        `${names.join(', ')}, where no value was missing when the model was fitted: its encoders know nothing of ` +
        'missing values. They are filled in from the other columns first, so these latents are less sure than ' +
        'their sd says. A model fitted to subjects with missing values knows of them.',
    },
  ];
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
