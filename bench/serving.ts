// scripts/bench serving: requests a second of one core, beside a handler that does nothing, the same plugin over
// onnxruntime, and a plain handler around encodeRows. The server runs on the first core, the clients on the second.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { writeFileAtomic } from '../src/files/atomic.js';
import { MultimodalCausalModel } from '../src/multimodal-causal-model.js';
import { packageRoot } from '../src/runtime/package.js';
import { simulatedDataset } from '../src/simulation/dataset.js';
import { simulate } from '../src/simulation/simulate.js';
import { machine } from './machine.js';
import { publishedFolder } from './results.js';
import { serve, SERVERS, type ServerName } from './serving-servers.js';
import { fillDocument, markdownTable, terminalTable, type Table } from './table.js';
import { median } from './timing.js';

const REPETITIONS = 5;
const SECONDS = 2;
const FOLDER = join(packageRoot, 'build', 'bench', 'served');
const PORT = 4517;
const URL = `http://127.0.0.1:${PORT}`;

/** What is asked: connections at the same time, subjects of a request, and what is to be reached. */
const LOADS = [
  { connections: 100, subjects: 1, least: 10_000, p99: 15 },
  { connections: 10, subjects: 100, least: 1500, p99: undefined },
] as const;

interface Measured {
  /** Requests a second, by the clock: what others on the machine leave. */
  readonly rates: number[];
  /** Milliseconds. */
  readonly p99: number[];
  /** Microseconds of the server's processor, per request. */
  readonly processor: number[];
}

interface Row extends Measured {
  readonly server: ServerName;
  readonly connections: number;
  readonly subjects: number;
}

const [mode] = process.argv.slice(2);
if (mode === 'server') await serve(FOLDER, PORT);
else await measure(mode === '--quick' ? 1 : REPETITIONS);

/** Subjects of the model, different ones. */
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

/** @param body a file */
function load(server: ServerName, connections: number, body: string, seconds: number): Loaded {
  const autocannon = join(packageRoot, 'node_modules/autocannon/autocannon.js');
  const words = [
    '-c',
    connections,
    '-d',
    seconds,
    '-m',
    'POST',
    '-H',
    'content-type=application/json',
    '-i',
    body,
    '-j',
  ];
  const command = ['-c', '1', process.execPath, autocannon, ...words.map(String), `${URL}${SERVERS[server]}`];
  const loaded = JSON.parse(
    execFileSync('taskset', command, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  ) as Loaded;
  if (loaded.non2xx + loaded.errors > 0) throw new Error(`${server}: some of ${loaded.requests.total} requests failed`);
  return loaded;
}

/** Microseconds that the server has used so far. */
async function processor(): Promise<number> {
  return Number(await (await fetch(`${URL}/processor`)).text());
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
    const rows = LOADS.flatMap(({ connections, subjects }) =>
      (Object.keys(SERVERS) as ServerName[]).map((name): Row => ({
        server: name,
        connections,
        subjects,
        rates: [],
        p99: [],
        processor: [],
      })),
    );
    for (let repetition = 0; repetition < repetitions; repetition++) {
      for (const row of rows) {
        const body = bodies.get(row.subjects)!;
        load(row.server, row.connections, body, 1);
        const used = await processor();
        const { requests, latency } = load(row.server, row.connections, body, SECONDS);
        row.processor.push(((await processor()) - used) / requests.total);
        row.rates.push(requests.total / SECONDS);
        row.p99.push(latency.p99);
        console.error(`${row.server}, ${row.connections} × ${row.subjects}: ${row.rates.at(-1)!.toFixed(0)}/s`);
      }
    }
    await publish(rows, before, repetitions);
  } finally {
    server.kill();
    await pause(100);
  }
}

async function prepare(): Promise<void> {
  rmSync(FOLDER, { recursive: true, force: true });
  const dataset = simulatedDataset(simulate('case1', { samples: 3000, test: 500 }));
  await using model = await MultimodalCausalModel.fit(dataset, { runs: 1, epochs: 2 });
  await model.save(FOLDER);
  await model.export(join(FOLDER, 'model.onnx'), { format: 'onnx' });
}

async function publish(rows: readonly Row[], before: ReturnType<typeof machine>, repetitions: number): Promise<void> {
  const table = tableOf(rows);
  console.log(terminalTable(table));
  const results = {
    command: 'scripts/bench serving',
    machine: before,
    repetitions,
    seconds: SECONDS,
    targets: LOADS,
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
    ['serving', markdownTable(table)],
    ['serving-machine', machineText],
  ]);
  await fillDocument(join(packageRoot, 'docs', 'performance.md'), texts);
}

function tableOf(rows: readonly Row[]): Table {
  return {
    head: [
      'server',
      'connections × subjects',
      'requests/s',
      'p99, ms',
      'processor a request, µs',
      'requests/s of a whole core',
      'target',
    ],
    rows: rows.map(({ server, connections, subjects, rates, p99, processor }) => {
      const { least, p99: most } = LOADS.find((one) => one.subjects === subjects)!;
      const wanted = `≥ ${least}/s${most === undefined ? '' : `, p99 ≤ ${most} ms`}`;
      return [
        server,
        `${connections} × ${subjects}`,
        median(rates).toFixed(0),
        median(p99).toFixed(0),
        median(processor).toFixed(0),
        (1e6 / median(processor)).toFixed(0),
        server === 'plugin' ? wanted : '–',
      ];
    }),
  };
}
