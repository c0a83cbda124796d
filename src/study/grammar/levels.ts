// Columns of levels, which are texts or numbers: yes and no, grades, groups. They are numbers while a table is read and
// its codes are decoded. Here they become positions in a list of levels.

import { parseNumber } from '../../files/column-builder.js';
import type { NumberReader } from '../../files/table.js';
import { InputError } from '../../errors/errors.js';
import { hasOrder } from '../../data/kinds.js';
import type { ColumnKind } from '../../likelihoods/kinds.js';

/** Whole numbers from here on stand for texts. No measurement or code is that large. */
const FIRST_TEXT = 2 ** 52;

/** Kinds of columns, and the levels that are known before a table is read. */
export interface ColumnKinds {
  readonly kinds: Readonly<Record<string, ColumnKind>>;
  readonly levels: Readonly<Record<string, readonly (string | number)[]>>;
}

export function kindOfColumn({ kinds }: Pick<ColumnKinds, 'kinds'>, column: string): ColumnKind | undefined {
  return Object.hasOwn(kinds, column) ? kinds[column] : undefined;
}

/** Texts of columns of levels, in order of appearance. */
export class LevelTexts {
  readonly #texts = new Map<string, Map<string, number>>();

  /** Returns the reader of a column. @param read reads a cell as a number; a cell that it does not read is a text */
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

  /** Returns the name of each value of a column; '' where it is missing. */
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
 * Returns the levels of a column and its values as positions of levels.
 * @param names name of each value, '' where missing
 * @param known levels in order. Default: those that occur, numbers by size, texts by alphabet.
 * @param subject returns the name of a row's subject for errors
 * @throws InputError `unknown-level` for a value that is not a known level; `unordered-levels` for an ordinal column of
 *   texts without known levels
 */
export function levelsOf(
  column: { readonly name: string; readonly kind: ColumnKind | undefined; readonly place: string },
  names: readonly string[],
  { known, subject }: { readonly known?: readonly string[] | undefined; readonly subject: (row: number) => string },
): Levels {
  const { name, kind, place } = column;
  const levels = known ?? inOrder(new Set(names.filter((level) => level !== '')));
  if (known === undefined && hasOrder(kind) && levels.some((level) => Number.isNaN(Number(level)))) {
    throw new InputError(
      'unordered-levels',
      `${place}: column '${name}' is ${kind} and has texts; write their order, lowest first: ` +
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
      `${place}: column '${name}' has '${level}' (${subject(row)}), which is not one of its levels ` +
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
