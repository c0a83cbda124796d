// Compares the speed of causal discovery with causal-learn: PC, FCI and GES on 20 to 200 variables × 10,000 rows, and
// single KCI tests. `npm run bench:causal-learn [-- --quick] [-- --limit SECONDS] [-- --only METHOD]` writes
// bench/results/causal-learn.json and docs/reference/performance.md. CAUSAL_LEARN is a folder with the sources of
// causal-learn, PYTHON a python3 with the packages that these import. --only measures one method again; it needs the
// machine of the committed results.

import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fci, fisherZ, gaussianBic, ges, kci, pc, PENALTY, type DataColumn } from '../src/causal/discovery/index.js';
import { InputError } from '../src/errors/errors.js';
import { writeFileAtomic } from '../src/files/atomic.js';
import { packageRoot } from '../src/runtime/package.js';
import {
  ALPHA,
  cells,
  DEGREES,
  isSameCase,
  machineText,
  tableOf,
  type Method,
  type Results,
  type Row,
} from './causal-learn-table.js';
import { machine } from './machine.js';
import { publishedFolder, scratchFolder } from './results.js';
import { fillDocument, markdownTable, terminalTable } from './table.js';
import { normals, randomLinearDag, saveColumns } from './normal-columns.js';
import { PythonOpponent } from './python-opponent.js';

const FILE = 'causal-learn.json';
const ROWS = 10_000;
const isQuick = process.argv.includes('--quick');
const VARIABLES = isQuick ? [20] : [20, 50, 100, 200];
const KERNEL_ROWS = isQuick ? [400] : [400, 1000, 2000, 10_000];
const at = process.argv.indexOf('--limit');
/** Number of KCI tests before the first measurement. */
const WARM_UP = 60;
const LIMIT = at < 0 ? 600 : Number(process.argv[at + 1]);
const onlyAt = process.argv.indexOf('--only');
const ONLY = onlyAt < 0 ? undefined : process.argv[onlyAt + 1];
const COMMAND = `npm run bench:causal-learn${isQuick ? ' -- --quick' : ''}`;
/** Pairs of a limit in seconds for one call of causal-learn, and the number of repetitions up to it. */
const REPETITIONS = [
  [5, 5],
  [20, 3],
  [Infinity, 1],
] as const;

