// Replaces those of Slurm's programs that the launcher calls: node fake-slurm.mjs PROGRAM WORD …. The folder
// $FAKE_SLURM holds the state: a file for each task of the job that waits or runs. If there is a file `PROGRAM.fails`,
// the program fails and prints its text. Answers are those of Slurm 22 and 24.

import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [program, ...words] = process.argv.slice(2);
const state = process.env.FAKE_SLURM;
const tasks = join(state, 'tasks');
const JOB = '77';

const valueOf = (option) => words.find((word) => word.startsWith(`--${option}=`))?.slice(option.length + 3);
const inState = (wanted) =>
  existsSync(tasks) ? readdirSync(tasks).filter((task) => readFileSync(join(tasks, task), 'utf8') === wanted) : [];
function fail(text) {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}

appendFileSync(join(state, 'calls'), `${[program, ...words].join(' ')}\n`);
const failing = join(state, `${program}.fails`);
if (existsSync(failing)) fail(readFileSync(failing, 'utf8'));

const PROGRAMS = {
  sbatch() {
    const [, last] = /^0-(\d+)$/.exec(valueOf('array'));
    mkdirSync(tasks, { recursive: true });
    for (let task = 0; task <= Number(last); task++) writeFileSync(join(tasks, String(task)), 'PENDING');
    writeFileSync(join(state, 'script'), readFileSync(0));
    writeFileSync(join(state, 'output'), valueOf('output'));
    process.stdout.write(words.includes('--parsable') ? `${JOB};cluster\n` : `Submitted batch job ${JOB}\n`);
  },
  squeue() {
    if (valueOf('jobs') !== JOB) fail('slurm_load_jobs error: Invalid job id specified');
    const pending = inState('PENDING');
    const lines = [...inState('RUNNING'), ...inState('COMPLETING')];
    // Waiting tasks take one line, unless --array requests one line per task.
    if (words.includes('--array')) lines.push(...pending);
    else if (pending.length > 0) lines.push(`${pending[0]}-${pending.at(-1)}`);
    if (!words.includes('--noheader')) lines.unshift('ARRAY_TASK_ID');
    process.stdout.write(lines.map((line) => `${line}\n`).join(''));
    // A task that gets the signal writes a checkpoint before it ends, so it is listed once more.
    for (const task of inState('COMPLETING')) rmSync(join(tasks, task));
  },
  scancel() {
    if (words.at(-1) !== JOB) {
      fail(`scancel: error: Kill job error on job id ${words.at(-1)}: Invalid job id specified`);
    }
    if (valueOf('state') === 'PENDING') for (const task of inState('PENDING')) rmSync(join(tasks, task));
    // Without --full, the shell of a task does not get the signal.
    if (valueOf('signal') !== 'TERM' || !words.includes('--full')) return;
    for (const task of inState('RUNNING')) writeFileSync(join(tasks, task), 'COMPLETING');
  },
};
PROGRAMS[program]();
