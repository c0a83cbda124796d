// Checks a study file. YAML and JSON have the same parser, which remembers the place of every value. So every error
// names file, line and column, including errors found later in the tables.

import { isAlias, isMap, isScalar, isSeq, type Document } from 'yaml';
import { InputError } from '../../errors/errors.js';
import type { Table, TableOptions } from '../../files/table.js';
import { readYaml, YamlError, type YamlDocument } from '../../files/yaml-document.js';
import { doubleCode } from './cells.js';
import { hasLevels, LEVEL_KINDS, isMeasured } from '../../data/kinds.js';
import { kindOfColumn } from './levels.js';
import { studySchema, type TableModalityConfig, type StudyConfig } from './schema.js';
import { describeIssues } from './issues.js';
import { arrayProblem } from './array-keys.js';
import { causeProblem } from './causes.js';
import { outcomeProblem } from './outcomes.js';
import { subgroupsProblem } from './subgroups.js';
import { idProblem } from './subject-id.js';
import { surveyProblem } from './survey.js';
import type { RowRule, StudyPath, TableConfig } from './tables.js';

export interface StudyFile {
  readonly path: string;
  readonly config: StudyConfig;
  /** Returns `file:line:column` of a value, or of the nearest value around it that exists. */
  readonly locate: (path: StudyPath) => string;
  /** Returns the path of a `table` entry: variables expanded, relative to the study file. */
  readonly resolveTable: (entry: string, path: StudyPath) => string;
  /** Reads the table at a path that `resolveTable` returned. @throws what reading a table throws */
  readonly readTable: (path: string, options: TableOptions) => Promise<Table>;
  /** In a page, which has no folders: returns the content of an image file. @throws InputError `missing-file` */
  readonly readImage?: ((path: string) => Promise<Uint8Array>) | undefined;
}

/** Maximum number of modalities of a model. */
const MAX_MODALITIES = 256;

/** Access to the tables of a study file. */
export interface StudyTables extends Pick<StudyFile, 'readImage' | 'readTable'> {
  /** @param place returns the place of the entry, for errors */
  readonly resolveTable: (entry: string, place: () => string) => string;
}

/**
 * Returns a study file from its bytes.
 *
 * @param path path of the file, for errors
 * @throws InputError `study-syntax`, `invalid-study`, `unknown-key`
 */
export function studyFileOf(
  path: string,
  bytes: Uint8Array,
  { resolveTable, readTable: read, readImage }: StudyTables,
): StudyFile {
  const { document, value, placeOf } = parsed(decodeUtf8(bytes, path), path);
  const locate = (at: StudyPath) => `${path}:${placeOf(offsetOf(document, at, 'value'))}`;
  const locateKey = (at: StudyPath) => `${path}:${placeOf(offsetOf(document, at, 'key'))}`;
  checkModalityCount(value, locate);
  const result = studySchema.safeParse(value, { reportInput: true });
  if (!result.success) {
    const { code, message } = describeIssues(result.error.issues, locate, locateKey);
    throw new InputError(code, message, { path });
  }
  checkMeaning(result.data, locate);
  return {
    path,
    config: result.data,
    locate,
    resolveTable: (entry, at) => resolveTable(entry, () => locate(at)),
    readTable: read,
    readImage,
  };
}

/** Checks the number of modalities first, because each of very many could have mistakes. @throws InputError */
function checkModalityCount(value: unknown, locate: StudyFile['locate']): void {
  const modalities: unknown = typeof value === 'object' && value !== null && 'modalities' in value && value.modalities;
  const count = typeof modalities === 'object' && modalities !== null ? Object.keys(modalities).length : 0;
  if (count <= MAX_MODALITIES) return;
  const place = locate(['modalities']);
  throw new InputError('invalid-study', `${place}: modalities has ${count} entries; up to ${MAX_MODALITIES} are read`, {
    key: 'modalities',
  });
}

