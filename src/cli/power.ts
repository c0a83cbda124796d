// interlatent power [STUDY|RUN]: how many subjects a fit takes to find a link of a given size.

import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { powerCurve } from '../background/power-curve.js';
import { InputError } from '../errors/errors.js';
import { makeFolder, writeFileAtomic } from '../files/atomic.js';
import { csvText } from '../files/csv-text.js';
import {
  defaultSizes,
  designOfRun,
  designOfStudy,
  ENOUGH_POWER,
  otherLinks,
  POWER_DEFAULTS,
  type PowerCurve,
  type StudyDesign,
} from '../power/index.js';
import { powerSvg } from '../report/index.js';
import { readStudy } from '../study/study.js';
import { count, counted, decimals } from '../text/numbers.js';
import { hasRun, readRun } from '../training/run-folder.js';
import { describe } from './help.js';
import { interruptible, Interrupted } from './interrupt.js';
import { duration, print, printHeading, printJson, table, wrapped } from './output.js';
import { jsonOption, numberBetween, threadsOption, wholeNumber } from './settings.js';

interface Flags {
  latents?: readonly number[];
  columns?: readonly number[];
  otherLinks?: number;
  study?: string;
  effect: number;
  reliability?: number;
  subjects?: readonly number[];
  studies: number;
  seed: number;
  threads: number;
  out?: string;
  json?: boolean;
}

/** A design with its name and the number of subjects that each pair of modalities has now. */
interface NamedDesign extends StudyDesign {
  readonly name: string;
  /** Why the loadings of a fit are unknown. */
  readonly missing?: string | undefined;
  readonly known: readonly { readonly first: string; readonly second: string; readonly subjects: number }[];
}

const LINE_EVERY_MS = 5000;

export function powerCommand(): Command {
  const { effect, reliability, studies, seed } = POWER_DEFAULTS;
  const command = new Command('power')
    .argument('[study]', 'Study file, or the folder of a fit. Without it, --latents describes the design.')
    .option('--latents <list>', 'Numbers of latents of each modality, such as 2,3.', numbers('--latents', 1, 256))
    .option('--columns <list>', 'Numbers of columns of each modality; with --latents.', numbers('--columns', 1, 100))
    .option('--effect <r>', 'Direct correlation of the link.', numberBetween('--effect', 0.06, 0.95), effect)
    .option(
      '--other-links <r>',
      'Correlation of every other latent with a latent of another modality (default: that of the fit, or 0).',
      numberBetween('--other-links', 0, 0.9),
    )
    .option(
      '--reliability <share>',
      `Share of a measured latent's variance that is not error (default: that of the fit, or ${reliability}).`,
      numberBetween('--reliability', 0.1, 0.99),
    )
    .option('--study <file>', 'Study file of the subjects of a fit (default: the one it was fitted on).')
    .option('--subjects <list>', 'Numbers of subjects, such as 100,200,400.', numbers('--subjects', 40, 1e6))
    .option(
      '--studies <n>',
      'Simulated studies for each number; 0: upper bound only.',
      wholeNumber('--studies', 0, 10_000),
      studies,
    )
    .option('--seed <n>', 'Seed of the simulated studies.', wholeNumber('--seed', 0), seed)
    .addOption(threadsOption())
    .option('--out <folder>', 'Also write power.json, power.csv and power.svg to this folder.')
    .addOption(jsonOption());
  return describe(command, {
    description: 'Says how many subjects it takes to find a direct link between latents of two modalities.',
    examples: [
      'interlatent power study.yaml --out power',
      ['interlatent power --latents 2,3 --effect 0.2', 'Before there are data: two modalities of 2 and 3 latents'],
    ],
    details: [
      'Each simulated study has one such link. The program searches for it as a fit does. Latents are learned ' +
        'in one half of the subjects and found in the other half. They must replicate, and the tests have ' +
        "Holm's correction. Latents are the linear ones from which fits start. Counts of real fits agree " +
        '(docs/results/power/README.md).',
      'The upper bound is the formula of `inspect`, for latents that are known. No fit reaches it.',
      'With the folder of a fit, simulated columns have the loadings and reliabilities of the fit, and the simulated ' +
        'latents also have the links that it supports. Without a fit, each column measures one latent, and the ' +
        'columns of a latent together have the reliability of --reliability.',
    ],
  }).action(power);
}

