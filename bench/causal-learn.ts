// How fast causal discovery is beside causal-learn itself: PC, FCI and GES on 20 to 200 variables × 10,000 rows, and
// single KCI tests. npm run bench:causal-learn [-- --quick] [-- --limit SECONDS]; CAUSAL_LEARN is a folder with its
// sources, PYTHON a python3 with what they import; --only METHOD measures one anew. Writes
// bench/results/causal-learn.json and docs/performance.md.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fci, fisherZ, gaussianBic, ges, kci, pc, PENALTY, type DataColumn } from '../src/causal/discovery/index.js';
import { InputError } from '../src/errors.js';
import { writeFileAtomic } from '../src/files/atomic.js';
import { seedKey, uniforms } from '../src/random/streams.js';
import { packageRoot } from '../src/runtime/package.js';
import { machine } from './machine.js';
import { publishedFolder, scratchFolder } from './results.js';
import { fillDocument, markdownTable, terminalTable, type Table } from './table.js';
import { median } from './timing.js';
import { normals, saveColumns } from './normal-columns.js';

const FILE = 'causal-learn.json';
const ALPHA = 0.05;
const ROWS = 10_000;
const isQuick = process.argv.includes('--quick');
const VARIABLES = isQuick ? [20] : [20, 50, 100, 200];
/** Mean number of neighbours in the true graph. */
const DEGREES = { sparse: 2, dense: 6 } as const;
const KERNEL_ROWS = isQuick ? [400] : [400, 1000, 2000];
const at = process.argv.indexOf('--limit');
const WARM_UP = 60;
const LIMIT = at < 0 ? 600 : Number(process.argv[at + 1]);
const onlyAt = process.argv.indexOf('--only');
const ONLY = onlyAt < 0 ? undefined : process.argv[onlyAt + 1];
/** Repetitions where one call of theirs takes up to so many seconds. */
const REPETITIONS = [
  [5, 5],
  [20, 3],
  [Infinity, 1],
] as const;

type Method = 'pc' | 'fci' | 'ges' | 'kci';

interface Row {
  readonly method: Method;
  readonly variables: number;
  readonly rows: number;
  /** Of the graph; of KCI, how many variables are conditioned on. */
  readonly what: keyof typeof DEGREES | number;
  /** Seconds of processor time of every repetition; empty where it refused. */
  readonly ours: readonly number[];
  /** Empty where it took more than the limit; undefined where a smaller table did. */
  readonly theirs?: readonly number[];
}

const isWanted = (method: Method): boolean => ONLY === undefined || ONLY === method;
const nameOf = ({ method, variables, rows, what }: Row): string => [method, variables, rows, what].join();

