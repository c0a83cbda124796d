// `npm run fuzz -- [options] TARGET…` fuzzes targets in TypeScript with the engine of this folder, and targets in C++
// with libFuzzer.

import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { NATIVE_TARGETS, runNative } from './engine/native.js';
import { runTarget, type Limits, type Report } from './engine/supervisor.js';

const scripts = readdirSync('fuzz/targets').map((name) => name.replace(/\.ts$/, ''));
const TARGETS = [...NATIVE_TARGETS, ...scripts];

const HELP = `Usage: npm run fuzz -- [options] TARGET…

Runs targets with mutated inputs, and retains inputs that reach new edges. A target passes if every input gives a result
or an InterlatentError within 2 seconds and 500 MB, and if written data are read back unchanged.

  --seconds N     time limit of each target (default: 60, none with --executions)
  --executions N  number of executions of each target
  --seed N        seed of the mutations (default: 1)
  --all           run all targets
  --write-seeds   write the seeds of fuzz/corpus again; other inputs there stay
  --help          print this text

Seeds are in fuzz/corpus. Retained inputs are in build/fuzz/corpus, where the next run continues. Inputs that break a
target are written to build/fuzz/findings; the exit code is then 1. Native targets need clang with compiler-rt.

Targets: ${TARGETS.join(', ')}
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string' },
    executions: { type: 'string' },
    seed: { type: 'string', default: '1' },
    all: { type: 'boolean', default: false },
    'write-seeds': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values['write-seeds']) {
  const { writeSeeds } = await import('./seeds.js');
  process.stdout.write(`${await writeSeeds()} bytes of seeds\n`);
  process.exit();
}
const unknown = positionals.filter((name) => !TARGETS.includes(name));
const names = values.all ? TARGETS : positionals;
const number = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));
const limits: Limits = {
  executions: number(values.executions),
  seconds: number(values.seconds ?? (values.executions === undefined ? '60' : undefined)),
  seed: Number(values.seed),
};
const isWrong = Object.values(limits).some((limit) => limit !== undefined && !(limit >= 0));
if (values.help || unknown.length > 0 || names.length === 0 || isWrong) {
  if (unknown.length > 0) process.stderr.write(`There is no target ${unknown.join(', ')}.\n\n`);
  (values.help ? process.stdout : process.stderr).write(HELP);
  process.exit(values.help ? 0 : 2);
}

let failed = 0;
for (const name of names) {
  const report = NATIVE_TARGETS.includes(name) ? runNative(name, limits) : await runTarget(name, limits);
  process.stdout.write(`${line(report)}\n`);
  failed += report.findings.length;
}
process.exitCode = failed > 0 ? 1 : 0;

function line({ target, executions, seconds, edges, sourceEdges, allSourceEdges, retained, findings }: Report): string {
  const ours = allSourceEdges > 0 ? ` (${sourceEdges} of ${allSourceEdges} in our code)` : '';
  const rate = Math.round(executions / seconds);
  const done = `${executions} executions in ${seconds.toFixed(0)} s (${rate}/s)`;
  return `${target}: ${done}, ${edges} edges${ours}, ${retained} inputs retained, ${findings.length} findings`;
}
