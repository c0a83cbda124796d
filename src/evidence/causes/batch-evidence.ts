// Batch or cause: the verdict on the batches of a modality, from all folds and all modalities that are associated with
// it.

import type { BatchReason, BatchVerdict } from '../../causal/cause-figures.js';
import { holm } from '../../quality/pair-test.js';
import { cauchy } from '../combine.js';
import { ALPHA, type PairEvidence } from '../pairs.js';
import type { BatchShift } from './batch-shift.js';

/** Evidence for what the batches of a modality shift. */
export interface BatchEvidence {
  readonly modality: string;
  /** Column of the batches. */
  readonly column: string;
  /** The modalities that are compared: those associated with this one. */
  readonly otherModalities: readonly string[];
  /** `batch`: the observation of this modality. `cause`: latents that other modalities share. */
  readonly verdict: BatchVerdict;
  readonly reason?: BatchReason | undefined;
  /** p of no shift in the other modalities, and of the same shift in all, corrected for the number of batches (Holm). */
  readonly shared?: number | undefined;
  readonly local?: number | undefined;
  /** Share of the shift that the other modalities show: 0 for a batch, near 1 for a cause. */
  readonly share?: number | undefined;
}

/** Share of the shift that separates a batch from a cause. */
const MIDDLE = 0.5;
/**
 * From this share on, a shift is that of shared latents, although both modalities do not move alike: a modality with a
 * reliability of half that of another one shows this share.
 */
const MOSTLY_SHARED = Math.SQRT1_2;

/** Judges all batches. @param folds shifts of all folds of all splits */
export function batchEvidence(
  folds: readonly (readonly BatchShift[])[],
  pairs: readonly Pick<PairEvidence, 'first' | 'second' | 'associated'>[],
): BatchEvidence[] {
  const all = folds.flat();
  const targets = [...new Map(all.map(({ modality, column }) => [modality, { modality, column }])).values()];
  const raw = targets.map(({ modality, column }) => {
    const shifts = all.filter(
      (shift) =>
        shift.modality === modality &&
        pairs.some(
          ({ first, second, associated }) =>
            associated && [first, second].includes(modality) && [first, second].includes(shift.other),
        ),
    );
    const sum = (of: (shift: BatchShift) => number) => shifts.reduce((total, shift) => total + of(shift), 0);
    const square = sum((shift) => shift.square);
    return {
      modality,
      column,
      otherModalities: [...new Set(shifts.map(({ other }) => other))],
      shared: cauchy(shifts.map((shift) => shift.shared)),
      local: cauchy(shifts.map((shift) => shift.local)),
      share: square > 0 ? sum((shift) => shift.product) / square : undefined,
    };
  });
  const tested = raw.filter(({ otherModalities }) => otherModalities.length > 0);
  const corrected = holm(tested.flatMap(({ shared, local }) => [shared, local]));
  return raw.map((one): BatchEvidence => {
    const { modality, column, otherModalities, share } = one;
    const names = { modality, column, otherModalities };
    const at = tested.indexOf(one);
    if (at < 0) return { ...names, verdict: 'undecided', reason: 'not-shared' };
    const [shared, local] = corrected.slice(2 * at, 2 * at + 2);
    return { ...names, ...judged(shared, local, share), shared, local, ...(share !== undefined && { share }) };
  });
}

function judged(shared: number, local: number, share = 0): Pick<BatchEvidence, 'verdict' | 'reason'> {
  if (shared > ALPHA && local > ALPHA) return { verdict: 'undecided', reason: 'no-shift' };
  if (shared <= ALPHA && share >= (local > ALPHA ? MIDDLE : MOSTLY_SHARED)) return { verdict: 'cause' };
  if (shared > ALPHA && local <= ALPHA && share < MIDDLE) return { verdict: 'batch' };
  return { verdict: 'undecided', reason: 'both' };
}
