// `scripts/bench files` compares the speed of reading CSV with csv-parse and DuckDB, and measures `inspect` and
// `encode` on a study of a million subjects. Writes bench/results/files.json and the tables of docs.

import { spawnSync } from 'node:child_process';
import { mkdirSync, writeSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { writeFileAtomic } from '../src/files/atomic.js';
import { packageRoot } from '../src/runtime/package.js';
import { largeStudy, type LargeStudy } from './files-data.js';
import { READERS, type ReaderName } from './files-readers.js';
import { machine } from './machine.js';
import { publishedFolder, scratchFolder } from './results.js';
import { fillDocument, markdownTable, terminalTable, type Table } from './table.js';
import { median } from './timing.js';

const REPETITIONS = 5;
const SUBJECTS = 1e6;
/** Minimal MB of CSV per second of processor time. */
const MIN_RATE = 100;
const DOCUMENTS = [join('docs', 'reference', 'performance.md'), join('docs', 'reference', 'files.md')];

/** Time and memory of a process, or of a section of it. */
interface Usage {
  readonly seconds: number;
  /** Seconds of processor time of all threads together. */
  readonly processor: number;
  readonly peakBytes: number;
}

/** A module that makes a process write its usage at its end, start-up included. */
const REPORT_USAGE =
  'data:text/javascript,import { writeSync } from "node:fs"; process.on("exit", () => {' +
  'const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage(); writeSync(3, JSON.stringify({' +
  'seconds: performance.now() / 1e3, processor: (userCPUTime + systemCPUTime) / 1e6, peakBytes: maxRSS * 1024 })); });';

interface Row {
  readonly what: string;
  /** Bytes of CSV that are read. */
  readonly bytes: number;
  readonly seconds: number[];
  readonly processor: number[];
  readonly peakBytes: number[];
}

interface Measurement extends Row {
  /** Arguments of `node`. */
  readonly words: readonly string[];
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, before: { type: 'string' } },
});
const [mode, reader, ...paths] = positionals;
if (mode === 'read') await read(reader as ReaderName, paths);
else await measure(options.quick ? 1 : REPETITIONS);

/** Runs in a child process: reads the tables and reports the usage of the reading alone. */
async function read(name: ReaderName, tables: readonly string[]): Promise<void> {
  const started = performance.now();
  const before = process.cpuUsage();
  let sum = 0;
  for (const table of tables) sum += await READERS[name](table);
  const { user, system } = process.cpuUsage(before);
  const usage: Usage = {
    seconds: (performance.now() - started) / 1000,
    processor: (user + system) / 1e6,
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
  writeSync(3, JSON.stringify(usage));
  console.error(`${name}: the sum is ${sum.toPrecision(12)}`);
}

async function measure(repetitions: number): Promise<void> {
  const study = await largeStudy(SUBJECTS);
  const before = machine();
  const measurements = [...readings(study), ...commands(study)];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const { what, words, seconds, processor, peakBytes } of measurements) {
      const used = usageOf(words);
      seconds.push(used.seconds);
      processor.push(used.processor);
      peakBytes.push(used.peakBytes);
      console.error(`${what}: ${used.processor.toFixed(1)} s of processor time`);
    }
  }
  await publish(
    measurements.map(({ what, bytes, seconds, processor, peakBytes }) => ({
      what,
      bytes,
      seconds,
      processor,
      peakBytes,
    })),
    before,
    { study, repetitions },
  );
}

function measurement(what: string, { bytes }: LargeStudy, words: readonly string[]): Measurement {
  return { what, bytes, words, seconds: [], processor: [], peakBytes: [] };
}

function readings(study: LargeStudy): Measurement[] {
  return Object.keys(READERS).map((name) =>
    measurement(`all cells, ${name}`, study, [process.argv[1], 'read', name, ...study.tables]),
  );
}

function commands(study: LargeStudy): Measurement[] {
  const builds = { '': join(packageRoot, 'dist'), ...(options.before && { ', before': resolve(options.before) }) };
  const out = join(packageRoot, 'build', 'bench', 'latents.csv');
  return ['inspect', 'encode'].flatMap((command) =>
    Object.entries(builds).map(([suffix, dist]) => {
      const words = command === 'inspect' ? [study.path] : [study.run, study.path, '--out', out];
      return measurement(`${command}${suffix}`, study, [
        '--import',
        REPORT_USAGE,
        join(dist, 'cli', 'main.js'),
        command,
        ...words,
      ]);
    }),
  );
}

function usageOf(words: readonly string[]): Usage {
  const { status, output } = spawnSync(process.execPath, words, {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  });
  if (status !== 0) throw new Error(`node ${words.join(' ')} ended with ${status}`);
  return JSON.parse(output[3]!) as Usage;
}

async function publish(
  rows: readonly Row[],
  before: ReturnType<typeof machine>,
  { study, repetitions }: { readonly study: LargeStudy; readonly repetitions: number },
): Promise<void> {
  const table = tableOf(rows);
  console.log(terminalTable(table));
  const { subjects, bytes } = study;
  const command = 'scripts/bench files';
  const results = { command, machine: before, repetitions, subjects, bytes, target: MIN_RATE, rows };
  const folder = repetitions < REPETITIONS ? scratchFolder : publishedFolder;
  mkdirSync(folder, { recursive: true });
  await writeFileAtomic(join(folder, 'files.json'), `${JSON.stringify(results, null, 2)}\n`);
  if (repetitions < REPETITIONS) return;
  const texts = new Map([
    ['files', markdownTable(table)],
    ['files-machine', machineText(before, study, repetitions)],
    ['files-memory', memoryText(rows, study)],
  ]);
  for (const document of DOCUMENTS) await fillDocument(join(packageRoot, document), texts);
}

function machineText(one: ReturnType<typeof machine>, { subjects, bytes }: LargeStudy, repetitions: number): string {
  return (
    `\`scripts/bench files\`, median of ${repetitions} interleaved repetitions: ${one.processor}, load ${one.load} ` +
    `before; interlatent at ${one.commit ?? 'no commit'}, Node ${one.node}. ${subjects.toLocaleString('en')} ` +
    `subjects in two files of 15 columns, ${megabytes(bytes)} MB together.`
  );
}

function memoryText(rows: readonly Row[], { subjects, bytes }: LargeStudy): string {
  const peak = (what: string) => megabytes(median(rows.find((row) => row.what === what)!.peakBytes));
  return (
    `For ${subjects.toLocaleString('en')} subjects and 30 columns, ${megabytes(bytes)} MB of CSV, \`inspect\` uses ` +
    `up to ${peak('inspect')} MB, Node and the engine included, and \`encode\` ${peak('encode')} MB.`
  );
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

function tableOf(rows: readonly Row[]): Table {
  return {
    head: ['', 's', 'processor, s', 'MB/s', 'MB per second of processor time', 'peak memory, MB', 'target'],
    rows: rows.map(({ what, bytes, seconds, processor, peakBytes }) => [
      what,
      median(seconds).toFixed(1),
      median(processor).toFixed(1),
      megabytes(bytes / median(seconds)),
      megabytes(bytes / median(processor)),
      megabytes(median(peakBytes)),
      what === 'all cells, ours' ? `≥ ${MIN_RATE}` : '–',
    ]),
  };
}
