// Conclusions about batches: does a site or an instrument shift the observation of a modality, or latents?

import { decimals, listed, pPhrase } from '../text/numbers.js';
import type { RunSummary } from '../training/run-folder.js';

/** What a study says about the batches of a modality. */
export type BatchConclusion = NonNullable<NonNullable<RunSummary['evidence']>['batches']>[number];

const REASONS: Readonly<Record<NonNullable<BatchConclusion['reason']>, string>> = {
  'no-shift': 'no shift between batches was found',
  'not-shared': 'no other modality is associated with this one, so there is nothing to compare with',
  both: 'only a part of the shift is found in other modalities',
};

/** Returns the conclusion about batches with its figures. */
export function batchText({
  modality,
  column,
  otherModalities,
  verdict,
  reason,
  shared,
  local,
  share,
}: BatchConclusion): string {
  const name = `what ${column} does to ${modality}`;
  const compared = listed(otherModalities);
  const figures = [
    ...(shared === undefined ? [] : [`shift of ${compared} ${pPhrase(shared)}`]),
    ...(local === undefined ? [] : [`difference from ${compared} ${pPhrase(local)}`]),
    ...(share === undefined || verdict === 'batch' ? [] : [`${decimals(share)} of the shift is shared`]),
  ].join(', ');
  if (verdict === 'batch') {
    return `The shift of ${modality} between levels of ${column} is a batch: ${compared} do not share it (${figures}).`;
  }
  if (verdict === 'cause') {
    return (
      `The shift of ${modality} between levels of ${column} is not only a batch: ${compared} share it, so it moves ` +
      `latents (${figures}). Write ${column} as a cause, not as a batch.`
    );
  }
  const known = figures === '' ? '' : ` (${figures})`;
  return `It is undecided whether ${name} is a batch${known}: ${reason ? REASONS[reason] : 'no reason is recorded'}.`;
}
