// interlatent null STUDY: compares a study with permuted copies in which modalities are not associated.

import { extname } from 'node:path';
import { Command, Option } from 'commander';
import { permutationNull } from '../background/permutation-null.js';
import type { PairNull, PermutationNull } from '../evidence/index.js';
import { writeFileAtomic } from '../files/atomic.js';
import { nullSvg } from '../report/index.js';
import { chooseDevice, type DeviceName } from '../runtime/device.js';
import { readStudy } from '../study/study.js';
import { fitConfigFor } from '../training/config.js';
import { trainingDevice } from '../training/training-device.js';
import { interruptible, Interrupted } from './interrupt.js';
import { duration, print, printJson, pValue, table, wrapped } from './output.js';
import {
  concurrentFits,
  deviceOption,
  CONCURRENT_FITS,
  jsonOption,
  MAX_THREADS,
  wholeNumber,
  threadsOption,
} from './settings.js';
import { describe } from './help.js';

interface Flags {
  refits: number;
  out?: string;
  seed: number;
  threads: number;
  workers: number;
  device: DeviceName;
  json?: boolean;
}

const REFITS = 39;

export function nullCommand(): Command {
  const command = new Command('null')
    .argument('<study>', 'Study file (YAML or JSON).')
    .option(
      '--refits <n>',
      'Shuffled fits. The smallest p is 1 / (n + 1).',
      wholeNumber('--refits', 1, 100_000),
      REFITS,
    )
    .option('--out <file>', 'Also write a drawing (.svg) of the study among its refits, or all results (.json).')
    .option('--seed <n>', 'Seed of the shuffles and fits.', wholeNumber('--seed', 0), 0)
    .addOption(threadsOption())
    .addOption(
      new Option('--workers <n>', 'Number of concurrent fits, which share the threads.')
        .argParser(wholeNumber('--workers', 1, MAX_THREADS))
        .default(0, CONCURRENT_FITS),
    )
    .addOption(deviceOption())
    .addOption(jsonOption());
  return describe(command, {
    description:
      'Shuffles the subjects of the modalities and fits again, many times. It shows what chance alone finds.',
    examples: [
      'interlatent null study.yaml --refits 39 --out null.svg',
      ['interlatent null study.yaml --workers 1', 'one fit after the other, which takes least memory'],
    ],
    details: [
      'A fit tests associations on subjects that its models have not seen. This command checks that test. It ' +
        'puts the subjects of all modalities but the first in another order, so that nothing is shared, and repeats ' +
        'everything. Observed causes are shuffled, too, within groups and batches. The p by permutation ' +
        'needs no assumption. About 5 % of the refits may call a pair associated. See docs/explanation/evidence.md.',
    ],
  }).action(run);
}

async function run(
  path: string,
  { refits, out, seed, threads, workers: chosen, device: name, json }: Flags,
): Promise<void> {
  // A device that cannot be used is reported before a large study is read.
  await chooseDevice(name);
  const { config: study, dataset } = await readStudy(path);
  const { device } = await trainingDevice(dataset, name);
  const workers = chosen || concurrentFits(threads, refits + 1, device);
  const settings = { ...study.training, sparsity: study.sparsity, seed };
  const config = fitConfigFor(dataset, settings);
  const started = performance.now();
  const onFit = (done: number): void => {
    const left = ((performance.now() - started) / 1000 / (done + 1)) * (refits - done);
    if (!json) process.stderr.write(`fit ${done + 1}/${refits + 1}  ${duration(left)} left\n`);
  };
  const result = await interruptible(async (signal) => {
    try {
      return await permutationNull(dataset, config, { refits, seed, threads, workers, device, signal, onFit });
    } catch (error) {
      throw signal.aborted ? new Interrupted('Stopped; nothing was written.') : error;
    }
  });
  if (out !== undefined) {
    const isJson = extname(out).toLowerCase() === '.json';
    await writeFileAtomic(out, isJson ? `${JSON.stringify(result, null, 2)}\n` : nullSvg(result));
  }
  if (json) printJson({ ...result, out });
  else printNull(result, out);
}

function printNull(
  { pairs, causes = [], refits, associated, alpha, seconds }: PermutationNull,
  out: string | undefined,
): void {
  const figures = ({ observed, refits: ps, p }: Pick<PairNull, 'observed' | 'refits' | 'p'>) => [
    pValue(observed),
    pValue(Math.min(...ps)),
    p.toFixed(3),
  ];
  const columns = ['p of the cross-fit', 'minimum of the refits', 'p by permutation'];
  if (pairs.length > 0) {
    print(
      table(
        ['modalities', '', ...columns],
        pairs.map((pair) => [pair.first, pair.second, ...figures(pair)]),
      ),
    );
  }
  if (causes.length > 0) {
    print(
      table(
        ['cause', ...columns],
        causes.map((cause) => [cause.cause, ...figures(cause)]),
      ),
    );
  }
  const what = [...(pairs.length > 0 ? ['pair'] : []), ...(causes.length > 0 ? ['cause'] : [])].join(' or ');
  const expected = (alpha * refits).toFixed(1);
  print();
  print(
    wrapped(
      `${associated} of ${refits} refits without signal have an associated ${what}; about ${expected} are expected.`,
    ),
  );
  print(`${refits + 1} fits in ${duration(seconds)}.${out === undefined ? '' : ` Written to ${out}.`}`);
}
