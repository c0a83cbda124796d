// Batches of a data set whose shift other modalities may share.

import { withBatchEffects } from '../../data/batches.js';
import type { Dataset } from '../../data/dataset.js';

/**
 * Returns the columns of batches; none if there is no second modality to compare with. Batches that a cause divides the
 * subjects like are left out.
 */
export function batchColumns({ modalities }: Pick<Dataset, 'modalities'>): string[] {
  const columns = modalities.flatMap(({ batches, batchPositions }) =>
    batches && batchPositions && !batches.causes ? [batches.column] : [],
  );
  return modalities.length > 1 ? [...new Set(columns)] : [];
}

/** Returns the data set with the effects of some batches on the values, which the reader had removed. */
export function withBatchesOf(dataset: Dataset, column: string): Dataset {
  const modalities = dataset.modalities.map((modality) => {
    const { batches, batchPositions, values, columns, observed } = modality;
    if (batches?.column !== column || !batchPositions) return modality;
    const shifted = withBatchEffects(values, columns, batchPositions);
    // Missing values stay 0.
    return { ...modality, values: observed ? shifted.map((value, at) => value * observed[at]) : shifted };
  });
  return { ...dataset, modalities };
}
