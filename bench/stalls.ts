// Measures how long calls of the library block the event loop of the calling program. It uses dist/, as programs do.
// `scripts/bench stalls` writes bench/results/stalls.json and the table in docs/reference/performance.md.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { writeFileAtomic } from '../src/files/atomic.js';
import type * as Package from '../src/index.js';
import { packageRoot } from '../src/runtime/package.js';
import { machine } from './machine.js';
import { publishedFolder } from './results.js';
import { fillDocument, markdownTable, terminalTable, type Table } from './table.js';
import { median } from './timing.js';

const REPETITIONS = 5;
/** Maximal stall in milliseconds. */
const MAX_STALL = 50;
const SETTINGS = { epochs: 20, threads: 1 };

interface Row {
  readonly call: string;
  /** Milliseconds from call to answer, every repetition. */
  readonly whole: readonly number[];
  /** Longest time without a turn of the event loop in milliseconds, every repetition. */
  readonly longest: readonly number[];
}

const library = (await import(pathToFileURL(join(packageRoot, 'dist', 'index.js')).href)) as typeof Package;
const { MultimodalCausalModel, readStudy, selectLatents, simulate, writeSimulation } = library;
const folder = mkdtempSync(join(tmpdir(), 'interlatent-stalls-'));
try {
  const before = machine();
  const rows = await measured();
  console.log(terminalTable(table(rows)));
  const results = { command: 'scripts/bench stalls', machine: before, repetitions: REPETITIONS, rows };
  await writeFileAtomic(join(publishedFolder, 'stalls.json'), `${JSON.stringify(results, null, 2)}\n`);
  await fillDocument(
    join(packageRoot, 'docs', 'reference', 'performance.md'),
    new Map([['stalls', markdownTable(table(rows))]]),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measured(): Promise<Row[]> {
  await writeSimulation(simulate('case1', { samples: 10_000, test: 2_000 }), folder);
  const study = await readStudy(join(folder, 'study.yaml'));
  const run = join(folder, 'run');
  const fitted = await MultimodalCausalModel.fit(study, SETTINGS);
  await fitted.save(run);
  await fitted.dispose();
  const latent = 'm1.z1';
  const calls: Record<string, (model: Package.MultimodalCausalModel) => Promise<unknown>> = {
    'readStudy, 12,000 subjects': () => readStudy(join(folder, 'study.yaml')),
    'fit, 20 epochs, with its evidence': async () => (await MultimodalCausalModel.fit(study, SETTINGS)).dispose(),
    'selectLatents, up to 3': () => selectLatents(study.dataset, { maxLatents: 3, threads: 1 }),
    load: async () => (await MultimodalCausalModel.load(run)).dispose(),
    'encode, 12,000 subjects': (model) => model.encode(study.dataset),
    intervene: (model) => model.intervene({ [latent]: { sd: 1 } }),
    'counterfactual, 100 subjects': (model) =>
      all(model.counterfactual(study.dataset, { [latent]: 0 }, { subjects: study.dataset.ids.slice(0, 100) })),
    'report with its subjects': (model) => model.report({ study }),
  };
  const rows: Row[] = [];
  for (const [call, work] of Object.entries(calls)) {
    console.error(call);
    const whole: number[] = [];
    const longest: number[] = [];
    for (let repetition = 0; repetition < REPETITIONS; repetition++) {
      // Each repetition loads the model, because the first call of a model compiles programs.
      await using model = await MultimodalCausalModel.load(run);
      const times = await watched(() => work(model));
      whole.push(times.whole);
      longest.push(times.longest);
    }
    rows.push({ call, whole, longest });
  }
  return rows;
}

/** Measures a call. The event loop turns continuously meanwhile, so the time between two turns is a stall. */
async function watched(work: () => Promise<unknown>): Promise<{ readonly whole: number; readonly longest: number }> {
  let longest = 0;
  let last = performance.now();
  const turn = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    next = setImmediate(turn);
  };
  let next = setImmediate(turn);
  const started = last;
  await work();
  const whole = performance.now() - started;
  clearImmediate(next);
  return { whole, longest: Math.max(longest, performance.now() - last) };
}

async function all(items: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const item of items) count += item === undefined ? 0 : 1;
  return count;
}

function table(rows: readonly Row[]): Table {
  return {
    head: ['call', 'answered after, ms', 'longest stall, ms, median', 'maximum', 'target'],
    rows: rows.map(({ call, whole, longest }) => [
      call,
      median(whole).toFixed(0),
      median(longest).toFixed(1),
      Math.max(...longest).toFixed(1),
      `≤ ${MAX_STALL}`,
    ]),
  };
}
