// Reads a study that does not fit into memory in parts, for a fitted model: the same number of rows of every table at a
// time. The tables must have the same subjects in the same order; otherwise the study is read as a whole.

import { checkAccepted, checkArgument, checkOptions } from '../../errors/argument.js';
import { InputError } from '../../errors/errors.js';
import { formatOf, readTableParts } from '../../files/read-table.js';
import type { Table, TableOptions } from '../../files/table.js';
import type { ModalityConfig } from '../grammar/schema.js';
import { openStudy, type ReadStudyOptions } from '../study.js';
import { studyOf, type Study } from './study-data.js';
import { READ_STUDY_OPTIONS } from './reading-options.js';
import type { StudyFile } from '../grammar/study-file.js';

export interface ReadPartsOptions extends ReadStudyOptions {
  /** Number of rows of a table in each part. Default: 65,536. */
  readonly rows?: number;
}

const ROWS = 2 ** 16;

/** Errors of a part that only say that its tables have too little in common. */
const NOTHING_SHARED: readonly string[] = ['no-common-subjects', 'no-complete-subjects', 'no-values', 'no-rows-left'];

/** See `readStudyParts` in src/model/on-demand.ts. */
export async function* readStudyParts(path: string, options: ReadPartsOptions): AsyncGenerator<Study> {
  checkArgument('readStudyParts: path', path, 'text');
  checkArgument('readStudyParts: options', options, { scales: 'list' });
  checkOptions('readStudyParts', options, { ...READ_STUDY_OPTIONS, rows: 'number' });
  const { rows = ROWS } = options;
  checkAccepted('rows', rows, Number.isSafeInteger(rows) && rows >= 1, 'is a whole number from 1');
  const file = await openStudy(path, options);
  if (!canReadInParts(file, options)) {
    yield await studyOf(file, options);
    return;
  }
  const sources = new PartSources(file, rows);
  try {
    for (let part = 0; await sources.advance(); part++) {
      const study = await partOf(file, sources, options);
      if (study) yield study;
      else if (part === 0) yield await studyOf(file, options);
      else throw notInParts(file);
      if (!study) return;
    }
  } finally {
    await sources.close();
  }
}

/** Returns a part; undefined if its tables do not have the same subjects. */
async function partOf(file: StudyFile, sources: PartSources, options: ReadPartsOptions): Promise<Study | undefined> {
  // Groups only matter for splits, and a part has none. Designs and outcomes are not encoded.
  const config = {
    ...file.config,
    ...{ group: undefined, survey: undefined, outcomes: undefined, subgroups: undefined },
  };
  try {
    const study = await studyOf({ ...file, config, readTable: sources.read }, options);
    const { known, shared } = study.inspection;
    return known === shared && sources.areAligned ? study : undefined;
  } catch (cause) {
    if (cause instanceof InputError && NOTHING_SHARED.includes(cause.code)) return undefined;
    throw cause;
  }
}

function canReadInParts({ config }: StudyFile, { scales = [], causes }: ReadPartsOptions): boolean {
  const names = scales.map(({ name }) => name);
  const used = Object.entries(config.modalities).filter(([name]) => names.includes(name));
  // The table of a cohort has other rows than those of the modalities.
  if (causes || config.cohort) return false;
  return (
    !scales.some(({ covariates, batches }) => covariates ?? batches) &&
    used.every(([, modality]) => isPlainTable(modality))
  );
}

function isPlainTable(config: ModalityConfig): boolean {
  if (!('table' in config) || typeof config.table !== 'string') return false;
  return formatOf(config.table)?.parts !== undefined && config.repeats === undefined && !config.transposed;
}

/** Open tables of a study. Every part reads the same tables in the same order. */
class PartSources {
  readonly #file: StudyFile;
  readonly #rows: number;
  readonly #sources: AsyncGenerator<Table>[] = [];
  #next: Table[] = [];
  #call = 0;

  constructor(file: StudyFile, rows: number) {
    this.#file = file;
    this.#rows = rows;
  }

  /** True if the tables of the latest part have the same number of rows. */
  areAligned = true;

  /** Returns false at the end of all tables. @throws InputError `not-in-parts` if some tables end earlier */
  async advance(): Promise<boolean> {
    this.#call = 0;
    this.areAligned = true;
    if (this.#sources.length === 0) return true;
    const results: IteratorResult<Table, unknown>[] = [];
    for (const source of this.#sources) results.push(await source.next());
    if (results.every(({ done }) => done)) return false;
    if (results.some(({ done }) => done)) throw notInParts(this.#file);
    this.#next = results.map(({ value }) => value as Table);
    return true;
  }

  readonly read = async (path: string, options: TableOptions): Promise<Table> => {
    const call = this.#call++;
    if (call === this.#sources.length) {
      const source = readTableParts(path, options, this.#rows);
      this.#sources.push(source);
      const first = await source.next();
      this.#next.push(first.value as Table);
    }
    this.areAligned &&= this.#next[call].rows === this.#next[0].rows;
    return this.#next[call];
  };

  async close(): Promise<void> {
    for (const source of this.#sources) await source.return(undefined);
  }
}

function notInParts(file: StudyFile): InputError {
  return new InputError(
    'not-in-parts',
    `${file.locate(['modalities'])}: the tables do not have the same subjects in the same order, so they cannot be ` +
      'read in parts; read the study whole (readStudy), or sort the tables',
    { path: file.path },
  );
}
