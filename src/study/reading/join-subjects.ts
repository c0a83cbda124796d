// Joins the subjects of a study: those with a value in any modality, or those with every value of every modality. The
// subjects that are lost are counted.

import { consecutive } from '../../data/select-rows.js';
import { InputError } from '../../errors/errors.js';
import { adviseOmissions, type OmissionAdvice } from '../inspection/advice.js';
import { textList } from '../../text/text-list.js';
import type { ReadBatches } from './batches.js';
import type { ReadCause } from './causes.js';
import { chooseByCauses, type CauseLosses } from './choose-by-causes.js';
import type { Covariates } from './covariates.js';
import type { ModalityReport } from '../inspection/inspection.js';
import type { ModalityTable, TableColumn } from './modality-table.js';
import type { StudyFile } from '../grammar/study-file.js';
import { idName, lookAlikeText } from '../grammar/subject-id.js';

export type Losses = Pick<ModalityReport, 'absent' | 'incomplete' | 'discarded' | 'missing'> & {
  readonly gaps: readonly string[];
};

export interface JoinedSubjects {
  /** Ids in the order of the first modality, then those that are new in the second, and so on. */
  readonly ids: readonly string[];
  readonly known: number;
  readonly shared: number;
  readonly complete: number;
  readonly empty: number;
  readonly losses: readonly Losses[];
  /** Tables without the columns that too many subjects lack, which are the `gaps` of the losses. */
  readonly tables: readonly ModalityTable[];
  readonly advice: readonly OmissionAdvice[];
  /** Number of subjects that lack a covariate. */
  readonly uncovered: number;
  /** For each modality, the number of subjects with it that lack their batch, after those that lack a covariate. */
  readonly unbatched: readonly number[];
  /** Losses of each cause, after those of covariates. */
  readonly causeLosses: readonly CauseLosses[];
  /** For each modality, 1 where a subject has a value of it. */
  readonly present: readonly Uint8Array[];
  /** For each modality, the row of each subject in its table; −1 where the subject has no value of it. */
  readonly rows: readonly Int32Array[];
}

/** Returns a column for subjects, NaN where they have no row. */
export function valuesAt(rows: Int32Array, values: Float64Array): Float64Array {
  if (areAll(rows, values.length)) return values;
  // A plain loop: Float64Array.from is several times slower.
  const selected = new Float64Array(rows.length);
  for (let subject = 0; subject < rows.length; subject++) {
    selected[subject] = rows[subject] < 0 ? NaN : values[rows[subject]];
  }
  return selected;
}

function areAll(rows: Int32Array, count: number): boolean {
  let subject = 0;
  while (subject < rows.length && rows[subject] === subject) subject++;
  return subject === count && subject === rows.length;
}

/** Treatment of a modality's missing values. */
export interface GapRules {
  /** Maximum share of its subjects that lack a column. */
  readonly maxMissing: number | undefined;
  /** True if a subject that lacks a value counts as without the modality. */
  readonly wholeRows: boolean;
}

interface Join {
  readonly rules: readonly GapRules[];
  /** Covariates that all subjects must have. */
  readonly covariates: Covariates | undefined;
  /** Batches of each modality that all its subjects must have. */
  readonly batches: readonly (ReadBatches | undefined)[];
  /** Causes that all subjects must have. */
  readonly causes: readonly ReadCause[];
  /** True if latents will be learned, for which modalities need subjects in common. */
  readonly learning: boolean;
  /** Subjects that do not belong to the study's cohort. */
  readonly outside: ReadonlySet<string>;
  /** True if subjects without a known value of a cause stay. */
  readonly keepUnknownCauses: boolean;
}

/**
 * Returns the subjects of a study.
 * @throws InputError `no-common-subjects`, `no-complete-subjects`, `no-values`, and what `chooseByCauses` throws
 */
