// The output of `inspect`: subjects and the reasons for lost ones, tables, and ranges of columns and channels.

import { isAbsolute, relative } from 'node:path';
import { ARRAY_KINDS, shapeText, type RegularArray } from '../data/regular-array.js';
import { hasOrder, LEVEL_KINDS } from '../data/kinds.js';
import { COLUMN_KINDS, kindNamed } from '../likelihoods/kinds.js';
import { ADJUSTMENT_RISKS, covariateText } from '../study/inspection/adjustment-text.js';
import type { ColumnReport, ArrayReport, Inspection, ModalityReport } from '../study/inspection/inspection.js';
import { printBatches } from './causes-text.js';
import { print, printHeading, table, wrapped } from './output.js';

const MAX_COLUMNS = 40;
/** Maximum number of entries of a list. */
const MAX_LISTED = 10;

/** Prints how many subjects and columns a fit would read. */
export function printInspection(inspection: Inspection): void {
  const { study, subjects, groups, split, modalities } = inspection;
  const { train, validation, test } = split;
  print(`Study ${study}: ${subjects} subjects (${train} training, ${validation} validation, ${test} test)`);
  printCohort(inspection);
  printSubjects(inspection);
  if (groups !== undefined) print(`${groups} groups; the rows of a group are in one split`);
  print();
  print(
    table(
      ['modality', 'data', 'latents', 'exogenous', 'subjects without it'],
      modalities.map((modality) => [
        modality.name,
        `${modality.columns.length} ${modality.regularArray ? 'channels' : 'columns'}`,
        modality.latents,
        modality.exogenous,
        modality.absent,
      ]),
    ),
  );
}

/** What a fit does with a sampling design. */
export const SURVEY_NOTE =
  'The fit itself weighs all subjects equally; `interlatent table RUN survey-links` uses the design.';

/** Prints the sampling design, which the fit does not use. */
export function printSurvey({ survey }: Inspection): void {
  if (!survey) return;
  const { weight, stratum, unit, sampled, subjects, lacking, strata, units, lonely, degrees, effective } = survey;
  printHeading('Survey');
  const columns = [`weight ${weight}`, ...(stratum ? [`stratum ${stratum}`] : []), ...(unit ? [`unit ${unit}`] : [])];
  print(wrapped(`${subjects} of ${sampled} sampled people are in the study: ${columns.join(', ')}.`));
  print(wrapped(`${units} units in ${strata} strata: tests have ${degrees} degrees of freedom.`));
  print(wrapped(`The weights are worth ${Math.round(effective)} equally weighted people (Kish).`));
  if (lonely > 0) print(wrapped(`Strata with one sampled unit: ${lonely}.`));
  if (lacking > 0) print(wrapped(`Figures and tests of the survey leave out ${lacking} subjects without a weight.`));
  print(wrapped(SURVEY_NOTE));
}

/** Prints what the design can identify, and what would help. */
export function printIdentification({ identification }: Inspection): void {
  if (!identification) return;
  printHeading('What this design can identify');
  for (const { text, advice } of identification.statements) {
    print(wrapped(`- ${advice === undefined ? text : `${text} ${advice}`}`, '  '));
  }
  print('docs/identifiability.md explains what "identified" means.');
}

/** Prints the sources of values, what is left out, and possible errors. @param verbose true for every column */
export function printInspectionDetails(inspection: Inspection, verbose: boolean): void {
  const { adjusted, modalities, missing } = inspection;
  if (adjusted) {
    const terms = listed(adjusted.terms.map(covariateText));
    print(wrapped(`adjusted for ${terms}; ${adjusted.lacking} subjects lack a value of these`));
    for (const risk of ADJUSTMENT_RISKS) print(wrapped(`  ${risk}`, '  '));
  }
  for (const modality of modalities) {
    print(`\n${modality.name}`);
    printTables(modality, missing);
    if (verbose) printColumns(modality);
  }
}

function printColumns({ transform, regularArray, columns: all }: ModalityReport): void {
  const columns = all.slice(0, MAX_COLUMNS);
  const range = transform === undefined ? [] : ['table min', 'table max'];
  if (transform !== undefined) {
    print(wrapped(`  The figures describe the values after transform: ${transform}, which the model reads.`, '  '));
  }
  print(
    table(
      [regularArray ? 'channel' : 'column', ...range, 'min', 'max', 'mean', 'sd', 'skewness', 'kind'],
      columns.map((column) => rowOf(column, transform !== undefined)),
    ),
  );
  if (all.length > MAX_COLUMNS) print(`… and ${all.length - MAX_COLUMNS} more (--json has all)`);
}

/**
 * Returns the row of a column. For levels it contains their names instead of figures.
 * @param hasTransform true if the range in the table precedes the figures of the transformed values
 */
