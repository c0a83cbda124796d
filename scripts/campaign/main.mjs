// Called by scripts/test-campaign. Prints the number of trials and failures of each part, and writes a JSON file with
// --json.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os, { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PARTS } from './parts.mjs';
import { tryPart } from './try-part.mjs';

const HELP = `npm run test:campaign -- [options]

Tests the built package with faults. A fault may end a command. It must not damage a complete file, change a bit of a
result, or leave a file behind for ever. A command must end with success or one coded error.

Parts, in this order:
${PARTS.map(({ name, text }) => `  ${name.padEnd(14)}${text}`).join('\n')}

Options:
  --only PART[,PART]   run only these parts
  --seed N             seed of all random choices (default 0)
  --kills N            number of kills of the part "kills" (default 500)
  --minutes N          minutes of each of the parts "serving" and "soak" (default 60)
  --concurrency N      number of parallel processes (default: one per core)
  --quick              run a sample of every part, which takes minutes
  --keep               keep the folder of the campaign, to examine a failure
  --json FILE          write the figures to FILE
  --help               print this text

A part that needs root, a compiler or a registry is skipped without it, and prints the reason.
The exit code is 1 if a trial failed or a part tried nothing.
`;

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    seed: { type: 'string' },
    kills: { type: 'string' },
    minutes: { type: 'string' },
    quick: { type: 'boolean', default: false },
    concurrency: { type: 'string' },
    keep: { type: 'boolean', default: false },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const numbers = {};
for (const [name, usual, isRight] of [
  ['seed', 0, Number.isSafeInteger],
  ['kills', options.quick ? 12 : 500, Number.isSafeInteger],
  ['minutes', options.quick ? 1 : 60, Number.isFinite],
  ['concurrency', os.availableParallelism(), Number.isSafeInteger],
]) {
  const value = options[name] === undefined ? usual : Number(options[name] || NaN);
  numbers[name] = value;
  if (isRight(value) && (name === 'seed' ? value >= 0 : value > 0)) continue;
  console.error(`--${name} must be a number above 0, not '${options[name]}'.`);
  process.exit(2);
}
const names = options.only?.split(',') ?? PARTS.map(({ name }) => name);
const unknown = names.filter((name) => !PARTS.some((part) => part.name === name));
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(', ')}. The parts are ${PARTS.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}
if (!existsSync('dist/cli/main.js')) {
  console.error('There is no dist/cli/main.js. Run npm run build.');
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'interlatent-campaign-'));
const results = [];
for (const part of PARTS.filter(({ name }) => names.includes(name))) results.push(await tried(part));
if (options.keep) console.log(`kept: ${folder}`);
else rmSync(folder, { recursive: true, force: true });
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(record(), null, 2)}\n`);
const count = (verdict) => results.filter((result) => result.verdict === verdict).length;
console.log(`${count('passed')} parts passed, ${count('FAILED')} failed, ${count('skipped')} skipped`);
process.exit(count('FAILED') === 0 ? 0 : 1);

async function tried(part) {
  const { seed, kills, minutes, concurrency } = numbers;
  const report = (line) => console.log(`         ${part.name}: ${line}`);
  const result = await tryPart(part, { folder, seed, quick: options.quick, kills, minutes, concurrency, report });
  const { verdict, tried: count, failures, figures, skipped, seconds } = result;
  const texts = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  const detail = skipped ?? [`${count} tried, ${failures.length} failed`, ...texts].join('; ');
  console.log(`${verdict.padEnd(8)} ${part.name.padEnd(13)} ${String(seconds).padStart(5)} s  ${detail}`);
  for (const failure of failures) {
    console.log(`         --only ${part.name} --seed ${seed}: ${failure.replaceAll('\n', '\n           ')}`);
  }
  return result;
}

function record() {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const machine = { processor: os.cpus()[0].model.trim(), cores: os.availableParallelism(), node: process.version };
  const command = `npm run test:campaign -- ${process.argv.slice(2).join(' ')}`;
  return { command, commit, seed: numbers.seed, machine, parts: results };
}
