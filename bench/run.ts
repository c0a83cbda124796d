// `npm run bench` measures every section in turn and writes each row as soon as it is measured.

import { availableParallelism } from 'node:os';
import { relative } from 'node:path';
import { Command } from 'commander';
import { InterlatentError } from '../src/errors/errors.js';
import { BenchError } from './bench-error.js';
import { packageRoot } from '../src/runtime/package.js';
import { didYouMean } from '../src/errors/suggestion.js';
import { shapeName } from './cases.js';
import { machine } from './machine.js';
import { threadCounts } from './options.js';
import {
  machineText,
  publishedFolder,
  readResults,
  scratchFolder,
  targetsOf,
  targetTable,
  writePlots,
  writeResults,
  writeTables,
  type Results,
  type SectionResults,
} from './results.js';
import type { Context, Section } from './section.js';
import { SECTIONS } from './sections.js';
import { terminalTable } from './table.js';
import type { Target } from './targets.js';

interface Options {
  readonly quick?: boolean;
  readonly only?: string;
  readonly threads?: number[];
  readonly check?: boolean;
  readonly tables?: boolean;
}

const command = new Command('npm run bench --')
  // Exit code 1 means that targets are missed.
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .description(
    'Measures the engine on this machine: training steps compared with PyTorch, the share of the peak rates of the ' +
      'processor, memory, latency, scaling. Prints a table per section and every target. Run nothing else meanwhile.',
  )
  .option('--quick', 'short repetitions on one thread, PyTorch without compiling: an estimate, not a result')
  .option('--only <what>', 'sections or shapes (batch/hidden/modalities/runs), separated by commas')
  .option(
    '--threads <counts>',
    'numbers of threads, separated by commas (default: 1 and 2, up to the number of cores)',
    threadCounts,
  )
  .option('--check', 'exit with 1 if a target is missed')
  .option('--tables', 'measure nothing; write tables and plots again from bench/results/bench.json')
  .addHelpText(
    'after',
    `
Sections: ${SECTIONS.map(({ name }) => name).join(', ')}.

A full run writes bench/results/ (JSON with every repetition, SVG) and the tables in
docs/reference/performance.md.
With --quick, --only or --threads, the results are written to build/bench/results/. An interrupted run keeps the results
so far. The first full run takes some minutes longer: PyTorch compiles its kernels and stores them in .cache/inductor.

  npm run bench -- --only latency,memory      two sections
  npm run bench -- --only 256/64/2/1          one shape, in every section that has it
  npm run bench -- --quick --check            an estimate of the missed targets`,
  );

command.parse();
await main(command.opts<Options>());

async function main(options: Options): Promise<void> {
  try {
    const results = options.tables === true ? readResults(publishedFolder) : await measure(options);
    if (options.tables === true || isFull(options)) await publish(results);
    printTargets(results.targets);
    if (options.check === true && results.targets.some(({ met }) => !met)) process.exitCode = 1;
  } catch (error) {
    if (!(error instanceof InterlatentError || error instanceof BenchError)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
}

async function measure(options: Options): Promise<Results> {
  const { sections, shapes } = chosen(options.only);
  const quick = options.quick === true;
  const cores = availableParallelism();
  const threads = options.threads ?? (quick ? [1] : [1, 2].filter((count) => count <= cores));
  if (threads.some((count) => count > cores)) {
    throw new BenchError(
      'too-many-threads',
      `--threads: this process may use ${cores} cores. With more threads, the benchmark would measure waiting.`,
    );
  }
  const repetitions = quick ? 3 : 5;
  const folder = isFull(options) ? publishedFolder : scratchFolder;
  const measured: Record<string, SectionResults> = {};
  const base = {
    command: ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' '),
    ...{ machine: machine(), threads, repetitions },
  };
  const results = (complete: boolean): Results => ({
    ...base,
    complete: complete && Object.values(measured).every(({ error }) => error === undefined),
    targets: sections.filter(({ name }) => name in measured).flatMap((one) => targetsOf(one, measured[one.name])),
    sections: measured,
  });
  console.log(machineText(results(false)));
  if (base.machine.load > 0.3) {
    console.error(`warning: the load is ${base.machine.load}; other work on the machine makes the figures unreliable`);
  }
  for (const [i, section] of sections.entries()) {
    const started = performance.now();
    const rows: unknown[] = [];
    const keep = async (error?: string): Promise<void> => {
      const seconds = Math.round((performance.now() - started) / 1000);
      measured[section.name] = { title: section.title, seconds, error, rows };
      await writeResults(folder, results(false));
    };
    const context: Context = {
      ...{ quick, threads, repetitions, seconds: quick ? 0.2 : 0.5 },
      wants: (shape) => shapes.length === 0 || shapes.includes(shapeName(shape)),
      progress: (what) =>
        console.error(`[${clock()}, section ${i + 1} of ${sections.length}] ${section.name}: ${what}`),
    };
    try {
      await keep();
      for await (const row of section.measure(context)) {
        rows.push(row);
        await keep();
      }
      await keep();
    } catch (error) {
      await keep(error instanceof Error ? error.message : String(error));
    }
    printSection(section, measured[section.name]);
  }
  const all = results(true);
  console.log(`\nwritten to ${relative(packageRoot, await writeResults(folder, all))}`);
  for (const path of await writePlots(folder, all, SECTIONS)) console.log(relative(packageRoot, path));
  return all;
}

/** Returns the named sections, or the sections that measure a named shape. */
function chosen(only: string | undefined): { sections: readonly Section[]; shapes: readonly string[] } {
  if (only === undefined) return { sections: SECTIONS, shapes: [] };
  const words = only.split(',').map((word) => word.trim());
  const known = [...SECTIONS.map(({ name }) => name), ...new Set(SECTIONS.flatMap(({ shapes = [] }) => shapes))];
  const unknown = words.find((word) => !known.includes(word));
  if (unknown !== undefined) {
    const hint = didYouMean(unknown, known);
    throw new BenchError(
      'unknown-section',
      `--only ${unknown}: no such section or shape${hint}; there are ${known.join(', ')}.`,
    );
  }
  const shapes = words.filter((word) => word.includes('/'));
  const named = SECTIONS.filter(({ name }) => words.includes(name));
  const touched = SECTIONS.filter((section) => shapes.some((shape) => section.shapes?.includes(shape)));
  return { sections: named.length > 0 ? named : touched, shapes };
}

/** Returns the minutes and seconds since the start. */
function clock(): string {
  const seconds = Math.floor(performance.now() / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

function isFull({ quick, only, threads: counts }: Options): boolean {
  return quick !== true && only === undefined && counts === undefined;
}

async function publish(results: Results): Promise<void> {
  await writePlots(publishedFolder, results, SECTIONS);
  await writeTables(results, SECTIONS);
}

function printSection(section: Section, { rows, error }: SectionResults): void {
  console.log(`\n${section.title}\n`);
  console.log(rows.length > 0 ? terminalTable(section.table(rows)) : 'nothing was measured');
  if (error !== undefined) console.log(`ended early: ${error}`);
}

function printTargets(targets: readonly Target[]): void {
  const missed = targets.filter(({ met }) => !met);
  console.log(`\n${targets.length - missed.length} of ${targets.length} targets are met.`);
  if (missed.length > 0) console.log(`\nMissed:\n\n${terminalTable(targetTable(missed))}`);
}