const isWanted = (method: Method): boolean => ONLY === undefined || ONLY === method;
async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'interlatent-causal-learn-'));
  const opponent = new PythonOpponent('causal_learn.py', 'CAUSAL_LEARN and PYTHON', process.env.PYTHON);
  try {
    const { commit, load, ...before } = machine();
    const versions = (await opponent.answer()) as Results['versions'];
    const rows = ONLY === undefined || isQuick ? [] : publishedRows({ machine: before, versions });
    const measured = async (promised: Promise<Measured>) => {
      const row: Row = { ...(await promised), commit, load, limit: LIMIT };
      console.error(cells(row).join('  '));
      const place = rows.findIndex((known) => isSameCase(known, row));
      rows.splice(place < 0 ? rows.length : place, 1, row);
      await publish({ command: COMMAND, machine: before, versions, rows });
      return row;
    };
    // A search makes thousands of tests, so the first ones, during which V8 compiles the code, are not representative.
    const kernelRows = isWanted('kci') ? KERNEL_ROWS : [];
    for (let i = 0; i < WARM_UP && kernelRows.length > 0; i++) kci(relations(300)).test(0, 1, [2, 3].slice(0, i % 3));
    for (const count of kernelRows) {
      const columns = relations(count);
      const path = await saveColumns(columns, folder);
      for (const conditioning of [0, 1, 2]) await measured(single(opponent, { columns, path, conditioning }));
    }
    const exceeded = new Set<string>();
    for (const what of ['sparse', 'dense'] as const) {
      for (const variables of VARIABLES) {
        const columns = randomGraph(variables, DEGREES[what]);
        const path = await saveColumns(columns, folder);
        for (const method of (['pc', 'fci', 'ges'] as const).filter(isWanted)) {
          const key = `${method} ${what}`;
          const row = await measured(search(opponent, { method, columns, path, what, isSkipped: exceeded.has(key) }));
          if (row.theirs?.length === 0) exceeded.add(key);
        }
      }
    }
  } finally {
    opponent.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

type Measured = Omit<Row, 'commit' | 'load' | 'limit'>;

async function single(
  opponent: PythonOpponent,
  { columns, path, conditioning }: { columns: readonly DataColumn[]; path: string; conditioning: number },
): Promise<Measured> {
  const set = [2, 3].slice(0, conditioning);
  const times = await alternately(
    () => kci(columns).test(0, 1, set),
    () => secondsOf(opponent, { columns: path, method: 'kci', conditioning }),
  );
  return { method: 'kci', variables: 2 + conditioning, rows: columns[0].values.length, what: conditioning, ...times };
}

interface Search {
  readonly method: 'pc' | 'fci' | 'ges';
  readonly columns: readonly DataColumn[];
  readonly path: string;
  readonly what: keyof typeof DEGREES;
  readonly isSkipped: boolean;
}

async function search(opponent: PythonOpponent, { method, columns, path, what, isSkipped }: Search): Promise<Measured> {
  const run = {
    pc: () => pc(fisherZ(columns), { alpha: ALPHA }),
    fci: () => fci(fisherZ(columns), { alpha: ALPHA }),
    ges: () => ges(gaussianBic(columns, PENALTY)),
  }[method];
  const times = await alternately(run, isSkipped ? undefined : () => secondsOf(opponent, { columns: path, method }));
  return { method, variables: columns.length, rows: ROWS, what, ...times };
}

/** Returns the processor time of a call, or undefined if it exceeds the limit. */
async function secondsOf(
  opponent: PythonOpponent,
  request: { columns: string; method: Method; conditioning?: number },
): Promise<number | undefined> {
  const answer = await opponent.ask({ ...request, alpha: ALPHA, limit: LIMIT });
  return (answer as { seconds?: number }).seconds;
}

/** Alternates calls of both, so that disturbances of the machine affect both. Repeats short calls more often. */
async function alternately(
  run: () => unknown,
  opponent: (() => Promise<number | undefined>) | undefined,
): Promise<Pick<Row, 'ours' | 'theirs'>> {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let repetition = 0, repetitions = 1; repetition < repetitions; repetition++) {
    try {
      const { user, system } = process.cpuUsage();
      run();
      const used = process.cpuUsage({ user, system });
      ours.push((used.user + used.system) / 1e6);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      console.error(error.message);
    }
    const seconds = await opponent?.();
    if (seconds !== undefined) theirs.push(seconds);
    if (repetition === 0) {
      const [, count] = REPETITIONS.find(([limit]) => (seconds ?? Infinity) <= limit)!;
      repetitions = isQuick ? 1 : count;
    }
  }
  return opponent === undefined ? { ours } : { ours, theirs };
}

/** Returns columns of a random linear DAG with a mean degree. */
function randomGraph(variables: number, degree: number): DataColumn[] {
  const probability = degree / (variables - 1);
  return randomLinearDag({ rows: ROWS, variables, probability, seed: degree, stream: 1, graph: variables });
}

/** Returns two nonlinear effects of two causes, and the causes. */
function relations(rows: number): DataColumn[] {
  const [first, second, a, b] = normals(rows, 4, { seed: rows, stream: 1 });
  const x = first.map((value, i) => value + Math.sin(2 * a[i]) + b[i]);
  const y = second.map((value, i) => value + a[i] ** 2 - b[i]);
  return [x, y, a, b].map((values, i) => ({ name: `c${i}`, values }));
}

/** Returns the committed rows. @throws Error if they were measured on another machine or with other versions */
function publishedRows(now: Omit<Results, 'command' | 'rows'>): Row[] {
  const { machine: before, versions, rows } = JSON.parse(readFileSync(join(publishedFolder, FILE), 'utf8')) as Results;
  const keyOf = ({ machine: { processor, cores, node }, versions: packages }: Omit<Results, 'command' | 'rows'>) =>
    JSON.stringify([processor, cores, node, packages]);
  if (keyOf({ machine: before, versions }) !== keyOf(now)) {
    throw new Error(
      `${FILE} was measured on another machine or with other versions. Measure all rows, without --only.`,
    );
  }
  return [...rows];
}

async function publish(results: Results): Promise<void> {
  const folder = isQuick ? scratchFolder : publishedFolder;
  mkdirSync(folder, { recursive: true });
  await writeFileAtomic(join(folder, FILE), `${JSON.stringify(results, null, 2)}\n`);
  const table = tableOf(results.rows);
  if (isQuick) {
    console.log(terminalTable(table));
    return;
  }
  await fillDocument(
    join(packageRoot, 'docs', 'reference', 'performance.md'),
    new Map([
      ['causal-learn', markdownTable(table)],
      ['causal-learn-machine', machineText(results)],
    ]),
  );
}

await main();
