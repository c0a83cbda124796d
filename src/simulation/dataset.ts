// A simulation as a data set in memory: the same numbers that a study written to files is read back with.

import { modalityOfColumns } from '../data/columns-modality.js';
import type { Dataset, Modality } from '../data/dataset.js';
import { fingerprintOf } from '../data/fingerprint.js';
import type { RawColumn } from '../data/kinds.js';
import { EXOGENOUS } from './graph.js';
import type { Simulation } from './simulate.js';
import { SIMULATED_LEVELS } from './kinds.js';

/**
 * Modalities of the simulation's latents, the shared ones included, standardised on what the training split observes.
 * @param asGaussian true: levels and counts are taken for measurements
 */
export function simulatedDataset(
  { ids, modalities, latents, shared: count, split }: Simulation,
  { asGaussian = false }: { readonly asGaussian?: boolean } = {},
): Dataset {
  const tables = modalities.map(({ name, x, kinds, observed, columns: width }): Modality => {
    const columns = Array.from({ length: width }, (_, column): RawColumn => {
      const kind = asGaussian ? undefined : kinds?.[column];
      return {
        name: `x${column + 1}`,
        values: Float64Array.from(ids, (_id, row) => {
          const at = row * width + column;
          return observed?.[at] === 0 ? NaN : x[at];
        }),
        ...(kind && kind !== 'gaussian' && { kind, levels: SIMULATED_LEVELS[kind] }),
      };
    });
    return modalityOfColumns({ name, columns, latents, exogenous: EXOGENOUS }, ids, split.train);
  });
  const shared = count > 0 ? { latents: count, modalities: [...modalities.keys()] } : undefined;
  const dataset = { ids, modalities: tables, shared, split };
  return { ...dataset, fingerprint: fingerprintOf(dataset) };
}