export function joinSubjects(
  file: StudyFile,
  all: readonly ModalityTable[],
  { rules, covariates, batches, causes, learning, outside, keepUnknownCauses }: Join,
): JoinedSubjects {
  const keeps = file.config.missing === 'keep';
  const excluded = new Set([...outside, ...(keeps ? all.flatMap((table) => table.excluded) : [])]);
  const { known, rows: knownRows } = knownSubjects(all, excluded);
  const tables = new Uint32Array(known.length);
  for (const rows of knownRows) {
    for (let subject = 0; subject < rows.length; subject++) if (rows[subject] >= 0) tables[subject]++;
  }
  const isShared = new Uint8Array(known.length);
  for (let subject = 0; subject < known.length; subject++) isShared[subject] = Number(tables[subject] === all.length);
  const shared = chosenOf(known, isShared);
  const subjects = keeps ? known : shared;
  const needed = Math.min(2, all.length);
  if (keeps ? learning && tables.every((count) => count < needed) : shared.length === 0) throw noneShared(file, all);
  const rows = keeps ? knownRows : knownRows.map((of) => chosenOf(of, isShared));
  const gaps = all.map((table, i) => gapsOf(table, rows[i], { ...rules[i], keeps }));

  const covered = new Uint8Array(subjects.length).fill(1);
  if (covariates) for (const [subject, id] of subjects.entries()) covered[subject] = Number(covariates.has(id));
  if (!covered.includes(1)) throw noneCovered(file, subjects, covariates?.columns ?? []);
  const uncovered = countOf(covered, 0);
  const unbatched = gaps.map(({ present }, i) => {
    const before = countOf(covered, 0);
    const of = learning ? batches[i] : undefined;
    if (of) {
      for (const [subject, id] of subjects.entries()) {
        if (present[subject] === 1 && Number.isNaN(of.batchOf(id))) covered[subject] = 0;
      }
    }
    return countOf(covered, 0) - before;
  });
  const valued = new Uint8Array(subjects.length);
  const whole = new Uint8Array(subjects.length).fill(1);
  for (const { present, lacks } of gaps) {
    for (let subject = 0; subject < subjects.length; subject++) {
      valued[subject] |= present[subject];
      if (present[subject] === 0 || lacks[subject] > 0) whole[subject] = 0;
    }
  }
  const having = (keeps ? valued : whole).map((mark, subject) => mark & covered[subject]);
  if (!having.includes(1)) throw keeps ? noValues(file, subjects) : noneComplete(file, shared, gaps);
  const { chosen, losses: causeLosses } =
    causes.length > 0
      ? chooseByCauses(file, causes, { ids: subjects, chosen: having, learning, keepUnknownCauses })
      : { chosen: having, losses: [] };
  const ids = chosenOf(subjects, chosen);
  const present = gaps.map((modality) => chosenOf(modality.present, chosen));
  const chosenRows = rows.map((of, i) =>
    chosenOf(of, chosen).map((row, subject) => (present[i][subject] === 1 ? row : -1)),
  );
  const names = gaps.flatMap(({ table }) => table.columns.map(({ name }) => ({ modality: table.name, column: name })));
  return {
    ids,
    known: known.length,
    shared: shared.length,
    complete: chosenOf(whole, chosen).reduce((sum, isWhole) => sum + isWhole, 0),
    empty: keeps ? subjects.length - valued.reduce((sum, hasValue) => sum + hasValue, 0) : 0,
    losses: gaps.map(({ losses, having }, i) => ({
      ...losses,
      absent: known.length - (keeps ? having : countRows(knownRows[i])),
    })),
    tables: gaps.map(({ table }) => table),
    advice: keeps
      ? []
      : adviseOmissions(
          lackedColumns(gaps).filter((_, subject) => covered[subject] === 1),
          names,
        ),
    uncovered,
    unbatched,
    causeLosses,
    present,
    rows: chosenRows,
  };
}

function countRows(rows: Int32Array): number {
  return rows.reduce((sum, row) => sum + Number(row >= 0), 0);
}

