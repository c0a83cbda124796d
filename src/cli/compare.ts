// interlatent compare STUDY --methods ours,pca,cca --out DIR: fits several methods on the same subjects, and writes one
// table and one page (docs/how-to/compare-methods.md).

import { join } from 'node:path';
import { Command, Option } from 'commander';
import type { ComparedFit, OurFitOptions } from '../comparison/index.js';
import { METHOD_NAMES, type MethodName } from '../comparison/method-names.js';
import { checkNames } from '../comparison/on-demand.js';
import { InputError } from '../errors/errors.js';
import { didYouMean } from '../errors/suggestion.js';
import { EVIDENCE_MODES, type EvidenceMode } from '../evidence/modes.js';
import { makeFolder, writeFileAtomic } from '../files/atomic.js';
import type { DeviceName } from '../runtime/device.js';
import { readStudy } from '../study/study.js';
import { MAX_EPOCHS } from '../training/fit-schema.js';
import { printComparison } from './compare-text.js';
import { truthOfRun } from './evaluate-truth.js';
import { interruptible, Interrupted } from './interrupt.js';
import { printJson } from './output.js';
import { deviceOption, jsonOption, threadsOption, wholeNumber } from './settings.js';
import { describe } from './help.js';

interface Runner {
  readonly name: string;
  readonly command: string;
}

interface Flags {
  methods: readonly MethodName[];
  runner?: readonly Runner[];
  python?: readonly Runner[];
  out: string;
  truth?: string;
  seeds: number;
  seed: number;
  shuffles: number;
  epochs?: number;
  encoderRestarts?: number;
  evidence?: EvidenceMode | 'none';
  threads: number;
  device: DeviceName;
  json?: boolean;
}

const NAMES = METHOD_NAMES.join(',');
const RUNNER_NAME = /^([A-Za-z][\w-]*)=(.+)$/;

export function compareCommand(): Command {
  const command = new Command('compare')
    .argument('<study>', 'Study file (YAML or JSON).')
    .requiredOption(
      '--out <dir>',
      'Folder to write: comparison.html, comparison.json, and the latents of every method.',
    )
    .option('--methods <names>', `Methods, separated by commas, or none: ${NAMES}.`, parseMethods, METHOD_NAMES)
    .option(
      '--runner <command>',
      "Another program, as in 'mofa=python3 mofa.py'. It gets an .npz file to read and one to write. Repeatable.",
      (text: string, before?: readonly Runner[]) => [...(before ?? []), parseRunner('--runner', text)],
    )
    .option(
      '--python <script>',
      'Short for --runner: a script for python3, with arguments. Repeatable.',
      (text: string, before?: readonly Runner[]) => [...(before ?? []), parseRunner('--python', text, 'python3 ')],
    )
    .option('--truth <file>', 'True latents, as truth.npz of a simulation.')
    .option('--seeds <n>', 'Fits of every method, each with another seed.', wholeNumber('--seeds', 1, 1000), 2)
    .option('--seed <n>', 'First seed.', wholeNumber('--seed', 0), 0)
    .option(
      '--shuffles <n>',
      'Fits of every method to shuffled subjects, in which nothing is associated.',
      wholeNumber('--shuffles', 0, 10_000),
      2,
    )
    .optionsGroup('Our fit:')
    .option('--epochs <n>', 'Epochs. Default: those of the study.', wholeNumber('--epochs', 1, MAX_EPOCHS))
    .option(
      '--encoder-restarts <n>',
      'Encoder restarts. Default: those of the study.',
      wholeNumber('--encoder-restarts', 1, 1000),
    )
    .addOption(evidenceOption())
    .addOption(threadsOption())
    .addOption(deviceOption())
    .optionsGroup('Output:')
    .addOption(jsonOption());
  return describe(command, {
    description:
      'Fits our method, linear methods, and programs of yours on the same training subjects of a study. Scores their ' +
      'latents on the same held-out subjects, and writes one table and one page.',
    examples: [
      'interlatent compare study.yaml --out comparison',
      ['interlatent compare study.yaml --methods pca,cca --python mine.py --out comparison', 'with a script'],
      ['interlatent compare data/case1/study.yaml --truth data/case1/truth.npz --out comparison', 'a simulated study'],
    ],
    details: [
      'ours: this package. pca, pls, cca: principal components, partial least squares, regularised canonical ' +
        'correlation. rrr: reduced-rank ridge regression. fa: factor analysis of all modalities, as MOFA does it. ' +
        'ica: FastICA of canonical variates.',
      'docs/reference/comparison.md describes the files of a runner, docs/how-to/compare-methods.md the figures.',
    ],
  }).action(compare);
}

