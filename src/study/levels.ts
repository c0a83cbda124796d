// Columns whose cells are levels, texts or numbers: yes and no, grades, groups. While a table is read and its codes are
// decoded they are numbers like all others; here they become positions of levels.

import { parseNumber } from '../files/column-builder.js';
import type { NumberReader } from '../files/table.js';
import { InputError } from '../errors.js';
import type { ColumnKind } from '../likelihoods/index.js';

/** Numbers from here on stand for texts: whole ones, which no measurement or code reaches. */
const FIRST_TEXT = 2 ** 52;

/** The kinds of some columns; and of those with levels what these are, where that is known beforehand. */
export interface ColumnKinds {
  readonly kinds: Readonly<Record<string, ColumnKind>>;
  readonly levels: Readonly<Record<string, readonly (string | number)[]>>;
}

export function ownKind({ kinds }: Pick<ColumnKinds, 'kinds'>, column: string): ColumnKind | undefined {
  return Object.hasOwn(kinds, column) ? kinds[column] : undefined;
}

/** The texts of columns of levels, in order of appearance. */
export class LevelTexts {
  readonly #texts = new Map<string, Map<string, number>>();

  /** @param read how a cell is read as a number; whatever it does not read is a text */
  reader(column: string, read: NumberReader = parseNumber): NumberReader {
    const texts = this.#texts.get(column) ?? new Map<string, number>();
    this.#texts.set(column, texts);
    return (cell) => {
      const number = read(cell);
      if (number !== undefined) return number;
      const text = cell.trim();
      const known = texts.get(text) ?? texts.size;
      texts.set(text, known);
      return FIRST_TEXT + known;
    };
  }

  /** What each of the column's values is called; '' where it is missing. */
  names(column: string, values: Float64Array): string[] {
    const texts = [...(this.#texts.get(column)?.keys() ?? [])];
    return Array.from(values, (value) => {
      if (Number.isNaN(value)) return '';
      return value >= FIRST_TEXT ? texts[value - FIRST_TEXT] : String(value);
    });
  }
}

export interface Levels {
  readonly levels: readonly string[];
  /** Positions of levels, NaN where missing. */
  readonly values: Float64Array;
}

/**
 * @param names '' where missing
 * @param known levels in order; without them those that occur, numbers by size, texts by alphabet
 * @param subject who a value is of, in errors
 * @throws InputError `unknown-level` for a value that is none of the known ones; `unordered-levels` for texts of an
 *   ordinal column whose order nobody has told
 */
export function levelsOf(
  column: { readonly name: string; readonly kind: ColumnKind; readonly place: string },
  names: readonly string[],
  { known, subject }: { readonly known?: readonly string[] | undefined; readonly subject: (row: number) => string },
): Levels {
  const { name, kind, place } = column;
  const levels = known ?? inOrder(new Set(names.filter((level) => level !== '')));
  if (known === undefined && kind === 'ordinal' && levels.some((level) => Number.isNaN(Number(level)))) {
    throw new InputError(
      'unordered-levels',
      `${place}: column '${name}' is ordinal and has texts; tell their order, lowest first: ` +
        `levels: { ${name}: [${levels.join(', ')}] }`,
      { column: name, levels },
    );
  }
  const positions = new Map(levels.map((level, position) => [level, position]));
  const values = Float64Array.from(names, (level, row) => {
    if (level === '') return NaN;
    const position = positions.get(level);
    if (position !== undefined) return position;
    throw new InputError(
      'unknown-level',
      `${place}: column '${name}' has '${level}' (${subject(row)}), which is none of its levels ` +
        `${levels.join(', ')}; correct it, recode it or call it missing`,
      { column: name, level },
    );
  });
  return { levels, values };
}

function inOrder(levels: ReadonlySet<string>): string[] {
  const all = [...levels];
  return all.every((level) => !Number.isNaN(Number(level)))
    ? all.sort((a, b) => Number(a) - Number(b))
    : all.sort((a, b) => (a < b ? -1 : 1));
}
