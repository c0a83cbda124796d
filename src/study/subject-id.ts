// What identifies a subject: a column of every table, its texts brought to one form, or the number of the row.

import * as z from 'zod';

const rules = {
  /** '' is a first column without a name. */
  column: z.string().optional(),
  /** Texts by what replaces them, wherever they stand. */
  replace: z.record(z.string().min(1), z.string()).optional(),
  /** How many characters, from the first, are the subject. */
  keep: z.int().min(1).optional(),
  case: z.enum(['upper', 'lower']).optional(),
};

const SHAPE = 'must be the name of a column, or a map with column, replace, keep, case';

/** Of one modality: what it does not say is as in the study. */
export const tableIdSchema = z.union([z.string(), z.strictObject(rules)], { error: SHAPE });

export const subjectIdSchema = z.union(
  [z.string(), z.strictObject({ ...rules, rows: z.literal(true, { error: 'must be true' }).optional() })],
  { error: `${SHAPE}, or { rows: true }` },
);

type SubjectIdConfig = z.output<typeof subjectIdSchema>;
type SubjectIdMap = Exclude<SubjectIdConfig, string>;
type TableIdConfig = z.output<typeof tableIdSchema>;

/** How the subjects of a table are told. */
export interface SubjectIds {
  /** The column of the table; undefined where rows are numbered. */
  readonly column: string | undefined;
  /** The id of a subject from its text in that column; undefined where that is the text. */
  readonly idOf: ((text: string) => string) | undefined;
  /** For people, where it is more than a column with a name. */
  readonly description: string | undefined;
}

interface TableForm {
  readonly id?: TableIdConfig | undefined;
  readonly transposed?: boolean | undefined;
}

/** @param study the study's `id`; `table` may change parts of it */
export function subjectIds(study: SubjectIdConfig, { id, transposed = false }: TableForm): SubjectIds {
  const { column, rows, replace = {}, keep, case: letters } = { ...asMap(study), ...asMap(id ?? {}) };
  if (rows) return { column: transposed ? '' : undefined, idOf: undefined, description: 'number of the row' };
  const replacements = Object.entries(replace);
  const idOf = (text: string) => {
    let subject = text;
    for (const [from, to] of replacements) subject = subject.replaceAll(from, to);
    if (letters !== undefined) subject = letters === 'upper' ? subject.toUpperCase() : subject.toLowerCase();
    return keep === undefined ? subject : Array.from(subject).slice(0, keep).join('');
  };
  const source = transposed ? 'the header' : column === '' ? 'the first column, which has no name' : undefined;
  const changes = [
    ...replacements.map(([from, to]) => `'${from}' replaced by '${to}'`),
    ...(letters === undefined ? [] : [`in ${letters} case`]),
    ...(keep === undefined ? [] : [`the first ${keep} characters`]),
  ];
  const parts = [source ?? (changes.length > 0 ? column : undefined), ...changes].filter((part) => part !== undefined);
  return {
    column: transposed ? '' : column,
    idOf: changes.length > 0 ? idOf : undefined,
    description: parts.length > 0 ? parts.join(', ') : undefined,
  };
}

/** What the column of ids is called in files that are written. */
export function idName(id: SubjectIdConfig): string {
  return asMap(id).column || 'id';
}

/** Whether the study's tables are joined by the number of the row. */
export function joinsRows(id: SubjectIdConfig): boolean {
  return asMap(id).rows === true;
}

/** What is wrong with a study's `id`, if anything. */
export function idProblem(id: SubjectIdConfig): string | undefined {
  const { column, rows, ...changes } = asMap(id);
  if (rows === undefined && column === undefined) return "names no column; write column: NAME, or '' for one without";
  if (rows && (column !== undefined || Object.keys(changes).length > 0)) return 'has rows: true, so nothing else';
  return undefined;
}

function asMap(id: SubjectIdConfig): SubjectIdMap {
  return typeof id === 'string' ? { column: id } : id;
}

/**
 * Returns what to add to an error about tables that share no subject: that their ids look alike and are not. Unicode
 * writes an accented letter as one code point (NFC) or as two (NFD).
 */
export function lookAlikeText([first, ...others]: readonly (readonly string[])[]): string {
  const alike = new Set(first.map((id) => id.normalize('NFC')));
  const isAlike = others.some((ids) => ids.some((id) => alike.has(id.normalize('NFC'))));
  return isAlike
    ? '; ids that look equal differ in Unicode: letters with accents are one code point in one table (NFC) and two ' +
        'in another (NFD). Write them alike in both'
    : '';
}