function evidenceOption() {
  const modes = [...EVIDENCE_MODES, 'none'] as const;
  return new Option(
    '--evidence <mode>',
    'Tests of the edges, which only a comparison with a truth reads. Default: quick with --truth, otherwise none.',
  ).choices(modes);
}

function parseMethods(text: string): readonly MethodName[] {
  if (text === 'none') return [];
  const names = text.split(',').map((name) => name.trim());
  const isKnown = (name: string): name is MethodName => (METHOD_NAMES as readonly string[]).includes(name);
  const odd = names.find((name) => !isKnown(name));
  if (odd !== undefined) {
    throw new InputError(
      'invalid-option',
      `--methods takes names out of ${NAMES}, or none; got "${odd}"${didYouMean(odd, METHOD_NAMES)}. Name other ` +
        'programs with --runner.',
    );
  }
  return [...new Set(names.filter(isKnown))];
}

/** Returns a runner. Its name precedes an equals sign; otherwise it is the name of the last file in the command. */
function parseRunner(flag: string, text: string, program = ''): Runner {
  const [, stated, rest] = RUNNER_NAME.exec(text) ?? [undefined, undefined, text];
  const words = rest.trim().split(/[\s/\\]+/);
  const file = words.filter((word) => /\.\w+$/.test(word)).at(-1) ?? words[0];
  const name = stated ?? file.replace(/\.\w+$/, '').replaceAll(/[^\w-]+/g, '-');
  if (rest.trim() === '') {
    throw new InputError('invalid-option', `${flag} is empty. Give a program, as in ${flag} mine.py.`);
  }
  return { name, command: program + rest };
}

async function compare(path: string, flags: Flags): Promise<void> {
  const { methods: names, runner: programs = [], python = [], out, seeds, seed: firstSeed, shuffles, json } = flags;
  const runners = [...programs, ...python];
  checkNames([...names, ...runners.map(({ name }) => name)]);
  const { builtInMethods, compareMethods, comparisonPage, runner, writeMethodLatents } =
    await import('../comparison/index.js');
  const study = await readStudy(path);
  const truth =
    flags.truth === undefined ? undefined : await truthOfRun({ model: study.dataset }, { truth: flags.truth });
  const methods = [
    ...builtInMethods(names, oursOf(flags)),
    ...runners.map(({ name, command }) => runner(name, command)),
  ];
  const folder = join(out, 'latents');
  await makeFolder(folder);
  const comparison = await interruptible(async (signal) => {
    try {
      return await compareMethods(study, {
        methods,
        seeds,
        firstSeed,
        shuffles,
        truth,
        signal,
        ...(!json && { onFit: progressLine }),
        onLatents: ({ method, seed }, latents, data) =>
          writeMethodLatents(join(folder, `${method}-seed${seed}.npz`), data, latents),
      });
    } catch (error) {
      throw signal.aborted ? new Interrupted(`Stopped. ${folder} has the latents so far.`) : error;
    }
  });
  await writeFileAtomic(join(out, 'comparison.json'), `${JSON.stringify(comparison, null, 2)}\n`);
  await writeFileAtomic(join(out, 'comparison.html'), await comparisonPage(comparison));
  if (json) printJson(comparison);
  else printComparison(comparison, out);
}

function oursOf({ epochs, encoderRestarts, evidence, truth, threads, device }: Flags): OurFitOptions {
  const settings = {
    ...(epochs !== undefined && { epochs }),
    ...(encoderRestarts !== undefined && { encoderRestarts }),
  };
  return { settings, evidence: evidence ?? (truth === undefined ? 'none' : 'quick'), threads, device };
}

function progressLine({ method, seed, isShuffled, number, count }: ComparedFit): void {
  process.stderr.write(`fit ${number + 1}/${count}  ${method}, ${isShuffled ? 'shuffled subjects' : `seed ${seed}`}\n`);
}
