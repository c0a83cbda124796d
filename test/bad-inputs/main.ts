// `npm run test:bad-inputs` checks that every bad input is answered by one coded error within 2 s of processor time and
// 500 MB, and that nothing on the disk changes. A child process runs the inputs. If an input ends it, another child
// continues with the next input.

import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { answerTo, excessOf, problemOf } from './answer.js';
import { writeFixtures, type BadInput } from './case.js';
import { badCommandLines, badPaths } from './command-lines.js';
import { badContainers } from './containers.js';
import { badGraphs, badKnowledge, badStudies, badTables } from './documents.js';
import { badMixtures } from './mixtures.js';
import { badRuns } from './run-folders.js';

const HELP = `npm run test:bad-inputs [-- options]

  --only TEXT   run only inputs whose name contains TEXT
  --every N     run every Nth input (default: all)
  --help        print this text

Each input is an invalid command line, or a command line with invalid files: values, paths, study files, tables, graphs,
background knowledge, damaged workbooks, HDF5 files and archives, damaged RUN folders, mixtures of two RUN folders. The
command must end with exit code 2 (1 if the file system refuses), one coded error without a stack, within 2 s of
processor time and 500 MB, and must not change the disk. If a file is still valid after its damage, the command may also
succeed; such inputs are counted separately.`;

/** Milliseconds of wall time, long enough for a busy machine. */
const HANGS_AFTER = 120_000;

/** A message of a child: the input that it starts, or the result of that input. */
type Message =
  | { readonly at: number; readonly name: string }
  | { readonly problem?: string; readonly refused: boolean };

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    every: { type: 'string', default: '1' },
    from: { type: 'string' },
    base: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(HELP);
else if (values.base === undefined) await parent();
else await child(values.base, Number(values.from));

function inputs(base: string): BadInput[] {
  const all = [
    ...[badCommandLines(), badPaths(), badStudies(), badKnowledge(), badTables(), badGraphs(), badContainers()],
    ...[badRuns(base), badMixtures(base)],
  ];
  const every = Number(values.every);
  return all
    .flatMap((some) => [...some])
    .filter(({ name }) => name.includes(values.only))
    .filter((_, i) => i % every === 0);
}

async function child(base: string, from: number): Promise<void> {
  const send = (message: Message) => new Promise((resolve) => process.send?.(message, undefined, undefined, resolve));
  for (const [at, input] of inputs(base).entries()) {
    if (at < from) continue;
    await send({ at, name: input.name });
    const answer = await answerTo(input, base);
    await send({ problem: excessOf(answer) ?? problemOf(input, answer), refused: answer.code !== 0 });
  }
  process.exit(0);
}

async function parent(): Promise<void> {
  const base = mkdtempSync(join(tmpdir(), 'interlatent-bad-'));
  const began = performance.now();
  await writeFixtures(base);
  const counts = { refused: 0, good: 0, wrong: 0 };
  const wrong = (name: string, problem: string) => {
    counts.wrong++;
    console.log(`${name}\n  ${problem}`);
  };
  for (let next: number | undefined = 0; next !== undefined;) next = await runChild(base, next, counts, wrong);
  rmSync(base, { recursive: true, force: true });
  const seconds = Math.round((performance.now() - began) / 1000);
  const all = counts.refused + counts.good + counts.wrong;
  console.log(
    `${all} inputs in ${seconds} s: ${counts.refused} refused, ${counts.good} still valid, ${counts.wrong} wrong`,
  );
  process.exitCode = counts.wrong === 0 ? 0 : 1;
}

/** Runs a child from an input on. @returns the input with which the next child continues; undefined at the end */
async function runChild(
  base: string,
  from: number,
  counts: { refused: number; good: number },
  wrong: (name: string, problem: string) => void,
): Promise<number | undefined> {
  const args = ['--base', base, '--from', String(from), '--only', values.only, '--every', values.every];
  const worker = fork(fileURLToPath(import.meta.url), args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const state = { at: from - 1, name: 'the start', isAnswered: true, isHung: false };
  let timer: NodeJS.Timeout | undefined;
  worker.on('message', (message: Message) => {
    clearTimeout(timer);
    state.isAnswered = !('at' in message);
    if ('at' in message) {
      Object.assign(state, message);
      timer = setTimeout(() => {
        state.isHung = true;
        worker.kill('SIGKILL');
      }, HANGS_AFTER);
    } else if (message.problem !== undefined) {
      wrong(state.name, message.problem);
    } else if (message.refused) {
      counts.refused++;
    } else {
      counts.good++;
    }
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    worker.on('exit', (...ended) => resolve(ended));
  });
  clearTimeout(timer);
  if (code === 0) return undefined;
  const ended = signal ?? `exit code ${String(code)}`;
  const how = state.isHung ? 'hangs' : `ended the process (${ended})`;
  wrong(state.name, state.isAnswered ? `the process ended after this input (${ended})` : how);
  return state.at + 1;
}
