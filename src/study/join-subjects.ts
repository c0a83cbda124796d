// Subjects that stand in every modality, with a value in every column; who is lost is counted.

import { InputError } from '../errors.js';
import type { ModalityReport } from './inspection.js';
import type { ModalityTable } from './modality-table.js';
import type { StudyFile } from './study-file.js';
import { idName } from './subject-id.js';

type Losses = Pick<ModalityReport, 'absent' | 'incomplete' | 'missing'>;

export interface JoinedSubjects {
  /** Complete subjects in the order of the first modality. */
  readonly ids: readonly string[];
  readonly known: number;
  readonly shared: number;
  readonly losses: readonly Losses[];
  /** A column of modality `i` for the complete subjects. */
  readonly select: (i: number, values: Float64Array) => Float64Array;
}

export function joinSubjects(file: StudyFile, tables: readonly ModalityTable[]): JoinedSubjects {
  const known = new Set(tables.flatMap(({ ids }) => ids)).size;
  const rowsById = tables.map(({ ids }) => new Map(ids.map((id, row) => [id, row])));
  const shared = tables[0].ids.filter((id) => rowsById.every((rows) => rows.has(id)));
  if (shared.length === 0) {
    const examples = tables.map(({ name, ids }) => `${name} has ${ids.slice(0, 3).join(', ')}, …`).join('; ');
    throw new InputError(
      'no-common-subjects',
      `${file.locate(['modalities'])}: no ${idName(file.config.id)} stands in every modality: ${examples}; ` +
        'ids that are written differently are brought to one form by id: { column, replace, keep, case }',
    );
  }
  const rows = rowsById.map((byId) => Int32Array.from(shared, (id) => byId.get(id) ?? -1));
  const complete = new Uint8Array(shared.length).fill(1);
  const losses = tables.map(({ ids, columns }, i): Losses => {
    const lacking = new Uint8Array(shared.length);
    const missing = columns.map(({ name, values }) => {
      let subjects = 0;
      for (const [subject, row] of rows[i].entries()) {
        if (Number.isNaN(values[row])) {
          subjects++;
          lacking[subject] = 1;
          complete[subject] = 0;
        }
      }
      return { column: name, subjects };
    });
    return {
      absent: known - ids.length,
      incomplete: lacking.reduce((sum, lacks) => sum + lacks, 0),
      missing: missing.filter(({ subjects }) => subjects > 0).sort((a, b) => b.subjects - a.subjects),
    };
  });
  const ids = shared.filter((_, subject) => complete[subject] === 1);
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
  const completeRows = rows.map((subjects) => subjects.filter((_, subject) => complete[subject] === 1));
  return {
    ids,
    known,
    shared: shared.length,
    losses,
    select: (i, values) => {
      // A plain loop: Float64Array.from is several times slower.
      const selected = new Float64Array(ids.length);
      for (let subject = 0; subject < ids.length; subject++) selected[subject] = values[completeRows[i][subject]];
      return selected;
    },
  };
}
