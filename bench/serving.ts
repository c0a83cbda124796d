// `scripts/bench serving` measures requests per second of the plugin on one core. It compares them with a handler that
// does nothing, the same plugin with onnxruntime, and a plain handler around encodeRows. The server runs on the first
// core, the clients on the second.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { writeFileAtomic } from '../src/files/atomic.js';
import { MultimodalCausalModel } from '../src/model/multimodal-causal-model.js';
import { packageRoot } from '../src/runtime/package.js';
import { simulatedDataset } from '../src/simulation/dataset.js';
import { simulate } from '../src/simulation/simulate.js';
import { machine } from './machine.js';
import { publishedFolder } from './results.js';
import { FITTING, serve, SERVERS, type ServerName } from './serving-servers.js';
import { fillDocument, markdownTable, terminalTable, type Table } from './table.js';
import { measuredText, target, targetText, type Target } from './targets.js';
import { median } from './timing.js';

const REPETITIONS = 5;
const SECONDS = 2;
/** Milliseconds until a fit has begun to train. */
const FIRST_STEPS = 1000;
const FOLDER = join(packageRoot, 'build', 'bench', 'served');
const PORT = 4517;
const URL = `http://127.0.0.1:${PORT}`;

interface Load {
  /** Number of simultaneous connections. */
  readonly connections: number;
  /** Number of subjects per request. */
  readonly subjects: number;
  /** Requests per second. Default: each connection sends the next request when the last is answered. */
  readonly rate?: number;
  readonly servers: readonly ServerName[];
}

const FOUR: readonly ServerName[] = [
  'fastify, empty handler',
  'plugin',
  'plugin over onnxruntime',
  'plain handler of encodeRows',
];
const DURING_A_FIT: readonly ServerName[] = ['plugin', FITTING];
const LOADS: readonly Load[] = [
  { connections: 100, subjects: 1, servers: FOUR },
  { connections: 10, subjects: 100, servers: FOUR },
  { connections: 100, subjects: 1, servers: DURING_A_FIT },
  { connections: 100, subjects: 1, rate: 2000, servers: DURING_A_FIT },
];

interface Measured {
  /** Requests per second of wall time, which other processes on the machine reduce. */
  readonly rates: number[];
  /** 99th percentile of the latency in milliseconds. */
  readonly p99: number[];
  /** Processor time of the server per request, in microseconds. */
  readonly processor: number[];
}

interface Row extends Measured, Omit<Load, 'servers'> {
  readonly server: ServerName;
}

const [mode] = process.argv.slice(2);
if (mode === 'server') await serve(FOLDER, PORT);
else await measure(mode === '--quick' ? 1 : REPETITIONS);

/** Returns a request body of different subjects. */
async function bodyOf(subjects: number): Promise<string> {
  await using model = await MultimodalCausalModel.load(FOLDER);
  const rows = Array.from({ length: subjects }, (_, i) =>
    Object.fromEntries(
      model.columnScales.map(({ name, columns }) => [
        name,
        Object.fromEntries(
          columns.map((column, c) => [
            column.name,
            Math.round((column.mean + Math.sin(i + 7 * c) * column.sd) * 1e6) / 1e6,
          ]),
        ),
      ]),
    ),
  );
  return JSON.stringify({ rows });
}

interface Loaded {
  readonly requests: { readonly total: number };
  readonly latency: { readonly p99: number };
  readonly non2xx: number;
  readonly errors: number;
}

