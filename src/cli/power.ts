// interlatent power [STUDY|RUN]: how many subjects it takes to find a link of a given size.

import { join } from 'node:path';
import { Command } from 'commander';
import { InputError } from '../errors/errors.js';
import { makeFolder, writeFileAtomic } from '../files/atomic.js';
import { csvText } from '../files/csv-text.js';
import {
  defaultSizes,
  designOfRun,
  designOfStudy,
  ENOUGH_POWER,
  POWER_DEFAULTS,
  powerCurve,
  type PowerCurve,
  type StudyDesign,
} from '../power/index.js';
import { powerSvg } from '../report/index.js';
import { readStudy } from '../study/study.js';
import { count, decimals } from '../text/numbers.js';
import { hasRun, readRun } from '../training/run-folder.js';
import { describe } from './help.js';
import { interruptible, Interrupted } from './interrupt.js';
import { duration, print, printHeading, printJson, table, wrapped } from './output.js';
import { jsonOption, numberBetween, wholeNumber } from './settings.js';

interface Flags {
  latents?: readonly number[];
  effect: number;
  reliability: number;
  subjects?: readonly number[];
  studies: number;
  seed: number;
  out?: string;
  json?: boolean;
}

/** A design with its name and the number of subjects that each pair of modalities has now. */
interface NamedDesign extends StudyDesign {
  readonly name: string;
  readonly known: readonly { readonly first: string; readonly second: string; readonly subjects: number }[];
}

const LINE_EVERY_MS = 5000;

export function powerCommand(): Command {
  const { effect, reliability, studies, seed } = POWER_DEFAULTS;
  const command = new Command('power')
    .argument('[study]', 'Study file, or the folder of a fit. Without it, --latents describes the design.')
    .option('--latents <list>', 'Numbers of latents of each modality, such as 2,3.', numbers('--latents', 1, 256))
    .option('--effect <r>', 'Direct correlation of the link.', numberBetween('--effect', 0.06, 0.95), effect)
    .option(
      '--reliability <share>',
      'Share of the variance of a measured latent that is not error.',
      numberBetween('--reliability', 0.1, 1),
      reliability,
    )
    .option('--subjects <list>', 'Numbers of subjects, such as 100,200,400.', numbers('--subjects', 40, 1e6))
    .option(
      '--studies <n>',
      'Simulated studies for each number; 0: formula.',
      wholeNumber('--studies', 0, 10_000),
      studies,
    )
    .option('--seed <n>', 'Seed of the simulated studies.', wholeNumber('--seed', 0), seed)
    .option('--out <folder>', 'Also write power.json, power.csv and power.svg to this folder.')
    .addOption(jsonOption());
  return describe(command, {
    group: 'data',
    summary: 'say how many subjects find a link of a given size',
    description: 'Says how many subjects it takes to find a direct link between latents of two modalities.',
    examples: [
      'interlatent power study.yaml --out power',
      ['interlatent power --latents 2,3 --effect 0.2', 'Before there are data: two modalities of 2 and 3 latents'],
    ],
    details: [
      'The formula is that of `inspect`. It assumes that the link is the only one of its two modalities. Simulated ' +
        'studies check it: each has one link, and the program searches for it with the tests of a fit (cross-fitting ' +
        'in two folds, Holm over the pairs and the links). Only the networks are left out: measured latents are the ' +
        'true ones with errors, as --reliability says.',
      'A fit whose networks do not find a latent finds no link of it. So these numbers are the least that a study ' +
        'needs. With the folder of a fit, the simulated studies also have the links that the fit supports.',
    ],
  }).action(power);
}

/** Returns a parser of a list of whole numbers. */
function numbers(flag: string, min: number, max: number): (text: string) => number[] {
  const one = wholeNumber(flag, min, max);
  return (text) => text.split(',').map((part) => one(part.trim()));
}

async function power(path: string | undefined, { latents, out, json, subjects, ...options }: Flags): Promise<void> {
  const { effect, reliability, studies, seed } = options;
  const { name, known, ...of } = await namedDesign(path, latents);
  const design = { ...of, effect, reliability };
  if (design.modalities.length < 2) {
    throw new InputError('invalid-option', 'power needs two modalities or more: a link is between two of them');
  }
  const sizes = [...new Set(subjects ?? defaultSizes(design))].sort((a, b) => a - b);
  if (out !== undefined) await makeFolder(out);
  const onProgress = json ? undefined : progressLines(process.stderr);
  const curve = await interruptible(async (signal) => {
    try {
      return await powerCurve(design, { sizes, studies, seed, onProgress, signal });
    } catch (error) {
      if (!signal.aborted || error !== signal.reason) throw error;
      throw new Interrupted('Stopped. Nothing was written. The same command starts again.');
    }
  });
  const files = out === undefined ? [] : await write(out, name, curve);
  if (json) printJson({ study: name, ...curve, known });
  else printCurve(curve, name, known, files);
}

