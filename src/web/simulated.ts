// Simulated people with a known graph, as data for a first fit.

import { csvText } from '../files/csv-text.js';
import type { SimulationOptions } from '../simulation/options.js';
import { simulate } from '../simulation/simulate.js';
import { studyText, subjectColumns, SUBJECTS_TABLE, tableColumns } from '../simulation/tables.js';

/** Returns files by name: a CSV per modality, one with causes and batches if there are any, and study.yaml. */
export function simulatedStudy(caseName: string, options: SimulationOptions): Record<string, string> {
  const simulation = simulate(caseName, options);
  const { ids, modalities } = simulation;
  const known = subjectColumns(simulation);
  return {
    ...Object.fromEntries(modalities.map((modality) => [`${modality.name}.csv`, csvText(tableColumns(ids, modality))])),
    ...(known && { [`${SUBJECTS_TABLE}.csv`]: csvText(known) }),
    'study.yaml': studyText(simulation, 'csv'),
  };
}
