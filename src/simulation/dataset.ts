// A simulation as a data set in memory: the same numbers that a study written to files is read back with.

import type { Dataset, Modality } from '../data/dataset.js';
import { fingerprintOf } from '../data/fingerprint.js';
import { EXOGENOUS } from './graph.js';
import type { Simulation } from './simulate.js';
import { encodeColumns, fitScale, observedRows } from '../data/standardise.js';

/**
 * Modalities of the simulation's latents, the shared ones included, standardised on what the training part observes.
 */
export function simulatedDataset({ ids, modalities, latents, shared: count, split }: Simulation): Dataset {
  const tables = modalities.map(({ name, x, observed, columns: width }): Modality => {
    const raw = Array.from({ length: width }, (_, column) =>
      Float64Array.from(ids, (_, row) => {
        const at = row * width + column;
        return observed?.[at] === 0 ? NaN : x[at];
      }),
    );
    const columns = raw.map((values, column) =>
      fitScale(`x${column + 1}`, values, observedRows(values, split.train), 'never'),
    );
    const encoded = encodeColumns((column) => raw[column], { name, columns }, ids);
    return { name, columns, ...encoded, latents, exogenous: EXOGENOUS };
  });
  const shared = count > 0 ? { latents: count, modalities: [...modalities.keys()] } : undefined;
  const dataset = { ids, modalities: tables, shared, split };
  return { ...dataset, fingerprint: fingerprintOf(dataset) };
}
