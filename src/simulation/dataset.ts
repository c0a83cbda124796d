// A simulation as a data set in memory: the same numbers that a study written to files is read back with.

import type { Dataset, Modality } from '../data/dataset.js';
import { fingerprintOf } from '../data/fingerprint.js';
import { EXOGENOUS } from './graph.js';
import type { Simulation } from './simulate.js';
import { encodeColumns, fitScale } from '../data/standardise.js';

/** Modalities of the simulation's latents, the shared ones included, standardised on the training part. */
export function simulatedDataset({ ids, modalities, latents, shared: count, split }: Simulation): Dataset {
  const encoded = modalities.map(({ name, x, columns: width }): Modality => {
    const raw = Array.from({ length: width }, (_, column) =>
      Float64Array.from(ids, (_, row) => x[row * width + column]),
    );
    const columns = raw.map((values, column) => fitScale(`x${column + 1}`, values, split.train, 'never'));
    return {
      name,
      columns,
      values: encodeColumns((column) => raw[column], { name, columns }, ids),
      latents,
      exogenous: EXOGENOUS,
    };
  });
  const shared = count > 0 ? { latents: count, modalities: [...modalities.keys()] } : undefined;
  const dataset = { ids, modalities: encoded, shared, split };
  return { ...dataset, fingerprint: fingerprintOf(dataset) };
}
