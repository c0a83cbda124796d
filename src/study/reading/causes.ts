// Reads the causes of a study file. Their tables identify subjects in the same ways as those of modalities.

import type { CauseScales } from '../../data/causes.js';
import { InputError } from '../../errors/errors.js';
import { didYouMean } from '../../errors/suggestion.js';
import { parseNumber } from '../../files/column-builder.js';
import { targetsOf, type CauseConfig } from '../grammar/causes.js';
import type { StudyFile } from '../grammar/study-file.js';
import { readColumn, type ColumnPlace } from './single-column.js';

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

interface ReadCausesOptions extends Pick<ColumnPlace, 'rows' | 'recordings'> {
  /** Causes of a fitted model. Subjects of other levels count as without a value. */
  readonly fitted?: readonly CauseScales[] | undefined;
}

/**
 * Reads the causes of a study.
 *
 * @throws InputError with the place in the study file: what `readTableGroup` throws; `missing-reference`.
 *   `missing-causes`: the study lacks a cause of the fitted model.
 *   `unknown-level`: a reference or a target is no level
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
    const { levels, valueOf } = await readColumn(file, config, {
      at: ['causes', name],
      levels: config.kind === 'categorical' ? 'any' : undefined,
      rows,
      recordings,
    });
    const ordered = levels && (fitted?.[i].levels ?? withReference(file, name, config, levels));
    // A fit leaves out levels that few subjects have, and its model does not know them.
    const positions = ordered && levels.map((level) => (ordered.includes(level) ? ordered.indexOf(level) : NaN));
    read.push({
      name,
      config,
      levels: ordered,
      valueOf: positions ? (id) => positions[valueOf(id)] ?? NaN : valueOf,
    });
  }
  return read;
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
    const advice = usual === undefined ? 'LEVEL' : `${usual} if it is that one`;
    throw new InputError(
      'missing-reference',
      `${file.locate(['causes', name])}: causes.${name} has no reference, the level that the others are compared ` +
        `with; write reference: ${advice} (the levels are ${shown})`,
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
