// interlatent shard STUDY --out DIR: runs one worker of a shared fit.

import { resolve } from 'node:path';
import { Command } from 'commander';
import { workOnShards } from '../background/shards.js';
import { InterlatentError } from '../errors/errors.js';
import { launchOf, Meeting, shareOf, threadsOf } from '../distributed/launch.js';
import { MAX_SHARDS } from '../distributed/shard-options.js';
import { settleFolder } from '../training/finished-fit.js';
import { checkDataParallel, settingsOf, withFitOptions, type FitFlags } from './fit-options.js';
import { gather } from './gather.js';
import { interruptible, Interrupted } from './interrupt.js';
import { print } from './output.js';
import { progressPrinter } from './progress.js';
import { readWithProgress } from './reading-progress.js';
import { wholeNumber } from './settings.js';
import { describe } from './help.js';

interface Flags extends FitFlags {
  out: string;
  index?: number;
  of?: number;
  gather?: string;
}

export function shardCommand(): Command {
  const command = new Command('shard')
    .argument('<study>', 'Study file (YAML or JSON).')
    .requiredOption('--out <dir>', 'Folder in which the workers meet. All of them must see it.')
    .option(
      '--of <n>',
      "Shards of a stage, one restart each at least. The first worker's number counts (default: the array's, or 8).",
      wholeNumber('--of', 1, MAX_SHARDS),
    )
    .option(
      '--index <i>',
      "Shard to begin with, from 0 (default: the array's, or a random one).",
      wholeNumber('--index', 0, MAX_SHARDS),
    )
    .option('--gather <run>', 'Then write the RUN folder, unless another worker does.');
  return describe(withFitOptions(command), {
    description:
      'Works on a fit that several processes share, on this machine or on many. You can start a worker at any time.',
    examples: [
      ['interlatent shard study.yaml --out shards &', 'start a worker; repeat this for more workers'],
      'interlatent shard study.yaml --out shards',
      ['interlatent gather shards --out runs/study', 'then write the RUN folder'],
      [
        "sbatch --array=0-15 --wrap 'npx interlatent shard study.yaml --out shards --gather runs/study'",
        'the same as a job array of Slurm',
      ],
    ],
    details: [
      'The restarts of a stage are divided into shards. An idle worker takes the lease of the next open shard. If a ' +
        'lease is not renewed for 30 seconds, another worker takes over from the last checkpoint.',
      'The result has the bits of a fit by one process, with any number of workers. All workers need the same study, ' +
        'options, version and kind of processor. See docs/explanation/scaling.md.',
    ],
  }).action(run);
}

async function run(path: string, flags: Flags): Promise<void> {
  const { out, device, matmulPrecision, evidence } = flags;
  const launch = launchOf(process.env);
  checkDataParallel(flags, launch);
  const ofLaunch = launch && shareOf(launch, flags.dataParallel);
  const shards = { folder: resolve(out), ...ofLaunch, ...arrayTask(process.env), ...explicit(flags) };
  const threads = flags.threads ?? (launch ? threadsOf(launch) : 0);
  const progress = progressPrinter(process.stderr);
  await interruptible(async (signal) => {
    const meeting = launch && (await Meeting.meet(shards.folder, launch, { signal }));
    try {
      const study = await readWithProgress(path, { quiet: true });
      await workOnShards(study, shards, {
        ...settingsOf(flags),
        threads,
        device,
        matmulPrecision,
        evidence,
        signal,
        onProgress: (state) => {
          progress.update(state);
        },
      });
    } catch (error) {
      if (!signal.aborted || error !== signal.reason) throw error;
      throw new Interrupted(`Stopped. The checkpoint is in ${out}. The same command continues.`);
    } finally {
      progress.stop();
      await meeting?.leave();
    }
  });
  print(`All shards are done in ${out}.`);
  if (flags.gather === undefined) print(`Next: interlatent gather ${out} --out RUN`);
  else await gatherOnce(out, flags.gather, threads);
}

/** Writes the model, if no other worker does. */
async function gatherOnce(shards: string, run: string, threads: number): Promise<void> {
  try {
    if (await settleFolder(run)) {
      print(`${run} already exists.`);
      return;
    }
    await gather(shards, { out: run, threads });
  } catch (error) {
    if (!(error instanceof InterlatentError) || !['run-locked', 'run-exists'].includes(error.code)) throw error;
    print(`Another worker is writing ${run}.`);
  }
}

function explicit({ index, of, dataParallel }: Flags): Pick<Flags, 'index' | 'of' | 'dataParallel'> {
  return {
    ...(index !== undefined && { index }),
    ...(of !== undefined && { of }),
    ...(dataParallel !== undefined && { dataParallel }),
  };
}

/** Returns the position of this task in a Slurm job array. */
function arrayTask(environment: NodeJS.ProcessEnv): Pick<Flags, 'index' | 'of'> {
  const [task, first, count] = ['ID', 'MIN', 'COUNT'].map((name) => Number(environment[`SLURM_ARRAY_TASK_${name}`]));
  if (![task, first, count].every(Number.isInteger) || count < 1) return {};
  return { index: Math.min(task - first, MAX_SHARDS), of: Math.min(count, MAX_SHARDS) };
}
