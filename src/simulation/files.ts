// Writes a simulation like a study of a user: a table per modality, the study file, and additional files with the
// truth.

import { checkArgument, checkOptions, type Shape } from '../errors/argument.js';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { graphFromAdjacency, graphToJson } from '../causal/index.js';
import { InputError } from '../errors/errors.js';
import { makeFolder, writeFileAtomic } from '../files/atomic.js';
import type { NpyArray } from '../files/npy.js';
import { writeTable } from '../files/read-table.js';
import { EXOGENOUS } from './graph.js';
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
  const study = join(folder, 'study.yaml');
  if (await exists(study)) {
    throw new InputError(
      'folder-exists',
      `${study} already exists and is not overwritten; choose another folder, or remove this one first`,
      { path: study },
    );
  }
  await makeFolder(folder);
  const written: string[] = [];
  const write = async (name: string, content: (path: string) => Promise<void>) => {
    const path = join(folder, name);
    await content(path);
    written.push(path);
  };
  const { ids, modalities, latents, z, eta, adjacency } = simulation;
  for (const modality of modalities) {
    await write(`${modality.name}.${format}`, (path) => writeTable(path, tableColumns(ids, modality)));
  }
  const known = subjectColumns(simulation);
  if (known) await write(`${SUBJECTS_TABLE}.${format}`, (path) => writeTable(path, known));

  const subjects = ids.length;
  const size = modalities.length * latents;
  const incomplete = modalities.filter(({ observed }) => observed);
  const truth: [string, NpyArray][] = [
    ['id', { shape: [subjects], data: ids }],
    ['z', { shape: [subjects, size], data: z }],
    ['eta', { shape: [subjects, modalities.length * EXOGENOUS], data: eta }],
    ['adjacency', { shape: [size, size], data: adjacency }],
    ...causesTruth(simulation, size),
    ...incomplete.map(({ name, x, columns }): [string, NpyArray] => [name, { shape: [subjects, columns], data: x }]),
  ];
  const { writeNpz } = await import('../files/npz.js');
  await write('truth.npz', (path) => writeNpz(path, truth));
  const graph = graphFromAdjacency(
    modalities.map(({ name }) => ({ name, latents })),
    adjacency,
  );
  await write('truth-graph.json', (path) => writeFileAtomic(path, graphToJson(graph)));
  // Write the study last: if it exists, all files that it names exist.
  await write('study.yaml', (path) => writeFileAtomic(path, studyText(simulation, format)));
  return written;
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
    ['columns', { shape: [latents], data: latentNames(simulation) }],
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

function latentNames({ modalities, latents }: Simulation): string[] {
  return modalities.flatMap(({ name }) => Array.from({ length: latents }, (_, i) => `${name}.z${i + 1}`));
}

function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
