// Settings of observed causes: the value of each cause that is set, and the value that it is compared with.

import { referenceOf, termsAt, type CauseScales } from '../data/causes.js';
import { InputError } from '../errors/errors.js';
import { didYouMean } from '../errors/suggestion.js';
import type { CauseRanges } from '../training/causes-schema.js';
import { latentPosition, type LatentValue, type Setting, type SettingValue } from './setting.js';

/** A cause that is set, in an answer. */
export interface SetCause {
  readonly name: string;
  /** Level or number. */
  readonly value: string | number;
  /** Level or number without the intervention. Left out for counterfactuals: each subject has its value. */
  readonly against?: string | number | undefined;
  /** False if nobody assigned the cause, so that the answer assumes that it acts as if somebody had. */
  readonly assigned: boolean;
  /** True if no training subject had this combination of values, or a number is outside their range. */
  readonly extrapolation: boolean;
}

/** A change of a cause. */
export interface CauseChange {
  /** Position of the cause. */
  readonly index: number;
  readonly cause: CauseScales;
  /**
   * Position of the level, or the number, with and without the intervention. A counterfactual has no value to compare
   * with: each subject has its value.
   */
  readonly value: number;
  readonly against?: number | undefined;
  /** Terms with and without the intervention, by position among all terms. */
  readonly after: ReadonlyMap<number, number>;
  readonly before?: ReadonlyMap<number, number> | undefined;
}

/** Known causes of a model. */
export interface KnownCauses {
  readonly causes: readonly CauseScales[];
  readonly ranges: CauseRanges | undefined;
}

/** Divides a setting into latents and causes. @throws InputError `unknown-latent`, `invalid-setting` */
export function dividedSetting(
  { causes }: Pick<KnownCauses, 'causes'>,
  latents: readonly string[],
  setting: Setting,
): { readonly latents: Readonly<Record<string, LatentValue>>; readonly causes: Setting } {
  const known = new Set(causes.map(({ name }) => name));
  const ofCauses: [string, SettingValue][] = [];
  const ofLatents: [string, LatentValue][] = [];
  for (const [name, value] of Object.entries(setting)) {
    if (known.has(name)) {
      ofCauses.push([name, value]);
      continue;
    }
    latentPosition(name, [...latents, ...known]);
    if (typeof value === 'string') {
      throw new InputError(
        'invalid-setting',
        `${name} is a latent, so "${value}" is no value of it; write ${name}=0.5 or ${name}=+1sd.`,
        { latent: name },
      );
    }
    ofLatents.push([name, value]);
  }
  return { latents: Object.fromEntries(ofLatents), causes: Object.fromEntries(ofCauses) };
}

/** Returns a setting of causes alone. @throws InputError `invalid-setting` if it has another name */
export function checkedCauses({ causes }: Pick<KnownCauses, 'causes'>, setting: Setting): Setting {
  const known = causes.map(({ name }) => name);
  const odd = Object.keys(setting).find((name) => !known.includes(name));
  if (odd === undefined) return setting;
  throw new InputError(
    'invalid-setting',
    `${odd} is no observed cause of the model${didYouMean(odd, known)}; it has ${known.join(', ') || 'none'}.`,
    { cause: odd },
  );
}

/** What causes are compared with: a value of the only cause that is set, or values by cause. */
export type Against = SettingValue | Setting;

/**
 * Returns the changes of causes in a population.
 * @param set values by cause
 * @param against values by cause without the intervention; the reference for each cause that it lacks
 * @throws InputError `unknown-level`; `invalid-setting` for a value that a cause cannot have, if nothing changes, or if
 *   `against` names a cause that is not set
 */
export function causeChanges(known: KnownCauses, set: Setting, against?: Against): CauseChange[] {
  const compared = comparedWith(set, against);
  return changesOf(known, set).map((change) => {
    const { cause, index, value } = change;
    const { name } = cause;
    const other = Object.hasOwn(compared, name) ? causeValue(known, cause, compared[name]) : referenceOf(cause);
    if (value !== other) return { ...change, against: other, before: termsOfCause(known, index, other) };
    throw new InputError(
      'invalid-setting',
      `${name} = ${valueText(cause, value)} is what it is compared with, so nothing changes; set another value, or ` +
        'give another one to compare with (--against).',
      { cause: name },
    );
  });
}

/** Returns the changes of causes of subjects with any values. @throws InputError `unknown-level`, `invalid-setting` */
export function changesOf(known: KnownCauses, set: Setting): CauseChange[] {
  return Object.entries(set).map(([name, written]) => {
    const index = known.causes.findIndex((cause) => cause.name === name);
    const cause = known.causes[index];
    const value = causeValue(known, cause, written);
    return { index, cause, value, after: termsOfCause(known, index, value) };
  });
}

