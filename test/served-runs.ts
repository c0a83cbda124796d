// RUN folders that tests serve. They have small fits, and tests compare the answers with those of the model itself.

import { join } from 'node:path';
import { simulate } from '../src/simulation/simulate.js';
import { simulatedDataset } from '../src/simulation/dataset.js';
import { MultimodalCausalModel } from '../src/multimodal-causal-model.js';
import { readStudy } from '../src/study/study.js';
import type { Row } from '../src/data/row.js';
import type { Scratch } from './scratch.js';

const SMALL = {
  fit: 'joint',
  encoderRestarts: 1,
  epochs: 2,
  batch: 64,
  hidden: 8,
  threads: 1,
  evidence: 'none',
} as const;

/** Writes a fit with two modalities of numeric columns. @returns the folder */
export async function plainRun({ folder }: Scratch, name: string, seed = 3): Promise<string> {
  const dataset = simulatedDataset(simulate('case1', { seed, samples: 300, test: 100 }));
  await using model = await MultimodalCausalModel.fit(dataset, { ...SMALL, seed });
  await model.save(join(folder, name));
  return join(folder, name);
}

/**
 * Writes a fit with a binary, an ordinal and a log column, and missing cells. Some subjects lack a modality.
 * @returns the folder
 */
export async function mixedRun({ folder, file }: Scratch, name: string): Promise<string> {
  const subjects = Array.from({ length: 160 }, (_, i) => i);
  const wave = (i: number, seed: number): number =>
    Math.round(1000 * Math.sin(12.9898 * (i + 1) + 78.233 * seed)) / 100;
  const table = (header: string, row: (i: number) => readonly (string | number)[], from = subjects): string =>
    [header, ...from.map((i) => [`p${i}`, ...row(i)].join())].join('\n');
  file(
    `${name}/clinic.csv`,
    table('id,smoker,stage,iron,dose', (i) => [
      i % 3 === 0 ? 'yes' : 'no',
      ['low', 'mid', 'high'][(i * 7) % 3],
      i % 11 === 0 ? '' : wave(i, 1),
      Math.round(Math.exp(wave(i, 2) / 3) * 1000) / 1000,
    ]),
  );
  file(
    `${name}/sleep.csv`,
    table(
      'id,hours,snore',
      (i) => [wave(i, 3), wave(i, 4)],
      subjects.filter((i) => i % 5 > 0),
    ),
  );
  const study = `study: mixed
id: id
missing: keep
modalities:
  clinic:
    table: clinic.csv
    latents: 2
    kinds: { smoker: binary, stage: ordinal }
    levels: { stage: [low, mid, high] }
    log: [dose]
  sleep: { table: sleep.csv, latents: 1 }
`;
  await using model = await MultimodalCausalModel.fit(await readStudy(file(`${name}/study.yaml`, study)), SMALL);
  await model.save(join(folder, name, 'run'));
  return join(folder, name, 'run');
}

/** Rows that a model of measured columns could have been fitted on. */
export function rowsFor(model: MultimodalCausalModel, count: number, seed = 1): Row[] {
  return Array.from({ length: count }, (_, i) =>
    Object.fromEntries(
      model.columnScales.map(({ name, columns }, m) => [
        name,
        Object.fromEntries(
          columns.map((column, c) => {
            const deviations = Math.sin(12.9898 * (seed + 7 * i) + 4.1 * c + 0.7 * m);
            return [column.name, Math.round((column.mean + deviations * column.sd) * 1e4) / 1e4];
          }),
        ),
      ]),
    ),
  );
}
