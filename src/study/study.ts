// From a study file to a data set: reads tables and joins them on the subject's id, drops and counts subjects with
// missing values, splits the others, standardises columns on the training part alone.

import { InputError } from '../errors.js';
import { didYouMean } from '../suggestion.js';
import type { ColumnScale, Dataset, Modality, ModalityScales, SharedLatents, Split } from '../data/dataset.js';
import { duplicateColumns } from './duplicate-columns.js';
import { fingerprintOf } from '../data/fingerprint.js';
import type { ColumnReport, Inspection, ModalityReport } from './inspection.js';
import { readTableGroup, type ModalityTable } from './modality-table.js';
import { splitNewSubjects, splitSubjects } from '../data/split.js';
import { encodeColumns, fitScale, isConstant, momentsOf } from '../data/standardise.js';
import type { StudyFile } from './study-file.js';
import type { StudyConfig } from './schema.js';

export interface Study {
  readonly name: string;
  /** The path of the study file, as the caller gave it. */
  readonly path: string;
  /** The study file with every default filled in. */
  readonly config: StudyConfig;
  readonly dataset: Dataset;
  readonly inspection: Inspection;
}

export interface ReadStudyOptions {
  /**
   * Scales of a fitted model, in its order (`model.columnScales`): the same modalities and columns are encoded with
   * them, whatever the study's parts.
   */
  readonly scales?: readonly ModalityScales[];
  /** Values for `${NAME}` in table paths; the process's environment by default. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * Read a study file and all its tables.
 *
 * @throws InputError with a stable code and the place in the study file: what `readStudyFile` and `readTableGroup`
 *   throw, `no-common-subjects`, `no-complete-subjects`, `too-few-subjects`, `empty-column`, `constant-column`,
 *   `too-many-latents`, `log-of-negative`, `too-wide-range`; with `scales` also `modality-mismatch` and `log-domain`
 * @throws FileError `unreadable`
 */
export async function readStudy(path: string, { scales, environment }: ReadStudyOptions = {}): Promise<Study> {
  // The YAML parser is heavy, and a caller with a data set needs none.
  const { readStudyFile } = await import('./study-file.js');
  const file = await readStudyFile(path, environment);
  const modalityScales: readonly { readonly name: string; readonly columns?: readonly ColumnScale[] }[] =
    scales ?? Object.keys(file.config.modalities).map((name) => ({ name }));
  const tables: ModalityTable[] = [];
  for (const { name, columns } of modalityScales) {
    if (!Object.hasOwn(file.config.modalities, name)) throw modalityMismatch(file, name);
    const config = file.config.modalities[name];
    const logged = typeof config.log === 'boolean' ? [] : config.log;
    const group = { at: ['modalities', name], name, config, logged };
    const table = await readTableGroup(
      file,
      group,
      columns?.map((scale) => scale.name),
    );
    if (!scales) checkColumns(file, table);
    tables.push(table);
  }
  const joined = joinSubjects(file, tables);
  const { ids } = joined;
  const split = scales ? splitNewSubjects(ids, file.config.split) : splitSubjects(ids, file.config.split);

  const modalities: Modality[] = [];
  const reports: ModalityReport[] = [];
  for (const [i, table] of tables.entries()) {
    const values = table.columns.map((column) => joined.select(i, column.values));
    const modality = standardise(file, table.name, { table, values, ids, split, scales: scales?.[i].columns });
    modalities.push(modality);
    const { tables: files, stacked, textColumns, filtered, few, adjusted } = table;
    const { latents, exogenous } = modality;
    const losses = joined.losses[i];
    const columns = modality.columns.map((scale, column) => reportColumn(values[column], scale, split));
    const duplicates = scales ? [] : duplicateColumns(modality);
    const counts = { stacked, joined: table.ids.length };
    reports.push({
      name: table.name,
      latents,
      exogenous,
      tables: files,
      ...counts,
      textColumns,
      filtered,
      few,
      adjusted,
      ...losses,
      columns,
      duplicates,
    });
  }
  const shared = sharedLatents(file, modalities);
  const parts = { ids, modalities, shared, split };
  const sizes = { train: split.train.length, validation: split.validation.length, test: split.test.length };
  return {
    name: file.config.study,
    path,
    config: file.config,
    dataset: { ...parts, fingerprint: fingerprintOf(parts) },
    inspection: {
      study: file.config.study,
      known: joined.known,
      shared: joined.shared,
      subjects: ids.length,
      parts: sizes,
      modalities: reports,
    },
  };
}

/** The study's shared latents, by position. @throws InputError `unknown-modality`, `too-many-latents` */
function sharedLatents(file: StudyFile, modalities: readonly Modality[]): SharedLatents | undefined {
  const { shared } = file.config;
  if (!shared) return undefined;
  const names = modalities.map(({ name }) => name);
  const sharing = shared.modalities ?? names;
  const unknown = sharing.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new InputError(
      'unknown-modality',
      `${file.locate(['shared', 'modalities'])}: no modality '${unknown}'${didYouMean(unknown, names)}; the ` +
        `study has ${names.join(', ')}`,
      { modality: unknown },
    );
  }
  const positions = [...new Set(sharing)].map((name) => names.indexOf(name));
  const least = modalities[positions.reduce((a, b) => (modalities[b].latents < modalities[a].latents ? b : a))];
  if (positions.length < 2 || least.latents < shared.latents) {
    throw new InputError(
      'too-many-latents',
      positions.length < 2
        ? `${file.locate(['shared', 'modalities'])}: latents are shared by two modalities or more`
        : `${file.locate(['shared', 'latents'])}: modality '${least.name}' has ${least.latents} latents, ` +
            `so it cannot share ${shared.latents}; raise its latents or lower shared.latents`,
      { modality: least.name },
    );
  }
  return { latents: shared.latents, modalities: positions };
}

