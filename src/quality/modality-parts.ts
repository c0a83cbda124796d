// What a model says of each modality and of the others, as tables of training and held-out subjects.

import type { Dataset } from '../data/dataset.js';
import { block, type Samples } from '../metrics/index.js';
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

/** Of modality m; tables of all modalities at once would fill the memory. */
export function partsOf(dataset: Dataset, rows: PerPart<Int32Array>, m: number): ModalityParts {
  const { modalities } = dataset;
  const before = modalities.slice(0, m);
  const column = before.reduce((sum, { columns }) => sum + columns.length, 0);
  const latent = before.reduce((sum, { latents }) => sum + latents, 0);
  const { columns, latents } = modalities[m];
  const others = [...modalities.keys()].filter((i) => i !== m);
  const both = <T>({ train, heldOut }: PerPart<T>, of: (part: T) => Samples): PerPart<Samples> => ({
    train: of(train),
    heldOut: of(heldOut),
  });
  return {
    own: new TwoParts(dataset, [m], rows),
    others: new TwoParts(dataset, others, rows),
    columnsOf: (reading) => both(reading, (part) => block(part.reconstruction, column, column + columns.length)),
    latentsOf: (reading) => both(reading, (part) => block(part.latents, latent, latent + latents)),
  };
}
