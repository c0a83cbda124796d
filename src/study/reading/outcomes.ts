// Reads the outcomes of a study file for the subjects of its data set. They never enter the data set.

import type { EventOutcome, MeasuredOutcome, Outcome, SubjectVariable } from '../../data/outcomes.js';
import type { Dataset, Modality } from '../../data/dataset.js';
import { InputError } from '../../errors/errors.js';
import { knownRanks, rankCorrelation } from '../../metrics/known-ranks.js';
import { spreadOver } from '../../quality/tables.js';
import type { OutcomeConfig } from '../grammar/outcomes.js';
import type { StudyFile } from '../grammar/study-file.js';
import { idName } from '../grammar/subject-id.js';
import { filesOf, type StudyPath, type TableConfig } from '../grammar/tables.js';
import { readSubjectVariables, type VariableSubjects } from './aligned-variables.js';
import type { ColumnForm } from './subject-variables.js';

/** |Spearman| above which a column is a copy of an outcome. */
const COPIED = 0.9999;
/** Maximum number of subjects for the comparison. */
const MAX_ROWS = 1024;
/** Minimum number of subjects with both, for a comparison. */
const MIN_ROWS = 20;

export interface OutcomeSubjects extends VariableSubjects {
  readonly rows: number | undefined;
  readonly modalities: Dataset['modalities'];
}

/**
 * Reads the outcomes of a study for some subjects.
 *
 * @throws InputError with the place in the study file: what `readTableGroup` throws; `invalid-outcome` for a negative
 *   time, or an event that is neither 0 nor 1; `unordered-levels`, `no-common-subjects`, `unknown-level`
 */
export async function readOutcomes(
  file: StudyFile,
  { modalities, rows, ...subjects }: OutcomeSubjects,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const [name, config] of Object.entries(file.config.outcomes ?? {})) {
    const at = ['outcomes', name];
    const { adjust = [], categories, terms } = config;
    const names = 'time' in config ? [config.time, config.event] : [config.column];
    const columns = new Map<string, ColumnForm>(names.map((column) => [column, formOf(config)]));
    for (const column of adjust) columns.set(column, categories.includes(column) ? 'levels' : 'either');
    const variables = await readSubjectVariables(file, config, { at, columns, rows, subjects });
    const read = { name, terms, covariates: variables.slice(names.length) };
    const measured = 'time' in config ? variables.slice(0, 1) : variables.slice(0, names.length);
    const measuredIn = modalities
      .filter((modality) => isMeasured(file, { at, config, columns: names }, { modality, measured }))
      .map((modality) => modality.name);
    const outcome = { ...read, measuredIn };
    if ('time' in config) outcomes.push(eventOutcome(file, config, { outcome, variables, ids: subjects.ids }));
    else outcomes.push(measuredOutcome(file, config, outcome, variables[0]));
  }
  return outcomes;
}

function formOf(config: OutcomeConfig): ColumnForm {
  if ('time' in config || config.kind === 'continuous') return 'numbers';
  return config.levels ? { levels: config.levels } : 'levels';
}

type Described = Pick<Outcome, 'name' | 'covariates' | 'terms' | 'measuredIn'>;

/** @throws InputError `unordered-levels` */
function measuredOutcome(
  file: StudyFile,
  { kind, levels: known }: Extract<OutcomeConfig, { column: string }>,
  outcome: Described,
  { column, levels, values }: SubjectVariable,
): MeasuredOutcome {
  if (kind === 'ordered' && !known && levels?.some((level) => Number.isNaN(Number(level)))) {
    throw new InputError(
      'unordered-levels',
      `${file.locate(['outcomes', outcome.name, 'kind'])}: column '${column}' is ordered and has texts; write their ` +
        `order, lowest first: levels: [${levels.join(', ')}]`,
      { column, levels },
    );
  }
  return { ...outcome, kind, column, ...(levels && { levels }), values };
}

