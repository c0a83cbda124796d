// Simulated people with a known graph, as data for a first fit.

import { csvText } from '../files/csv-text.js';
import type { SimulationOptions } from '../simulation/options.js';
import { simulate } from '../simulation/simulate.js';
import { studyText, tableColumns } from '../simulation/tables.js';

/** Returns files by name: a CSV per modality, and study.yaml. */
export function simulatedStudy(caseName: string, options: SimulationOptions): Record<string, string> {
  const simulation = simulate(caseName, options);
  const { ids, modalities } = simulation;
  return {
    ...Object.fromEntries(modalities.map((modality) => [`${modality.name}.csv`, csvText(tableColumns(ids, modality))])),
    'study.yaml': studyText(simulation, 'csv'),
  };
}
