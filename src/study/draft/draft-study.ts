// Drafts a study file from tables: reads them, finds what identifies subjects, stacks files of the same columns, and
// looks at every column.

import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { InputError } from '../../errors.js';
import type { Draft, DraftCovariates, DraftKey, DraftModality, Finding } from './draft.js';
import { isTextFormat, readDraftTable, type DraftColumn, type DraftTable } from './draft-table.js';
import { chooseIds, overlapOf, type ChosenIds } from './id-guess.js';
import { isCovariateName, isGroupName, isPlaceName, type IdColumn } from './id-names.js';
import { modalityNames, studyName } from './modality-names.js';
import { guessNumbers } from './number-guesses.js';
import { stackTables, type IdentifiedTable } from './stack-tables.js';
import { guessTexts, hasDecimalComma, withDecimalComma } from './text-guesses.js';

export interface DraftOptions {
  /** Path of the study file that will be written. */
  readonly out: string;
  /** Name of the column of ids. Default: the columns that join the tables. */
  readonly id?: string | undefined;
  /** True if row n of every table is the same subject. */
  readonly rows?: boolean | undefined;
}

/** Minimum share of the names of a header that are ids of other tables, for a table whose columns are subjects. */
const TRANSPOSED_SHARE = 0.5;
const MIN_TRANSPOSED = 5;
/** Minimum number of columns of a modality: one latent and one exogenous variable. */
export const MIN_WIDTH = 2;
const MAX_LATENTS = 3;
/** Columns per latent of a draft. */
const COLUMNS_PER_LATENT = 3;
/** Number of rows of a subject from which a table may be a time series. */
const MANY_ROWS = 10;
/** Minimum number of columns for which a transform of the table is proposed. */
const MIN_WIDE = 50;

/**
 * Returns the draft of a study file.
 * @throws InputError `no-common-subjects`, `missing-column`, `missing-id`, `too-few-modalities`; what reading a table
 *   throws
 */
export async function draftStudy(paths: readonly string[], { out, id, rows = false }: DraftOptions): Promise<Draft> {
  const tables = await withTransposed(await Promise.all(paths.map((path) => readDraftTable(path, { id }))));
  const ids = rows ? undefined : chooseIds(tables, id);
  const identified = tables.map((table, i) => ({ ...table, id: ids?.columns[i] }));
  const stacked = ids ? stackTables(identified) : identified;
  if (ids) checkJoined(stacked);
  const group = ids && groupOf(stacked);
  const location = (path: string): string => relativePath(dirname(resolve(out)), path);
  const covariates = covariatesOf(stacked, location);
  const modalities = modalitiesOf(stacked, { ids, group, location });
  return {
    study: studyName(out),
    id: ids
      ? { column: ids.name, certain: ids.doubts.length === 0, reason: [commonText(stacked), ...ids.doubts].join('; ') }
      : { column: null, certain: true, reason: 'tables are joined by the number of the row' },
    ...(group && { group }),
    ...modalities,
    ...(covariates && { covariates }),
  };
}

/** Returns how many ids tables have in common. */
function commonText(tables: readonly IdentifiedTable[]): string {
  if (tables.length === 1) return `${tables[0].id!.ids.size} different ids`;
  const counts = new Map<string, number>();
  for (const { id } of tables) for (const one of id!.ids) counts.set(one, (counts.get(one) ?? 0) + 1);
  const inAll = [...counts.values()].filter((count) => count === tables.length).length;
  if (inAll > 0) return `${inAll} of ${counts.size} ids are in all tables`;
  const inSeveral = [...counts.values()].filter((count) => count > 1).length;
  return `${inSeveral} of ${counts.size} ids are in two tables or more`;
}

/** Returns a path relative to a folder with slashes, as study files have them; an absolute one for another drive. */
function relativePath(folder: string, path: string): string {
  const below = relative(folder, resolve(path));
  return (isAbsolute(below) ? resolve(path) : below).split(sep).join('/');
}

/** Reads a text table again whose header has the ids of another table: its rows are variables. */
async function withTransposed(tables: readonly DraftTable[]): Promise<DraftTable[]> {
  return Promise.all(
    tables.map((table) => {
      const header = new Set(table.columns.map(({ name }) => name));
      const isHeader = tables.some(
        (other) =>
          other !== table &&
          other.ids.some(({ ids }) => {
            const share = overlapOf({ ids }, { ids: header });
            return share * Math.min(ids.size, header.size) >= MIN_TRANSPOSED && share >= TRANSPOSED_SHARE;
          }),
      );
      const [path] = table.paths;
      return isHeader && isTextFormat(path) ? readDraftTable(path, { transposed: true }) : table;
    }),
  );
}