/** Returns a parser of a list of whole numbers. */
function numbers(flag: string, min: number, max: number): (text: string) => number[] {
  const one = wholeNumber(flag, min, max);
  return (text) => text.split(',').map((part) => one(part.trim()));
}

async function power(path: string | undefined, { out, json, subjects, ...options }: Flags): Promise<void> {
  const { effect, reliability = POWER_DEFAULTS.reliability, studies, seed, threads } = options;
  const { name, known, missing, ...of } = await namedDesign(path, options);
  const links = options.otherLinks === undefined ? of.links : otherLinks(of.modalities, options.otherLinks);
  const design = { ...of, links, effect, reliability };
  if (design.modalities.length < 2) {
    throw new InputError('invalid-option', 'power needs two modalities or more: a link is between two of them');
  }
  const sizes = [...new Set(subjects ?? defaultSizes(design))].sort((a, b) => a - b);
  if (out !== undefined) await makeFolder(out);
  const onProgress = json ? undefined : progressLines(process.stderr);
  const curveOptions = { sizes, studies, seed, threads: threads || availableParallelism() };
  const curve = await interruptible(async (signal) => {
    try {
      return await powerCurve(design, { ...curveOptions, onProgress, signal });
    } catch (error) {
      if (!signal.aborted || error !== signal.reason) throw error;
      throw new Interrupted('Stopped. Nothing was written. The same command starts again.');
    }
  });
  const files = out === undefined ? [] : await write(out, name, curve);
  if (json) {
    printJson({ study: name, ...curve, known });
    return;
  }
  printDesign(name, curve, { isGiven: options.reliability !== undefined, missing, otherLinks: options.otherLinks });
  printCurve(curve, known, files);
}

/** @throws InputError `invalid-option` without a study and without numbers of latents, or with both */
async function namedDesign(
  path: string | undefined,
  { latents, columns, study, reliability }: Pick<Flags, 'columns' | 'latents' | 'reliability' | 'study'>,
): Promise<NamedDesign> {
  if ((path === undefined) === (latents === undefined)) {
    throw new InputError('invalid-option', 'power reads a study, a fit, or --latents: give one of them');
  }
  if (path === undefined) return { ...describedDesign(latents!, columns), name: 'design', links: [], known: [] };
  if (columns !== undefined) {
    throw new InputError(
      'invalid-option',
      '--columns belongs to --latents; the columns of a study are known. Leave it out',
    );
  }
  if (await hasRun(path)) {
    const { summary } = await readRun(path);
    const known = (summary.evidence?.pairs ?? []).map(({ first, second, subjects }) => ({ first, second, subjects }));
    const design = { ...designOfRun(summary), name: summary.study, known };
    if (reliability !== undefined) return design;
    const { measuredRun } = await import('./measured-run.js');
    return { ...design, ...(await measuredRun(path, study, design.modalities)) };
  }
  const { name, inspection } = await readStudy(path);
  const known = (inspection.identification?.links ?? []).map(({ first, second, units }) => ({
    ...{ first, second },
    subjects: units,
  }));
  return { name, ...designOfStudy(inspection), known };
}

/** @throws InputError `invalid-option` if the numbers of columns do not fit those of latents */
function describedDesign(latents: readonly number[], columns: readonly number[] | undefined) {
  if (columns && (columns.length !== latents.length || columns.some((count, m) => count < latents[m]))) {
    throw new InputError(
      'invalid-option',
      `--columns has a number for each modality of --latents (${latents.length}), not smaller than its latents`,
    );
  }
  const modalities = latents.map((count, m) => ({
    name: `modality${m + 1}`,
    latents: count,
    ...(columns && { columns: columns[m] }),
  }));
  return { modalities };
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
      { name: 'power', values: column(({ detected, studies }) => (studies > 0 ? detected / studies : NaN)) },
      { name: 'low', values: column((point) => point.interval[0]) },
      { name: 'high', values: column((point) => point.interval[1]) },
      { name: 'detected', values: column((point) => point.detected) },
      { name: 'studies', values: column((point) => point.studies) },
      { name: 'replicated', values: column(({ replicated, studies }) => (studies > 0 ? replicated : NaN)) },
      { name: 'false-links', values: column(({ falseLinks, studies }) => (studies > 0 ? falseLinks : NaN)) },
      { name: 'bound', values: column((point) => point.bound) },
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
    stream.write(
      `${Math.floor((100 * done) / total)} %  ${duration(((now - start) / 1000 / done) * (total - done))} left\n`,
    );
  };
}

