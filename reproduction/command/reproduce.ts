// npm run reproduce -- FIGURE: repeats the numeric tables and figures of the paper by simulations and fits
// (docs/explanation/science.md).

import { join } from 'node:path';
import { Command } from 'commander';
import { InputError, NumericError } from '../../src/errors/errors.js';
import {
  COUNT_GROUPS,
  countAll,
  countsMarkdown,
  type CountExperiment,
  type CountGroup,
  type CountResult,
} from '../experiments/counts.js';
import { REAL_CAUSE_STUDIES } from '../experiments/real-cause-studies.js';
import { CAUSE_STUDIES } from '../experiments/cause-studies.js';
import { FIRST_REPORTED_SEED } from '../experiments/causes.js';
import { FIGURE_NAMES, FIGURES, FIRST_SEED, type Experiment } from '../experiments/experiment.js';
import { experimentsOf, finished, QUICK, reproduce, type ReproduceProgress } from '../experiments/reproduce.js';
import { FULL } from '../experiments/run.js';
import { summarise, type ExperimentSummary } from '../experiments/summary.js';
import { spreadText } from '../experiments/tables.js';
import { LINK_COUNTS } from '../experiments/link-counts.js';
import { NULL_COUNTS } from '../experiments/null-counts.js';
import { SELECTION_COUNTS } from '../experiments/selection-counts.js';
import { IMPUTATION_STUDIES } from '../experiments/imputation.js';
import { PHYSIOLOGY_PAGE, VARIANT_MNIST_PAGE } from '../experiments/known-truth-pages.js';
import { PHYSIOLOGY_STUDIES, physiologySource, type PhysiologyStudy } from '../experiments/physiology.js';
import {
  VARIANT_MNIST_BASELINES,
  VARIANT_MNIST_STUDIES,
  variantMnistSource,
  type VariantMnistStudy,
} from '../experiments/variant-mnist.js';
import type { KnownTruthPage } from '../experiments/known-truth-results.js';
import { WIDE_STUDIES } from '../experiments/wide-studies.js';
import { writeResults } from '../experiments/write-results.js';
import { writeFileAtomic } from '../../src/files/atomic.js';
import { chooseDevice } from '../../src/runtime/device.js';
import {
  commandText,
  DEFAULT_SEEDS,
  runCauses,
  runRealCauses,
  runImputation,
  runKnownTruth,
  runQuestions,
  runWide,
  type ReproduceFlags as Flags,
} from './recorded-fits.js';
import { withConventions } from '../../src/cli/command-line.js';
import { interruptible, Interrupted } from '../../src/cli/interrupt.js';
import { deviceText, duration, print, printJson, table } from '../../src/cli/output.js';
import { deviceOption, jsonOption, wholeNumber, threadsOption } from '../../src/cli/settings.js';
import { describe } from '../../src/cli/help.js';

const WIDE = 'wide';
const QUESTIONS = 'questions';
const IMPUTATION = 'imputation';
const TABLE2 = 'table2';
const SERIES = 'series';
const CAUSES = 'causes';
const LINE_EVERY_MS = 10_000;

/** Returns the program `npm run reproduce --`. */
export function reproduceProgram(): Command {
  const command = new Command('npm run reproduce --')
    .argument('<figure...>', 'Figures, single experiments by id, or all.')
    .requiredOption(
      '--out <folder>',
      'Folder for records, tables and figures. The same command continues what was interrupted.',
    )
    .option(
      '--seeds <n>',
      `Data sets of each experiment (default: ${DEFAULT_SEEDS}, with --quick 1; counts and ${CAUSES} have others).`,
      wholeNumber('--seeds', 1, 10_000),
    )
    .option(
      '--first-seed <n>',
      'First data seed. Lower seeds were used to develop the method ' +
        `(default: ${FIRST_SEED}; of null and links 0, of ${TABLE2} ${VARIANT_MNIST_PAGE.firstSeed}, ` +
        `of ${SERIES} ${PHYSIOLOGY_PAGE.firstSeed}, of ${CAUSES} ${FIRST_REPORTED_SEED}; with --quick 0).`,
      wholeNumber('--first-seed', 0),
    )
    .option(
      '--quick',
      'Use few experiments, little data and few restarts. The exit code is 1 if a loose goal is missed.',
    )
    .option(
      '--baselines',
      `Also run the baselines with the same encoders, of ${TABLE2} and ${SERIES}. Takes several times as long.`,
    )
    .addOption(threadsOption())
    .addOption(deviceOption())
    .addOption(jsonOption());
  const described = describe(command, {
    description:
      "Simulates, fits and evaluates the paper's numeric experiments, and compares the results with its numbers.",
    examples: [
      'npm run reproduce -- figure5 --out reproduction',
      ['npm run reproduce -- all --quick --out reproduction', 'minutes instead of hours'],
    ],
    details: [
      [
        'Figures:',
        ...FIGURE_NAMES.map((name) => `  ${name.padEnd(10)} ${FIGURES[name]}`),
        ...Object.entries(COUNT_GROUPS).map(([name, what]) => `  ${name.padEnd(10)} ${what}`),
        `  ${WIDE.padEnd(10)} Held-out R² on real studies with many columns or few subjects, and of linear methods`,
        `  ${QUESTIONS.padEnd(10)} do(z), counterfactuals and imputation, compared with the simulator's answers`,
        `  ${TABLE2.padEnd(10)} Variant MNIST: two images whose places and intensities are latents`,
        `  ${SERIES.padEnd(10)} Series of two devices whose rates, amplitudes, drifts and couplings are latents`,
        `  ${CAUSES.padEnd(10)} Simulated treatments, knock-outs and doses: latents, graph, targets against the truth`,
        `  ${IMPUTATION.padEnd(10)} Cells and modalities that were removed from the same studies`,
      ].join('\n'),
      'Results are means over data sets, on held-out subjects. Restarts are chosen by validation, never by the truth.',
      'The command writes README.md (tables), results.json, an image per figure, and fits/ with one record per fit. ' +
        'Some experiments also write counts.md, null.md, wide.md, table2.md, series.md, imputation.md or chain.md. ' +
        'null, wide, table2 and imputation read the data in INTERLATENT_DATA.',
      'Ctrl-C stops after a checkpoint and writes the tables of finished experiments; the same command continues. ' +
        'Every experiment gets its first data set before any gets its second. All experiments take hours on two ' +
        'cores: begin with one figure, or with --quick.',
    ],
  });
  return withConventions(described.action(run));
}

