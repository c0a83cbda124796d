// Compares the speed of causal discovery with NumPy: PC with Fisher z on 200 variables, and KCI on 2,000 rows.
// `npm run bench:discovery [-- --quick]` writes bench/results/discovery.json and the tables in
// docs/reference/performance.md.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { causalEdges, discoverInParallel, fisherZ, kci, pc, type PcResult } from '../src/causal/discovery/index.js';
import { writeFileAtomic } from '../src/files/atomic.js';
import { packageRoot } from '../src/runtime/package.js';
import { machine } from './machine.js';
import { publishedFolder, scratchFolder, targetTable } from './results.js';
import { fillDocument, markdownTable, terminalTable, type Table } from './table.js';
import { target, type Target } from './targets.js';
import { interleaved, median } from './timing.js';
import { normals, randomLinearDag, saveColumns } from './normal-columns.js';
import { PythonOpponent } from './python-opponent.js';

const VARIABLES = 200;
const DENSITY = 0.02;
const GRAPH = { variables: VARIABLES, probability: DENSITY, seed: 0, stream: 0, graph: 0 } as const;
const ALPHA = 0.01;
const ROWS = [10_000, 20_000, 40_000, 80_000];
const KERNEL_ROWS = 2000;
const CONDITIONING = [0, 1, 2, 3];
const THREADS = Math.min(2, availableParallelism());

const isQuick = process.argv.includes('--quick');
const repetitions = isQuick ? 1 : 5;

interface SkeletonRow {
  readonly rows: number;
  readonly tests: number;
  readonly edges: number;
  /** True if edges, number of tests and separating sets are equal to NumPy's. */
  readonly same: boolean;
  /** Milliseconds of every repetition. */
  readonly correlations: readonly number[];
  readonly oneThread: readonly number[];
  readonly twoThreads: readonly number[];
  readonly numpy: readonly number[];
}

