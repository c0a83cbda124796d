// Chooses the subjects of a study by its key `cohort`, before the modalities are joined.

import { InputError } from '../../errors/errors.js';
import { didYouMean } from '../../errors/suggestion.js';
import { ruleText } from '../grammar/cohort.js';
import { ruleOf } from '../grammar/codes.js';
import type { StudyFile } from '../grammar/study-file.js';
import { idName, lookAlikeText } from '../grammar/subject-id.js';
import type { RowRule } from '../grammar/tables.js';
import type { CohortReport } from '../inspection/inspection.js';
import { readGroups } from './groups.js';
import { readTableGroup, type ModalityTable, type TableColumn } from './modality-table.js';
import { checkRowCounts } from './row-counts.js';

export interface Cohort {
  /** Subjects of the modalities that do not belong to the cohort. */
  readonly outside: ReadonlySet<string>;
  readonly report: CohortReport;
}

export interface CohortSubjects {
  /** Tables of all modalities. */
  readonly tables: readonly Pick<ModalityTable, 'ids' | 'excluded'>[];
  /** Number of rows of the study's tables, if subjects are identified by the number of the row. */
  readonly rows: number | undefined;
  /** Recording of each subject that is a window. Windows belong to the cohort with their recording. */
  readonly recordings: ReadonlyMap<string, string>;
}

/**
 * Returns the cohort; undefined for a study without one.
 *
 * @throws InputError with the place in the study file: what `readTableGroup` throws; `no-common-subjects` if the table
 *   has none of the subjects; `no-rows-left` if no subject meets all rules; `unknown-level` for a text of no row
 */
export async function readCohort(
  file: StudyFile,
  { tables, rows, recordings }: CohortSubjects,
): Promise<Cohort | undefined> {
  const { cohort } = file.config;
  if (!cohort) return undefined;
  const rules = Object.entries(cohort.where);
  const named = rules.filter(([, { is }]) => is?.some((value) => typeof value === 'string')).map(([column]) => column);
  const kinds = { kinds: Object.fromEntries(named.map((column) => [column, 'categorical' as const])), levels: {} };
  const { where: _, ...form } = cohort;
  const columns = rules.map(([column]) => column);
  const config = { ...form, columns, where: {}, skips: {}, missing: {}, recode: {}, limits: {}, labels: {} };
  const table = await readTableGroup(file, { at: ['cohort'], name: 'cohort', config, kinds, checked: columns });
  checkRowCounts(file, [table], rows);
  const rowOf = new Map(table.ids.map((id, row) => [id, row]));
  checkTexts(file, table.columns);
  const meets = rules.map(([column, rule]) =>
    rowsMeeting(
      table.columns.find(({ name }) => name === column)!,
      rule,
    ),
  );
  const ids = [...new Set(tables.flatMap((one) => [...one.ids, ...one.excluded]))];
  const place = await placesOf(file, { ids, rowOf, recordings });
  if (!place) throw nobodyKnown(file, ids, table.ids);
  const alone = rules.map(() => 0);
  const inOrder = rules.map(() => 0);
  let absent = 0;
  const outside = new Set<string>();
  for (const [i, id] of ids.entries()) {
    const row = place[i];
    if (row < 0) {
      absent++;
      outside.add(id);
      continue;
    }
    for (const [rule, met] of meets.entries()) {
      if (met[row] === 1) continue;
      alone[rule]++;
      if (!outside.has(id)) inOrder[rule]++;
      outside.add(id);
    }
  }
  const report: CohortReport = {
    candidates: ids.length,
    subjects: ids.length - outside.size,
    absent,
    rules: rules.map(([column, rule], r) => ({ rule: ruleText(column, rule), alone: alone[r], inOrder: inOrder[r] })),
  };
  if (report.subjects === 0) throw nobodyLeft(file, report);
  return { outside, report };
}

/** Checks that the texts of rules occur in their columns. @throws InputError `unknown-level` */
function checkTexts(file: StudyFile, columns: readonly TableColumn[]): void {
  for (const { name, levels } of columns) {
    const { is = [] } = file.config.cohort!.where[name];
    const unknown = levels ? is.findIndex((value) => !levels.includes(String(value))) : -1;
    if (unknown < 0) continue;
    throw new InputError(
      'unknown-level',
      `${file.locate(['cohort', 'where', name, 'is', unknown])}: no row of column '${name}' is ` +
        `'${is[unknown]}'${didYouMean(String(is[unknown]), levels!)}; it has ${levels!.slice(0, 10).join(', ')}`,
      { column: name, level: is[unknown] },
    );
  }
}

/** Returns 1 for each row that meets a rule. */
function rowsMeeting({ levels, values }: TableColumn, { is, from, to }: RowRule): Uint8Array {
  // Levels are positions in a list.
  const accepted = is?.map((value) => (levels ? levels.indexOf(String(value)) : Number(value)));
  const meets = ruleOf({ is: accepted, from, to });
  return Uint8Array.from(values(), (value) => Number(meets(value)));
}

interface Places {
  readonly ids: readonly string[];
  readonly rowOf: ReadonlyMap<string, number>;
  readonly recordings: ReadonlyMap<string, string>;
}

/**
 * Returns the row of each subject in the table, −1 where it has none; undefined if no subject has one. The table may
 * have recordings instead of windows, or groups instead of subjects.
 */
async function placesOf(file: StudyFile, { ids, rowOf, recordings }: Places): Promise<Int32Array | undefined> {
  const direct = Int32Array.from(ids, (id) => rowOf.get(id) ?? rowOf.get(recordings.get(id) ?? '') ?? -1);
  if (direct.some((row) => row >= 0)) return direct;
  const groups = await readGroups(file, ids, recordings);
  const ofGroups = groups && Int32Array.from(groups, (group) => rowOf.get(group) ?? -1);
  return ofGroups?.some((row) => row >= 0) ? ofGroups : undefined;
}

function nobodyKnown(file: StudyFile, ids: readonly string[], known: readonly string[]): InputError {
  const id = idName(file.config.id);
  return new InputError(
    'no-common-subjects',
    `${file.locate(['cohort', 'table'])}: the table of the cohort has none of the ${ids.length} subjects: it has ` +
      `${id} ${known.slice(0, 3).join(', ')}, …; the modalities have ${ids.slice(0, 3).join(', ')}, …; ids that are ` +
      `written differently are brought to one form by id: { column, replace, keep, case }` +
      lookAlikeText([ids, known]),
  );
}

function nobodyLeft(file: StudyFile, { candidates, absent, rules }: CohortReport): InputError {
  const lost = rules.filter(({ alone }) => alone > 0).map(({ rule, alone }) => `'${rule}' excludes ${alone}`);
  const known = absent > 0 ? [`${absent} are not in the table`] : [];
  return new InputError(
    'no-rows-left',
    `${file.locate(['cohort', 'where'])}: none of the ${candidates} subjects is in the cohort: ` +
      `${[...known, ...lost].join('; ')}; widen the rules`,
    { name: 'cohort' },
  );
}