/** Sends requests for some seconds. @param body path of a file */
function load({ server, connections, rate }: Row, body: string, seconds: number): Loaded {
  const autocannon = join(packageRoot, 'node_modules/autocannon/autocannon.js');
  const how = [...['-c', connections], ...['-d', seconds], ...(rate === undefined ? [] : ['-R', rate])];
  const words = [...how, '-m', 'POST', '-H', 'content-type=application/json', '-i', body, '-j'];
  const command = ['-c', '1', process.execPath, autocannon, ...words.map(String), `${URL}${SERVERS[server]}`];
  const loaded = JSON.parse(
    execFileSync('taskset', command, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  ) as Loaded;
  if (loaded.non2xx + loaded.errors > 0) throw new Error(`${server}: some of ${loaded.requests.total} requests failed`);
  return loaded;
}

async function ask(path: string): Promise<string> {
  return (await fetch(`${URL}${path}`)).text();
}

/** Returns the processor time of the server so far, in microseconds. */
async function processor(): Promise<number> {
  return Number(await ask('/processor'));
}

async function measure(repetitions: number): Promise<void> {
  if (!existsSync(join(FOLDER, 'run.json'))) await prepare();
  const before = machine();
  const bodies = new Map<number, string>();
  for (const { subjects } of LOADS) {
    const path = join(FOLDER, `${subjects}.json`);
    await writeFileAtomic(path, await bodyOf(subjects));
    bodies.set(subjects, path);
  }
  const script = process.argv[1];
  const server = spawn('taskset', ['-c', '0', process.execPath, script, 'server'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await new Promise((resolve) => server.stdout.once('data', resolve));
    const rows = LOADS.flatMap(({ servers, ...settings }) =>
      servers.map((name): Row => ({ ...settings, server: name, rates: [], p99: [], processor: [] })),
    );
    for (let repetition = 0; repetition < repetitions; repetition++) {
      for (const row of rows) await measureOnce(row, bodies.get(row.subjects)!);
    }
    await publish(rows, before, repetitions);
  } finally {
    server.kill();
    await pause(100);
  }
}

async function measureOnce(row: Row, body: string): Promise<void> {
  if (row.server === FITTING) {
    await ask('/fit');
    await pause(FIRST_STEPS);
  }
  load(row, body, 1);
  const used = await processor();
  const { requests, latency } = load(row, body, SECONDS);
  row.processor.push(((await processor()) - used) / requests.total);
  row.rates.push(requests.total / SECONDS);
  row.p99.push(latency.p99);
  if (row.server === FITTING) await ask('/fit/end');
  console.error(`${row.server}, ${loadText(row)}: ${row.rates.at(-1)!.toFixed(0)}/s, p99 ${latency.p99} ms`);
}

async function prepare(): Promise<void> {
  rmSync(FOLDER, { recursive: true, force: true });
  const dataset = simulatedDataset(simulate('case1', { samples: 3000, test: 500 }));
  await using model = await MultimodalCausalModel.fit(dataset, { encoderRestarts: 1, epochs: 2 });
  await model.save(FOLDER);
  await model.export(join(FOLDER, 'model.onnx'), { format: 'onnx' });
}

async function publish(rows: readonly Row[], before: ReturnType<typeof machine>, repetitions: number): Promise<void> {
  const targets = targetsOf(rows);
  const tables = [tableOf(rows), tableOfTargets(targets)];
  for (const table of tables) console.log(terminalTable(table));
  const results = {
    command: 'scripts/bench serving',
    machine: before,
    repetitions,
    seconds: SECONDS,
    targets,
    rows,
  };
  mkdirSync(publishedFolder, { recursive: true });
  const folder = repetitions < REPETITIONS ? join(packageRoot, 'build', 'bench') : publishedFolder;
  await writeFileAtomic(join(folder, 'serving.json'), `${JSON.stringify(results, null, 2)}\n`);
  if (repetitions < REPETITIONS) return;
  const machineText =
    `\`scripts/bench serving\`, median of ${repetitions} interleaved repetitions: ${before.processor}, one core for ` +
    `the server, one for the clients, load ${before.load} before; interlatent at ${before.commit ?? 'no commit'}, ` +
    `Node ${before.node}.`;
  const texts = new Map([
    ['serving', markdownTable(tables[0])],
    ['serving-targets', markdownTable(tables[1])],
    ['serving-machine', machineText],
  ]);
  await fillDocument(join(packageRoot, 'docs', 'reference', 'performance.md'), texts);
}

function loadText({ connections, subjects, rate }: Row): string {
  return `${connections} × ${subjects}${rate === undefined ? '' : `, ${rate}/s`}`;
}

function tableOf(rows: readonly Row[]): Table {
  return {
    head: [
      'server',
      'connections × subjects',
      'requests/s',
      'p99, ms',
      'processor per request, µs',
      'requests/s of a whole core',
    ],
    rows: rows.map((row) => [
      row.server,
      loadText(row),
      median(row.rates).toFixed(0),
      median(row.p99).toFixed(0),
      // During a fit, the processor time is mostly that of the fit.
      ...(row.server === FITTING
        ? ['–', '–']
        : [median(row.processor).toFixed(0), (1e6 / median(row.processor)).toFixed(0)]),
    ]),
  };
}

function targetsOf(rows: readonly Row[]): Target[] {
  const targets: Target[] = [];
  for (const row of rows) {
    const what = `${row.server}, ${loadText(row)}`;
    const [rate, p99] = [median(row.rates), median(row.p99)];
    if (row.server === 'plugin' && row.subjects > 1) {
      targets.push(target(`${what}: requests/s`, rate, 'at least', 1700));
    } else if (row === rows.find(({ server }) => server === 'plugin')) {
      targets.push(target(`${what}: requests/s`, rate, 'at least', 10_000));
      targets.push(target(`${what}: p99`, p99, 'at most', 15, 'ms'));
    } else if (row.server === FITTING) {
      const alone = rows[rows.indexOf(row) - 1];
      targets.push(target(`${what}: p99 over p99 without the fit`, p99 / median(alone.p99), 'at most', 2));
    }
  }
  return targets;
}

function tableOfTargets(targets: readonly Target[]): Table {
  return {
    head: ['figure', 'target', 'measured', 'met'],
    rows: targets.map((one) => [one.name, targetText(one), measuredText(one), one.met ? 'yes' : 'no']),
  };
}
