// Writes and reads the results file, and derives targets, tables in the documents, and plots from it.

import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { BenchError } from './bench-error.js';
import { writeFileAtomic } from '../src/files/atomic.js';
import { packageRoot } from '../src/runtime/package.js';
import type { Machine } from './machine.js';
import type { Section } from './section.js';
import { fillDocument, markdownTable, type Table } from './table.js';
import { measuredText, notMeasured, targetText, type Target } from './targets.js';

export interface SectionResults {
  readonly title: string;
  readonly seconds: number;
  /** Reason why the section ended early. */
  readonly error?: string;
  readonly rows: readonly unknown[];
}

export interface Results {
  readonly command: string;
  readonly machine: Machine;
  readonly threads: readonly number[];
  readonly repetitions: number;
  /** True if every section has run to its end. */
  readonly complete: boolean;
  readonly targets: readonly Target[];
  readonly sections: Readonly<Partial<Record<string, SectionResults>>>;
}

/** Folder of full runs, in the repository. */
export const publishedFolder = join(packageRoot, 'bench', 'results');
/** Folder of partial and quick runs. */
export const scratchFolder = join(packageRoot, 'build', 'bench', 'results');
const FILE = 'bench.json';
const PERFORMANCE_PAGE = join(packageRoot, 'docs', 'reference', 'performance.md');

export async function writeResults(folder: string, results: Results): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, FILE);
  await writeFileAtomic(path, `${JSON.stringify(results, null, 2)}\n`);
  return path;
}

/** Reads the results of a folder. @throws BenchError `no-results` */
export function readResults(folder: string): Results {
  const path = join(folder, FILE);
  if (!existsSync(path)) {
    throw new BenchError('no-results', `There is no ${relative(packageRoot, path)} yet; npm run bench writes it.`);
  }
  return JSON.parse(readFileSync(path, 'utf8')) as Results;
}

export function targetsOf(section: Section, { rows, error }: SectionResults): Target[] {
  return [...section.targets(rows), ...(error === undefined ? [] : [notMeasured(section.name, error)])];
}

export function targetTable(targets: readonly Target[]): Table {
  return {
    head: ['', 'target', 'measured', 'met'],
    rows: targets.map((one) => [one.name, targetText(one), measuredText(one), one.met ? 'yes' : 'no']),
  };
}

/** Writes an SVG for every section that has a plot. @returns the paths */
export async function writePlots(folder: string, results: Results, sections: readonly Section[]): Promise<string[]> {
  const written: string[] = [];
  for (const section of sections) {
    const rows = results.sections[section.name]?.rows ?? [];
    if (section.plot === undefined || rows.length === 0) continue;
    const path = join(folder, `${section.name}.svg`);
    await writeFileAtomic(path, `${section.plot(rows)}\n`);
    written.push(path);
  }
  return written;
}

/** Fills the marked places of docs/reference/performance.md. */
export async function writeTables(results: Results, sections: readonly Section[]): Promise<void> {
  const texts = new Map<string, string>();
  for (const section of sections) {
    const rows = results.sections[section.name]?.rows ?? [];
    if (rows.length > 0) texts.set(section.name, markdownTable(section.table(rows)));
  }
  texts.set('targets', markdownTable(targetTable(results.targets)));
  texts.set('machine', machineText(results));
  await fillDocument(PERFORMANCE_PAGE, texts);
}

/** Returns a sentence on the command, the machine and the versions of the results. */
export function machineText({ machine: m, repetitions, command }: Results): string {
  return (
    `\`${command}\`, median of ${repetitions} interleaved repetitions: ${m.processor}, ${m.cores} cores, ` +
    `${m.memoryGiB} GiB, ` +
    `${m.isa}, load ${m.load} before; interlatent ${m.version} at ${m.commit ?? 'an unknown commit'}, ${m.compiler}, ` +
    `oneDNN ${m.oneDNN}, Node ${m.node}.`
  );
}