function countOf(marks: Uint8Array, mark: number): number {
  return marks.reduce((sum, one) => sum + Number(one === mark), 0);
}

/** Returns the values with a mark; the same array if all have one. */
function chosenOf<Values extends readonly string[] | Int32Array | Uint8Array>(
  values: Values,
  marks: Uint8Array,
): Values {
  if (!marks.includes(0)) return values;
  if (Array.isArray(values)) return textList(marked(values, marks)) as Values;
  return values.filter((_: unknown, subject: number) => marks[subject] === 1) as Values;
}

function* marked(texts: readonly string[], marks: Uint8Array): Generator<string> {
  for (const [subject, text] of texts.entries()) if (marks[subject] === 1) yield text;
}

/** Returns all subjects in order, and for each modality their rows; −1 where it does not have them. */
function knownSubjects(
  all: readonly ModalityTable[],
  excluded: ReadonlySet<string>,
): { known: readonly string[]; rows: Int32Array[] } {
  const [first, ...rest] = all.map(({ ids }) => ids);
  if (excluded.size === 0 && rest.every((ids) => areEqual(ids, first))) {
    return { known: first, rows: all.map(() => consecutive(0, first.length)) };
  }
  const positions = new Map<string, number>();
  for (const { ids } of all) {
    for (const id of ids) if (!excluded.has(id) && !positions.has(id)) positions.set(id, positions.size);
  }
  const rows = all.map(({ ids }) => {
    const ofModality = new Int32Array(positions.size).fill(-1);
    for (const [row, id] of ids.entries()) {
      const position = positions.get(id);
      if (position !== undefined) ofModality[position] = row;
    }
    return ofModality;
  });
  return { known: [...positions.keys()], rows };
}

export function areEqual(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((id, row) => id === b[row]));
}

/** Missing values of one modality. */
interface Gaps {
  /** Table without the columns that too many subjects lack. */
  readonly table: ModalityTable;
  readonly losses: Omit<Losses, 'absent'>;
  /** Number of subjects that count in the losses. */
  readonly having: number;
  /** 1 where a subject has a value in the retained columns. */
  readonly present: Uint8Array;
  /** Number of retained columns that each subject lacks, among those that count in the losses. */
  readonly lacks: Uint32Array;
  /** Subjects that lack each column. */
  readonly lacking: readonly Int32Array[];
}

function gapsOf(
  table: ModalityTable,
  rows: Int32Array,
  { maxMissing = 1, wholeRows, keeps }: GapRules & { readonly keeps: boolean },
): Gaps {
  const having = new Uint8Array(rows.length);
  // With missing: drop, a subject without any value counts as a loss in every column.
  if (keeps) markPresent(having, rows, table.columns);
  else having.fill(1);
  const subjects = having.reduce((sum, has) => sum + has, 0);
  let scratch: Float64Array | undefined;
  const columns = table.columns.map((column) => {
    const values = column.values(scratch);
    if (column.isPacked) scratch = values;
    return { column, lacking: lackingOf(column, values, rows, having) };
  });
  const limit = maxMissing * subjects;
  const retained = columns.filter(({ lacking }) => lacking.length <= limit);
  const lacks = new Uint32Array(rows.length);
  for (const { lacking } of retained) for (const subject of lacking) lacks[subject]++;
  const incomplete = lacks.reduce((sum, count) => sum + Number(count > 0), 0);
  const present = new Uint8Array(rows.length);
  markPresent(
    present,
    rows,
    retained.map(({ column }) => column),
  );
  const discards = keeps && wholeRows;
  return {
    table: retained.length === columns.length ? table : { ...table, columns: retained.map(({ column }) => column) },
    losses: {
      incomplete,
      discarded: discards ? incomplete : 0,
      missing: retained
        .map(({ column, lacking }) => ({ column: column.name, subjects: lacking.length }))
        .filter(({ subjects: count }) => count > 0)
        .sort((a, b) => b.subjects - a.subjects),
      gaps: columns.filter(({ lacking }) => lacking.length > limit).map(({ column }) => column.name),
    },
    having: subjects,
    present: discards ? present.map((has, subject) => (lacks[subject] > 0 ? 0 : has)) : present,
    lacks,
    lacking: retained.map(({ lacking }) => lacking),
  };
}

