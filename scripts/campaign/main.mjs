// Called by scripts/test-campaign: part × what was tried × what failed, and a JSON file if asked.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os, { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PARTS } from './parts.mjs';
import { tryPart } from './try-part.mjs';

const HELP = `npm run test:campaign -- [options]

What faults do to the built package. A fault may end a command; it may not harm a file that was whole, change a bit of a
result, leave a file behind for ever, or end in anything but success or one coded error.

Parts, in this order:
${PARTS.map(({ name, text }) => `  ${name.padEnd(14)}${text}`).join('\n')}

Options:
  --only PART[,PART]   these parts alone
  --seed N             of all that is drawn at random (default 0)
  --kills N            of the part "kills" (default 500)
  --minutes N          of the parts "serving" and "soak", each (default 60)
  --at-once N          processes side by side (default: one per core)
  --quick              a sample of every part, in minutes
  --keep               leave the folder of the campaign, to look into a failure
  --json FILE          write the figures there
  --help               this

A part that cannot be done here, for want of root, a compiler or a registry, says so and counts as skipped.
The exit code is 1 where something failed, or a part tried nothing.
`;

const { values: asked } = parseArgs({
  options: {
    only: { type: 'string' },
    seed: { type: 'string' },
    kills: { type: 'string' },
    minutes: { type: 'string' },
    quick: { type: 'boolean', default: false },
    'at-once': { type: 'string' },
    keep: { type: 'boolean', default: false },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (asked.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const numbers = {};
for (const [name, usual, isRight] of [
  ['seed', 0, Number.isSafeInteger],
  ['kills', asked.quick ? 12 : 500, Number.isSafeInteger],
  ['minutes', asked.quick ? 1 : 60, Number.isFinite],
  ['at-once', os.availableParallelism(), Number.isSafeInteger],
]) {
  const value = asked[name] === undefined ? usual : Number(asked[name] || NaN);
  numbers[name] = value;
  if (isRight(value) && (name === 'seed' ? value >= 0 : value > 0)) continue;
  console.error(`--${name} must be a number above 0, not '${asked[name]}'.`);
  process.exit(2);
}
const names = asked.only?.split(',') ?? PARTS.map(({ name }) => name);
const unknown = names.filter((name) => !PARTS.some((part) => part.name === name));
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(', ')}: ${PARTS.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}
if (!existsSync('dist/cli/main.js')) {
  console.error('There is no dist/cli/main.js: npm run build makes it.');
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'interlatent-campaign-'));
const results = [];
for (const part of PARTS.filter(({ name }) => names.includes(name))) results.push(await tried(part));
if (asked.keep) console.log(`kept: ${folder}`);
else rmSync(folder, { recursive: true, force: true });
if (asked.json !== undefined) writeFileSync(asked.json, `${JSON.stringify(record(), null, 2)}\n`);
const count = (verdict) => results.filter((result) => result.verdict === verdict).length;
console.log(`${count('held')} parts held, ${count('FAILED')} failed, ${count('skipped')} skipped`);
process.exit(count('FAILED') === 0 ? 0 : 1);

async function tried(part) {
  const { seed, kills, minutes, 'at-once': atOnce } = numbers;
  const tell = (line) => console.log(`         ${part.name}: ${line}`);
  const result = await tryPart(part, { folder, seed, quick: asked.quick, kills, minutes, atOnce, tell });
  const { verdict, tried: count, failures, figures, skipped, seconds } = result;
  const told = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  const detail = skipped ?? [`${count} tried, ${failures.length} failed`, ...told].join('; ');
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
