// `scripts/cuda-registers.mjs [--write]` compares the resources of the kernels with the budget in cuda/registers.tsv:
// registers, stack and spilled bytes of a thread, which ptxas reports for compute capability 9.0. It reads the PTX
// files of `scripts/build-cuda --check`. With --write it writes the current figures as the new budget.

import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

const BUDGET = new URL('../cuda/registers.tsv', import.meta.url);
const FOLDER = new URL('../build/cuda/cuda/CMakeFiles/interlatent_cuda_ptx.dir/', import.meta.url).pathname;
const HEAD = 'kernel\tregisters\tstack\tspilled';
/** Tolerances, because versions of ptxas differ slightly. */
const SLACK = { registers: 8, stack: 16, spilled: 0 };

const run = promisify(execFile);

/** Returns the needs of every kernel of a PTX file: { name, registers, stack, spilled }, with its mangled name. */
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

/** Returns readable names with template arguments, such as `map_kernel<4, 12>`, for mangled names. */
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
if (files.length === 0) throw new Error(`${FOLDER} has no PTX files. Run scripts/build-cuda --check first.`);
const kernels = [];
for (const file of files) kernels.push(...(await needsOf(file)));
const names = await readable(kernels.map(({ name }) => name));
const needs = new Map(kernels.map((kernel, i) => [names[i], kernel]).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));

if (process.argv[2] === '--write') {
  const rows = [...needs].map(([name, kernel]) => [name, kernel.registers, kernel.stack, kernel.spilled].join('\t'));
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
  for (const [name, kernel] of needs) {
    const [registers, stack, spilled] = budget.get(name) ?? [];
    if (registers === undefined) {
      wrong.push(`${name} has no budget`);
      continue;
    }
    for (const [what, value] of Object.entries({ registers, stack, spilled })) {
      const max = value + SLACK[what];
      if (kernel[what] > max) wrong.push(`${name}: ${what} ${kernel[what]}, at most ${max}`);
    }
  }
  for (const name of budget.keys()) if (!needs.has(name)) wrong.push(`${name} has a budget but is not a kernel`);
  if (wrong.length > 0) {
    console.error(`${wrong.join('\n')}\nIf the change is intended, run: node scripts/cuda-registers.mjs --write`);
    process.exitCode = 1;
  } else {
    console.log(`${needs.size} kernels are within their budget of registers, stack and spills`);
  }
}
