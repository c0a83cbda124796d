// What run.json says of ranges, beside what it says of the model.

import { InputError } from '../errors.js';
import { latentLayout } from '../models/layout.js';
import type { Ranges } from '../training/ranges-schema.js';
import type { RunSummary } from '../training/run-folder.js';

/**
 * A range for every latent, noise and column that the model has.
 * @throws InputError `damaged-file`
 */
export function checkRanges({ model, columns }: RunSummary, { latents, epsilon, eta, noise }: Ranges): void {
  const { modalityOf, modalities } = latentLayout(model.modalities);
  const slopes = modalities.flatMap(({ exogenous }, m) =>
    new Array<number>(exogenous).fill(modalityOf.filter((modality) => modality === m).length),
  );
  const wanted = [modalityOf.length, modalityOf.length, slopes, columns.map((scales) => scales.columns.length)];
  const found = [latents.length, epsilon.length, eta.map((one) => one.slopes.length), noise.map((own) => own.length)];
  if (JSON.stringify(found) === JSON.stringify(wanted)) return;
  throw new InputError(
    'damaged-file',
    `run.json: ranges are of ${JSON.stringify(found)} latents, noises and columns, the model has ` +
      `${JSON.stringify(wanted)}; fit again, or copy the file from where it is whole.`,
  );
}
