// Made-up people of a known graph, to try a fit on.

import { csvText } from '../files/csv-text.js';
import type { SimulationOptions } from '../simulation/options.js';
import { simulate } from '../simulation/simulate.js';
import { studyText, tableColumns } from '../simulation/tables.js';

/** Files by name: a CSV per modality, and study.yaml. */
export function simulatedStudy(caseName: string, options: SimulationOptions): Record<string, string> {
  const simulation = simulate(caseName, options);
  const { ids, modalities } = simulation;
  return {
    ...Object.fromEntries(modalities.map((own) => [`${own.name}.csv`, csvText(tableColumns(ids, own))])),
    'study.yaml': studyText(simulation, 'csv'),
  };
}