/** @throws InputError `invalid-outcome` */
function eventOutcome(
  file: StudyFile,
  { time, event }: Extract<OutcomeConfig, { time: string }>,
  { outcome, variables, ids }: { outcome: Described; variables: readonly SubjectVariable[]; ids: readonly string[] },
): EventOutcome {
  const [{ values: times }, { values: events }] = variables;
  const { name } = outcome;
  const invalid = (key: 'event' | 'time', row: number, problem: string) =>
    new InputError(
      'invalid-outcome',
      `${file.locate(['outcomes', name, key])}: ${idName(file.config.id)} ${ids[row]} has ${problem}`,
      { outcome: name, id: ids[row] },
    );
  const early = times.findIndex((value) => value < 0);
  if (early >= 0) {
    const remedy = 'correct it, or list it in missing';
    throw invalid('time', early, `the ${time} ${times[early]}, and a time is 0 or more; ${remedy}`);
  }
  const odd = events.findIndex((value) => !Number.isNaN(value) && value !== 0 && value !== 1);
  if (odd >= 0) {
    const codes = [...new Set(events)].filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
    const shown = codes.slice(0, 5).join(', ') + (codes.length > 5 ? ', …' : '');
    const example = codes.length === 2 ? `{ ${codes[0]}: 0, ${codes[1]}: 1 }` : `{ ${codes[0]}: 0 }`;
    throw invalid(
      'event',
      odd,
      `the ${event} ${events[odd]}, and an event is 1 (it happened) or 0 (it did not); the column has ${shown}; ` +
        `write recode: { ${event}: ${example} } if these codes mean so`,
    );
  }
  return { ...outcome, kind: 'time-to-event', columns: { time, event }, times, events };
}

interface OutcomePlace {
  readonly at: StudyPath;
  readonly config: Pick<OutcomeConfig, 'table'>;
  readonly columns: readonly string[];
}

/** True if a modality has the column of an outcome, or a copy of it, among its measurements. */
export function isMeasured(
  file: StudyFile,
  { at, config, columns }: OutcomePlace,
  { modality, measured }: { readonly modality: Modality; readonly measured: readonly SubjectVariable[] },
): boolean {
  const source = file.config.modalities[modality.name];
  if (!('table' in source)) return false;
  const paths = pathsOf(file, source.table, ['modalities', modality.name]);
  const isShared = pathsOf(file, config.table, at).some((path) => paths.includes(path));
  if (isShared && modality.columns.some(({ name }) => columns.includes(name))) return true;
  return measured.some((variable) => hasCopy(modality, variable));
}

function pathsOf(file: StudyFile, table: TableConfig['table'], at: StudyPath): string[] {
  return filesOf(table).flatMap(({ files, paths }) =>
    files.map((entry, i) => file.resolveTable(entry, [...at, ...paths[i]])),
  );
}

/** True if a column of the modality has the ranks of a variable with at least three values. */
function hasCopy(modality: Modality, { values: all }: SubjectVariable): boolean {
  if (modality.stored) return false;
  const known = Int32Array.from([...all.keys()].filter((row) => !Number.isNaN(all[row])));
  const rows = spreadOver(known, MAX_ROWS).sort((a, b) => all[a] - all[b]);
  if (rows.length < MIN_ROWS || new Set(Array.from(rows, (row) => all[row])).size < 3) return false;
  const ranks = knownRanks(Float64Array.from(rows, (row) => all[row]));
  const { values, observed } = modality;
  const width = modality.columns.length;
  return modality.columns.some((_, c) => {
    const valueAt = (row: number) => (observed?.[row * width + c] === 0 ? NaN : values[row * width + c]);
    if (!isOrdered(rows, all, valueAt)) return false;
    const column = Float64Array.from(rows, valueAt);
    if (column.filter((value) => !Number.isNaN(value)).length < MIN_ROWS) return false;
    return Math.abs(rankCorrelation(ranks, knownRanks(column))) > COPIED;
  });
}

/**
 * True if a column rises, or falls, where a variable rises. Most columns of a wide table are excluded by few rows.
 * @param rows in the order of the variable
 */
function isOrdered(rows: Int32Array, variable: Float64Array, valueAt: (row: number) => number): boolean {
  let [rises, falls] = [true, true];
  let before: number | undefined;
  for (const row of rows) {
    const value = valueAt(row);
    if (Number.isNaN(value)) continue;
    if (before !== undefined && variable[row] > variable[before]) {
      const change = value - valueAt(before);
      rises &&= change >= 0;
      falls &&= change <= 0;
      if (!rises && !falls) return false;
    }
    before = row;
  }
  return true;
}
