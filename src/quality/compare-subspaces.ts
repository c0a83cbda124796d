// Which of two models' subspaces are the better: what latents are for is what modalities share, and where subjects are
// too few to tell, what a modality's latents and noises say of its own columns counts too.

import type { Dataset } from '../data/dataset.js';
import { partsOf, type ModelReading } from './modality-parts.js';
import { nonlinearErrors } from './nonlinear-errors.js';
import type { HeldOutShares } from './schema.js';
import type { PerPart } from './two-parts.js';

/** Standard errors from which on a difference is more than chance, */
const CERTAIN = 2;
/** and R², in the mean over modalities, from which on it counts: a read-out of few subjects has its own faults. */
const NOTABLE = 0.02;

export interface SubspaceComparison {
  /** By modality, of both models. */
  readonly shares: readonly [readonly HeldOutShares[], readonly HeldOutShares[]];
  /** 0 or 1. */
  readonly better: 0 | 1;
}

/**
 * The others' columns decide by a nonlinear read-out, so that curved latents lose nothing: of the right latents no
 * numbers of a modality predict them better. Where the difference is small or within two standard errors, over held-out
 * subjects, the larger sum over modalities of R² of their own columns and of the others' decides.
 * @param readings of the same rows by both models
 */
export function compareSubspaces(
  dataset: Dataset,
  rows: PerPart<Int32Array>,
  readings: readonly [PerPart<ModelReading>, PerPart<ModelReading>],
): SubspaceComparison {
  const shares: [HeldOutShares[], HeldOutShares[]] = [[], []];
  /** By held-out subject, over modalities: how much larger the first model's error is. */
  const differences = new Map<number, number>();
  for (const m of dataset.modalities.keys()) {
    const { own, columnsOf, relation } = partsOf(dataset, rows, m);
    const errors = relation && readings.map((reading) => nonlinearErrors(relation.latentsOf(reading), relation.others));
    readings.forEach((reading, model) => {
      const rest = errors?.[model].errors.reduce((sum, error) => sum + error, 0);
      const others = rest === undefined ? null : 1 - rest;
      shares[model].push({ own: own.shares(columnsOf(reading)).heldOut, others });
    });
    if (relation === undefined || errors === undefined) continue;
    const [first, second] = errors;
    first.heldOut.forEach((position, i) => {
      const subject = relation.positions.heldOut[position];
      differences.set(subject, (differences.get(subject) ?? 0) + first.errors[i] - second.errors[i]);
    });
  }
  const bySubject = [...differences.values()];
  const sum = bySubject.reduce((total, value) => total + value, 0);
  const mean = sum / bySubject.length;
  const squares = bySubject.reduce((total, value) => total + (value - mean) ** 2, 0);
  const least = Math.max(CERTAIN * Math.sqrt(squares), NOTABLE * dataset.modalities.length);
  const [first, second] = shares.map(total);
  const better = Math.abs(sum) > least && bySubject.length > 2 ? sum > 0 : second > first;
  return { shares, better: better ? 1 : 0 };
}

function total(shares: readonly HeldOutShares[]): number {
  return shares.reduce((sum, { own, others }) => sum + (own ?? 0) + (others ?? 0), 0);
}