interface KernelRow {
  readonly conditioning: number;
  readonly p: number;
  readonly numpyP: number;
  readonly ours: readonly number[];
  readonly numpy: readonly number[];
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'interlatent-discovery-'));
  const opponent = new PythonOpponent('discovery.py', 'python3 with NumPy and SciPy');
  try {
    const before = machine();
    const { numpy } = (await opponent.answer()) as { numpy: string };
    const skeletons: SkeletonRow[] = [];
    for (const rows of isQuick ? ROWS.slice(0, 2) : ROWS) {
      console.error(`PC, ${rows} rows`);
      skeletons.push(await measureSkeleton(rows, folder, opponent));
    }
    const kernels: KernelRow[] = [];
    for (const conditioning of CONDITIONING) {
      console.error(`KCI, conditioning on ${conditioning}`);
      kernels.push(await measureKernel(conditioning, folder, opponent));
    }
    await publish({ before, numpy, skeletons, kernels });
  } finally {
    opponent.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureSkeleton(rows: number, folder: string, opponent: PythonOpponent): Promise<SkeletonRow> {
  const columns = randomLinearDag({ ...GRAPH, rows });
  const path = await saveColumns(columns, folder);
  let ours: PcResult | undefined;
  let theirs: SkeletonAnswer | undefined;
  const times = await interleaved(repetitions, {
    correlations: () => timed(() => fisherZ(columns)),
    oneThread: () => timed(() => (ours = pc(fisherZ(columns), { alpha: ALPHA }))),
    twoThreads: () => timed(() => discoverInParallel(columns, { alpha: ALPHA, threads: THREADS })),
    numpy: async () => {
      theirs = (await opponent.ask({ columns: path, alpha: ALPHA })) as SkeletonAnswer;
      return 1000 * theirs.seconds;
    },
  });
  return { rows, tests: ours!.tests, edges: causalEdges(ours!.graph).length, same: isSame(ours!, theirs!), ...times };
}

async function measureKernel(conditioning: number, folder: string, opponent: PythonOpponent): Promise<KernelRow> {
  const normal = normals(KERNEL_ROWS, 5, { seed: 0, stream: 1 });
  const [first, second, ...causes] = normal;
  const sum = (values: Float64Array, row: number): number =>
    causes.slice(0, conditioning).reduce((total, one) => total + Math.sin(2 * one[row]), values[row]);
  const columns = [first.map((_, row) => sum(first, row)), second.map((_, row) => sum(second, row)), ...causes].map(
    (values, i) => ({ name: `c${i}`, values }),
  );
  const path = await saveColumns(columns, folder);
  const set = CONDITIONING.slice(0, conditioning).map((i) => i + 2);
  let p = NaN;
  let numpyP = NaN;
  const times = await interleaved(repetitions, {
    // Each repetition makes a new test, because a test caches its kernels.
    ours: () => timed(() => (p = kci(columns).test(0, 1, set).p)),
    numpy: async () => {
      const answer = (await opponent.ask({ columns: path, kci: conditioning })) as { seconds: number; p: number };
      numpyP = answer.p;
      return 1000 * answer.seconds;
    },
  });
  return { conditioning, p, numpyP, ...times };
}

interface SkeletonAnswer {
  readonly seconds: number;
  readonly edges: readonly (readonly [number, number])[];
  readonly separating: readonly (readonly [number, number, readonly number[]])[];
  readonly tests: number;
}

function isSame(ours: PcResult, theirs: SkeletonAnswer): boolean {
  const name = (i: number): string => `v${i}`;
  const edges = new Set(theirs.edges.map((pair) => pair.map(name).join()));
  const isEdge = ({ from, to }: { from: string; to: string }): boolean =>
    edges.has(`${from},${to}`) || edges.has(`${to},${from}`);
  const sets = new Map(theirs.separating.map(([x, y, set]) => [`${name(x)},${name(y)}`, set.map(name).join()]));
  const ourEdges = causalEdges(ours.graph);
  return (
    ourEdges.length === edges.size &&
    ourEdges.every(isEdge) &&
    ours.tests === theirs.tests &&
    ours.separations.every(({ pair, conditioning }) => (sets.get(pair.join()) ?? '') === conditioning!.join())
  );
}

async function timed(call: () => unknown): Promise<number> {
  const started = performance.now();
  await call();
  return performance.now() - started;
}

function skeletonTable(rows: readonly SkeletonRow[]): Table {
  return {
    head: ['rows', 'tests', 'edges', 'correlations, ms', '1 thread, ms', '2 threads, ms', 'NumPy, ms', 'ratio', 'same'],
    rows: rows.map((row) => [
      row.rows.toLocaleString('en'),
      row.tests.toLocaleString('en'),
      String(row.edges),
      median(row.correlations).toFixed(0),
      median(row.oneThread).toFixed(0),
      median(row.twoThreads).toFixed(0),
      median(row.numpy).toFixed(0),
      ratioOf(row.numpy, row.oneThread),
      row.same ? 'yes' : 'no',
    ]),
    note:
      `PC with Fisher z, α ${ALPHA}, on ${VARIABLES} variables of a random DAG, in which each pair is an edge with ` +
      `probability ${DENSITY}. Ratio: time of NumPy's skeleton over that of our whole PC on one thread. Same: edges, ` +
      'number of tests and separating sets are equal. The time with two threads includes their start.',
  };
}

function kernelTable(rows: readonly KernelRow[]): Table {
  return {
    head: ['conditioning on', 'ours, ms', 'NumPy, ms', 'ratio', 'p', 'p, NumPy'],
    rows: rows.map((row) => [
      String(row.conditioning),
      median(row.ours).toFixed(0),
      median(row.numpy).toFixed(0),
      ratioOf(row.numpy, row.ours),
      row.p.toFixed(4),
      row.numpyP.toFixed(4),
    ]),
    note:
      `One KCI test on ${KERNEL_ROWS.toLocaleString('en')} rows on one thread, without cached kernels; NumPy uses ` +
      'full matrices.',
  };
}

function ratioOf(theirs: readonly number[], ours: readonly number[]): string {
  return (median(theirs) / median(ours)).toFixed(1);
}

function targetsOf(skeletons: readonly SkeletonRow[], kernels: readonly KernelRow[]): Target[] {
  const first = skeletons[0];
  const last = skeletons[skeletons.length - 1];
  const growth = Math.log(median(last.correlations) / median(first.correlations)) / Math.log(last.rows / first.rows);
  return [
    target(`PC, ${VARIABLES} variables × ${first.rows} rows`, median(first.twoThreads) / 1000, 'at most', 5, 's'),
    target('skeletons equal to NumPy’s', skeletons.filter(({ same }) => same).length, 'at least', skeletons.length),
    target('exponent of the time of correlations in the number of rows', growth, 'at most', 1.1),
    ...kernels.map(({ conditioning, ours }) =>
      target(`KCI, ${KERNEL_ROWS} rows, conditioning on ${conditioning}`, median(ours) / 1000, 'at most', 1, 's'),
    ),
    target('maximal |ln p − ln p of NumPy|', Math.max(...kernels.map(distance)), 'at most', 0.005),
  ];
}

function distance({ p, numpyP }: KernelRow): number {
  return Math.abs(Math.log(p / numpyP));
}

interface DiscoveryResults {
  readonly before: ReturnType<typeof machine>;
  readonly numpy: string;
  readonly skeletons: readonly SkeletonRow[];
  readonly kernels: readonly KernelRow[];
}

async function publish({ before, numpy, skeletons, kernels }: DiscoveryResults): Promise<void> {
  const targets = targetsOf(skeletons, kernels);
  const tables = { skeleton: skeletonTable(skeletons), kci: kernelTable(kernels), targets: targetTable(targets) };
  for (const table of Object.values(tables)) console.log(`${terminalTable(table)}\n`);
  const folder = isQuick ? scratchFolder : publishedFolder;
  mkdirSync(folder, { recursive: true });
  const command = `npm run bench:discovery${isQuick ? ' -- --quick' : ''}`;
  const results = { command, machine: before, numpy, repetitions, targets, skeletons, kernels };
  await writeFileAtomic(join(folder, 'discovery.json'), `${JSON.stringify(results, null, 2)}\n`);
  if (isQuick) return;
  const measured =
    `\`${command}\`, median of ${repetitions} interleaved repetitions: ${before.processor}, ${before.cores} cores, ` +
    `load ${before.load} before; interlatent at ${before.commit ?? 'an unknown commit'}, Node ` +
    `${before.node}, NumPy ${numpy}.`;
  const texts = new Map(Object.entries(tables).map(([name, table]) => [`discovery-${name}`, markdownTable(table)]));
  texts.set('discovery-machine', measured);
  await fillDocument(join(packageRoot, 'docs', 'reference', 'performance.md'), texts);
}

await main();