/** Returns the terms of a cause at a value, by position among all terms. */
function termsOfCause({ causes }: KnownCauses, index: number, value: number): Map<number, number> {
  const start = termStarts(causes)[index];
  return new Map(termsAt(causes[index], value).map((term, t) => [start + t, term]));
}

function comparedWith(set: Setting, against: Against | undefined): Setting {
  if (against === undefined) return {};
  const names = Object.keys(set);
  if (typeof against !== 'object' || isDeviation(against)) {
    if (names.length === 1) return { [names[0]]: against };
    throw new InputError(
      'invalid-setting',
      names.length === 0
        ? 'No observed cause is set, so there is nothing to compare with.'
        : `Several causes are set; name the one to compare with, as in --against ${names[0]}=VALUE.`,
    );
  }
  const odd = Object.keys(against).find((name) => !names.includes(name));
  if (odd === undefined) return against;
  throw new InputError('invalid-setting', `${odd} is not set, so it is not compared with anything; set it too.`, {
    cause: odd,
  });
}

function isDeviation(against: object): against is { readonly sd: number } {
  return 'sd' in against && typeof against.sd === 'number' && Object.keys(against).length === 1;
}

/** Returns the position of the first term of each cause among all terms. */
function termStarts(causes: readonly CauseScales[]): number[] {
  let next = 0;
  return causes.map(({ terms }) => {
    next += terms.length;
    return next - terms.length;
  });
}

/** Returns the level at a position, or the number. */
export function valueText({ kind, levels }: CauseScales, value: number): string | number {
  return kind === 'categorical' ? levels![value] : value;
}

/**
 * Returns the position of a level, or a number.
 * @throws InputError `unknown-level`, `invalid-setting`
 */
function causeValue({ ranges }: KnownCauses, cause: CauseScales, written: SettingValue): number {
  const { name, kind, levels = [] } = cause;
  if (kind === 'categorical') {
    const text = typeof written === 'object' ? `${written.sd}sd` : String(written);
    const exact = levels.indexOf(text);
    // A command line cannot tell the level 01 from the number 1.
    const level =
      exact >= 0 ? exact : levels.findIndex((one) => typeof written === 'number' && Number(one) === written);
    if (level >= 0) return level;
    throw new InputError(
      'unknown-level',
      `${name} has no level '${text}'${didYouMean(text, levels)}; it has ${levels.join(', ')}.`,
      { cause: name, level: text },
    );
  }
  const range = ranges?.numbers[name];
  const value = typeof written === 'object' && range ? range.mean + written.sd * range.sd : written;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new InputError('invalid-setting', `${name} is a number, and "${shown(written)}" is not.`, { cause: name });
}

function shown(written: SettingValue): string {
  return typeof written === 'object' ? `${written.sd} sd` : String(written);
}

/**
 * True if no training subject had such values. Either the combination of levels does not occur, or a number is outside
 * the range of the subjects with these levels: their middle 98 %, or all doses of an ordered cause.
 * @param values position of the level, or number, by position of the cause
 */
export function isExtrapolation({ causes, ranges }: KnownCauses, values: ReadonlyMap<number, number>): boolean {
  if (!ranges) return false;
  const levelAt = (index: number): string | undefined =>
    causes[index].kind === 'categorical' && values.has(index) ? causes[index].levels![values.get(index)!] : undefined;
  const alike = ranges.combinations?.filter((combination) =>
    causes.every(({ name }, index) => levelAt(index) === undefined || combination.values[name] === levelAt(index)),
  );
  if (alike?.length === 0) return true;
  return [...values].some(([index, value]) => {
    const { name, kind } = causes[index];
    if (kind === 'categorical') return false;
    const { low, high } = ranges.numbers[name];
    const inGroup = (alike ?? []).flatMap(({ values: ofGroup, numbers }): (readonly [number, number])[] => {
      if (kind === 'ordered') return [[Number(ofGroup[name]), Number(ofGroup[name])]];
      const range = numbers?.[name];
      return range ? [[range.low, range.high]] : [];
    });
    const lowest = inGroup.reduce((min, [from]) => Math.min(min, from), Infinity);
    const highest = inGroup.reduce((max, [, to]) => Math.max(max, to), -Infinity);
    return inGroup.length === 0 ? value < low || value > high : value < lowest || value > highest;
  });
}