const COUNTS = [...SELECTION_COUNTS, ...NULL_COUNTS, ...LINK_COUNTS];
/** Names of experiments that are not figures. */
const OTHER_EXPERIMENTS = [
  ...Object.keys(COUNT_GROUPS),
  WIDE,
  QUESTIONS,
  IMPUTATION,
  TABLE2,
  SERIES,
  CAUSES,
  ...[
    ...COUNTS,
    ...WIDE_STUDIES,
    ...IMPUTATION_STUDIES,
    ...VARIANT_MNIST_STUDIES,
    ...PHYSIOLOGY_STUDIES,
    ...CAUSE_STUDIES,
    ...REAL_CAUSE_STUDIES,
  ].map(({ id }) => id),
];

async function run(names: string[], flags: Flags): Promise<void> {
  const isNamed = (...wanted: string[]): boolean =>
    !flags.quick && ['all', ...wanted].some((name) => names.includes(name));
  const counts = COUNTS.filter(({ id, group }) => isNamed(id, group));
  const studies = WIDE_STUDIES.filter(({ id }) => isNamed(id, WIDE));
  const imputed = IMPUTATION_STUDIES.filter(({ id }) => isNamed(id, IMPUTATION));
  const images = VARIANT_MNIST_STUDIES.filter(({ id }) => isNamed(id, TABLE2));
  const series = PHYSIOLOGY_STUDIES.filter(({ id }) => isNamed(id, SERIES));
  const withCauses = CAUSE_STUDIES.filter(({ id }) => isNamed(id, CAUSES));
  const withRealCauses = REAL_CAUSE_STUDIES.filter(({ id }) => isNamed(id, CAUSES));
  const figures = names.filter((name) => !OTHER_EXPERIMENTS.includes(name));
  const experiments = figures.length === 0 ? [] : experimentsOf(figures, flags.quick ?? false);
  const asks = isNamed(QUESTIONS);
  const recorded = [studies, imputed, images, series, withCauses, withRealCauses].reduce(
    (sum, { length }) => sum + length,
    0,
  );
  if (flags.baselines && images.length + series.length === 0) {
    throw new InputError(
      'invalid-option',
      `--baselines belongs to ${TABLE2} and ${SERIES}. Among the figures, figure5c contains baselines.`,
    );
  }
  if (counts.length + recorded + experiments.length === 0 && !asks) {
    throw new InputError('invalid-option', `a quick run includes none of ${names.join(', ')}. Leave out --quick`);
  }
  const fresh = { ...flags, firstSeed: flags.firstSeed ?? FIRST_SEED };
  const results = {
    counts: counts.length === 0 ? [] : await runCounts(counts, flags),
    wide: studies.length === 0 ? [] : await runWide(studies, fresh),
    questions: asks ? await runQuestions(fresh) : [],
    table2: images.length === 0 ? [] : await runVariantMnist(images, flags),
    series: series.length === 0 ? [] : await runPhysiology(series, flags),
    realCauses: withRealCauses.length === 0 ? [] : await runRealCauses(withRealCauses, flags),
    causes: withCauses.length === 0 ? [] : await runCauses(withCauses, flags),
    imputation: imputed.length === 0 ? [] : await runImputation(imputed, fresh),
  };
  if (experiments.length > 0) await runFigures(experiments, results, flags);
  else if (flags.json) printJson(results);
}

