// `npm run test:bad-inputs`: every bad input is answered by one coded error, in 2 s of processor time and 500 MB, and
// nothing on the disk changes. A child process goes through the inputs; where one takes it along, the next goes on.

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

  --only TEXT   inputs whose name contains it
  --every N     each Nth of them (default: all)
  --help

Each input is a command line, and files beside it, that nobody means: values, paths, study files, tables, graphs,
background knowledge, damaged workbooks, HDF5 files and archives, damaged RUN folders, mixtures of two RUN folders. The
command must end with exit code 2 (1 where the file system refuses), one coded error without a stack, within 2 s of
processor time and 500 MB, and leave the disk as it was. A damage that leaves a file as good as it was may also succeed;
such inputs are counted apart.`;

/** Of wall-clock time: a hang is one on a busy machine too. */
const HANGS_AFTER = 120_000;

type Told = { readonly at: number; readonly name: string } | { readonly problem?: string; readonly refused: boolean };

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
  const tell = (told: Told) => new Promise((resolve) => process.send?.(told, undefined, undefined, resolve));
  for (const [at, input] of inputs(base).entries()) {
    if (at < from) continue;
    await tell({ at, name: input.name });
    const answer = await answerTo(input, base);
    await tell({ problem: excessOf(answer) ?? problemOf(input, answer), refused: answer.code !== 0 });
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
  for (let next: number | undefined = 0; next !== undefined;) next = await goOn(base, next, counts, wrong);
  rmSync(base, { recursive: true, force: true });
  const seconds = Math.round((performance.now() - began) / 1000);
  const all = counts.refused + counts.good + counts.wrong;
  console.log(
    `${all} inputs in ${seconds} s: ${counts.refused} refused, ${counts.good} as good as before, ${counts.wrong} wrong`,
  );
  process.exitCode = counts.wrong === 0 ? 0 : 1;
}

/** @returns where to go on; undefined at the end */
async function goOn(
  base: string,
  from: number,
  counts: { refused: number; good: number },
  wrong: (name: string, problem: string) => void,
): Promise<number | undefined> {
  const args = ['--base', base, '--from', String(from), '--only', values.only, '--every', values.every];
  const process_ = fork(fileURLToPath(import.meta.url), args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const state = { at: from - 1, name: 'the start', isAnswered: true, isHung: false };
  let timer: NodeJS.Timeout | undefined;
  process_.on('message', (told: Told) => {
    clearTimeout(timer);
    state.isAnswered = !('at' in told);
    if ('at' in told) {
      Object.assign(state, told);
      timer = setTimeout(() => {
        state.isHung = true;
        process_.kill('SIGKILL');
      }, HANGS_AFTER);
    } else if (told.problem !== undefined) {
      wrong(state.name, told.problem);
    } else if (told.refused) {
      counts.refused++;
    } else {
      counts.good++;
    }
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    process_.on('exit', (...ended) => resolve(ended));
  });
  clearTimeout(timer);
  if (code === 0) return undefined;
  const ended = signal ?? `exit code ${String(code)}`;
  const how = state.isHung ? 'hangs' : `took the process along (${ended})`;
  wrong(state.name, state.isAnswered ? `after it the process ended (${ended})` : how);
  return state.at + 1;
}