/** Checks rules that join several keys. @throws InputError `invalid-study` */
function checkMeaning(config: StudyConfig, locate: StudyFile['locate']): void {
  const { id, cohort, modalities, causes = {}, outcomes = {}, shared, batch, adjust, split, survey } = config;
  const invalid = (at: StudyPath, reason: string) =>
    new InputError('invalid-study', `${locate(at)}: ${at.join('.')} ${reason}`, { key: at.join('.') });
  const unclear = idProblem(id);
  if (unclear !== undefined) throw invalid(['id'], unclear);
  if (cohort) checkRules(['cohort', 'where'], cohort.where, invalid);
  const hasCauses = Object.keys(causes).length > 0;
  if (Object.keys(modalities).length === 0) throw invalid(['modalities'], 'must have at least one entry');
  if (hasCauses && shared !== 'auto') throw invalid(['shared'], 'excludes causes: leave one of them out');
  for (const [name, cause] of Object.entries(causes)) {
    const wrong = causeProblem(cause, modalities);
    if (wrong) throw invalid(['causes', name, ...wrong.at], wrong.problem);
    if (Object.hasOwn(modalities, name)) throw invalid(['causes', name], 'is also the name of a modality: rename it');
  }
  for (const [name, modality] of Object.entries(modalities)) {
    const at = ['modalities', name];
    if ('table' in modality) checkTableModality(at, modality, invalid);
    if (modality.exogenous === 0 && !hasCauses) {
      throw invalid([...at, 'exogenous'], 'must be at least 1 without causes');
    }
    const wrong =
      'table' in modality
        ? undefined
        : arrayProblem(modality, { isAdjusted: adjust !== undefined, hasBatch: batch !== undefined });
    if (wrong) throw invalid([...at, ...wrong.at], wrong.problem);
    if (hasCauses && 'shiftInvariant' in modality && modality.shiftInvariant !== undefined) {
      throw invalid([...at, 'shiftInvariant'], 'excludes causes: leave one of them out');
    }
  }
  const wrongSurvey = survey && surveyProblem(survey);
  if (wrongSurvey) throw invalid(['survey', ...wrongSurvey.at], wrongSurvey.problem);
  for (const [name, outcome] of Object.entries(outcomes)) {
    const wrong = outcomeProblem(outcome);
    if (wrong) throw invalid(['outcomes', name, ...wrong.at], wrong.problem);
  }
  const wrongGroups = config.subgroups && subgroupsProblem(config.subgroups);
  if (wrongGroups) throw invalid(['subgroups', ...wrongGroups.at], wrongGroups.problem);
  for (const [name, table] of Object.entries(config.discovery.variables)) {
    checkTables(['discovery', 'variables', name], table, { columns: table.columns, omit: table.omit }, invalid);
  }
  const repeated = adjust?.columns.findIndex((column, i, all) => all.indexOf(column) < i) ?? -1;
  if (repeated >= 0) throw invalid(['adjust', 'columns', repeated], 'repeats an earlier name');
  const unused = adjust?.categories.findIndex((column) => !adjust.columns.includes(column)) ?? -1;
  if (unused >= 0) throw invalid(['adjust', 'categories', unused], 'is not among adjust.columns');
  if (split.validation < 1 && split.test < 1 && split.validation + split.test >= 1) {
    throw invalid(['split'], 'leaves nothing to train on: validation and test must stay below 1 together');
  }
}

function checkRules(
  at: StudyPath,
  where: Readonly<Record<string, RowRule>>,
  invalid: (at: StudyPath, reason: string) => InputError,
): void {
  for (const [column, { from = -Infinity, to = Infinity }] of Object.entries(where)) {
    if (from > to) throw invalid([...at, column], `keeps nothing: from ${from} is above to ${to}`);
  }
}

