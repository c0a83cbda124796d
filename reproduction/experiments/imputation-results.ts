// Tabulates the imputation of values that were removed from real studies, as means over seeds.

import { join } from 'node:path';
import { writeFileAtomic } from '../../src/files/atomic.js';
import { imputationId, IMPUTATION_QUESTIONS, type ImputationRecord } from './imputation.js';
import { spread } from './summary.js';
import { line, spreadText } from './tables.js';
import type { WideStudy } from './wide-studies.js';
import { runText, type RunDescription } from './write-results.js';

/** Writes imputation.md. @returns its path */
export async function writeImputation(
  out: string,
  studies: readonly WideStudy[],
  records: readonly ImputationRecord[],
  description: Pick<RunDescription, 'command' | 'threads'>,
): Promise<string> {
  const path = join(out, 'imputation.md');
  const seconds = records.reduce((sum, record) => sum + record.seconds, 0);
  const text = [
    '# Imputation of removed values in real studies',
    '',
    runText(description, records.length, seconds),
    '',
    "R² (%) of held-out subjects' removed values about the training subjects' means, over all columns of a modality. " +
      'Cells: a fifth of the cells of all subjects was removed before the fit. Modality: one modality of held-out ' +
      'subjects was removed after the fit. The share of the Gaussian was chosen on validation subjects; the R² of ' +
      'decoder alone and Gaussian alone are for those. `bench/imputation_baselines.py` measures other methods.',
    '',
    imputationTable(studies, records),
    '',
  ].join('\n');
  await writeFileAtomic(path, text);
  return path;
}

/** Returns the table. @param studies those without a record have no row */
export function imputationTable(studies: readonly WideStudy[], records: readonly ImputationRecord[]): string {
  const header = [
    'study',
    'missing',
    'modality',
    'training / validation / measured',
    'seeds',
    'R²',
    'in 90 % intervals',
    'share of the Gaussian',
    'decoder alone',
    'Gaussian alone',
  ];
  const rows = studies.flatMap((study) =>
    IMPUTATION_QUESTIONS.flatMap((question) => {
      const fits = records.filter(({ experiment }) => experiment === imputationId(study, question));
      return (fits.at(0)?.modalities ?? []).map(({ name }, m) => rowOf({ study, question, name, m, records: fits }));
    }),
  );
  return [header, header.map(() => '---'), ...rows].map(line).join('\n');
}

interface Row {
  readonly study: WideStudy;
  readonly question: ImputationRecord['question'];
  readonly name: string;
  readonly m: number;
  readonly records: readonly ImputationRecord[];
}

function rowOf({ study, question, name, m, records }: Row): string[] {
  const percent = (of: (record: ImputationRecord) => number | undefined): string => {
    const values = records.flatMap((record) => of(record) ?? []);
    return values.length === 0 ? '–' : spreadText(spread(values.map((value) => 100 * value)), 1);
  };
  const { train, validation, measured } = records[0].subjects;
  const mixOf = ({ imputation }: ImputationRecord) =>
    imputation?.modalities[m][question === 'cells' ? 'cells' : 'whole'];
  return [
    study.title,
    question,
    name,
    `${train} / ${validation} / ${measured}`,
    String(records.length),
    percent(({ modalities }) => modalities[m].r2),
    percent(({ modalities }) => modalities[m].covered),
    percent((record) => mixOf(record)?.weight),
    percent((record) => mixOf(record)?.r2.decoder),
    percent((record) => mixOf(record)?.r2.gaussian),
  ];
}
