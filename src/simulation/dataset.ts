// Converts a simulation to a data set in memory, with the same numbers as a study that is written to files and read.

import { levelTerms, numberTerms } from '../data/cause-terms.js';
import type { Cause } from '../data/causes.js';
import { modalityOfColumns } from '../data/columns-modality.js';
import type { Dataset, Modality } from '../data/dataset.js';
import { fingerprintOf } from '../data/fingerprint.js';
import type { RawColumn } from '../data/kinds.js';
import { withPrivateLatents } from '../data/private-latents.js';
import type { SimulatedCause } from './causes.js';
import { EXOGENOUS } from './graph.js';
import type { Simulation } from './simulate.js';
import { SIMULATED_LEVELS } from './kinds.js';
import { knownTargets } from './tables.js';

/**
 * Returns the data set, standardised on the observed training values. Shared latents are latents of every modality.
 * With causes, exogenous variables are private latents. The effect of batches is not removed.
 * @param asGaussian if true, levels and counts are treated as measurements
 */
export function simulatedDataset(
  simulation: Simulation,
  { asGaussian = false }: { readonly asGaussian?: boolean } = {},
): Dataset {
  const { ids, modalities, latents, shared: count, split, causes } = simulation;
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
  const dataset = {
    ids,
    modalities: tables,
    ...(causes && { causes: causes.map((cause) => causeOf(cause, simulation)) }),
    shared,
    split,
  };
  const complete = { ...dataset, fingerprint: fingerprintOf(dataset) };
  return causes ? withPrivateLatents(complete) : complete;
}

function causeOf(cause: SimulatedCause, simulation: Simulation): Cause {
  const { name, kind, levels, effect, values } = cause;
  const targets = knownTargets(cause, simulation);
  const common = { name, kind, assigned: true, effect, values, ...(targets && { targets }) };
  if (kind === 'categorical') return { ...common, levels, terms: levelTerms(levels!) };
  return { ...common, ...numberTerms({ kind, values, reference: 0 }, simulation.split.train) };
}