/** @throws InputError `no-common-subjects` if the subjects of a table are in no other table */
function checkJoined(tables: readonly IdentifiedTable[]): void {
  if (tables.length < 2) return;
  const alone = tables.find((table) =>
    tables.every((other) => other === table || overlapOf(table.id!, other.id!) === 0),
  );
  if (alone === undefined) return;
  const examples = tables.map(({ paths, id }) => `${paths[0]} has ${[...id!.ids].slice(0, 3).join(', ')}, …`);
  throw new InputError(
    'no-common-subjects',
    `no subject of ${alone.paths.join(', ')} is in another table: ${examples.join('; ')}. Leave the table out, or ` +
      'bring its ids to the form of the other tables',
    { path: alone.paths[0] },
  );
}

/** Returns the column that says which rows belong to one person, if a table has one. */
function groupOf(tables: readonly IdentifiedTable[]): DraftKey | undefined {
  const names = new Set(tables.flatMap(({ columns }) => columns.map(({ name }) => name)).filter(isGroupName));
  for (const column of names) {
    if (tables.some(({ id }) => id?.name === column)) continue;
    const groupIn = tables.map((table) => groupsOf(table, column));
    const groupOfId = new Map<string, string>();
    let isConsistent = true;
    for (const [i, groups] of groupIn.entries()) {
      for (const [row, group] of (groups ?? []).entries()) {
        const id = tables[i].id!.texts[row];
        isConsistent &&= group !== '' && (groupOfId.get(id) ?? group) === group;
        groupOfId.set(id, group);
      }
    }
    const sizes = new Set(groupOfId.values()).size;
    if (!isConsistent || sizes < 2 || sizes === groupOfId.size) continue;
    const isComplete = tables.every(({ id }) => id!.texts.every((one) => groupOfId.has(one)));
    const fact = `${groupOfId.size} rows belong to ${sizes} values of ${column}`;
    const doubt = isComplete ? '' : '; some subjects have no value of it, so the key would be refused';
    return { column, certain: isComplete, reason: fact + doubt };
  }
  return undefined;
}

/** Returns the group of each row of a table; undefined if the table lacks the column. */
function groupsOf({ columns }: DraftTable, name: string): readonly string[] | undefined {
  const column = columns.find((one) => one.name === name);
  if (column === undefined) return undefined;
  if (column.kind !== 'number') return column.texts;
  return Array.from(column.numbers(), (value) => (Number.isNaN(value) ? '' : String(value)));
}

/** Returns the usual covariates of the first table that has some. */
function covariatesOf(
  tables: readonly IdentifiedTable[],
  location: (path: string) => string,
): DraftCovariates | undefined {
  const table = tables.find(({ columns }) => columns.some(({ name }) => isCovariateName(name)));
  if (table === undefined || table.paths.length > 1) return undefined;
  const columns = table.columns.filter(({ name }) => isCovariateName(name));
  const isCategory = ({ name, kind }: DraftColumn): boolean => kind !== 'number' || !/age$/i.test(name);
  return {
    table: location(table.paths[0]),
    columns: columns.map(({ name }) => name),
    categories: columns.filter(isCategory).map(({ name }) => name),
  };
}

interface Drafting {
  readonly ids: ChosenIds | undefined;
  readonly group: DraftKey | undefined;
  readonly location: (path: string) => string;
}

/** @throws InputError `too-few-modalities` */
function modalitiesOf(
  tables: readonly IdentifiedTable[],
  { ids, group, location }: Drafting,
): Pick<Draft, 'modalities' | 'leftOut'> {
  const names = modalityNames(tables.map(({ paths }) => paths));
  const drafts = tables.map((table, i): DraftModality => {
    const { width, findings } = lookAt(table, { ids, group });
    return {
      name: names[i],
      files: table.paths.map(location),
      rows: table.rows,
      ...(ids && differentName(table.id!, ids)),
      width,
      latents: latentsOf(width),
      findings: [...(table.findings ?? []), ...findings],
    };
  });
  const modalities = drafts.filter(({ width }) => width >= MIN_WIDTH);
  const leftOut = drafts.filter(({ width }) => width < MIN_WIDTH);
  if (modalities.length >= 2) return { modalities, leftOut };
  const divided = modalities.length === 1 ? divide(modalities[0], tables[drafts.indexOf(modalities[0])]) : [];
  if (divided.length >= 2) return { modalities: divided, leftOut };
  throw tooFewModalities(drafts);
}

function differentName(id: IdColumn, { name }: ChosenIds): { id?: string } {
  return id.name === name || id.isFlexible ? {} : { id: id.name };
}

/** Returns a modest number of latents. */
function latentsOf(width: number): number {
  return Math.max(1, Math.min(MAX_LATENTS, Math.floor(width / COLUMNS_PER_LATENT)));
}

