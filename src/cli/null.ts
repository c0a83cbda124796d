// interlatent null STUDY: how the study compares with itself when nothing is shared.

import { Command } from 'commander';
import { permutationNull } from '../background/permutation-null.js';
import type { PermutationNull } from '../evidence/index.js';
import { writeFileAtomic } from '../files/atomic.js';
import { nullSvg } from '../report/index.js';
import { chooseDevice, type DeviceName } from '../runtime/device.js';
import { readStudy } from '../study/study.js';
import { fitConfigFor } from '../training/config.js';
import { interruptible, Interrupted } from './interrupt.js';
import { duration, print, printJson, pValue, table } from './output.js';
import { deviceOption, jsonOption, MAX_THREADS, wholeNumber } from './settings.js';

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
  return new Command('null')
    .description('shuffle the subjects of the modalities and fit again, many times: what chance alone would find')
    .argument('<study>', 'study file (YAML or JSON)')
    .option('--refits <n>', 'shuffled fits; the smallest p is 1 / (n + 1)', wholeNumber('--refits', 1, 100_000), REFITS)
    .option('--out <file>', 'also write a picture (SVG): the study among its refits')
    .option('--seed <n>', 'of the shuffles and fits', wholeNumber('--seed', 0), 0)
    .option('--threads <n>', 'threads (default: all cores)', wholeNumber('--threads', 1, MAX_THREADS), 0)
    .option('--workers <n>', 'fits at a time, which share the threads', wholeNumber('--workers', 1, MAX_THREADS), 1)
    .addOption(deviceOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
A fit tests what modalities share on subjects that its halves have not seen. This checks that test: with the subjects of
every modality but the first in another order nothing is shared, and everything is fitted again. The p by permutation
needs no assumption; about 5 % of the refits may call a pair associated. docs/evidence.md explains both.

  interlatent null study.yaml --refits 39 --out null.svg
  interlatent null study.yaml --workers 4               # four fits at a time: small ones do not fill the cores`,
    )
    .action(run);
}

async function run(path: string, { refits, out, seed, threads, workers, device: name, json }: Flags): Promise<void> {
  const { device } = await chooseDevice(name);
  const { config: study, dataset } = await readStudy(path);
  const settings = { ...study.training, sparsity: study.sparsity, seed };
  const config = fitConfigFor(dataset, settings);
  const started = performance.now();
  const onFit = (done: number): void => {
    const left = ((performance.now() - started) / 1000 / (done + 1)) * (refits - done);
    if (!json) process.stderr.write(`fit ${done + 1}/${refits + 1}  ${duration(left)} left\n`);
  };
  const found = await interruptible(async (signal) => {
    try {
      return await permutationNull(dataset, config, { refits, seed, threads, workers, device, signal, onFit });
    } catch (error) {
      throw signal.aborted ? new Interrupted('Stopped; nothing was written.') : error;
    }
  });
  if (out !== undefined) await writeFileAtomic(out, nullSvg(found));
  if (json) printJson({ ...found, out });
  else printNull(found, out);
}

function printNull({ pairs, refits, related, alpha, seconds }: PermutationNull, out: string | undefined): void {
  print(
    table(
      ['modalities', '', 'p of the cross-fit', 'least of the refits', 'p by permutation'],
      pairs.map(({ first, second, observed, refits: ps, p }) => [
        first,
        second,
        pValue(observed),
        pValue(Math.min(...ps)),
        p.toFixed(3),
      ]),
    ),
  );
  const expected = (alpha * refits).toFixed(1);
  print(`\n${related} of ${refits} refits without signal called a pair associated; about ${expected} are expected.`);
  print(`${refits + 1} fits in ${duration(seconds)}.${out === undefined ? '' : ` Picture: ${out}`}`);
}
