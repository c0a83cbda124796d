// What a test of one cause holds constant, and what its units are. Batches that are the same as some cause are no
// covariates of the study, because no latent would then differ between the levels of that cause.

import { batchUnits } from '../../data/batch-units.js';
import type { Cause } from '../../data/causes.js';
import type { Dataset, Modality } from '../../data/dataset.js';

/** What a test of a cause needs of a study. */
export type CauseStudy = Pick<Dataset, 'groups' | 'covariates'> & {
  readonly causes: readonly Cause[];
  /** True if `groups` are batches, of which both folds have subjects. */
  readonly hasBatchUnits?: boolean | undefined;
};

/**
 * Returns the other causes that are held constant while one is tested. One that nobody assigned can be an effect of an
 * assigned cause. It would hide what passes through it, or associate the cause with other causes of a latent.
 */
export function heldCauses(causes: readonly Cause[], position: number): Cause[] {
  const isHeld = ({ assigned }: Cause) => assigned || !causes[position].assigned;
  return causes.filter((other, i) => i !== position && isHeld(other));
}

/**
 * Returns the study for tests of one cause. Its units can be batches (`batchUnits`). Batches that are the same as
 * causes which are held constant are covariates.
 */
export function studyOfCause(
  position: number,
  { study, modalities = [] }: { readonly study: CauseStudy; readonly modalities?: readonly Modality[] | undefined },
): CauseStudy {
  const { causes, covariates = [], groups } = study;
  const units = batchUnits(causes[position], { modalities, groups });
  const held = heldCauses(causes, position).map(({ name }) => name);
  const ofOthers = modalities.filter(
    ({ batches, batchPositions }) => batchPositions && batches?.causes?.every((name) => held.includes(name)),
  );
  const indicators = ofOthers.flatMap(({ batches, batchPositions }) =>
    batches!.levels.map((_, level) => batchPositions!.map((batch) => Number(batch === level))),
  );
  return {
    ...study,
    ...(units && { groups: units, hasBatchUnits: true }),
    ...(indicators.length > 0 && { covariates: [...covariates, ...indicators] }),
  };
}