/** Looks at every column that is not an id or a group. */
function lookAt(
  { columns: all, id, rows, transposed }: IdentifiedTable,
  { ids, group }: Pick<Drafting, 'ids' | 'group'>,
): { width: number; findings: Finding[] } {
  const isRepeated = id !== undefined && !id.isUnique;
  const findings: Finding[] = transposed
    ? [{ key: 'transposed', value: true, certain: true, reason: 'its header has the ids' }]
    : [];
  if (isRepeated) {
    const fact = `${rows} rows of ${id.ids.size} subjects: a subject gets the mean of its rows`;
    const isLong = rows >= MANY_ROWS * id.ids.size;
    const reason = isLong ? `${fact}; rows in the order of time are better read with the key series` : fact;
    findings.push({ key: 'repeats', value: { minRows: 1 }, certain: true, reason });
  }
  const isValue = ({ name }: DraftColumn): boolean => name !== id?.name && !(group?.certain && name === group.column);
  let columns = all.filter(isValue);
  if (hasDecimalComma(columns)) {
    findings.push({ key: 'decimal', value: ',', certain: true, reason: 'numbers such as 1,5' });
    columns = columns.map(withDecimalComma);
  }
  const allowsKinds = !isRepeated;
  let width = 0;
  for (const column of columns) {
    if (group && !group.certain && column.name === group.column) {
      findings.push({ key: 'omit', column: column.name, certain: true, reason: 'it names groups of rows' });
      continue;
    }
    const guess = column.kind === 'number' ? undefined : guessTexts(column, { allowsKinds });
    findings.push(...(guess?.findings ?? []));
    if (guess?.isLevelled) width++;
    const numeric = column.kind === 'number' ? column : guess?.readable;
    if (numeric === undefined || numeric.kind !== 'number') continue;
    const { findings: more, isOmitted } = guessNumbers(numeric, { allowsKinds });
    // Codes that are texts and codes that are numbers belong to one list.
    findings.push(
      ...more.filter(({ key }) => !(key === 'missing' && guess?.findings.some((one) => one.key === 'missing'))),
    );
    if (!isOmitted) width++;
    if (!isOmitted && isPlaceName(column.name)) {
      const reason = 'it says where or with what a row was measured';
      findings.push({ key: 'omit', column: column.name, certain: false, reason });
    }
  }
  return { width, findings: ids ? withTransform(findings, width) : findings };
}

/** Proposes a transform instead of hundreds of kinds if nearly all columns of a wide table are counts. */
function withTransform(findings: readonly Finding[], width: number): Finding[] {
  const counts = findings.filter(({ key, value }) => key === 'kinds' && value === 'count');
  if (width < MIN_WIDE || counts.length < width / 2) return [...findings];
  const reason = `${counts.length} of ${width} columns look like counts; cpm for sequencing reads`;
  return [
    ...findings.filter((one) => one.certain || one.key !== 'kinds'),
    { key: 'transform', value: 'log1p', certain: false, reason },
  ];
}

/** Columns of one table whose names begin with the same word. */
const PREFIX = /^([A-Za-z][A-Za-z0-9]*)[_.: -]/;

/** Divides the columns of a single table into modalities by the first word of their names. */
function divide(modality: DraftModality, table: IdentifiedTable): DraftModality[] {
  const omitted = new Set(
    modality.findings
      .filter(({ key, certain }) => (key === 'omit' && certain) || key === 'text')
      .map(({ column }) => column),
  );
  const groups = new Map<string, string[]>();
  const usable = table.columns.filter(({ name, kind }) => {
    const hasKind = modality.findings.some((one) => one.key === 'kinds' && one.certain && one.column === name);
    return name !== table.id?.name && !omitted.has(name) && (kind === 'number' || hasKind);
  });
  for (const { name } of usable) {
    const prefix = PREFIX.exec(name)?.[1];
    if (prefix !== undefined) groups.set(prefix, [...(groups.get(prefix) ?? []), name]);
  }
  const divided = [...groups].filter(([, columns]) => columns.length >= MIN_WIDTH);
  const used = new Set(divided.flatMap(([, columns]) => columns));
  const unused = usable
    .filter(({ name }) => !used.has(name))
    .map(({ name }): Finding => {
      const reason = 'its name does not begin with that of a modality';
      return { key: 'text', column: name, certain: true, reason };
    });
  return divided.map(([name, columns], i) => ({
    ...modality,
    name,
    columns,
    width: columns.length,
    latents: latentsOf(columns.length),
    findings: [
      ...modality.findings.filter(
        ({ column, key }) => column === undefined || (key !== 'omit' && columns.includes(column)),
      ),
      // What no modality uses is reported once.
      ...(i > 0 ? [] : [...modality.findings.filter(({ key }) => key === 'text'), ...unused]),
    ],
  }));
}

function tooFewModalities(drafts: readonly DraftModality[]): InputError {
  const texts = drafts.map(({ files, width }) => `${files.join(', ')} has ${width} columns to fit`);
  return new InputError(
    'too-few-modalities',
    `${texts.join('; ')}; a study needs two modalities of at least ${MIN_WIDTH} columns each. Give a second table of ` +
      'the same subjects; or divide the columns of one table: call them body_weight, body_height, blood_iron, and so ' +
      'on, and init makes a modality of each first word',
    { tables: drafts.flatMap(({ files }) => files) },
  );
}
