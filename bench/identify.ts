// How well the joint fit identifies a simulated case: simulate, fit, evaluate for several data seeds, by the command
// line. npm run bench:identify -- case1 [seeds] [runs]; writes bench/results/identify-<case>.json.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../src/runtime/package.js';
import { interlatent, interlatentJson } from './cli-line.js';
import { machine } from './machine.js';

interface Row {
  seed: number;
  mcc: number;
  mccSpearman: number;
  r2: number;
  shd: number;
  seconds: number;
}

const [name = 'case1', seeds = '5', runs = '8'] = process.argv.slice(2);
const rows: Row[] = [];
for (let seed = 0; seed < Number(seeds); seed++) rows.push(identify(seed));

const mean = (key: keyof Row): number => rows.reduce((sum, row) => sum + row[key], 0) / rows.length;
const means = { mcc: mean('mcc'), mccSpearman: mean('mccSpearman'), r2: mean('r2'), shd: mean('shd') };
console.table([...rows, { seed: 'mean', ...means }]);
const folder = join(packageRoot, 'bench', 'results');
mkdirSync(folder, { recursive: true });
const command = `npm run bench:identify -- ${name} ${seeds} ${runs}`;
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
    const fit = interlatentJson('fit', join(data, 'study.yaml'), '--out', run, '--runs', runs) as Pick<Row, 'seconds'>;
    const truth = join(data, 'truth.npz');
    const { mcc, mccSpearman, r2, shd } = interlatentJson('evaluate', run, '--truth', truth) as Row;
    return { seed, mcc, mccSpearman, r2, shd, seconds: fit.seconds };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
