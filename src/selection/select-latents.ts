// Recommends the number of latents of a modality by cross-validation. Candidates predict all other modalities from a
// bottleneck of this one (Theorem 4.2: only z influences other modalities). All candidates, folds and modalities train
// as one program.

import { valuesPerSubject } from '../data/regular-array.js';
import { joined } from '../data/select-rows.js';
import { predictedColumns } from '../data/size.js';
import { checkDataset } from '../data/check.js';
import type { Dataset } from '../data/dataset.js';
import { withPrivateNoise } from '../data/private-latents.js';
import { InputError } from '../errors/errors.js';
import type { DeviceChoice } from '../runtime/device.js';
import { trainingDevice } from '../training/training-device.js';
import { foldsOf } from './folds.js';
import { heldOutErrors, type SelectionProgress } from './held-out-errors.js';
import { recommend, type Recommendation } from './select-rule.js';
import type { SelectionOptions } from './selection-options.js';

export type { SelectionOptions, SelectionProgress };

export interface LatentSelection {
  readonly modalities: readonly ModalitySelection[];
  /** Number of subjects in the training and validation splits. The test split is not used. */
  readonly subjects: number;
  readonly splits: number;
  readonly tolerance: number;
  readonly seed: number;
  /** Fingerprint of the data set. */
  readonly fingerprint: string;
  /** The device of the computation, and the reason for the choice. */
  readonly device: DeviceChoice;
  readonly seconds: number;
}

export interface ModalitySelection extends Recommendation {
  readonly name: string;
  readonly columns: number;
  /** Number of columns of the other modalities. */
  readonly otherColumns: number;
  /** Current numbers in the study, without the private latents of a data set with causes. */
  readonly latents: number;
  readonly exogenous: number;
}

export const SELECTION_DEFAULTS = { maxLatents: 6, splits: 4, tolerance: 0.02, seed: 0 } as const;

const MIN_SPLITS = 3;

/**
 * Recommends a number of latents for each modality. It does not change the data set.
 *
 * @throws InputError `invalid-dataset`, `invalid-setting`, `too-few-modalities`, `too-few-subjects`;
 *   NumericError `all-runs-diverged`; DeviceError if the device cannot be used or has too little memory; the signal's
 *   reason when aborted
 */
export async function selectLatents(dataset: Dataset, options: SelectionOptions = {}): Promise<LatentSelection> {
  checkDataset(dataset);
  const started = performance.now();
  const settings = { ...SELECTION_DEFAULTS, ...options };
  const { maxLatents, splits, tolerance, seed, threads, signal, onProgress } = settings;
  checkSettings(settings);
  if (dataset.modalities.length === 1) {
    throw new InputError(
      'too-few-modalities',
      `Modality "${dataset.modalities[0].name}" is the only one of the study, and latents are counted by what they ` +
        'predict of other modalities; add a modality, or choose latents yourself.',
    );
  }
  signal?.throwIfAborted();
  const { device, choice } = await trainingDevice(dataset, settings.device, settings.matmulPrecision);
  const subjects = joined(dataset.split.train, dataset.split.validation);
  const folds = foldsOf(subjects, splits, seed, dataset.groups);
  const errors = await heldOutErrors(dataset, folds, { maxLatents, seed, threads, device, signal, onProgress });
  const widths = dataset.modalities.map((modality) =>
    modality.regularArray ? valuesPerSubject(modality) : predictedColumns(modality.columns).length,
  );
  const all = widths.reduce((total, columns) => total + columns, 0);
  return {
    modalities: withPrivateNoise(dataset).modalities.map(({ name, latents, exogenous }, m) => {
      const columns = widths[m];
      // An observation is invertible (Eq. 2), so latents and exogenous variables cannot outnumber the columns.
      const limit = Math.max(1, Math.min(maxLatents, columns - exogenous));
      const otherColumns = all - columns;
      const recommendation = recommend(errors[m].slice(0, limit + 1), tolerance);
      return { name, columns, otherColumns, latents, exogenous, ...recommendation };
    }),
    subjects: subjects.length,
    splits,
    tolerance,
    seed,
    fingerprint: dataset.fingerprint,
    device: choice,
    seconds: (performance.now() - started) / 1000,
  };
}

function checkSettings({
  maxLatents,
  splits,
  tolerance,
  seed,
}: Required<Pick<SelectionOptions, 'maxLatents' | 'splits' | 'tolerance' | 'seed'>>): void {
  const check = (setting: string, value: number, isValid: boolean, accepted: string): void => {
    if (!isValid) {
      throw new InputError('invalid-setting', `Setting "${setting}": takes ${accepted}, got ${value}.`, { setting });
    }
  };
  check(
    'maxLatents',
    maxLatents,
    Number.isInteger(maxLatents) && maxLatents >= 1 && maxLatents <= 64,
    'a whole number from 1 to 64',
  );
  check(
    'splits',
    splits,
    Number.isInteger(splits) && splits >= MIN_SPLITS && splits <= 64,
    `a whole number from ${MIN_SPLITS} to 64`,
  );
  check('tolerance', tolerance, tolerance >= 0 && tolerance < 1, 'a number from 0 up to 1');
  check('seed', seed, Number.isInteger(seed) && seed >= 0 && seed <= 0xffffffff, 'a whole number below 2³²');
}