function checkTableModality(
  at: StudyPath,
  config: TableModalityConfig,
  invalid: (at: StudyPath, reason: string) => InputError,
): void {
  checkTables(at, config, { columns: config.columns, omit: config.omit, log: config.log }, invalid);
  if (config.transform && config.log !== false) {
    throw invalid([...at, 'log'], 'excludes transform: leave one of them out');
  }
  checkKinds(at, config, invalid);
}

/** Checks that kinds of columns agree with the other keys. @throws InputError `invalid-study` */
function checkKinds(
  at: StudyPath,
  { kinds, levels, log, repeats }: TableModalityConfig,
  invalid: (at: StudyPath, reason: string) => InputError,
): void {
  for (const [column, kind] of Object.entries(kinds)) {
    if (isMeasured(kind)) continue;
    if (repeats) throw invalid([...at, 'kinds', column], `is ${kind}, and repeats takes means of a subject's rows`);
    if (Array.isArray(log) && log.includes(column)) {
      throw invalid([...at, 'log'], `has '${column}', which is ${kind}: leave it out of log or of kinds`);
    }
  }
  for (const [column, names] of Object.entries(levels)) {
    const kind = kindOfColumn({ kinds }, column);
    if (!hasLevels(kind)) {
      const problem = 'has levels, but its kind has none';
      const remedy = `write kinds: { ${column}: ${LEVEL_KINDS.at(-1)!} } (${LEVEL_KINDS.slice(0, -1).join(', ')})`;
      throw invalid([...at, 'levels', column], `${problem}: ${remedy}`);
    }
    const repeated = names.map(String).findIndex((level, i, all) => all.indexOf(level) < i);
    if (repeated >= 0) throw invalid([...at, 'levels', column, repeated], 'repeats an earlier level');
  }
}

function checkTables(
  at: StudyPath,
  config: TableConfig,
  lists: Readonly<Record<string, unknown>>,
  invalid: (at: StudyPath, reason: string) => InputError,
): void {
  const { table, columns, omit, where, repeats, limits } = config;
  if (columns && omit) throw invalid([...at, 'omit'], 'excludes columns: leave the name out of columns');
  for (const [key, names] of Object.entries(lists)) {
    const repeated = Array.isArray(names) ? names.findIndex((column, i) => names.indexOf(column) < i) : -1;
    if (repeated >= 0) throw invalid([...at, key, repeated], 'repeats an earlier name');
  }
  if (repeats && typeof table !== 'string' && typeof table[0] !== 'string' && table.length > 1) {
    throw invalid(
      [...at, 'repeats'],
      'needs a single table (or stack), not joined ones: give each of the other tables a modality',
    );
  }
  checkRules([...at, 'where'], where, invalid);
  for (const [column, { lower = 0, upper = Infinity }] of Object.entries(limits)) {
    if (lower > upper) throw invalid([...at, 'limits', column], `crosses: lower ${lower} is above upper ${upper}`);
  }
  const twice = doubleCode(config);
  if (twice) {
    const { column, code, value } = twice;
    throw invalid([...at, 'recode', column], `makes '${code}' ${value}, which is itself a code; choose another value`);
  }
}

function offsetOf(document: Document, path: StudyPath, want: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      if (!pair) break;
      node = pair.value;
      const key = startOf(pair.key);
      offset = (want === 'key' ? key : (startOf(node) ?? key)) ?? offset;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      offset = startOf(node) ?? offset;
    } else {
      break;
    }
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined;
}

function parsed(text: string, path: string): YamlDocument {
  try {
    return readYaml(text);
  } catch (cause) {
    if (!(cause instanceof YamlError)) throw cause;
    const place = cause.place === undefined ? path : `${path}:${cause.place}`;
    throw new InputError('study-syntax', `${place}: ${cause.message}`, { path }, cause);
  }
}

function decodeUtf8(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new InputError('study-syntax', `${path}: a study file must be text in UTF-8`, { path }, cause);
  }
}
