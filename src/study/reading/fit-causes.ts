// The causes of a study's subjects: their values, the strata of the split, and the terms from the training split.

import { levelTerms, numberTerms } from '../../data/cause-terms.js';
import type { Cause, CauseScales } from '../../data/causes.js';
import { isConstant, momentsOf } from '../../data/standardise.js';
import { InputError } from '../../errors/errors.js';
import { targetsOf, type CauseConfig } from '../grammar/causes.js';
import type { StudyFile } from '../grammar/study-file.js';
import type { ReadCause } from './causes.js';

/** Values of the causes of a study's subjects, before the terms are known. */
interface CauseValues {
  readonly causes: readonly ReadCause[];
  /** By cause: positions of levels among those that remain, or numbers. */
  readonly values: readonly Float64Array[];
  /** By cause: levels that remain. */
  readonly levels: readonly (readonly string[] | undefined)[];
}

/**
 * Returns the values of the subjects.
 * @param keepsLevels true if levels without a subject remain, as in a fitted model
 */
export function valuesOfCauses(
  causes: readonly ReadCause[],
  ids: readonly string[],
  keepsLevels: boolean,
): CauseValues {
  const all = causes.map(({ valueOf }) => Float64Array.from(ids, valueOf));
  const levels = causes.map(({ levels: of }, c) => {
    const present = new Set(all[c]);
    return of?.filter((_, level) => keepsLevels || present.has(level));
  });
  const values = causes.map(({ levels: of }, c) => {
    const retained = levels[c];
    if (!of || !retained) return all[c];
    const positions = of.map((level) => retained.indexOf(level));
    return all[c].map((value) => positions[value]);
  });
  return { causes, values, levels };
}

/** Returns the levels of categorical and ordered causes, by subject, for the split. */
export function strataOfCauses({ causes, values }: CauseValues): string[][] {
  return values.filter((_, c) => causes[c].config.kind !== 'continuous').map((of) => Array.from(of, String));
}

/**
 * Returns the causes of a study with terms from the training split.
 *
 * @throws InputError with the place in the study file: `too-few-subjects` if a level has no subject in the training
 *   split; `constant-column` for a number without spread there; `invalid-study` for a reference
 *   outside its range
 */
export function causesOf(file: StudyFile, { causes, values, levels }: CauseValues, train: Int32Array): Cause[] {
  return causes.map(({ name, config }, c): Cause => {
    const { kind, assigned, effect } = config;
    const named = levels[c];
    const common = { name, kind, assigned, effect, values: values[c] };
    if (!named) return { ...common, ...numberTargets(config), ...numberCause(file, name, config, values[c], train) };
    const trained = new Set(Array.from(train, (row) => values[c][row]));
    const untrained = named.find((_, level) => !trained.has(level));
    if (untrained !== undefined) {
      throw new InputError(
        'too-few-subjects',
        `${file.locate(['causes', name])}: no training subject has the level ${untrained}; change split (sizes, ` +
          'seed), or raise minSubjects',
        { cause: name, level: untrained },
      );
    }
    return { ...common, levels: named, ...levelTargets(config, named.slice(1)), terms: levelTerms(named) };
  });
}

function numberCause(
  file: StudyFile,
  name: string,
  { kind, column, reference: chosen }: CauseConfig,
  values: Float64Array,
  train: Int32Array,
): Pick<CauseScales, 'levels' | 'reference' | 'terms'> {
  if (isConstant(momentsOf(values, train))) {
    throw new InputError(
      'constant-column',
      `${file.locate(['causes', name])}: '${column}' is the same in all training subjects, so nothing can be learned ` +
        'about its effect; leave the cause out',
      { cause: name, column },
    );
  }
  const trained = Float64Array.from(train, (row) => values[row]).sort();
  const [lowest, highest] = [trained[0], trained[trained.length - 1]];
  if (typeof chosen === 'number' && (chosen < lowest || chosen > highest)) {
    throw new InputError(
      'invalid-study',
      `${file.locate(['causes', name, 'reference'])}: causes.${name}.reference is ${chosen}, but the training ` +
        `subjects have ${lowest} to ${highest}; write a number in this range`,
      { key: `causes.${name}.reference` },
    );
  }
  const reference = typeof chosen === 'number' ? chosen : undefined;
  return numberTerms({ kind: kind === 'ordered' ? kind : 'continuous', values, reference }, train);
}

function numberTargets(config: CauseConfig): Pick<CauseScales, 'targets'> {
  const targets = targetsOf(config);
  return targets ? { targets } : {};
}

function levelTargets(config: CauseConfig, levels: readonly string[]): Pick<CauseScales, 'targets'> {
  const targets = targetsOf(config);
  if (!targets) return {};
  const keyOf = (level: string) => (Object.hasOwn(targets, level) ? level : '*');
  const known = levels.filter((level) => Object.hasOwn(targets, keyOf(level)));
  return { targets: Object.fromEntries(known.map((level) => [level, targets[keyOf(level)]])) };
}

/** Returns the causes of new subjects with the terms of a fitted model. */
export function fittedCauses({ values }: CauseValues, fitted: readonly CauseScales[]): Cause[] {
  return fitted.map((scales, c) => ({ ...scales, values: values[c] }));
}
