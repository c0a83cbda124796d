// The files that a program of another method reads: subjects.npz with all values, and study.json, which describes them
// (docs/reference/comparison.md).

import { join } from 'node:path';
import { makeFolder, writeFileAtomic } from '../files/atomic.js';
import type { NpyArray } from '../files/npy.js';
import { version } from '../runtime/package.js';
import type { ComparedData } from './compared-data.js';

/** Version of the two files. */
export const COMPARISON_FORMAT = 'interlatent-comparison-1';
export const SUBJECTS_FILE = 'subjects.npz';
export const DESCRIPTION_FILE = 'study.json';

const SPLITS = ['train', 'validation', 'test'] as const;

/** Returns the arrays of subjects.npz. @param seed seed for the random choices of a method */
export function subjectArrays(data: ComparedData, seed = 0): Map<string, NpyArray> {
  const { ids, groups, split, modalities } = data;
  const rows = ids.length;
  const splits = new Array<string>(rows);
  for (const name of SPLITS) for (const row of split[name]) splits[row] = name;
  const texts = (values: readonly string[]): NpyArray => ({ shape: [values.length], data: Array.from(values) });
  const arrays = new Map<string, NpyArray>([
    ['id', texts(ids)],
    ['split', texts(splits)],
    ...(groups ? [['group', texts(groups)] as const] : []),
    ['modalities', texts(modalities.map(({ name }) => name))],
    ['latents', { shape: [modalities.length], data: Int32Array.from(modalities, ({ latents }) => latents) }],
    ['seed', { shape: [1], data: Int32Array.of(seed) }],
  ]);
  for (const { name, columns, table } of modalities) {
    const shape = [rows, columns.length];
    const observed = table.observed ?? new Uint8Array(rows * columns.length).fill(1);
    arrays.set(`${name}.values`, { shape, data: Float32Array.from(table.samples.values) });
    arrays.set(`${name}.observed`, { shape, data: observed });
    arrays.set(`${name}.columns`, texts(columns));
  }
  return arrays;
}

/** Writes a file of subjects. @throws FileError `unwritable`, `disk-full` */
export async function writeSubjects(path: string, data: ComparedData, seed = 0): Promise<void> {
  const { writeNpz } = await import('../files/npz.js');
  await writeNpz(path, subjectArrays(data, seed));
}

/** Writes both files to a folder. @throws FileError `unwritable`, `disk-full` */
export async function exportSplits(folder: string, name: string, data: ComparedData): Promise<void> {
  await makeFolder(folder);
  await writeSubjects(join(folder, SUBJECTS_FILE), data);
  const { split, modalities, fingerprint } = data;
  const description = {
    format: COMPARISON_FORMAT,
    version,
    study: name,
    fingerprint,
    subjects: Object.fromEntries(SPLITS.map((one) => [one, split[one].length])),
    modalities: modalities.map(({ name: modality, latents, columns }) => ({ name: modality, latents, columns })),
  };
  await writeFileAtomic(join(folder, DESCRIPTION_FILE), `${JSON.stringify(description, null, 2)}\n`);
}
