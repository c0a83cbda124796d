// Private encodings of a data set with causes. Only the causes tell which latents other modalities do not need, so
// the exogenous variables of each modality are latents, the last ones. The subspaces are trained with the original
// division.

import { checkArgument } from '../errors/argument.js';
import type { Dataset, Modality } from './dataset.js';
import { DATASET } from './dataset-shape.js';
import { fingerprintOf } from './fingerprint.js';

/** Returns the modality with its exogenous variables as private latents. */
export function withPrivateEncodings<Of extends Pick<Modality, 'latents' | 'exogenous' | 'privateLatents'>>(
  modality: Of,
): Of {
  const { latents, exogenous, privateLatents = 0 } = modality;
  return { ...modality, latents: latents + exogenous, exogenous: 0, privateLatents: privateLatents + exogenous };
}

/**
 * Returns the data set as a fit with causes reads it: the exogenous variables of every modality are latents.
 * `readStudy` returns a study with causes in this form.
 * @throws InputError `invalid-argument`
 */
export function withPrivateLatents(dataset: Dataset): Dataset {
  checkArgument('withPrivateLatents: dataset', dataset, DATASET);
  const { modalities } = dataset;
  if (modalities.every(({ exogenous }) => exogenous === 0)) return dataset;
  const changed = { ...dataset, modalities: modalities.map(withPrivateEncodings) };
  return { ...changed, fingerprint: fingerprintOf(changed) };
}

/**
 * Returns the data set with the original division, in which the private latents are exogenous variables. It keeps the
 * fingerprint, because it belongs to the same fit.
 */
export function withPrivateNoise(dataset: Dataset): Dataset {
  return {
    ...dataset,
    modalities: dataset.modalities.map(({ privateLatents = 0, ...modality }) => ({
      ...modality,
      latents: modality.latents - privateLatents,
      exogenous: modality.exogenous + privateLatents,
    })),
  };
}
