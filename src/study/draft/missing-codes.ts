// Finds numbers that may stand for missing values: 9, 99 or −999 far from all other values of a column.

/** Codes of a column with the evidence. */
export interface MissingCodes {
  readonly codes: readonly number[];
  readonly certain: boolean;
  readonly reason: string;
}

/** Families of codes that surveys use together, such as 77 (refused), 88 and 99 (unknown), short ones first. */
const POSITIVE = [1, 2, 3, 4, 5, 6].map((length) => [7, 8, 9].map((digit) => Number(String(digit).repeat(length))));
const NEGATIVE = [...[1, 2, 3, 4, 5, 6].map((code) => -code), ...POSITIVE.flat().map((code) => -code)];
/** Minimum gap between a code and the other values that makes it certain, in ranges of the other values. */
const CERTAIN_GAP = 10;
const CERTAIN_COUNT = 3;
/** The same gap for a guess, if the repeated value is a code such as −9 or 99. */
const GUESS_GAP = 0.5;
/** Minimum number of rows with a code. */
const MIN_COUNT = 2;
/** Maximum number of different values of a question whose codes have one digit. */
const MAX_ANSWERS = 6;
/** Minimum number of other values next to which an extreme value is suspicious. */
const MIN_DISTINCT = 5;

/** True for a number that surveys use as a code of missing values. */
export const isCode = (value: number): boolean =>
  NEGATIVE.includes(value) || POSITIVE.some((family) => family.includes(value));

/**
 * Returns the codes of a column, if any. They are certain if they repeat and lie further from all other values than ten
 * times the range of these.
 * @param values NaN where missing
 */
export function missingCodes(values: Float64Array): MissingCodes | undefined {
  const counts = new Map<number, number>();
  const answers = new Set<number>();
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    if (isCode(value)) counts.set(value, (counts.get(value) ?? 0) + 1);
    if (answers.size <= 64) answers.add(value);
  }
  if (answers.size < 3) return undefined;
  if (counts.size === 0) return repeatedExtreme(values);
  const negativeCodes = NEGATIVE.filter((code) => counts.has(code));
  const negative = describe(values, negativeCodes, counts, (code, { min }) => min >= 0 && code < 0);
  const results = [...(negative ? [negative] : []), ...positiveCodes(values, counts, answers)];
  if (results.length === 0) return repeatedExtreme(values);
  const codes = results.flatMap((one) => one.codes).sort((a, b) => a - b);
  return {
    codes,
    certain: results.every(({ certain }) => certain),
    reason: results.map(({ reason }) => reason).join('; '),
  };
}

/** Returns the largest family of codes that lies above all other values. */
function positiveCodes(
  values: Float64Array,
  counts: ReadonlyMap<number, number>,
  answers: ReadonlySet<number>,
): MissingCodes[] {
  for (const family of [...POSITIVE].reverse()) {
    const codes = family.filter((code) => counts.has(code));
    if (codes.length === 0) continue;
    const isShort = family[0] < 10;
    const result = describe(values, codes, counts, (lowest, { min, max, isWhole, distinct }) => {
      const gap = lowest - max;
      if (gap <= 0) return false;
      if (isShort) {
        const isScale = isWhole && distinct <= MAX_ANSWERS;
        const skipsEight = codes.includes(7) && codes.includes(9) && !answers.has(6) && !answers.has(8);
        return isScale && (gap > Math.max(1, (max - min) / 2) || (skipsEight && gap > 1));
      }
      return gap > Math.max(1, (max - min) / 2) || (codes.length > 1 && gap > (max - min) / 5);
    });
    if (result) return [result];
    // A larger family that lies among the values excludes smaller ones.
    return [];
  }
  return [];
}

/** Returns the largest or smallest value as a guess if it repeats far from all other values. */
function repeatedExtreme(values: Float64Array): MissingCodes | undefined {
  let [min, max] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  for (const code of [max, min]) {
    const count = values.reduce((sum, value) => sum + Number(value === code), 0);
    const minGap = isCode(code) && Math.abs(code) >= 9 ? GUESS_GAP : CERTAIN_GAP;
    const result =
      count >= CERTAIN_COUNT &&
      describe(values, [code], new Map([[code, count]]), (_, { min: from, max: to, distinct }) => {
        return distinct >= MIN_DISTINCT && Math.max(from - code, code - to) > minGap * (to - from);
      });
    if (result) return { ...result, certain: false };
  }
  return undefined;
}

interface OtherValues {
  readonly min: number;
  readonly max: number;
  readonly isWhole: boolean;
  /** Number of different values, at most 65. */
  readonly distinct: number;
}

function describe(
  values: Float64Array,
  codes: readonly number[],
  counts: ReadonlyMap<number, number>,
  accepts: (nearest: number, other: OtherValues) => boolean,
): MissingCodes | undefined {
  if (codes.length === 0) return undefined;
  const other = otherValues(values, codes);
  if (other.distinct < 2) return undefined;
  const nearest = codes.reduce((a, b) => (Math.abs(b) < Math.abs(a) ? b : a));
  const count = codes.reduce((sum, code) => sum + counts.get(code)!, 0);
  if (count < MIN_COUNT || !accepts(nearest, other)) return undefined;
  const gap = Math.max(other.min - nearest, nearest - other.max);
  const isFar = gap > CERTAIN_GAP * (other.max - other.min);
  const occurrences = codes.map((code) => `${code} occurs ${times(counts.get(code)!)}`).join(', ');
  return {
    codes,
    certain: isFar && count >= CERTAIN_COUNT && Math.abs(nearest) >= 9 && other.distinct > 2,
    reason: `${occurrences}; other values are ${other.min} to ${other.max}`,
  };
}

const times = (count: number): string => (count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`);

function otherValues(values: Float64Array, codes: readonly number[]): OtherValues {
  const distinct = new Set<number>();
  let [min, max, isWhole] = [Infinity, -Infinity, true];
  for (const value of values) {
    if (Number.isNaN(value) || codes.includes(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
    isWhole &&= Number.isInteger(value);
    if (distinct.size <= 64) distinct.add(value);
  }
  return { min, max, isWhole, distinct: distinct.size };
}
