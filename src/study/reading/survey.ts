// Reads the sampling design of a study file for the subjects of its data set. It never enters the data set.

import type { StudySurvey, SurveySubgroup, SurveyDesign } from '../../data/survey.js';
import { InputError } from '../../errors/errors.js';
import type { StudyFile } from '../grammar/study-file.js';
import { idName } from '../grammar/subject-id.js';
import type { SurveyConfig } from '../grammar/survey.js';
import { rowsOfSubjects, type VariableSubjects } from './aligned-variables.js';
import { readTableGroup, type ModalityTable } from './modality-table.js';
import { checkRowCounts } from './row-counts.js';

/** Subjects of a data set. */
export interface SurveySubjects extends VariableSubjects {
  /** Number of rows of the study's tables, if subjects are identified by the number of the row. */
  readonly rows: number | undefined;
}

/**
 * Reads the sampling design.
 *
 * @throws InputError with the place in the study file: what `readTableGroup` throws; `invalid-survey` for a negative
 *   weight, or a sampled person without stratum, unit or replicate weight; `no-common-subjects`
 */
export async function readSurvey(
  file: StudyFile,
  config: SurveyConfig,
  subjects: SurveySubjects,
): Promise<StudySurvey> {
  const { stratum, unit, replicates, subgroups = [], labels } = config;
  const table = await readSurveyTable(file, config, subjects.rows);
  const sample = sampleOf(file, config, table);
  const rows = rowsOfSubjects(file, ['survey'], table.ids, subjects);
  const weights = Float64Array.from(rows, (row) => (row < 0 ? 0 : sample.weights[row]));
  const at = (values: Int32Array) => rows.map((row) => (row < 0 ? 0 : values[row]));
  // Without units, rows of a group are one unit.
  const { groups } = subjects;
  const isGrouped = unit === undefined && groups !== undefined;
  const units = isGrouped ? positionsOf(groups) : at(sample.units);
  const design: SurveyDesign = {
    weights,
    strata: at(sample.strata),
    units,
    unitsOfStratum: isGrouped ? unitsByStratum(weights, at(sample.strata), units) : sample.unitsOfStratum,
    lonely: config.lonely,
    ...(replicates && {
      replicates: {
        weights: sample.replicates.map((of) => Float64Array.from(rows, (row) => (row < 0 ? 0 : of[row]))),
        scale: replicates.scale,
        factors: Float64Array.from(replicates.factors ?? replicates.columns.map(() => 1)),
      },
    }),
  };
  return {
    weight: config.weight,
    ...(stratum !== undefined && { stratum }),
    ...(unit !== undefined && { unit }),
    variance: replicates ? 'replicates' : config.variance,
    design,
    sampled: sample.weights.reduce((count, weight) => count + Number(weight > 0), 0),
    subgroups: subgroups.map((column): SurveySubgroup => {
      const { levels, values } = table.columns.find(({ name }) => name === column)!;
      const all = values();
      return {
        name: labels[column] ?? column,
        levels: levels!,
        values: Float64Array.from(rows, (row) => (row < 0 ? NaN : all[row])),
      };
    }),
  };
}

function readSurveyTable(
  file: StudyFile,
  { weight, stratum, unit, replicates, subgroups = [], labels, ...form }: SurveyConfig,
  rows: number | undefined,
): Promise<ModalityTable> {
  const named = [stratum, unit, ...subgroups].filter((column) => column !== undefined);
  const columns = [...new Set([weight, ...named, ...(replicates?.columns ?? [])])];
  const { table, id, delimiter, decimal, sheet, part, transposed } = form;
  const codes = { where: {}, skips: {}, missing: {}, recode: {}, limits: {}, labels };
  return readTableGroup(file, {
    at: ['survey'],
    name: 'survey',
    config: { table, id, delimiter, decimal, sheet, part, transposed, columns, ...codes },
    kinds: { kinds: Object.fromEntries(named.map((column) => [column, 'categorical' as const])), levels: {} },
  }).then((read) => {
    checkRowCounts(file, [read], rows);
    return read;
  });
}

interface Sample {
  readonly weights: Float64Array;
  readonly strata: Int32Array;
  readonly units: Int32Array;
  readonly unitsOfStratum: Int32Array;
  readonly replicates: readonly Float64Array[];
}

/** Returns the design of all rows of the table. @throws InputError `invalid-survey` */
function sampleOf(file: StudyFile, { weight, stratum, unit, replicates }: SurveyConfig, table: ModalityTable): Sample {
  const column = (name: string) => table.columns.find((one) => one.name === name)!.values();
  const weights = column(weight).map((value) => (Number.isNaN(value) ? 0 : value));
  const invalid = (key: string, row: number, problem: string) =>
    new InputError(
      'invalid-survey',
      `${file.locate(['survey', key])}: ${idName(file.config.id)} ${table.ids[row]} ${problem}`,
      { id: table.ids[row] },
    );
  const negative = weights.findIndex((value) => value < 0);
  if (negative >= 0) throw invalid('weight', negative, `has the weight ${weights[negative]}, which is below 0`);
  if (!weights.some((value) => value > 0)) {
    throw invalid('weight', 0, 'has no weight, as all others; nobody is sampled');
  }
  const known = (key: string, name: string): Float64Array => {
    const values = column(name);
    const missing = values.findIndex((value, row) => weights[row] > 0 && !(value >= 0));
    if (missing < 0) return values;
    throw invalid(key, missing, `has a weight and no '${name}'; complete the table, or remove the weight`);
  };
  const strata = Int32Array.from(stratum === undefined ? weights.map(() => 0) : known('stratum', stratum));
  const numbers = unit === undefined ? Float64Array.from(weights.keys()) : known('unit', unit);
  // Units of different strata may have the same number.
  const units = positionsOf(Array.from(numbers, (number, row) => `${strata[row]}/${number}`));
  return {
    weights,
    strata,
    units,
    unitsOfStratum: unitsByStratum(weights, strata, units),
    replicates: (replicates?.columns ?? []).map((name) => known('replicates', name)),
  };
}

/** Returns the number of units with a sampled row, by stratum. */
function unitsByStratum(weights: Float64Array, strata: Int32Array, units: Int32Array): Int32Array {
  const sampled = Array.from({ length: Math.max(...strata) + 1 }, () => new Set<number>());
  for (const [row, weight] of weights.entries()) if (weight > 0) sampled[strata[row]].add(units[row]);
  return Int32Array.from(sampled, ({ size }) => size);
}

/** Returns the position of each name among all names. */
function positionsOf(names: readonly string[]): Int32Array {
  const positions = new Map<string, number>();
  return Int32Array.from(names, (name) => {
    const position = positions.get(name) ?? positions.size;
    positions.set(name, position);
    return position;
  });
}
