// A simulation as a data set in memory: the same numbers that a study written to files is read back with.

import type { Dataset, Modality } from '../data/dataset.js';
import { fingerprintOf } from '../data/fingerprint.js';
import { EXOGENOUS } from './graph.js';
import type { Simulation } from './simulate.js';
import { encodeColumns, fitScale } from '../data/standardise.js';

/**
 * Modalities of the simulation's latents, the shared ones included, standardised on what the training part observes.
 */
export function simulatedDataset({ ids, modalities, latents, shared: count, split }: Simulation): Dataset {
  const encoded = modalities.map(({ name, x, observed, columns: width }): Modality => {
    const raw = Array.from({ length: width }, (_, column) =>
      Float64Array.from(ids, (_, row) => x[row * width + column]),
    );
    const columns = raw.map((values, column) => {
      const rows = observed ? split.train.filter((row) => observed[row * width + column] === 1) : split.train;
      return fitScale(`x${column + 1}`, values, rows, 'never');
    });
    const values = encodeColumns((column) => raw[column], { name, columns }, ids);
    const modality = { name, columns, values, latents, exogenous: EXOGENOUS };
    if (!observed?.includes(0)) return modality;
    return { ...modality, values: values.map((value, at) => (observed[at] === 1 ? value : 0)), observed };
  });
  const shared = count > 0 ? { latents: count, modalities: [...modalities.keys()] } : undefined;
  const dataset = { ids, modalities: encoded, shared, split };
  return { ...dataset, fingerprint: fingerprintOf(dataset) };
}