function rowOf(column: ColumnReport, hasTransform: boolean): (string | number)[] {
  const { name, logged, kind, levels, transformed } = column;
  const range = hasTransform ? [column.min, column.max] : [];
  if (levels) {
    const named = listed(levels, hasOrder(kind) ? ' < ' : ', ');
    return [name, ...range.map(() => ''), '', '', '', '', '', `${kind}: ${named}`];
  }
  const { min, max, mean, sd, skewness } = transformed ?? column;
  return [name, ...range, min, max, mean, sd, skewness, kind ?? (logged ? 'log' : '')];
}

/** Prints how many subjects each rule of the cohort excludes. */
function printCohort({ cohort }: Inspection): void {
  if (!cohort) return;
  const { candidates, subjects, absent, rules } = cohort;
  print(`Cohort: ${subjects} of ${candidates} subjects; all others are left out of every modality`);
  if (candidates === subjects) return;
  print(
    table(
      ['rule', 'excludes alone', 'after the rules above'],
      [
        ...(absent > 0 ? [['in the table of the cohort', absent, absent]] : []),
        ...rules.map(({ rule, alone, inOrder }) => [rule, alone, inOrder]),
      ],
    ),
  );
}

/** Prints the subjects of the data set, and the number that would be lost without missing values. */
function printSubjects({ missing, known, shared, subjects, complete, empty, patterns }: Inspection): void {
  print(`${known} subjects have any modality, ${shared} have all, ${complete} have no missing value`);
  if (missing === 'drop') return;
  if (complete < subjects) {
    const lost = Math.round((100 * (subjects - complete)) / subjects);
    print(
      wrapped(
        `Missing values are kept. With missing: drop the study would lose ${subjects - complete} subjects (${lost} %).`,
      ),
    );
  }
  if (empty > 0) print(`left out: ${empty} subjects without a value in any modality`);
  if (patterns.length < 2) return;
  const shown = patterns.slice(0, MAX_LISTED);
  print(
    table(
      ['subjects', 'have'],
      shown.map(({ subjects: count, modalities }) => [count, modalities.join(', ')]),
    ),
  );
  if (shown.length < patterns.length) print(`… and ${patterns.length - shown.length} more (--json has all)`);
}

/** Returns a list of at most {@link MAX_LISTED} entries. */
function listed(entries: readonly string[], separator = ', '): string {
  const rest = entries.length - MAX_LISTED;
  return entries.slice(0, MAX_LISTED).join(separator) + (rest > 0 ? ` and ${rest} more (--json has all)` : '');
}

/** Prints the columns whose omission increases the number of subjects without missing values. */
export function printAdvice(advice: Inspection['advice']): void {
  if (advice.length === 0) return;
  print('To regain subjects that lack a value, omit these columns in this order:');
  for (const { omit, regained, subjects } of advice.slice(0, MAX_LISTED)) {
    const columns = listed(omit.map(({ modality, column }) => `${modality}.${column}`));
    print(`  +${regained}, ${subjects} subjects then: ${columns}`);
  }
  if (advice.length > MAX_LISTED) print(`… and ${advice.length - MAX_LISTED} more steps (--json has all)`);
}

/** Returns a path relative to the working folder if the file is in it. */
function shortest(path: string): string {
  const below = relative('', path);
  return below.startsWith('..') || isAbsolute(below) ? path : below;
}

function printTables(modality: ModalityReport, rule: Inspection['missing']): void {
  modality.tables.forEach((stack, part) => {
    const files = stack.map(({ file, rows }) => `${shortest(file)} (${rows} rows)`).join(' + ');
    print(wrapped(`  ${files}: ${modality.stacked[part]} subjects`, '  '));
  });
  if (modality.id !== undefined) print(`  column of subject ids: ${modality.id}`);
  if (modality.regularArray) printArray(modality.regularArray);
  if (modality.tables.length > 1) print(`  joined: ${modality.joined} subjects`);
  if (modality.filtered > 0) print(`  left out by where: ${modality.filtered} rows`);
  if (modality.few > 0) print(`  left out: ${modality.few} subjects with too few rows`);
  for (const { column, filled, below, above } of modality.adjusted) {
    const changes = [
      [filled, 'skipped answers filled in'],
      [below, 'below what could be measured'],
      [above, 'above what could be measured'],
    ] as const;
    print(`  ${column}: ${changes.flatMap(([number, what]) => (number > 0 ? [`${number} ${what}`] : [])).join(', ')}`);
  }
  for (const { column, below, above } of modality.censored ?? []) {
    print(`  ${column}: ${below} values below a limit of measurement, ${above} above`);
  }
  const status = rule === 'keep' ? 'missing' : 'dropped';
  if (modality.absent > 0) {
    print(`  ${status}: ${modality.absent} subjects of other modalities without this one`);
  }
  if (modality.incomplete > 0) {
    const worst = modality.missing.map(({ column, subjects }) => `${column} ${subjects}`);
    print(wrapped(`  ${status}: ${modality.incomplete} subjects that lack a value; most in ${listed(worst)}`, '  '));
  }
  if (modality.discarded > 0) {
    const count = `${modality.discarded} of them count as without ${modality.name}`;
    print(wrapped(`  ${count}, because its transform needs all values`, '  '));
  }
  printBatches(modality);
  printLeftOut(modality);
  const outliers = modality.outliers.map(
    ({ column, subjects, largest, distance, mostly }) =>
      `${column} (subjects: ${subjects}, farthest: ${largest} at ${Math.round(distance)} sd` +
      `${mostly === undefined ? '' : ` of the values that are not ${mostly}`})`,
  );
  const far = 'values more than 10 robust sd from the median';
  if (outliers.length > 0) print(wrapped(`  note: ${far}: ${listed(outliers)}`, '  '));
  const pairs = modality.duplicates.map(([a, b]) => `${a} and ${b}`);
  if (pairs.length > 0) print(wrapped(`  note: the same values in ${listed(pairs)}`, '  '));
  printSize(modality);
  printGuesses(modality);
}