interface Origin {
  /** True if the user gave the reliability. */
  readonly isGiven: boolean;
  readonly missing: string | undefined;
  readonly otherLinks: number | undefined;
}

function printDesign(name: string, curve: PowerCurve, { isGiven, missing, otherLinks: correlation }: Origin): void {
  const { effect, reliability, modalities } = curve;
  const measured = modalities.filter(({ reliabilities }) => reliabilities !== undefined);
  print(wrapped(`${name}: a direct link of ${effect}`));
  for (const { name: modality, reliabilities = [], columns = 0 } of measured) {
    const shown = reliabilities.map((value) => decimals(value)).join(', ');
    print(wrapped(`${modality}: reliabilities ${shown} in the fit; ${count(columns)} simulated columns`));
  }
  if (measured.length < modalities.length) {
    const which = measured.length > 0 ? 'Other latents' : 'Latents';
    print(wrapped(`${which} are measured at a reliability of ${reliability}${isGiven ? '' : ', which is assumed'}.`));
  }
  if (missing !== undefined) print(wrapped(`The loadings of the fit are unknown: ${missing}`));
  const ofOtherLatents = otherLinksText(curve, correlation);
  if (ofOtherLatents !== undefined) print(wrapped(ofOtherLatents));
  print();
}

/** @param correlation correlation of the links of the other latents, if the user gave it */
function otherLinksText({ links, modalities }: PowerCurve, correlation: number | undefined): string | undefined {
  if (correlation !== undefined) return `Every other latent has a link of ${correlation}.`;
  if (links.length > 0) return `The simulated latents also have ${counted(links.length, 'supported link')} of the fit.`;
  if (modalities.every(({ latents }) => latents === 1)) return undefined;
  return 'The other latents share nothing with other modalities (change this with --other-links).';
}

function printCurve(curve: PowerCurve, known: NamedDesign['known'], files: readonly string[]): void {
  const { points, pairs } = curve;
  const studies = Math.max(...points.map((point) => point.studies));
  const simulated = studies > 0;
  print(
    table(
      ['subjects', ...(simulated ? ['power', '95 % interval', 'replicated', 'false links'] : []), 'upper bound'],
      points.map(({ subjects, detected, interval, replicated, falseLinks, bound }) => [
        count(subjects),
        ...(simulated
          ? [
              decimals(detected / studies),
              `${decimals(interval[0])} to ${decimals(interval[1])}`,
              `${Math.round(100 * replicated)} %`,
              falseLinks.toFixed(2),
            ]
          : []),
        decimals(bound),
      ]),
    ),
  );
  const mean = pairs.length > 1 ? ', as a mean over the pairs of modalities' : '';
  if (simulated) {
    print(
      wrapped(
        `Power is the share of ${studies} simulated studies in which a fit supports the link${mean}. Subjects have ` +
          'both modalities. Replicated is the share of latents that models of both halves find.',
      ),
    );
  }
  printHeading('Subjects that each pair takes at least');
  print(
    table(
      ['pair', `for ${ENOUGH_POWER}, at least`, ...(known.length > 0 ? ['the study has'] : [])],
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
  print(wrapped(neededText(curve)));
  if (files.length > 0) print(`Written: ${files.join(', ')}`);
}

function neededText({ needed, neededAtLeast, points }: PowerCurve): string {
  if (needed === undefined) {
    return (
      `No fit finds such a link with fewer than ${count(neededAtLeast)} subjects with a probability of ` +
      `${ENOUGH_POWER}. Fits usually take more: simulate them with --studies ${POWER_DEFAULTS.studies}.`
    );
  }
  const largest = count(points.at(-1)!.subjects);
  if (needed.estimate === null) {
    return (
      `More than ${largest} subjects are needed for a probability of ${ENOUGH_POWER}. Add larger numbers with ` +
      '--subjects, ask for fewer latents, or measure them better.'
    );
  }
  const high = needed.high === null ? `more than ${largest}` : count(needed.high);
  return (
    `A fit finds such a link with a probability of ${ENOUGH_POWER} from about ${count(needed.estimate)} subjects on ` +
    `(${needed.low === null ? '–' : count(needed.low)} to ${high}, from the number of simulated studies).`
  );
}
