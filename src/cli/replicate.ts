// interlatent replicate RUN STUDY: tests in a second cohort what a fit supports.

import { Command } from 'commander';
import type { TestedHypothesis } from '../evidence/index.js';
import {
  estimateText,
  hypothesisText,
  KIND_TEXTS,
  replicationReason,
  type ModalityShift,
  type Replication,
} from '../replication/index.js';
import { decimals, percent } from '../text/numbers.js';
import { describe } from './help.js';
import { interruptible, Interrupted } from './interrupt.js';
import { print, printHeading, printJson, pValue, table, wrapped } from './output.js';
import { printWarnings } from './quality.js';
import { askModel, readAsked, writeRecords, type AnswerFlags } from './questions.js';
import { jsonOption } from './settings.js';

export function replicateCommand(): Command {
  const command = new Command('replicate')
    .argument('<run>', 'RUN folder of the first study.')
    .argument('<study>', 'Study file of the second cohort. The standardisation of the model is applied.')
    .option('--out <file>', 'Write the results to a table: .csv, .parquet or .npz.')
    .addOption(jsonOption());
  return describe(command, {
    description:
      'Tests each pair of modalities, direct link, and effect of a cause that the fit supports, once, in other ' +
      'subjects. Nothing is trained.',
    examples: ['interlatent replicate runs/study second-cohort.yaml'],
    details: [
      'A result is replicated if the cohort shows it in the same direction, after the correction for all results. It ' +
        'is not replicated if the 95 % interval excludes half of the first estimate. Otherwise it is undecided, or ' +
        'the cohort cannot test it. A table shows if the people or the measurements of the cohort differ from those ' +
        'of the fit.',
      'The study file names modalities and columns as that of the fit does. It may lack modalities.',
    ],
  }).action(run);
}

async function run(folder: string, path: string, { out, json }: AnswerFlags): Promise<void> {
  const result = await interruptible((signal) =>
    askModel(folder, async (model) => {
      const { dataset } = await readAsked(model, path);
      try {
        return await model.replicate(dataset, { signal });
      } catch (error) {
        throw signal.aborted ? new Interrupted('Stopped; nothing was written.') : error;
      }
    }),
  );
  if (out !== undefined) await writeRecords(out, result.hypotheses.map(recordOf));
  if (json) printJson({ ...result, ...(out !== undefined && { out }) });
  else printReplication(result, out);
}

/** Returns a result as a row of a table. Numbers that are not known are NaN. */
function recordOf(one: TestedHypothesis): Readonly<Record<string, string | number>> {
  const {
    kind,
    first,
    second,
    level = '',
    conditioning = [],
    original,
    estimate,
    subjects,
    verdict,
    reason = '',
  } = one;
  const interval = (name: string, of: TestedHypothesis['estimate']) => ({
    [name]: of?.estimate ?? NaN,
    [`${name}.lower`]: of?.lower ?? NaN,
    [`${name}.upper`]: of?.upper ?? NaN,
  });
  return {
    ...{ kind, first, second, level, conditioning: conditioning.join(' ') },
    ...interval('first.estimate', original),
    ...interval('estimate', estimate),
    ...{ subjects, p: one.p ?? NaN, q: one.q ?? NaN, power: one.power ?? NaN, verdict, reason },
  };
}

const VERDICTS: Readonly<Record<TestedHypothesis['verdict'], string>> = {
  replicated: 'replicated',
  'not-replicated': 'not replicated',
  undecided: 'undecided',
  'not-testable': 'not testable',
};

function printReplication(result: Replication, out: string | undefined): void {
  const { headline, hypotheses, alpha, tests, shifts, warnings } = result;
  print(wrapped(headline));
  for (const kind of new Set(hypotheses.map((one) => one.kind))) {
    const some = hypotheses.filter((one) => one.kind === kind);
    print();
    print(
      table(
        [KIND_TEXTS[kind], 'first study', 'second cohort', 'q', 'verdict'],
        some.map((one) => [
          hypothesisText(one),
          one.original ? decimals(one.original.estimate) : '–',
          estimateText(one.estimate),
          pValue(one.q),
          VERDICTS[one.verdict],
        ]),
      ),
    );
    for (const one of some) printReason(one, alpha);
  }
  if (tests > 0) {
    print();
    print(wrapped(`Intervals cover 95 %. q is corrected for all ${tests} tests (Holm); the level is ${alpha}.`));
  }
  printShifts(shifts);
  printWarnings(warnings);
  if (out !== undefined) print(`${hypotheses.length} rows written to ${out}`);
}

/** Prints why a result is not replicated, or less than half as large. */
function printReason(one: TestedHypothesis, alpha: number): void {
  const why = replicationReason(one, alpha);
  if (why) print(wrapped(`${hypothesisText(one)}: ${VERDICTS[one.verdict]}, ${why}.`, '  '));
}

function printShifts(shifts: readonly ModalityShift[]): void {
  if (shifts.length === 0) return;
  printHeading('Second cohort in units of the training subjects');
  print(
    table(
      ['modality', 'subjects', 'latents: mean', 'sd', 'outside 98 %', 'error', 'most shifted column'],
      shifts.map(({ modality, subjects, latents, outside, error, columns }) => [
        modality,
        subjects,
        latents.map(({ mean }) => mean.toFixed(2)).join(' '),
        latents.map(({ sd }) => sd.toFixed(2)).join(' '),
        percent(outside),
        error.toFixed(2),
        columns
          .slice(0, 1)
          .map(({ name, mean, sd }) => `${name} ${mean.toFixed(2)} ± ${sd.toFixed(2)}`)
          .join(''),
      ]),
    ),
  );
}
