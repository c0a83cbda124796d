// Measures what a user waits for: loading the package, planning a program, encoding one subject and many.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Dataset } from '../src/data/dataset.js';
import { simulate } from '../src/simulation/simulate.js';
import { simulatedDataset } from '../src/simulation/dataset.js';
import { MultimodalCausalModel } from '../src/model/multimodal-causal-model.js';
import { packageRoot } from '../src/runtime/package.js';
import type { Section } from './section.js';
import { figure, target, targetText, type Target } from './targets.js';
import { interleaved, median, milliseconds } from './timing.js';

const SUBJECTS = 10_000;

interface LatencyRow {
  readonly name: string;
  readonly unit: 'ms' | 'µs' | 'latents/s';
  readonly target: number;
  readonly values: readonly number[];
}

export const latency: Section<LatencyRow> = {
  name: 'latency',
  title: 'Latency',

  async *measure({ quick, progress }) {
    const processes = quick ? 7 : 21;
    progress('importing the package');
    yield* await importing(processes);
    progress('planning case 1');
    yield {
      name: 'building and planning the training program of case 1, in a fresh process',
      ...{ unit: 'ms', target: 150 },
      values: Array.from({ length: processes }, () =>
        Number(node(join(packageRoot, 'build', 'bench', 'planning.mjs'))),
      ),
    };
    progress('encode');
    yield* await encoding(quick ? 200 : 2000, quick ? 5 : 21);
  },

  table: (rows) => ({
    head: ['what', 'median', 'target'],
    rows: rows.map((row) => [row.name, `${figure(median(row.values))} ${row.unit}`, targetText(asTarget(row))]),
  }),

  targets: (rows) => rows.map(asTarget),
};

function asTarget({ name, unit, target: limit, values }: LatencyRow): Target {
  return target(name, median(values), unit === 'latents/s' ? 'at least' : 'at most', limit, unit);
}

/** Measures whole processes, minus the time of a Node process that imports nothing. */
async function importing(processes: number): Promise<LatencyRow[]> {
  const run = (script: string) => () => milliseconds(() => node('--input-type=module', '-e', script));
  const { bare, esm, cjs } = await interleaved(processes, {
    bare: run(''),
    esm: run(`await import('interlatent')`),
    cjs: run(
      `import { createRequire } from 'node:module'; createRequire(process.cwd() + '/package.json')('interlatent')`,
    ),
  });
  const row = (how: string, times: readonly number[]): LatencyRow => ({
    name: `${how}, over a Node that imports nothing`,
    ...{ unit: 'ms', target: 80 },
    values: times.map((time) => time - median(bare)),
  });
  return [row(`import 'interlatent'`, esm), row(`require('interlatent')`, cjs)];
}

/** Measures the public API: a briefly trained model of case 1 encodes its subjects. */
async function encoding(calls: number, repetitions: number): Promise<LatencyRow[]> {
  const dataset = simulatedDataset(simulate('case1', { samples: SUBJECTS - 500, test: 500 }));
  await using model = await MultimodalCausalModel.fit(dataset, { encoderRestarts: 1, epochs: 2 });
  const one = firstSubject(dataset);
  for (let call = 0; call < calls / 4; call++) await model.encode(one);
  const single: number[] = [];
  for (let call = 0; call < calls; call++) single.push(1000 * (await milliseconds(() => model.encode(one))));
  const latents = SUBJECTS * dataset.modalities.reduce((sum, modality) => sum + modality.latents, 0);
  const many: number[] = [];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    many.push(latents / ((await milliseconds(() => model.encode(dataset))) / 1000));
  }
  return [
    { name: 'encode of one subject', unit: 'µs', target: 100, values: single },
    { name: `encode of ${figure(SUBJECTS)} subjects`, unit: 'latents/s', target: 1e6, values: many },
  ];
}

function firstSubject(dataset: Dataset): Dataset {
  const none = new Int32Array();
  return {
    ...dataset,
    ids: dataset.ids.slice(0, 1),
    modalities: dataset.modalities.map((modality) => ({
      ...modality,
      values: modality.values.slice(0, modality.columns.length),
    })),
    split: { train: none, validation: none, test: Int32Array.of(0) },
  };
}

function node(...args: string[]): string {
  return execFileSync(process.execPath, args, { cwd: packageRoot, encoding: 'utf8' });
}