type Losses = Pick<ModalityReport, 'absent' | 'incomplete' | 'missing'>;

interface JoinedSubjects {
  /** Complete subjects in the order of the first modality. */
  readonly ids: readonly string[];
  readonly known: number;
  readonly shared: number;
  readonly losses: readonly Losses[];
  /** A column of modality `i` for the complete subjects. */
  readonly select: (i: number, values: Float64Array) => Float64Array;
}

function joinSubjects(file: StudyFile, tables: readonly ModalityTable[]): JoinedSubjects {
  const known = new Set(tables.flatMap(({ ids }) => ids)).size;
  const rowsById = tables.map(({ ids }) => new Map(ids.map((id, row) => [id, row])));
  const shared = tables[0].ids.filter((id) => rowsById.every((rows) => rows.has(id)));
  if (shared.length === 0) {
    const examples = tables.map(({ name, ids }) => `${name} has ${ids.slice(0, 3).join(', ')}, …`).join('; ');
    throw new InputError(
      'no-common-subjects',
      `${file.locate(['modalities'])}: no ${file.config.id} stands in every modality: ${examples}`,
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

function modalityMismatch(file: StudyFile, name: string): InputError {
  const names = Object.keys(file.config.modalities);
  return new InputError(
    'modality-mismatch',
    `${file.locate(['modalities'])}: the model needs modality '${name}'${didYouMean(name, names)}; the ` +
      `study has ${names.join(', ')}`,
    { modality: name },
  );
}

/** Empty columns, and more latents than an invertible observation can have (METHOD, Eq. 2). */
function checkColumns(file: StudyFile, { name, columns }: ModalityTable): void {
  const empty = columns.filter(({ values }) => values.every(Number.isNaN)).map((column) => column.name);
  if (empty.length > 0) throw uselessColumns(file, name, { code: 'empty-column', columns: empty, are: 'empty' });
  const { latents, exogenous } = file.config.modalities[name];
  if (latents + exogenous > columns.length) {
    throw new InputError(
      'too-many-latents',
      `${file.locate(['modalities', name, 'latents'])}: modality '${name}' has ${columns.length} columns, ` +
        `fewer than its ${latents} latents and ${exogenous} exogenous together; lower latents or add columns`,
      { modality: name },
    );
  }
}

interface Standardisation {
  readonly table: ModalityTable;
  readonly values: readonly Float64Array[];
  readonly ids: readonly string[];
  readonly split: Split;
  readonly scales: readonly ColumnScale[] | undefined;
}

function standardise(file: StudyFile, name: string, { table, values, ids, split, scales }: Standardisation): Modality {
  const { latents, exogenous, log } = file.config.modalities[name];
  const choice = (column: string) => {
    if (typeof log === 'boolean') return log ? 'when-skewed' : 'never';
    return log.includes(column) ? 'always' : 'never';
  };
  if (!scales) {
    const constant = table.columns.filter((_, i) => isConstant(momentsOf(values[i], split.train)));
    if (constant.length > 0) {
      const columns = constant.map((column) => column.name);
      throw uselessColumns(file, name, { code: 'constant-column', columns, are: 'constant on the training part' });
    }
  }
  const columns =
    scales ?? table.columns.map((column, i) => fitScale(column.name, values[i], split.train, choice(column.name)));
  return {
    name,
    columns,
    values: encodeColumns((column) => values[column], { name, columns }, ids),
    latents,
    exogenous,
  };
}

function uselessColumns(
  file: StudyFile,
  name: string,
  { code, columns, are }: { code: string; columns: readonly string[]; are: string },
): InputError {
  const listed = file.config.modalities[name].columns !== undefined;
  const advice = listed ? 'take them out of columns' : `write omit: [${columns.join(', ')}]`;
  return new InputError(
    code,
    `${file.locate(['modalities', name, listed ? 'columns' : 'table'])}: columns of '${name}' that are ${are}: ` +
      `${columns.join(', ')}; ${advice}`,
    { modality: name, columns },
  );
}

function reportColumn(values: Float64Array, { name, log }: Modality['columns'][number], split: Split): ColumnReport {
  let min = Infinity;
  let max = -Infinity;
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  return { name, min, max, ...momentsOf(values, split.train), logged: log };
}
