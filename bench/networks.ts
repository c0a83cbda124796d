// Measures networks of images and series: training steps compared with PyTorch, convolutions with the matmul rate.
// `scripts/bench networks [--quick] [--only SECTION] [--threads 1]` writes bench/results/networks.json and the tables
// in docs/reference/performance.md.

import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { writeFileAtomic } from '../src/files/atomic.js';
import { packageRoot } from '../src/runtime/package.js';
import { machine } from './machine.js';
import { threadCounts } from './options.js';
import { publishedFolder, scratchFolder, targetTable } from './results.js';
import { NETWORK_SECTIONS } from './sections.js';
import { fillDocument, markdownTable, terminalTable } from './table.js';
import type { Target } from './targets.js';

const {
  quick = false,
  only,
  threads: counts,
} = new Command('scripts/bench networks')
  .description('Compares networks of images and series on this machine with PyTorch and with the matmul rate.')
  .option('--quick', 'short repetitions on one thread, PyTorch without compiling: an estimate, not a result')
  .option('--only <section>', NETWORK_SECTIONS.map(({ name }) => name).join(' or '))
  .option(
    '--threads <counts>',
    'numbers of threads, separated by commas (default: 1 and 2, up to the number of cores)',
    threadCounts,
  )
  .parse()
  .opts<{ quick?: boolean; only?: string; threads?: number[] }>();
await main();

async function main(): Promise<void> {
  const before = machine();
  const command = `scripts/bench networks${counts ? ` --threads ${counts.join(',')}` : ''}`;
  const repetitions = quick ? 1 : 5;
  const threads = counts ?? (quick ? [1] : [1, 2].filter((count) => count <= availableParallelism()));
  const context = {
    ...{ quick, threads, repetitions, seconds: quick ? 0.2 : 0.5, wants: () => true },
    progress: (what: string) => console.error(what),
  };
  const sections: Record<string, readonly unknown[]> = {};
  const targets: Target[] = [];
  const texts = new Map<string, string>();
  for (const section of NETWORK_SECTIONS.filter(({ name }) => only === undefined || name === only)) {
    const rows: unknown[] = [];
    for await (const row of section.measure(context)) rows.push(row);
    sections[section.name] = rows;
    targets.push(...section.targets(rows));
    console.log(`\n${section.title}\n\n${terminalTable(section.table(rows))}`);
    texts.set(section.name, markdownTable(section.table(rows)));
  }
  console.log(`\n${terminalTable(targetTable(targets))}`);
  const isWhole = !quick && only === undefined;
  const folder = isWhole ? publishedFolder : scratchFolder;
  mkdirSync(folder, { recursive: true });
  const results = { command, machine: before, threads, repetitions, targets, sections };
  await writeFileAtomic(join(folder, 'networks.json'), `${JSON.stringify(results, null, 2)}\n`);
  if (!isWhole) return;
  texts.set(
    'networks-machine',
    `\`${command}\`, median of ${repetitions} interleaved repetitions: ${before.processor}, ` +
      `${before.cores} cores, ${before.isa}, load ${before.load} before; interlatent at ` +
      `${before.commit ?? 'an unknown commit'}, ${before.compiler}, oneDNN ${before.oneDNN}, Node ${before.node}.`,
  );
  await fillDocument(join(packageRoot, 'docs', 'reference', 'performance.md'), texts);
}