/** Those of the last run. */
function readRows(): readonly Row[] {
  return (JSON.parse(readFileSync(join(publishedFolder, FILE), 'utf8')) as { rows: readonly Row[] }).rows;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'interlatent-causal-learn-'));
  const opponent = new CausalLearn();
  const rows = ONLY === undefined ? [] : [...readRows()];
  try {
    const before = machine();
    const versions = await opponent.answer();
    const measured = async (promised: Promise<Row>) => {
      const row = await promised;
      console.error(cells(row).join('  '));
      const place = rows.findIndex((known) => nameOf(known) === nameOf(row));
      rows.splice(place < 0 ? rows.length : place, 1, row);
      await publish({ before, versions, rows });
      return row;
    };
    // A search makes thousands of tests: the first ones, which are compiled, would tell nothing.
    const kernelRows = isWanted('kci') ? KERNEL_ROWS : [];
    for (let i = 0; i < WARM_UP && kernelRows.length > 0; i++) kci(relations(300)).test(0, 1, [2, 3].slice(0, i % 3));
    for (const count of kernelRows) {
      const columns = relations(count);
      const path = await saveColumns(columns, folder);
      for (const given of [0, 1, 2]) await measured(single(opponent, { columns, path, given }));
    }
    const exceeded = new Set<string>();
    for (const what of ['sparse', 'dense'] as const) {
      for (const variables of VARIABLES) {
        const columns = randomDag(variables, DEGREES[what]);
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

async function single(
  opponent: CausalLearn,
  { columns, path, given }: { columns: readonly DataColumn[]; path: string; given: number },
): Promise<Row> {
  const set = [2, 3].slice(0, given);
  const found = await alternately(
    () => kci(columns).test(0, 1, set),
    () => opponent.seconds({ columns: path, method: 'kci', given }),
  );
  return { method: 'kci', variables: 2 + given, rows: columns[0].values.length, what: given, ...found };
}

interface Search {
  readonly method: 'pc' | 'fci' | 'ges';
  readonly columns: readonly DataColumn[];
  readonly path: string;
  readonly what: keyof typeof DEGREES;
  readonly isSkipped: boolean;
}

async function search(opponent: CausalLearn, { method, columns, path, what, isSkipped }: Search): Promise<Row> {
  const run = {
    pc: () => pc(fisherZ(columns), { alpha: ALPHA }),
    fci: () => fci(fisherZ(columns), { alpha: ALPHA }),
    ges: () => ges(gaussianBic(columns, PENALTY)),
  }[method];
  const found = await alternately(run, isSkipped ? undefined : () => opponent.seconds({ columns: path, method }));
  return { method, variables: columns.length, rows: ROWS, what, ...found };
}

/** In turn, as often as their time allows; what disturbs the machine disturbs both. */
async function alternately(
  run: () => unknown,
  opponent: (() => Promise<number | undefined>) | undefined,
): Promise<Pick<Row, 'ours' | 'theirs'>> {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let repetition = 0, most = 1; repetition < most; repetition++) {
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
      most = isQuick ? 1 : count;
    }
  }
  return opponent === undefined ? { ours } : { ours, theirs };
}

/** Two nonlinear effects of two causes, and these. */
function relations(rows: number): DataColumn[] {
  const [first, second, a, b] = normals(rows, 4, { seed: rows, stream: 1 });
  const x = first.map((value, i) => value + Math.sin(2 * a[i]) + b[i]);
  const y = second.map((value, i) => value + a[i] ** 2 - b[i]);
  return [x, y, a, b].map((values, i) => ({ name: `c${i}`, values }));
}

/** A linear model over a random DAG of this mean degree; weights ±[0.5, 1], unit noise. */
function randomDag(variables: number, degree: number): DataColumn[] {
  const columns = normals(ROWS, variables, { seed: degree, stream: 1 });
  const draws = uniforms(seedKey(degree), 2, variables, 2 * variables ** 2);
  for (const [effect, values] of columns.entries()) {
    for (let cause = 0; cause < effect; cause++) {
      const [chance, size] = draws.subarray(2 * (effect * variables + cause));
      if (chance >= degree / (variables - 1)) continue;
      const weight = size < 0.5 ? size - 1 : size;
      for (let row = 0; row < ROWS; row++) values[row] += weight * columns[cause][row];
    }
  }
  return columns.map((values, i) => ({ name: `v${i}`, values }));
}

function cells({ method, variables, rows, what, ours, theirs }: Row): string[] {
  const seconds = (values: readonly number[]) => median(values).toPrecision(2);
  const their = theirs === undefined ? 'not tried' : theirs.length === 0 ? `more than ${LIMIT}` : seconds(theirs);
  const ratio = (times: number) => (times / median(ours)).toPrecision(2);
  return [
    method.toUpperCase(),
    method === 'kci' ? `given ${what}` : `${variables}, ${what}`,
    rows.toLocaleString('en'),
    ours.length === 0 ? 'refused' : seconds(ours),
    their,
    theirs === undefined || ours.length === 0 ? '–' : theirs.length === 0 ? `> ${ratio(LIMIT)}` : ratio(median(theirs)),
    String(ours.length),
  ];
}

function tableOf(rows: readonly Row[]): Table {
  return {
    head: ['', 'variables', 'rows', 'ours, s', 'causal-learn, s', 'ratio', 'repetitions'],
    rows: rows.map(cells),
    note:
      `Processor time of one call, one thread each, in turn; medians. α ${ALPHA}, Fisher z, linear models; sparse: ` +
      `${DEGREES.sparse} neighbours on average, dense: ${DEGREES.dense}. Not tried: a smaller table took more than ` +
      `${LIMIT} s. KCI: one test after others, nothing remembered.`,
  };
}

async function publish(found: { before: ReturnType<typeof machine>; versions: object; rows: Row[] }): Promise<void> {
  const { before, versions, rows } = found;
  const folder = isQuick ? scratchFolder : publishedFolder;
  mkdirSync(folder, { recursive: true });
  const command = `npm run bench:causal-learn${isQuick ? ' -- --quick' : ''}`;
  const results = { command, machine: before, versions, limit: LIMIT, rows };
  await writeFileAtomic(join(folder, FILE), `${JSON.stringify(results, null, 2)}\n`);
  const table = tableOf(rows);
  if (isQuick) {
    console.log(terminalTable(table));
    return;
  }
  const machineText =
    `\`${command} -- --limit ${LIMIT}\`: ${before.processor}, ${before.cores} cores, load ${before.load} before; ` +
    `interlatent at ${before.commit ?? 'an unknown commit'}, Node ${before.node}; causal-learn 0.1.4.7, ` +
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ');
  await fillDocument(
    join(packageRoot, 'docs', 'performance.md'),
    new Map([
      ['causal-learn', markdownTable(table)],
      ['causal-learn-machine', `${machineText}.`],
    ]),
  );
}

/** bench/causal_learn.py; requests are answered in order. */
class CausalLearn {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  constructor() {
    this.#process = spawn(process.env.PYTHON ?? 'python3', [join(packageRoot, 'bench', 'causal_learn.py')], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' },
    }) as unknown as ChildProcessWithoutNullStreams;
    this.#lines = createInterface(this.#process.stdout)[Symbol.asyncIterator]();
  }

  /** Processor time of a call, undefined where it took more than the limit. */
  async seconds(request: { columns: string; method: Method; given?: number }): Promise<number | undefined> {
    this.#process.stdin.write(`${JSON.stringify({ ...request, alpha: ALPHA, limit: LIMIT })}\n`);
    return ((await this.answer()) as { seconds?: number }).seconds;
  }

  async answer(): Promise<object> {
    const line = await this.#lines.next();
    if (line.done === true) throw new Error('bench/causal_learn.py ended: it needs CAUSAL_LEARN and PYTHON');
    return JSON.parse(line.value) as object;
  }

  end(): void {
    this.#process.stdin.end();
  }
}

await main();