/** Prints the sizes of images and series, and unusable files. */
function printArray({ missing, unusable, sparse, ...array }: ArrayReport): void {
  print(wrapped(`  ${[shapeText(arrayOf(array)), ...sourcesOf(array)].join(', from ')}`, '  '));
  if (sparse) print(`  left out: ${sparse} windows with too few values`);
  if (missing > 0) print(`  missing: ${(100 * missing).toFixed(missing < 0.001 ? 3 : 1)} % of the values`);
  if (unusable.length === 0) return;
  print(`  not usable: ${unusable.length} files, whose subjects lack the modality`);
  for (const { id, code, reason } of unusable.slice(0, MAX_LISTED)) {
    print(wrapped(`    ${id}: ${code}, ${reason}`, '      '));
  }
  if (unusable.length > MAX_LISTED) print(`    … and ${unusable.length - MAX_LISTED} more (--json has all)`);
}

function arrayOf({ kind, shape, seconds }: Pick<ArrayReport, 'kind' | 'shape' | 'seconds'>): RegularArray {
  const lengths = Object.fromEntries(ARRAY_KINDS[kind].axes.map((axis, i) => [axis, shape[i]]));
  return { kind, ...lengths, ...(seconds !== undefined && { seconds }) } as RegularArray;
}

function sourcesOf({ widths, heights, recordings }: Partial<ArrayReport>): string[] {
  return [
    ...(widths && heights ? [`files of ${rangeText(widths)} × ${rangeText(heights)}`] : []),
    ...(recordings ? [`${recordings.count} recordings of ${rangeText(recordings.steps)} steps`] : []),
  ];
}

function rangeText([min, max]: readonly [number, number]): string {
  return min === max ? String(min) : `${min} to ${max}`;
}

/** Prints the sizes that counts are relative to, or could be relative to. */
function printSize({ size }: ModalityReport): void {
  if (!size) return;
  const apart = `${size.spread.toPrecision(2)}-fold between the 10 % and the 90 % quantile`;
  const text =
    size.of === undefined
      ? `note: totals of the counts differ ${apart}. If the cause is depth or time, size: total removes it`
      : `counts are relative to ${size.of}, which differs ${apart}`;
  print(wrapped(`  ${text}`, '  '));
}

/** Prints columns for which the study could name a kind. Without it, they are gaussian. */
function printGuesses({ columns, textColumns }: ModalityReport): void {
  const named = COLUMN_KINDS.flatMap((kind) => {
    const names = columns.filter(({ likely }) => likely === kind).map(({ name }) => name);
    return names.length > 0 ? [`${kindNamed(kind).guess!.kinds}: ${listed(names)}`] : [];
  });
  if (named.length > 0) {
    const advice = 'these columns are modelled as gaussian; kinds can declare what they look like';
    print(wrapped(`  note: ${advice}: ${named.join('; ')}`, '  '));
  }
  if (textColumns.length > 0) {
    const kinds = `${LEVEL_KINDS.slice(0, -1).join(', ')} or ${LEVEL_KINDS.at(-1)!}`;
    print(wrapped(`  note: text columns are read if kinds declares them ${kinds}`, '  '));
  }
}

function printLeftOut({ textColumns, leftOut: { constant, few, missing, filtered } }: ModalityReport): void {
  const lists = [
    [textColumns, 'not numeric'],
    [constant, 'constant on the training split'],
    [few, 'with too few values in the training split'],
    [missing, 'missing in too many subjects'],
    [filtered, 'by the filter'],
  ] as const;
  for (const [columns, why] of lists) {
    if (columns.length > 0) print(wrapped(`  left out, ${why} (${columns.length}): ${listed(columns)}`, '  '));
  }
}