/** Marks subjects with a value in one of the columns. */
function markPresent(present: Uint8Array, rows: Int32Array, columns: readonly TableColumn[]): void {
  let left = rows.reduce((sum, row) => sum + Number(row >= 0), 0);
  let scratch: Float64Array | undefined;
  for (const { values: read, isPacked } of columns) {
    if (left === 0) return;
    const values = read(scratch);
    if (isPacked) scratch = values;
    for (let subject = 0; subject < rows.length; subject++) {
      if (present[subject] === 1 || rows[subject] < 0 || Number.isNaN(values[rows[subject]])) continue;
      present[subject] = 1;
      left--;
    }
  }
}

/** Returns the subjects that lack the column, or a part of it, among those that count. */
function lackingOf({ holes }: TableColumn, values: Float64Array, rows: Int32Array, having: Uint8Array): Int32Array {
  const lacking: number[] = [];
  for (let subject = 0; subject < rows.length; subject++) {
    const row = rows[subject];
    const isLacking = row < 0 || Number.isNaN(values[row]) || holes?.[row] === 1;
    if (isLacking && having[subject] === 1) lacking.push(subject);
  }
  return Int32Array.from(lacking);
}

/** Returns for each subject the positions of the columns that it lacks, among those of all modalities. */
function lackedColumns(gaps: readonly Gaps[]): number[][] {
  const lacked: number[][] = Array.from(gaps[0].lacks, () => []);
  let position = 0;
  for (const { lacking } of gaps) {
    for (const subjects of lacking) {
      for (const subject of subjects) lacked[subject].push(position);
      position++;
    }
  }
  return lacked;
}

function noneShared(file: StudyFile, all: readonly ModalityTable[]): InputError {
  const examples = all.map(({ name, ids }) => `${name} has ${ids.slice(0, 3).join(', ')}, …`).join('; ');
  const where = file.config.missing === 'keep' ? 'two modalities' : 'every modality';
  return new InputError(
    'no-common-subjects',
    `${file.locate(['modalities'])}: no ${idName(file.config.id)} is in ${where}: ${examples}; ` +
      'ids that are written differently are brought to one form by id: { column, replace, keep, case }' +
      lookAlikeText(all.map(({ ids }) => ids)),
  );
}

function noneCovered(file: StudyFile, subjects: readonly string[], columns: readonly string[]): InputError {
  return new InputError(
    'no-common-subjects',
    `${file.locate(['adjust', 'table'])}: none of the ${subjects.length} subjects, as ` +
      `${idName(file.config.id)} ${subjects[0]}, has all of ${columns.join(', ')}`,
  );
}

function noneComplete(file: StudyFile, shared: readonly string[], gaps: readonly Gaps[]): InputError {
  const worst = gaps.flatMap(({ table, losses }) =>
    losses.missing.slice(0, 2).map(({ column, subjects }) => `${table.name}.${column} (${subjects})`),
  );
  return new InputError(
    'no-complete-subjects',
    `${file.locate(['modalities'])}: each of the ${shared.length} shared subjects lacks a value; ` +
      `most are missing in ${worst.join(', ')}: omit such columns, or write missing: keep`,
  );
}

function noValues(file: StudyFile, subjects: readonly string[]): InputError {
  return new InputError(
    'no-values',
    `${file.locate(['modalities'])}: none of the ${subjects.length} subjects, as ${idName(file.config.id)} ` +
      `${subjects[0]}, has a value in any modality; look at the tables, and at the codes of missing values`,
  );
}
