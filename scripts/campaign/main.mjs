// Called by scripts/test-campaign: part × what was tried × what failed, and a JSON file if asked.
/* global performance */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os, { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Skipped } from './outcome.mjs';
import { PARTS } from './parts.mjs';
import { generator } from './random.mjs';

const HELP = `npm run test:campaign -- [options]

What faults do to the built package. A fault may end a command; it may not harm a file that was whole, change a bit of a
result, leave a file behind for ever, or end in anything but success or one coded error.

Parts, in this order:
${PARTS.map(({ name, text }) => `  ${name.padEnd(14)}${text}`).join('\n')}

Options:
  --only PART[,PART]   these parts alone
  --seed N             of all that is drawn at random (default 0); a failure names the seed that repeats it
  --kills N            of the part "kills" (default 500)
  --minutes N          of the part "soak" (default 60)
  --at-once N          processes side by side (default: one per core)
  --quick              a sample of every part, in minutes
  --keep               leave the folder of the campaign, to look into a failure
  --json FILE          write the figures there
  --help               this

A part that cannot be done here, for want of root, a compiler or a registry, says so and counts as skipped.
The exit code is 1 where something failed.
`;

const { values: asked } = parseArgs({
  options: {
    only: { type: 'string' },
    seed: { type: 'string', default: '0' },
    kills: { type: 'string' },
    minutes: { type: 'string' },
    quick: { type: 'boolean', default: false },
    'at-once': { type: 'string', default: String(os.availableParallelism()) },
    keep: { type: 'boolean', default: false },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (asked.help) {
  process.stdout.write(HELP);
  process.exit(0);
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
const failed = results.filter(({ failures }) => failures.length > 0);
console.log(`${results.length - failed.length} parts of ${results.length} without a failure`);
process.exit(failed.length === 0 ? 0 : 1);

async function tried(part) {
  const seed = Number(asked.seed);
  const number = (text, quick, usual) => Number(text ?? (asked.quick ? quick : usual));
  const settings = {
    folder,
    seed,
    random: generator(seed),
    quick: asked.quick,
    kills: number(asked.kills, 12, 500),
    atOnce: Number(asked['at-once']),
    minutes: number(asked.minutes, 1, 60),
    tell: (line) => console.log(`         ${part.name}: ${line}`),
  };
  const start = performance.now();
  let outcome = { tried: 0, failures: [] };
  let skipped;
  try {
    outcome = await part.run(settings);
  } catch (error) {
    if (error instanceof Skipped) skipped = error.message;
    else outcome.failures.push(error.stack);
  }
  const seconds = Math.round((performance.now() - start) / 1000);
  const { failures, tried: count, figures = {} } = outcome;
  const verdict = skipped !== undefined ? 'skipped' : failures.length > 0 ? 'FAILED' : 'held';
  const told = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  const detail = skipped ?? [`${count} tried, ${failures.length} failed`, ...told].join('; ');
  console.log(`${verdict.padEnd(8)} ${part.name.padEnd(13)} ${String(seconds).padStart(5)} s  ${detail}`);
  for (const failure of failures) console.log(`         ${failure.replaceAll('\n', '\n           ')}`);
  return { part: part.name, verdict, tried: count, failures, figures, ...(skipped && { skipped }), seconds };
}

function record() {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const machine = { processor: os.cpus()[0].model.trim(), cores: os.availableParallelism(), node: process.version };
  const command = `npm run test:campaign -- ${process.argv.slice(2).join(' ')}`;
  return { command, commit, seed: Number(asked.seed), machine, parts: results };
}
