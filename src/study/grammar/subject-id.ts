// The key `id` of a study file: what identifies a subject. It is a column of every table, whose texts may be brought to
// one form, or the number of the row.

import * as z from 'zod';

const rules = {
  column: z.string().optional().describe('Name of the column. `""` is a first column without a name.'),
  replace: z
    .record(z.string().min(1), z.string())
    .optional()
    .describe('Texts that are replaced anywhere in an id, each with its replacement. Default: none.'),
  keep: z
    .int()
    .min(1)
    .optional()
    .describe('Number of characters, from the first, that identify the subject. Default: all.'),
  case: z.enum(['upper', 'lower']).optional().describe('Brings ids to upper or lower case. Default: no change.'),
};

const SHAPE = 'must be the name of a column, or a map with column, replace, keep, case';

/** The `id` of a modality. The study's `id` holds for every key that it leaves out. */
export const tableIdSchema = z.union([z.string(), z.strictObject(rules)], { error: SHAPE });

export const subjectIdSchema = z.union(
  [
    z.string(),
    z.strictObject({
      ...rules,
      rows: z
        .literal(true, { error: 'must be true' })
        .optional()
        .describe(
          '`true`: joins tables by the number of the row. All tables must have the same number of rows. ' +
            'Default: `false`.',
        ),
    }),
  ],
  { error: `${SHAPE}, or { rows: true }` },
);

type SubjectIdConfig = z.output<typeof subjectIdSchema>;
type SubjectIdMap = Exclude<SubjectIdConfig, string>;
type TableIdConfig = z.output<typeof tableIdSchema>;

/** How the subjects of a table are identified. */
export interface SubjectIds {
  /** Column of the table; undefined if rows are numbered. */
  readonly column: string | undefined;
  /** Returns the id of a subject from its text in the column; undefined if the text is the id. */
  readonly idOf: ((text: string) => string) | undefined;
  /** Description for people; undefined for a plain column with a name. */
  readonly description: string | undefined;
}

interface TableForm {
  readonly id?: TableIdConfig | undefined;
  readonly transposed?: boolean | undefined;
}

/**
 * Returns how the subjects of a table are identified.
 * @param study the study's `id`, of which the table may change keys
 */
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

/** Returns the name of the column of ids in files that are written. */
export function idName(id: SubjectIdConfig): string {
  return asMap(id).column || 'id';
}

/** True if the study's tables are joined by the number of the row. */
export function joinsRows(id: SubjectIdConfig): boolean {
  return asMap(id).rows === true;
}

/** Returns what is wrong with a study's `id`, if anything. */
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
export function lookAlikeText([first, ...rest]: readonly (readonly string[])[]): string {
  const alike = new Set(first.map((id) => id.normalize('NFC')));
  const isAlike = rest.some((ids) => ids.some((id) => alike.has(id.normalize('NFC'))));
  return isAlike
    ? '; ids that look equal differ in Unicode: letters with accents are one code point in one table (NFC) and two ' +
        'in another (NFD). Write them alike in both'
    : '';
}