/** @throws InputError `invalid-option` without a study and without numbers of latents, or with both */
async function namedDesign(path: string | undefined, latents: readonly number[] | undefined): Promise<NamedDesign> {
  if ((path === undefined) === (latents === undefined)) {
    throw new InputError('invalid-option', 'power reads a study, a fit, or --latents: give one of them');
  }
  if (path === undefined) {
    const modalities = latents!.map((count, m) => ({ name: `modality${m + 1}`, latents: count }));
    return { name: 'design', modalities, links: [], known: [] };
  }
  if (await hasRun(path)) {
    const { summary } = await readRun(path);
    const known = (summary.evidence?.pairs ?? []).map(({ first, second, subjects }) => ({ first, second, subjects }));
    return { name: summary.study, ...designOfRun(summary), known };
  }
  const { name, inspection } = await readStudy(path);
  const known = (inspection.identification?.links ?? []).map(({ first, second, units }) => ({
    ...{ first, second },
    subjects: units,
  }));
  return { name, ...designOfStudy(inspection), known };
}

async function write(out: string, name: string, curve: PowerCurve): Promise<string[]> {
  const [json, csv, svg] = ['power.json', 'power.csv', 'power.svg'].map((file) => join(out, file));
  const { points } = curve;
  await writeFileAtomic(json, `${JSON.stringify({ study: name, ...curve }, null, 2)}\n`);
  const column = (of: (point: (typeof points)[number]) => number) => Float64Array.from(points, of);
  await writeFileAtomic(
    csv,
    csvText([
      { name: 'subjects', values: column((point) => point.subjects) },
      { name: 'formula', values: column((point) => point.formula) },
      { name: 'lowest', values: column((point) => point.lowest) },
      { name: 'detected', values: column((point) => point.detected) },
      { name: 'studies', values: column((point) => point.studies) },
      { name: 'low', values: column((point) => point.interval[0]) },
      { name: 'high', values: column((point) => point.interval[1]) },
    ]),
  );
  await writeFileAtomic(svg, powerSvg(curve, { title: `How many subjects? ${name}` }));
  return [json, csv, svg];
}

function progressLines(stream: NodeJS.WriteStream): (progress: { done: number; total: number }) => void {
  const start = performance.now();
  let last = start;
  return ({ done, total }) => {
    const now = performance.now();
    if (now - last < LINE_EVERY_MS) return;
    last = now;
    stream.write(`study ${done}/${total}  ${duration(((now - start) / 1000 / done) * (total - done))} left at most\n`);
  };
}

function printCurve(curve: PowerCurve, name: string, known: NamedDesign['known'], files: readonly string[]): void {
  const { points, pairs, needed, effect, reliability, links } = curve;
  const title = `${name}: a direct link of ${effect}, with latents measured at a reliability of ${reliability}`;
  print(wrapped(title));
  if (links.length > 0) {
    print(wrapped(`The simulated studies also have the ${links.length} supported links of the fit.`));
  }
  print();
  const simulated = points.some(({ studies }) => studies > 0);
  print(
    table(
      [
        'subjects',
        'power (formula)',
        ...(simulated ? ['detected in simulations', '95 % interval', 'false links'] : []),
      ],
      points.map(({ subjects, formula, detected, studies, interval, falseLinks }) => [
        ...[count(subjects), decimals(formula)],
        ...(simulated
          ? [`${detected} of ${studies}`, `${decimals(interval[0])} to ${decimals(interval[1])}`, falseLinks.toFixed(2)]
          : []),
      ]),
    ),
  );
  const mean = pairs.length > 1 ? ', as a mean over the pairs of modalities' : '';
  print(
    wrapped(`Subjects have both modalities of a pair. Power is the probability that the link is supported${mean}.`),
  );
  printHeading('Subjects that each pair takes');
  print(
    table(
      ['pair', `for ${ENOUGH_POWER}`, ...(known.length > 0 ? ['the study has'] : [])],
      pairs.map((pair) => {
        const has = known.find(({ first, second }) => first === pair.first && second === pair.second);
        return [
          `${pair.first} and ${pair.second}`,
          count(pair.needed),
          ...(known.length > 0 ? [has ? count(has.subjects) : '–'] : []),
        ];
      }),
    ),
  );
  print(
    wrapped(
      `${count(needed)} subjects find such a link between any two modalities with a probability of ${ENOUGH_POWER}, ` +
        'if the fit measures the latents that well. Real fits find less often: docs/how-to/plan-the-sample-size.md.',
    ),
  );
  if (files.length > 0) print(`Written: ${files.join(', ')}`);
}
