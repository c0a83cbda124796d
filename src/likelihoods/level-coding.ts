// Codings of levels as values of a table.

/** How a column of levels becomes values. */
export interface LevelCoding {
  /**
   * A value is 1 if the level of the cell is equal to (`=`) or at least (`>=`) its level, else 0. Its name has this
   * sign. Undefined: the only value is the position of the level, 0 or 1.
   */
  readonly sign: '=' | '>=' | undefined;
  /** Position of the first level that has a value. */
  readonly first: number;
  /** True if the order of the levels has a meaning. Texts have no order until the study file lists it. */
  readonly isOrdered: boolean;
  /** True for values that a cell can have. */
  accepts(values: Float32Array): boolean;
  /** The values that a cell can have, after "accepted". */
  readonly accepted: string;
  /** Returns the probabilities of the levels from the means of the values. */
  chances(means: readonly number[]): readonly number[];
}

const isFlag = (value: number): boolean => value === 0 || value === 1;

/** @param means probabilities of at least the second level, the third, … */
function differences(means: readonly number[]): readonly number[] {
  const reached = [1, ...means, 0];
  return reached.slice(0, -1).map((chance, k) => chance - reached[k + 1]);
}

/** Two levels, one value. */
export const POSITION: LevelCoding = {
  sign: undefined,
  first: 1,
  isOrdered: false,
  accepts: (values) => values.every(isFlag),
  accepted: 'are 0 and 1',
  chances: differences,
};

/** One value for each level. */
export const EQUALITY: LevelCoding = {
  sign: '=',
  first: 0,
  isOrdered: false,
  accepts: (values) => values.every(isFlag) && values.reduce((a, b) => a + b) === 1,
  accepted: 'is one 1 among zeros',
  chances: (means) => means,
};

/** One value for each level except the lowest. */
export const REACHED: LevelCoding = {
  sign: '>=',
  first: 1,
  isOrdered: true,
  accepts: (values) => values.every((value, i) => isFlag(value) && (i === 0 || value <= values[i - 1])),
  accepted: 'are ones, then zeros',
  chances: differences,
};

/** Returns the function that compares the position of a cell's level with that of a value's level. */
export function comparison({ sign }: LevelCoding): (position: number, level: number) => boolean {
  return sign === '>=' ? (position, level) => position >= level : (position, level) => position === level;
}
