// scripts/cuda-registers.mjs [--write]: what the kernels need of a multiprocessor of compute capability 9.0, as ptxas
// tells it, against the budget in cuda/registers.tsv: registers and stack of a thread, bytes that are spilled and read
// back. Reads what `scripts/build-cuda --check` left. With --write the budget becomes what it is now.

import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

const BUDGET = new URL('../cuda/registers.tsv', import.meta.url);
const FOLDER = new URL('../build/cuda/cuda/CMakeFiles/interlatent_cuda_ptx.dir/', import.meta.url).pathname;
const HEAD = 'kernel\tregisters\tstack\tspilled';
/** Another version of ptxas chooses a little differently. */
const SLACK = { registers: 8, stack: 16, spilled: 0 };

const run = promisify(execFile);

/** Of every kernel of a PTX file: { name, registers, stack, spilled }, by its mangled name. */
async function needsOf(file) {
  const { stdout, stderr } = await run('ptxas', ['-v', '-arch=sm_90', file, '-o', '/dev/null']);
  const number = (text, pattern) => Number(text.match(pattern)[1]);
  return (stdout + stderr)
    .split('Compiling entry function ')
    .slice(1)
    .map((text) => ({
      name: text.match(/^'([^']+)'/)[1],
      registers: number(text, /Used (\d+) registers/),
      stack: number(text, /(\d+) bytes stack frame/),
      spilled: number(text, /(\d+) bytes spill stores/) + number(text, /(\d+) bytes spill loads/),
    }));
}

/** `map_kernel<4, 12>` of a mangled name; instances keep their template's arguments. */
async function readable(names) {
  const { stdout } = await run('c++filt', names);
  return stdout
    .trim()
    .split('\n')
    .map((text) =>
      text
        .replace(/^void /, '')
        .replaceAll('(anonymous namespace)::', '')
        .replaceAll(/_GLOBAL__N__\w+::/g, '')
        .replaceAll('interlatent::cuda::', '')
        .replaceAll('interlatent::', '')
        .replaceAll(/\((?:\w+|\w+::\w+)\)(?=-?\d)/g, '')
        .replace(/\(.*\)$/, ''),
    );
}

const files = readdirSync(FOLDER, { recursive: true })
  .filter((name) => name.endsWith('.ptx'))
  .map((name) => `${FOLDER}${name}`)
  .sort();
if (files.length === 0) throw new Error(`${FOLDER} has no PTX: run scripts/build-cuda --check first`);
const found = [];
for (const file of files) found.push(...(await needsOf(file)));
const names = await readable(found.map(({ name }) => name));
const needs = new Map(found.map((own, i) => [names[i], own]).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));

if (process.argv[2] === '--write') {
  const rows = [...needs].map(([name, own]) => [name, own.registers, own.stack, own.spilled].join('\t'));
  writeFileSync(BUDGET, `${[HEAD, ...rows].join('\n')}\n`);
} else {
  const budget = new Map(
    readFileSync(BUDGET, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split('\t'))
      .map(([name, ...numbers]) => [name, numbers.map(Number)]),
  );
  const wrong = [];
  for (const [name, own] of needs) {
    const [registers, stack, spilled] = budget.get(name) ?? [];
    if (registers === undefined) {
      wrong.push(`${name} has no budget`);
      continue;
    }
    for (const [what, most] of Object.entries({ registers, stack, spilled })) {
      if (own[what] > most + SLACK[what]) wrong.push(`${name}: ${what} ${own[what]}, at most ${most + SLACK[what]}`);
    }
  }
  for (const name of budget.keys()) if (!needs.has(name)) wrong.push(`${name} is no kernel any more`);
  if (wrong.length > 0) {
    console.error(`${wrong.join('\n')}\nwhere this is meant: node scripts/cuda-registers.mjs --write`);
    process.exitCode = 1;
  } else {
    console.log(`${needs.size} kernels keep to their registers, stack and spills`);
  }
}
