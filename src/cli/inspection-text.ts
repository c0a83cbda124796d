// What `inspect` says of a study: subjects and why others are lost, tables, ranges of columns and channels.

import { isAbsolute, relative } from 'node:path';
import { ADJUSTMENT_RISKS, covariateText } from '../study/adjustment-text.js';
import type { ColumnReport, ArrayReport, Inspection, ModalityReport } from '../study/inspection.js';
import { print, table, wrapped } from './output.js';

const MAX_COLUMNS = 40;
/** Entries of a list. */
const MAX_LISTED = 10;

/** Prints how many subjects and columns a fit would read. */
export function printInspection(inspection: Inspection): void {
  const { study, subjects, groups, parts, modalities } = inspection;
  const { train, validation, test } = parts;
  print(`Study ${study}: ${subjects} subjects (${train} training, ${validation} validation, ${test} test)`);
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

/** Prints where the values come from, what was left out, and what looks wrong. @param verbose true for every column */
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
 * Positions of levels mean nothing to people.
 * @param hasTransform whether the range in the table stands before the figures of the transformed values
 */
function rowOf(column: ColumnReport, hasTransform: boolean): (string | number)[] {
  const { name, logged, kind, levels, transformed } = column;
  const range = hasTransform ? [column.min, column.max] : [];
  if (levels) {
    const named = listed(levels, kind === 'ordinal' ? ' < ' : ', ');
    return [name, ...range.map(() => ''), '', '', '', '', '', `${kind}: ${named}`];
  }
  const { min, max, mean, sd, skewness } = transformed ?? column;
  return [name, ...range, min, max, mean, sd, skewness, kind ?? (logged ? 'log' : '')];
}

/** Who is in the data set, and what it would lose without those who lack something. */
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

/** A list, cut at ten. */
function listed(entries: readonly string[], separator = ', '): string {
  const rest = entries.length - MAX_LISTED;
  return entries.slice(0, MAX_LISTED).join(separator) + (rest > 0 ? ` and ${rest} more (--json has all)` : '');
}

/** Prints which columns to omit so that subjects without missing values become more. */
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
  if (modality.id !== undefined) print(`  subjects are told by: ${modality.id}`);
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
    print(`  ${column}: ${below} cells say less than a limit, ${above} more`);
  }
  const kept = rule === 'keep' ? 'missing' : 'dropped';
  if (modality.absent > 0) {
    print(`  ${kept}: ${modality.absent} subjects of other modalities that this one does not have`);
  }
  if (modality.incomplete > 0) {
    const worst = modality.missing.map(({ column, subjects }) => `${column} ${subjects}`);
    print(`  ${kept}: ${modality.incomplete} subjects that lack a value; most in ${listed(worst)}`);
  }
  if (modality.discarded > 0) {
    print(`  ${modality.discarded} of them count as without ${modality.name}, whose transform needs all of its values`);
  }
  printLeftOut(modality);
  const outliers = modality.outliers.map(
    ({ column, subjects, largest, distance, mostly }) =>
      `${column} (subjects: ${subjects}, farthest: ${largest} at ${Math.round(distance)} sd` +
      `${mostly === undefined ? '' : ` of the values that are not ${mostly}`})`,
  );
  if (outliers.length > 0) print(`  note: values more than 10 robust sd from the median: ${listed(outliers)}`);
  const pairs = modality.duplicates.map(([a, b]) => `${a} and ${b}`);
  if (pairs.length > 0) print(`  note: the same values in ${listed(pairs)}`);
  printSize(modality);
  printGuesses(modality);
}

/** Sizes of images and series, and files that gave none. */
function printArray({ kind, shape, seconds, missing, unusable, ...of }: ArrayReport): void {
  if (kind === 'image') {
    const [height, width] = shape;
    print(`  images of ${width} × ${height} pixels${of.widths && of.heights ? `, ${sizesText(of)}` : ''}`);
  } else {
    const { count = 0, steps = [0, 0] } = of.recordings ?? {};
    print(`  series of ${shape[0]} steps of ${seconds} s, of ${count} recordings of ${rangeText(steps)} steps`);
  }
  if (of.sparse) print(`  left out: ${of.sparse} windows with too few values`);
  if (missing > 0) print(`  missing: ${(100 * missing).toFixed(missing < 0.001 ? 3 : 1)} % of the values`);
  if (unusable.length === 0) return;
  print(`  not usable: ${unusable.length} files, whose subjects lack the modality`);
  for (const { id, code, reason } of unusable.slice(0, MAX_LISTED)) print(`    ${id}: ${code}, ${reason}`);
  if (unusable.length > MAX_LISTED) print(`    … and ${unusable.length - MAX_LISTED} more (--json has all)`);
}

function sizesText({ widths = [0, 0], heights = [0, 0] }: Pick<ArrayReport, 'widths' | 'heights'>): string {
  return `from files of ${rangeText(widths)} × ${rangeText(heights)}`;
}

function rangeText([least, most]: readonly [number, number]): string {
  return least === most ? String(least) : `${least} to ${most}`;
}

/** What counts are relative to, or could be. */
function printSize({ size }: ModalityReport): void {
  if (!size) return;
  const apart = `${size.spread.toPrecision(2)}-fold between the 10 % and the 90 % quantile`;
  if (size.of !== undefined) print(`  counts are relative to ${size.of}, which differs ${apart}`);
  else print(`  note: totals of the counts differ ${apart}; where that is depth or time, size: total takes it out`);
}

/** Kinds that the study could name; until it does, these columns are gaussian. */
function printGuesses({ columns, textColumns }: ModalityReport): void {
  const guesses = [
    ['binary', 'binary'],
    ['ordinal', 'ordinal or categorical'],
    ['count', 'count'],
  ] as const;
  const named = guesses.flatMap(([guess, words]) => {
    const found = columns.filter(({ likely }) => likely === guess).map(({ name }) => name);
    return found.length > 0 ? [`${words}: ${listed(found)}`] : [];
  });
  if (named.length > 0) print(`  note: taken as gaussian; kinds could say what they look like: ${named.join('; ')}`);
  if (textColumns.length > 0) {
    print('  note: columns of texts are read where kinds calls them binary, categorical or ordinal');
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
    if (columns.length > 0) print(`  left out, ${why} (${columns.length}): ${listed(columns)}`);
  }
}
