// Writes a simulation like a study of a user: a table per modality, the study file, and additional files with the
// truth.

import { checkArgument, checkOptions, type Shape } from '../errors/argument.js';
import { graphFromAdjacency, graphToJson } from '../causal/index.js';
import { writeFileAtomic } from '../files/atomic.js';
import type { NpyArray } from '../files/npy.js';
import { writeTable } from '../files/read-table.js';
import { CASES, latentNames } from './cases.js';
import { EXOGENOUS } from './graph.js';
import { newStudyFolder, STUDY_FILE } from './new-folder.js';
import { trueEffects } from './effects.js';
import type { Simulation } from './simulate.js';
import { studyText, subjectColumns, SUBJECTS_TABLE, tableColumns, type SimulationFormat } from './tables.js';

export { SIMULATION_FORMATS, type SimulationFormat } from './tables.js';

const SIMULATION: Shape = {
  ids: ['text'],
  modalities: [{ name: 'text' }],
  latents: 'number',
  z: 'typed array',
  eta: 'typed array',
  adjacency: 'typed array',
};

/** Writes a simulation; see `writeSimulation` in src/model/on-demand.ts. */
export async function writeSimulation(
  simulation: Simulation,
  folder: string,
  options: { readonly format?: SimulationFormat } = {},
): Promise<string[]> {
  checkArgument('writeSimulation: simulation', simulation, SIMULATION);
  checkArgument('writeSimulation: folder', folder, 'text');
  checkOptions('writeSimulation', options, { format: 'text' });
  const { format = 'csv' } = options;
  const files = await newStudyFolder(folder);
  const { ids, modalities, latents, z, eta, adjacency, variables } = simulation;
  for (const modality of modalities) {
    await files.file(`${modality.name}.${format}`, (path) => writeTable(path, tableColumns(ids, modality)));
  }
  const known = subjectColumns(simulation);
  if (known) await files.file(`${SUBJECTS_TABLE}.${format}`, (path) => writeTable(path, known));

  const subjects = ids.length;
  const size = modalities.length * latents;
  const incomplete = modalities.filter(({ observed }) => observed);
  const truth: [string, NpyArray][] = [
    ['id', { shape: [subjects], data: ids }],
    ['z', { shape: [subjects, size], data: z }],
    ['eta', { shape: [subjects, modalities.length * EXOGENOUS], data: eta }],
    ['adjacency', { shape: [size, size], data: adjacency }],
    ['variables', { shape: [size], data: Int32Array.from(variables) }],
    ...causesTruth(simulation, size),
    ...incomplete.map(({ name, x, columns }): [string, NpyArray] => [name, { shape: [subjects, columns], data: x }]),
  ];
  const { writeNpz } = await import('../files/npz.js');
  await files.file('truth.npz', (path) => writeNpz(path, truth));
  const graph = graphFromAdjacency(
    modalities.map(({ name }) => ({ name, latents })),
    adjacency,
  );
  await files.file('truth-graph.json', (path) => writeFileAtomic(path, graphToJson(graph)));
  await files.file(STUDY_FILE, (path) => writeFileAtomic(path, studyText(simulation, format)));
  return files.paths;
}

/** Returns the causes and their true targets and effects; nothing without causes and batches. */
function causesTruth(simulation: Simulation, latents: number): [string, NpyArray][] {
  const { causes, batches } = simulation;
  const values = (subjectColumns(simulation) ?? []).slice(1).map(({ name, values }): [string, NpyArray] => {
    const data = values instanceof Float64Array ? values : Array.from<unknown, string>(values, String);
    return [name, { shape: [data.length], data }];
  });
  if (!causes) return batches ? values : [];
  const targetRows = causes.flatMap(({ name, kind, levels }) =>
    kind === 'categorical' ? levels!.slice(1).map((level) => `${name}=${level}`) : [name],
  );
  const { rows, effects } = trueEffects(simulation);
  const effectRows = rows.map(({ cause, value }) => `${cause}=${value}`);
  return [
    ...values,
    ['columns', { shape: [latents], data: latentNames(CASES[simulation.case], simulation.latents) }],
    ['target_rows', { shape: [targetRows.length], data: targetRows }],
    [
      'targets',
      {
        shape: [targetRows.length, latents],
        data: Int8Array.from(causes.flatMap(({ targets }) => [...targets])),
      },
    ],
    ['effect_rows', { shape: [effectRows.length], data: effectRows }],
    ['effects', { shape: [effectRows.length, latents], data: effects }],
  ];
}
