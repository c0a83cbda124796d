// `npm run fuzz -- [options] TARGET…`: fuzzes targets, those of TypeScript with the engine of this folder, those of C++
// with libFuzzer.

import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { NATIVE_TARGETS, runNative } from './engine/native.js';
import { runTarget, type Limits, type Report } from './engine/supervisor.js';

const scripts = readdirSync('fuzz/targets').map((name) => name.replace(/\.ts$/, ''));
const TARGETS = [...NATIVE_TARGETS, ...scripts];

const HELP = `Usage: npm run fuzz -- [options] TARGET…

Gives targets mutated inputs, and keeps those that do what no other did. A target holds if every input gives a result
or an InterlatentError within 2 seconds and 500 MB, and what is written is read as it was.

  --seconds N     of each target (default: 60, none with --executions)
  --executions N  of each target
  --seed N        of the mutations (default: 1)
  --all           all targets
  --write-seeds   writes the seeds of fuzz/corpus anew; what was found stays
  --help

Seeds are in fuzz/corpus; what is found on the way is kept in build/fuzz/corpus and goes on from there; what breaks a
target is written to build/fuzz/findings, and its exit code is 1. Native targets need clang with compiler-rt.

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

function line({ target, executions, seconds, edges, ownEdges, allOwnEdges, kept, findings }: Report): string {
  const own = allOwnEdges > 0 ? ` (${ownEdges} of ${allOwnEdges} of our own)` : '';
  const rate = Math.round(executions / seconds);
  const done = `${executions} executions in ${seconds.toFixed(0)} s (${rate}/s)`;
  return `${target}: ${done}, ${edges} edges${own}, ${kept} inputs kept, ${findings.length} findings`;
}
