// What a model says of each modality and of the others, as tables of training and held-out subjects.

import type { Dataset } from '../data/dataset.js';
import { block, type Samples } from '../metrics/index.js';
import type { HeldOutShares } from './schema.js';
import { TwoParts, type PerPart } from './two-parts.js';

/** What a model makes of some subjects. */
export interface ModelReading {
  /** Posterior means, rows × latents of all modalities. */
  readonly latents: Samples;
  /** x̂, standardised, rows × columns of all modalities. */
  readonly reconstruction: Samples;
}

export interface ModalityParts {
  readonly own: TwoParts;
  readonly others: TwoParts;
  /** Its columns among those of all modalities. */
  readonly columnsOf: (reading: PerPart<ModelReading>) => PerPart<Samples>;
  /** Its latents among those of all modalities. */
  readonly latentsOf: (reading: PerPart<ModelReading>) => PerPart<Samples>;
}

/** Of every modality, in order. */
export function modalityParts(dataset: Dataset, rows: PerPart<Int32Array>): ModalityParts[] {
  let [column, latent] = [0, 0];
  return dataset.modalities.map(({ columns, latents }, m) => {
    const [firstColumn, firstLatent] = [column, latent];
    column += columns.length;
    latent += latents;
    const all = [...dataset.modalities.keys()];
    return {
      own: new TwoParts(dataset, [m], rows),
      others: new TwoParts(
        dataset,
        all.filter((i) => i !== m),
        rows,
      ),
      columnsOf: ({ train, heldOut }) => ({
        train: block(train.reconstruction, firstColumn, firstColumn + columns.length),
        heldOut: block(heldOut.reconstruction, firstColumn, firstColumn + columns.length),
      }),
      latentsOf: ({ train, heldOut }) => ({
        train: block(train.latents, firstLatent, firstLatent + latents),
        heldOut: block(heldOut.latents, firstLatent, firstLatent + latents),
      }),
    };
  });
}

/** By modality. @param reading of `rows` */
export function heldOutShares(
  dataset: Dataset,
  rows: PerPart<Int32Array>,
  reading: PerPart<ModelReading>,
): HeldOutShares[] {
  return modalityParts(dataset, rows).map(({ own, others, columnsOf, latentsOf }) => ({
    own: own.shares(columnsOf(reading)).heldOut,
    others: others.sharesOfCentred(others.predictedFrom(latentsOf(reading))).heldOut,
  }));
}
