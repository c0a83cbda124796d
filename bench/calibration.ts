// Measures the kernel test: how often it calls independent and dependent data dependent, and how far its p-values are
// from references without its approximations. `npm run bench:calibration [-- --quick] [-- --trials N]` writes
// bench/results/calibration.json and the tables in docs/explanation/causal-learn.md.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { kci } from '../src/causal/discovery/index.js';
import type { KernelChoice } from '../src/causal/discovery/independence/kernel-choices.js';
import { writeFileAtomic } from '../src/files/atomic.js';
import { packageRoot } from '../src/runtime/package.js';
import { drawTable, LAWS, type Law } from './calibration-laws.js';
import { CHANCE, distancesOf, type Distances } from './calibration-references.js';
import { publishedFolder, scratchFolder } from './results.js';
import { fillDocument, markdownTable, terminalTable, type Table } from './table.js';

const isQuick = process.argv.includes('--quick');
const at = process.argv.indexOf('--trials');
const TRIALS = isQuick ? 20 : at < 0 ? 300 : Number(process.argv[at + 1]);
const ROWS = isQuick ? [100] : [100, 400, 1000];
const ALPHA = 0.05;
/** Number of tables of each law that are compared with the references, by number of rows. */
const REFERENCE_TABLES = isQuick ? { 100: 1 } : { 100: 12, 400: 3 };
/** The choices of causal-learn, except one that changes p by less than 0.0001 and takes ten times longer. */
const CAUSAL_LEARN: readonly KernelChoice[] = ['sample-deviation', 'shared-width', 'centred-regression', 'small-ridge'];

interface Errors {
  readonly law: string;
  readonly conditioning: number;
  readonly isDependent: boolean;
  readonly rows: number;
  readonly trials: number;
  readonly ours: number;
  readonly theirs: number;
}

function errorsOf(law: Law, rows: number): Errors {
  const set = Array.from({ length: law.conditioning }, (_, i) => i + 2);
  let ours = 0;
  let theirs = 0;
  for (let trial = 0; trial < TRIALS; trial++) {
    const columns = drawTable(law, rows, 1000 + trial);
    if (kci(columns).test(0, 1, set).p < ALPHA) ours++;
    if (kci(columns, { compatibility: CAUSAL_LEARN }).test(0, 1, set).p < ALPHA) theirs++;
  }
  const { name, conditioning, isDependent } = law;
  return { law: name, conditioning, isDependent, rows, trials: TRIALS, ours, theirs };
}

function errorTable(rows: readonly Errors[]): Table {
  const share = (count: number, trials: number) => (count / trials).toFixed(3);
  const deviation = Math.sqrt((ALPHA * (1 - ALPHA)) / TRIALS);
  return {
    head: [
      ...['variables in S', 'relations', 'rows', 'independent: interlatent', 'independent: causal-learn'],
      ...['dependent: interlatent', 'dependent: causal-learn'],
    ],
    rows: rows
      .filter(({ isDependent }) => !isDependent)
      .map(({ law, conditioning, rows: size, trials, ours, theirs }) => {
        const power = rows.find(
          (other) =>
            other.isDependent && other.law === law && other.conditioning === conditioning && other.rows === size,
        );
        return [
          ...[String(conditioning), law, size.toLocaleString('en'), share(ours, trials), share(theirs, trials)],
          ...(power ? [power.ours, power.theirs].map((count) => share(count, trials)) : ['', '']),
        ];
      }),
    note:
      `Share of ${TRIALS} tables with p < ${ALPHA}. If a test keeps its level, 95 % of the shares are between ` +
      `${(ALPHA - 1.96 * deviation).toFixed(3)} and ${(ALPHA + 1.96 * deviation).toFixed(3)}.`,
  };
}

function distanceTable(rows: readonly Distances[]): Table {
  const text = ([mean, max]: readonly number[]) => `${mean.toFixed(3)} (${max.toFixed(3)})`;
  return {
    head: ['variables in S', 'rows', 'tables', 'sum of χ²', 'residuals permuted', 'y drawn again'],
    rows: rows.map(({ conditioning, rows: size, tables, mixture, permuted, drawn }) => [
      ...[String(conditioning), size.toLocaleString('en'), String(tables)],
      ...[mixture, permuted, drawn].map(text),
    ]),
    note:
      'Mean (and maximal) distance of p from the reference, over independent data of all laws above except the fast ' +
      'waves. Because references are themselves random, the mean distance of exact p-values would be about ' +
      `${CHANCE.map((distance) => distance.toFixed(3)).join(', ')}.`,
  };
}

async function main(): Promise<void> {
  const errors: Errors[] = [];
  const distances: Distances[] = [];
  const folder = isQuick ? scratchFolder : publishedFolder;
  mkdirSync(folder, { recursive: true });
  const publish = async () => {
    const command = `npm run bench:calibration -- --trials ${TRIALS}`;
    const results = { command, node: process.version, alpha: ALPHA, errors, distances };
    await writeFileAtomic(join(folder, 'calibration.json'), `${JSON.stringify(results, null, 2)}\n`);
    const tables = new Map([
      ['calibration', errorTable(errors)],
      ['calibration-references', distanceTable(distances)],
    ]);
    if (isQuick) for (const table of tables.values()) console.log(`${terminalTable(table)}\n`);
    const texts = new Map([...tables].map(([name, table]) => [name, markdownTable(table)]));
    if (!isQuick) await fillDocument(join(packageRoot, 'docs', 'explanation', 'causal-learn.md'), texts);
  };
  for (const rows of ROWS) {
    for (const law of LAWS) {
      errors.push(errorsOf(law, rows));
      console.error(JSON.stringify(errors.at(-1)));
    }
    const tables = (REFERENCE_TABLES as Readonly<Record<number, number>>)[rows];
    for (const conditioning of tables ? [0, 1, 2] : []) {
      distances.push(distancesOf(conditioning, rows, tables));
      console.error(JSON.stringify(distances.at(-1)));
    }
    await publish();
  }
}

await main();
