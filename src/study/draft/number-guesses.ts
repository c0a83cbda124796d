// What columns of numbers look like: constants, numbers of rows, dates, codes of missing values, kinds.

import { kindNamed } from '../../likelihoods/kinds.js';
import { likelyKind } from '../inspection/kind-guesses.js';
import type { DraftColumn } from './draft-table.js';
import type { Finding } from './draft.js';
import { idRank } from './id-names.js';
import { isCode, missingCodes } from './missing-codes.js';

/** Minimum number of rows of a table in which a sequence is no coincidence. */
const MIN_SEQUENCE = 10;

const NO_VALUES = 'no values';
const ONE_VALUE = 'the only value is ';

/** True if a column is omitted because it has fewer than two values. */
export const isConstantReason = (reason: string): boolean => reason === NO_VALUES || reason.startsWith(ONE_VALUE);

/** Maximum number that stands for an answer of two, such as 1 and 2. */
const MAX_ANSWER = 10;

/** What becomes of a column of numbers. */
export interface NumberGuess {
  readonly findings: readonly Finding[];
  readonly isOmitted: boolean;
}

/** @param allowsKinds false if rows of a subject are averaged */
export function guessNumbers(column: DraftColumn, { allowsKinds }: { readonly allowsKinds: boolean }): NumberGuess {
  const { name } = column;
  const values = column.numbers();
  const useless = reasonToOmit(name, values);
  if (useless !== undefined) {
    return { findings: [{ key: 'omit', column: name, certain: true, reason: useless }], isOmitted: true };
  }
  const codes = missingCodes(values);
  const findings: Finding[] = codes
    ? [{ key: 'missing', column: name, value: codes.codes, certain: codes.certain, reason: codes.reason }]
    : [];
  const measured = codes ? values.map((value) => (codes.codes.includes(value) ? NaN : value)) : values;
  if (allowsKinds) findings.push(...kindOf(name, measured, codes !== undefined && !codes.certain));
  return { findings, isOmitted: false };
}

/** Returns why a column is not a measurement, if that is certain. */
function reasonToOmit(name: string, values: Float64Array): string | undefined {
  const first = values.find((value) => !Number.isNaN(value));
  if (first === undefined) return NO_VALUES;
  if (values.every((value) => Number.isNaN(value) || value === first)) return `${ONE_VALUE}${first}`;
  const isSequence = values.length >= MIN_SEQUENCE && values.every((value, row) => value === values[0] + row);
  if (isSequence) return `numbers of rows, ${values[0]} to ${values.at(-1)!}`;
  if (idRank(name) >= 2 && areDifferent(values)) return 'its name and its values are those of an id';
  if (isDates(values)) return 'dates that are written as numbers';
  return undefined;
}

/** True for whole numbers of which none occurs twice. */
function areDifferent(values: Float64Array): boolean {
  const present = values.filter((value) => !Number.isNaN(value));
  return present.every(Number.isInteger) && new Set(present).size === present.length;
}

/** True if all values are dates such as 20240131. */
function isDates(values: Float64Array): boolean {
  const present = values.filter((value) => !Number.isNaN(value));
  return present.every((value) => {
    const [year, month, day] = [Math.floor(value / 10_000), Math.floor(value / 100) % 100, value % 100];
    return (
      Number.isInteger(value) && year >= 1900 && year <= 2100 && month >= 1 && month <= 12 && day >= 1 && day <= 31
    );
  });
}

/** @param depends true if the kind holds only without codes that are a guess */
function kindOf(name: string, values: Float64Array, depends: boolean): Finding[] {
  const [min, max, mean, sd] = momentsOf(values);
  const kind = likelyKind(values, { min, max, mean, sd });
  if (kind === undefined) return [];
  const without = depends ? ' without the codes' : '';
  const odd = [min, max].filter((value) => isCode(value) && Math.abs(value) > 1);
  const doubt = kind === 'binary' && odd.length > 0 ? `, but ${odd.join(' and ')} may be a code` : '';
  const reason = `${kindNamed(kind).guess!.reason({ min, max }, without)}${doubt}`;
  const isAnswer = Number.isInteger(min) && Number.isInteger(max) && min >= -1 && max <= MAX_ANSWER;
  const certain = kind === 'binary' && !depends && doubt === '' && isAnswer;
  return [{ key: 'kinds', column: name, value: kind, certain, reason }];
}

function momentsOf(values: Float64Array): [min: number, max: number, mean: number, sd: number] {
  let [min, max, sum, count] = [Infinity, -Infinity, 0, 0];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
    count++;
  }
  const mean = sum / count;
  let squares = 0;
  for (const value of values) if (!Number.isNaN(value)) squares += (value - mean) ** 2;
  return [min, max, mean, Math.sqrt(squares / count)];
}
