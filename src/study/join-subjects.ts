// Subjects that stand in every modality, with a value in every column; who is lost is counted.

import { InputError } from '../errors.js';
import { adviseOmissions, type OmissionAdvice } from './advice.js';
import type { Covariates } from './covariates.js';
import type { ModalityReport } from './inspection.js';
import type { ModalityTable } from './modality-table.js';
import type { StudyFile } from './study-file.js';
import { idName } from './subject-id.js';

type Losses = Pick<ModalityReport, 'absent' | 'incomplete' | 'missing'> & { readonly gaps: readonly string[] };

export interface JoinedSubjects {
  /** Complete subjects in the order of the first modality. */
  readonly ids: readonly string[];
  readonly known: number;
  readonly shared: number;
  readonly losses: readonly Losses[];
  /** The tables without the columns that too many subjects lack; these are the `gaps` of the losses. */
  readonly tables: readonly ModalityTable[];
  readonly advice: readonly OmissionAdvice[];
  /** Shared subjects that lack a covariate. */
  readonly uncovered: number;
  /** A column of modality `i` for the complete subjects. */
  readonly select: (i: number, values: Float64Array) => Float64Array;
}

/**
 * @param maxMissing by modality, the share of the shared subjects that may lack a column
 * @param covariates which subjects must have
 */
export function joinSubjects(
  file: StudyFile,
  all: readonly ModalityTable[],
  maxMissing: readonly (number | undefined)[],
  covariates: Covariates | undefined,
): JoinedSubjects {
  const known = new Set(all.flatMap(({ ids }) => ids)).size;
  const rowsById = all.map(({ ids }) => new Map(ids.map((id, row) => [id, row])));
  const shared = all[0].ids.filter((id) => rowsById.every((rows) => rows.has(id)));
  if (shared.length === 0) {
    const examples = all.map(({ name, ids }) => `${name} has ${ids.slice(0, 3).join(', ')}, …`).join('; ');
    throw new InputError(
      'no-common-subjects',
      `${file.locate(['modalities'])}: no ${idName(file.config.id)} stands in every modality: ${examples}; ` +
        'ids that are written differently are brought to one form by id: { column, replace, keep, case }',
    );
  }
  const rows = rowsById.map((byId) => Int32Array.from(shared, (id) => byId.get(id) ?? -1));
  const tables: ModalityTable[] = [];
  const losses: Losses[] = [];
  const lacking: number[][] = shared.map(() => []);
  const named: { modality: string; column: string }[] = [];
  for (const [i, table] of all.entries()) {
    const most = (maxMissing[i] ?? 1) * shared.length;
    const columns = table.columns.map((column) => ({ ...column, lacks: subjectsWithout(column.values, rows[i]) }));
    const kept = columns.filter(({ lacks }) => lacks.length <= most);
    const incomplete = new Set<number>();
    for (const { name, lacks } of kept) {
      for (const subject of lacks) {
        incomplete.add(subject);
        lacking[subject].push(named.length);
      }
      named.push({ modality: table.name, column: name });
    }
    const missing = kept.map(({ name, lacks }) => ({ column: name, subjects: lacks.length }));
    tables.push(kept.length === columns.length ? table : { ...table, columns: kept });
    losses.push({
      absent: known - table.ids.length,
      incomplete: incomplete.size,
      missing: missing.filter(({ subjects }) => subjects > 0).sort((a, b) => b.subjects - a.subjects),
      gaps: columns.filter(({ lacks }) => lacks.length > most).map(({ name }) => name),
    });
  }
  const covered = shared.map((id) => covariates?.has(id) ?? true);
  if (!covered.includes(true)) {
    throw new InputError(
      'no-common-subjects',
      `${file.locate(['adjust', 'table'])}: none of the ${shared.length} shared subjects, as ` +
        `${idName(file.config.id)} ${shared[0]}, has all of ${covariates?.columns.join(', ')}`,
    );
  }
  const complete = lacking.map((columns, subject) => columns.length === 0 && covered[subject]);
  const ids = shared.filter((_, subject) => complete[subject]);
  if (ids.length === 0) {
    const worst = tables.flatMap(({ name }, i) =>
      losses[i].missing.slice(0, 2).map(({ column, subjects }) => `${name}.${column} (${subjects})`),
    );
    throw new InputError(
      'no-complete-subjects',
      `${file.locate(['modalities'])}: each of the ${shared.length} shared subjects lacks a value; ` +
        `most are missing in ${worst.join(', ')}: omit such columns`,
    );
  }
  const completeRows = rows.map((subjects) => subjects.filter((_, subject) => complete[subject]));
  return {
    ids,
    known,
    shared: shared.length,
    losses,
    tables,
    advice: adviseOmissions(
      lacking.filter((_, subject) => covered[subject]),
      named,
    ),
    uncovered: covered.filter((has) => !has).length,
    select: (i, values) => {
      // A plain loop: Float64Array.from is several times slower.
      const selected = new Float64Array(ids.length);
      for (let subject = 0; subject < ids.length; subject++) selected[subject] = values[completeRows[i][subject]];
      return selected;
    },
  };
}

/** Positions of the subjects whose value is missing. */
function subjectsWithout(values: Float64Array, rows: Int32Array): number[] {
  const without: number[] = [];
  for (const [subject, row] of rows.entries()) if (Number.isNaN(values[row])) without.push(subject);
  return without;
}
