// Reads the causes of a study file. Their tables identify subjects in the same ways as those of modalities.

import type { CauseScales } from '../../data/causes.js';
import { InputError } from '../../errors/errors.js';
import { didYouMean } from '../../errors/suggestion.js';
import { parseNumber } from '../../files/column-builder.js';
import { targetsOf, type CauseConfig } from '../grammar/causes.js';
import type { StudyFile } from '../grammar/study-file.js';
import { readTableGroup, type ModalityTable } from './modality-table.js';
import { checkRowCounts } from './row-counts.js';

/** Usual names of reference levels. They are only suggested: a wrong reference changes every effect. */
const USUAL_REFERENCE =
  /^(controls?|ctrl|none|no|placebo|vehicle|dmso|mock|sham|untreated|wild[- ]?type|wt|(non|no)[-_ ]?target(ing)?|nt|0)$/i;
/** Maximum number of levels in an error. */
const MAX_SHOWN = 20;

/** A cause after its table was read. */
export interface ReadCause {
  readonly name: string;
  readonly config: CauseConfig;
  /** Levels of a categorical cause; the first is the reference. */
  readonly levels: readonly string[] | undefined;
  /** Returns the position of the level of a subject, or its number; NaN if it has none. */
  readonly valueOf: (id: string) => number;
}

export interface ReadCausesOptions {
  /** Number of rows of the study's tables, if subjects are identified by the number of the row. */
  readonly rows: number | undefined;
  /** Recording of each subject that is a window. Windows have the value of their recording. */
  readonly recordings: ReadonlyMap<string, string>;
  /** Causes of a fitted model, whose levels these have. */
  readonly fitted?: readonly CauseScales[] | undefined;
}

/**
 * Reads the causes of a study.
 *
 * @throws InputError with the place in the study file: what `readTableGroup` throws; `missing-reference`.
 *   `missing-causes`: the study lacks a cause of the fitted model.
 *   `unknown-level`: a reference or a target is no level, or the fitted model does not know a level
 */
export async function readCauses(
  file: StudyFile,
  { rows, recordings, fitted }: ReadCausesOptions,
): Promise<ReadCause[]> {
  const { causes = {} } = file.config;
  const names = fitted?.map(({ name }) => name) ?? Object.keys(causes);
  const lacking = names.find((name) => !Object.hasOwn(causes, name));
  if (lacking !== undefined) {
    throw new InputError(
      'missing-causes',
      `${file.locate(['causes'])}: the model has the cause '${lacking}', and the study has not; write ` +
        `causes: { ${lacking}: { table: FILE, column: COLUMN, … } } as in the study of the fit`,
      { cause: lacking },
    );
  }
  const read: ReadCause[] = [];
  for (const [i, name] of names.entries()) {
    const config = causes[name];
    const table = await tableOf(file, name, config, fitted?.[i]);
    checkRowCounts(file, [table], rows);
    const [{ levels, values: readValues }] = table.columns;
    const ordered = levels && (fitted?.[i].levels ?? withReference(file, name, config, levels));
    const values = ordered ? positionsIn(ordered, levels, readValues()) : readValues();
    const rowOf = new Map(table.ids.map((id, row) => [id, row]));
    const valueOf = (id: string): number => {
      const row = rowOf.get(id) ?? rowOf.get(recordings.get(id) ?? '');
      return row === undefined ? NaN : values[row];
    };
    read.push({ name, config, levels: ordered, valueOf });
  }
  return read;
}

async function tableOf(
  file: StudyFile,
  name: string,
  cause: CauseConfig,
  fitted: CauseScales | undefined,
): Promise<ModalityTable> {
  const { table, id, delimiter, decimal, sheet, part, transposed, where, missing, recode, column, kind } = cause;
  const form = { table, id, delimiter, decimal, sheet, part, transposed, where };
  const codes = { missing: missing ?? {}, recode: recode ?? {} };
  const config = { ...form, ...codes, columns: [column], skips: {}, limits: {}, labels: {} };
  const levels = fitted?.levels ? { [column]: fitted.levels } : {};
  const kinds = kind === 'categorical' ? { kinds: { kinds: { [column]: kind }, levels } } : {};
  return readTableGroup(file, { at: ['causes', name], name, config, ...kinds });
}

/** Returns positions in a list of levels as positions in another list of the same levels, or of some of them. */
export function positionsIn(ordered: readonly string[], levels: readonly string[], values: Float64Array): Float64Array {
  const positions = Float64Array.from(levels, (level) => ordered.indexOf(level));
  return values.map((value) => (Number.isNaN(value) ? NaN : positions[value]));
}

/** Returns the levels, the reference first. @throws InputError `missing-reference`, `unknown-level` */
function withReference(
  file: StudyFile,
  name: string,
  config: CauseConfig,
  levels: readonly string[],
): readonly string[] {
  const shown = levels.slice(0, MAX_SHOWN).join(', ') + (levels.length > MAX_SHOWN ? ', …' : '');
  const reference = config.reference === undefined ? undefined : String(config.reference);
  if (reference === undefined) {
    const usual = levels.find((level) => USUAL_REFERENCE.test(level));
    throw new InputError(
      'missing-reference',
      `${file.locate(['causes', name])}: causes.${name} has no reference, the level that the others are compared ` +
        `with; write reference: ${usual ?? 'LEVEL'}${usual === undefined ? '' : ' if it is that one'} (the levels are ${shown})`,
      { cause: name, levels },
    );
  }
  const unknown = (level: string, place: readonly string[]) =>
    new InputError(
      'unknown-level',
      `${file.locate(['causes', name, ...place])}: column '${config.column}' has no level ` +
        `'${level}'${didYouMean(level, levels)}; it has ${shown}${emptyHint(level)}`,
      { cause: name, level },
    );
  if (!levels.includes(reference)) throw unknown(reference, ['reference']);
  const odd = Object.keys(targetsOf(config) ?? {}).find((level) => level !== '*' && !levels.includes(level));
  if (odd !== undefined) throw unknown(odd, ['targets', odd]);
  return [reference, ...levels.filter((level) => level !== reference)];
}

/** Returns what to add to an error about a level whose name stands for a missing cell, such as None. */
function emptyHint(level: string): string {
  if (!Number.isNaN(parseNumber(level))) return '';
  return `. A cell '${level}' is a missing value; as a level it is read with recode: { ${level}: 0 }, reference: 0`;
}
