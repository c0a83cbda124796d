// What a reader of answers about subjects must be told where cells were filled in before the encoder saw them.

import type { ObservedValues } from '../data/dataset.js';
import { gapsOf } from '../inference/gap-filling.js';
import type { ModelConfig } from '../models/multimodal.js';
import type { Warning } from '../quality/index.js';

/**
 * How many subjects and cells are filled in.
 * @param values per modality in the model's order, subjects × columns
 */
export function gapWarnings(model: Pick<ModelConfig, 'modalities'>, values: readonly ObservedValues[]): Warning[] {
  const gaps = values.map((own, m) => gapsOf(model, own, m));
  const bySubject = Array.from(gaps[0], (_, row) => gaps.reduce((sum, own) => sum + own[row], 0));
  const cells = bySubject.reduce((sum, count) => sum + count, 0);
  if (cells === 0) return [];
  const subjects = bySubject.filter((count) => count > 0).length;
  const names = model.modalities.filter((_, m) => gaps[m].some((count) => count > 0)).map(({ name }) => name);
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
