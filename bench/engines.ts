// Compares two builds of the native engine, for example a platform's package and a local build. Each engine runs in a
// separate process; the same training steps alternate between them.
// `scripts/bench engines BEFORE AFTER [--threads 1] [--clock wall]` writes build/bench/results/engines.json.

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { writeFileAtomic } from '../src/files/atomic.js';
import { buildInfo } from '../src/runtime/native.js';
import { caseName, CASES, Training } from './cases.js';
import { machine } from './machine.js';
import { NETWORK_CASES, networkName, NetworkTraining } from './network-cases.js';
import { threadCounts } from './options.js';
import { scratchFolder } from './results.js';
import { terminalTable } from './table.js';
import { interleaved, median, type Clock } from './timing.js';

interface Request {
  readonly place: number;
  readonly threads: number;
  readonly seconds: number;
  readonly clock: Clock;
}

interface Row {
  readonly case: string;
  readonly threads: number;
  /** Milliseconds per step of the first engine, every repetition. */
  readonly before: readonly number[];
  /** The same of the second engine. */
  readonly after: readonly number[];
}

const REPETITIONS = 7;
const SECONDS = 0.3;

const TRAININGS = [
  ...CASES.map((one) => ({ name: caseName(one), load: (threads: number) => Training.load(one, { threads }) })),
  ...NETWORK_CASES.map((one) => ({
    name: networkName(one),
    load: (threads: number) => NetworkTraining.load(one, { threads }),
  })),
];

if (process.send) serve();
else await main();

/** Runs in the child process. The last case stays loaded and continues to train. */
function serve(): void {
  let warm: { key: string; training: Training | NetworkTraining } | undefined;
  process.on('message', ({ place, threads, seconds, clock }: Request) => {
    void (async () => {
      const key = `${place} ${threads}`;
      if (warm?.key !== key) {
        await warm?.training[Symbol.asyncDispose]();
        warm = { key, training: TRAININGS[place].load(threads) };
      }
      process.send?.({ milliseconds: await warm.training.milliseconds(seconds, clock) });
    })();
  });
  process.send?.(buildInfo());
}

async function main(): Promise<void> {
  const command = new Command('scripts/bench engines')
    .argument('<before>', 'path of an interlatent.node')
    .argument('<after>', 'path of another one')
    .option('--threads <counts>', 'numbers of threads, separated by commas', threadCounts, [1])
    .addOption(
      new Option('--clock <clock>', 'processor time for a busy machine, or wall time for an idle one')
        .choices(['processor', 'wall'])
        .default('processor'),
    )
    .parse();
  const { threads: counts, clock } = command.opts<{ threads: number[]; clock: Clock }>();
  const [before, after] = command.args.map((path) => resolve(path));
  const engines = { before: await start(before), after: await start(after) };
  const rows: Row[] = [];
  for (const threads of counts) {
    for (const [place, { name }] of TRAININGS.entries()) {
      console.error(`${name}, ${threads} threads`);
      const request = { place, threads, seconds: SECONDS, clock };
      const times = await interleaved(REPETITIONS, {
        before: () => ask(engines.before.child, request),
        after: () => ask(engines.after.child, request),
      });
      rows.push({ case: name, threads, ...times });
    }
  }
  for (const { child } of Object.values(engines)) child.disconnect();
  console.log(
    terminalTable({
      head: ['case', 'threads', 'before, ms', 'after, ms', 'before / after'],
      rows: rows.map((row) => {
        const [old, now] = [median(row.before), median(row.after)];
        return [row.case, String(row.threads), old.toFixed(2), now.toFixed(2), (old / now).toFixed(2)];
      }),
      note:
        `${clock} time, median of ${REPETITIONS}; ` +
        `before: ${engines.before.compiler}; after: ${engines.after.compiler}`,
    }),
  );
  mkdirSync(scratchFolder, { recursive: true });
  const results = { clock, machine: machine(), compilers: [engines.before.compiler, engines.after.compiler], rows };
  await writeFileAtomic(join(scratchFolder, 'engines.json'), `${JSON.stringify(results, null, 2)}\n`);
}

async function start(path: string): Promise<{ child: ChildProcess; compiler: string }> {
  const env = { ...process.env, INTERLATENT_NATIVE_PATH: path };
  const child = fork(fileURLToPath(import.meta.url), { env });
  const [{ compiler }] = (await once(child, 'message')) as [{ compiler: string }];
  return { child, compiler };
}

async function ask(child: ChildProcess, request: Request): Promise<number> {
  child.send(request);
  const [{ milliseconds }] = (await once(child, 'message')) as [{ milliseconds: number }];
  return milliseconds;
}