async function runVariantMnist(studies: readonly VariantMnistStudy[], flags: Flags) {
  const source = await variantMnistSource();
  const baselines = VARIANT_MNIST_BASELINES.filter(({ graph }) => studies.some((study) => study.graph === graph));
  return runKnownTruth(
    { page: VARIANT_MNIST_PAGE, studies, baselines, source },
    withFirstSeed(flags, VARIANT_MNIST_PAGE),
  );
}

function runPhysiology(studies: readonly PhysiologyStudy[], flags: Flags) {
  const task = { page: PHYSIOLOGY_PAGE, studies, baselines: studies, source: physiologySource };
  return runKnownTruth(task, withFirstSeed(flags, PHYSIOLOGY_PAGE));
}

function withFirstSeed(flags: Flags, page: Pick<KnownTruthPage, 'firstSeed'>): Flags {
  return { ...flags, firstSeed: flags.firstSeed ?? page.firstSeed };
}

/** Runs experiments whose result is a count of data sets. */
async function runCounts(
  counts: readonly CountExperiment[],
  { out, seeds, firstSeed, threads, device, json }: Flags,
): Promise<CountResult[]> {
  const results = await interruptible(async (signal) => {
    const onProgress = json ? undefined : (text: string) => process.stderr.write(`${text}\n`);
    try {
      return await countAll(counts, { out, seeds, firstSeed, threads, device, signal, onProgress });
    } catch (error) {
      if (!signal.aborted || error !== signal.reason) throw error;
      throw new Interrupted(`Stopped. Records of finished fits are in ${out}. The same command continues.`);
    }
  });
  for (const group of Object.keys(COUNT_GROUPS) as CountGroup[]) {
    const ofGroup = results.filter(({ experiment }) => experiment.group === group);
    if (ofGroup.length === 0) continue;
    const text = countsMarkdown(ofGroup);
    await writeFileAtomic(join(out, `${group}.md`), text);
    if (!json) print(text);
  }
  return results;
}

async function runFigures(
  experiments: readonly Experiment[],
  otherResults: Readonly<Record<string, readonly unknown[]>>,
  { out, seeds, quick = false, firstSeed = quick ? 0 : FIRST_SEED, threads, device, json }: Flags,
): Promise<void> {
  const { choice } = await chooseDevice(device);
  if (!json && device !== 'cpu') print(`Computing on ${deviceText(choice)}`);
  const progress = json ? undefined : progressLines(process.stderr);
  const options = { out, seeds: seeds ?? (quick ? 1 : DEFAULT_SEEDS), firstSeed, effort: quick ? QUICK : FULL, device };
  const describe = { command: commandText(), quick, firstSeed, threads };
  const summaries = await interruptible(async (signal) => {
    try {
      return summarise(await reproduce(experiments, { ...options, threads, signal, onProgress: progress }));
    } catch (error) {
      if (!signal.aborted || error !== signal.reason) throw error;
      const done = summarise(await finished(experiments, options));
      if (done.length > 0) await writeResults(out, done, describe);
      throw new Interrupted(`Stopped. Tables of finished fits are in ${out}. The same command continues.`);
    }
  });
  const files = await writeResults(out, summaries, describe);
  if (json) printJson({ summaries, files, ...otherResults });
  else printSummaries(summaries, out);
  const missed = summaries.filter(({ met }) => met === false).map(({ experiment }) => experiment.title);
  if (quick && missed.length > 0) {
    throw new NumericError('out-of-range', `The loose reach of --quick was missed by: ${missed.join('; ')}.`, {
      missed,
    });
  }
}

function printSummaries(summaries: readonly ExperimentSummary[], out: string): void {
  print(
    table(
      ['experiment', 'seeds', 'MCC', 'chance', 'corrected', 'R²', 'SHD', 'met'],
      summaries.map(({ experiment, seeds, mcc, chance, corrected, r2, shd, met }) => [
        experiment.title,
        seeds,
        spreadText(mcc, 3),
        chance.mean.toFixed(3),
        corrected === null ? '–' : spreadText(corrected, 3),
        spreadText(r2, 3),
        shd === null ? '–' : spreadText(shd, 1),
        met === null ? '' : met ? 'yes' : 'no',
      ]),
    ),
  );
  print(`\nTables and figures: ${out}/README.md`);
}

/** Returns a function that prints a line when a fit begins, and every ten seconds. */
function progressLines(stream: NodeJS.WriteStream): (progress: ReproduceProgress) => void {
  let last = -Infinity;
  let fit = -1;
  return ({ done, fits, title, seed, state, secondsLeft }) => {
    const now = performance.now();
    if (done === fit && now - last < LINE_EVERY_MS) return;
    [last, fit] = [now, done];
    stream.write(`fit ${done + 1}/${fits}  ${title}, seed ${seed}  ${state}  ${duration(secondsLeft)} left\n`);
  };
}
