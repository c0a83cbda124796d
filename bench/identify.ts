// Measures how well a fit identifies a simulated case: simulates, fits and evaluates several data seeds with the
// command line. `npm run bench:identify -- case1 [seeds] [restarts]` writes bench/results/identify-<case>.json.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Evaluation } from '../src/metrics/index.js';
import { packageRoot } from '../src/runtime/package.js';
import { interlatent, interlatentJson } from './cli-line.js';
import { machine } from './machine.js';

interface Row {
  seed: number;
  mcc: number;
  mccSpearman: number;
  /** (mccSpearman − chance)/(1 − chance); null if chance is 1. */
  corrected: number | null;
  r2: number;
  shd: number;
  seconds: number;
}

const [name = 'case1', seeds = '5', restarts = '8'] = process.argv.slice(2);
/** The method was developed on lower data seeds. */
const FIRST_SEED = 100;
const rows: Row[] = [];
for (let i = 0; i < Number(seeds); i++) rows.push(identify(FIRST_SEED + i));

const mean = (key: keyof Row): number => rows.reduce((sum, row) => sum + (row[key] ?? NaN), 0) / rows.length;
const means = {
  ...{ mcc: mean('mcc'), mccSpearman: mean('mccSpearman'), corrected: mean('corrected') },
  ...{ r2: mean('r2'), shd: mean('shd') },
};
console.table([...rows, { seed: 'mean', ...means }]);
const folder = join(packageRoot, 'bench', 'results');
mkdirSync(folder, { recursive: true });
const command = `npm run bench:identify -- ${name} ${seeds} ${restarts}`;
writeFileSync(
  join(folder, `identify-${name}.json`),
  `${JSON.stringify({ command, machine: machine(), rows, mean: means }, null, 2)}\n`,
);

function identify(seed: number): Row {
  const folder = mkdtempSync(join(tmpdir(), 'interlatent-identify-'));
  try {
    const data = join(folder, 'data');
    const run = join(folder, 'run');
    interlatent('simulate', name, '--seed', String(seed), '--out', data);
    const fit = interlatentJson('fit', join(data, 'study.yaml'), '--out', run, '--encoder-restarts', restarts) as Pick<
      Row,
      'seconds'
    >;
    const truth = join(data, 'truth.npz');
    const { mcc, mccSpearman, chance, r2, shd } = interlatentJson('evaluate', run, '--truth', truth) as Evaluation;
    const { corrected } = chance.mccSpearman;
    return { seed, mcc, mccSpearman, corrected, r2, shd: shd ?? NaN, seconds: fit.seconds };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
