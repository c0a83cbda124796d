// Builds one column cell by cell in typed arrays, and determines whether it is numeric.

import type { Cells } from './record-scanner.js';
import { SpillingBlocks, type SpillPlace } from './spilling-blocks.js';
import { GrowingTexts } from '../text/text-list.js';
import type { Column, NumberReader, ReadNumbers } from './table.js';

/** Texts of missing cells in the tables of R, pandas, SAS and SQL. */
const MISSING_WORDS: ReadonlySet<string> = new Set([
  '',
  'NA',
  'N/A',
  'NaN',
  'nan',
  'NAN',
  '<NA>',
  'null',
  'NULL',
  'None',
  '.',
]);

export class ColumnBuilder {
  readonly #blocks: SpillingBlocks;
  readonly #texts: GrowingTexts | undefined;
  #isNumeric = false;
  #firstText: Column['firstText'];
  readonly #numberOf: NumberReader;
  readonly #isPlain: boolean;

  /**
   * @param asText store texts (identifiers) instead of numbers
   * @param numberOf reads a text as a number
   * @param rows expected number of rows
   * @param place place for the numbers of a long table; when left out they stay in memory
   */
  constructor(
    readonly name: string,
    {
      asText = false,
      numberOf = parseNumber,
      rows,
      place,
    }: {
      readonly asText?: boolean;
      readonly numberOf?: NumberReader | undefined;
      readonly rows?: number | undefined;
      readonly place?: SpillPlace;
    },
  ) {
    this.#blocks = new SpillingBlocks({ ...(rows !== undefined && { rows }), place });
    this.#texts = asText ? new GrowingTexts() : undefined;
    this.#numberOf = numberOf;
    this.#isPlain = !asText && numberOf === parseNumber;
  }

  /** As `addText` with the text of the cell, but creates no string for a number. */
  addCell(cells: Cells, cell: number): void {
    if (this.#isPlain) {
      const blocks = this.#blocks;
      const block = blocks.room();
      if (cells.readNumber(cell, block, blocks.at)) {
        const value = block[blocks.at];
        if (value === value) this.#isNumeric = true;
        blocks.count();
        return;
      }
    }
    this.addText(cells.text(cell));
  }

  addText(cell: string): void {
    if (this.#texts) {
      const text = cell.trim();
      this.#texts.push(MISSING_WORDS.has(text) ? '' : text);
      return;
    }
    const value = this.#numberOf(cell);
    if (value !== undefined) {
      this.addNumber(value);
    } else {
      this.#firstText ??= { row: this.#blocks.rows + 1, text: cell };
      this.#blocks.push(NaN);
    }
  }

  addNumber(value: number): void {
    if (this.#texts) {
      this.#texts.push(Number.isNaN(value) ? '' : String(value));
      return;
    }
    if (!Number.isNaN(value)) this.#isNumeric = true;
    this.#blocks.push(value);
  }

  /** Returns the column and passes its memory to the caller. */
  finish(): Column {
    if (this.#texts) return { name: this.name, kind: 'text', texts: this.#texts.finish() };
    const { name } = this;
    const blocks = this.#blocks;
    if (this.#firstText === undefined && blocks.isSpilled) {
      return { name, kind: 'number', read: readerOf(blocks) };
    }
    return {
      name,
      kind: this.#firstText === undefined ? 'number' : this.#isNumeric ? 'mixed' : 'text',
      numbers: blocks.numbers(),
      firstText: this.#firstText,
    };
  }
}

/** Returns a reader that references the blocks but not the builder, so that the builder can be freed. */
function readerOf(blocks: SpillingBlocks): ReadNumbers {
  return (into) => blocks.numbers(into);
}

/** Returns NaN for a missing cell, and undefined for a cell that is not a decimal number. */
export function parseNumber(cell: string): number | undefined {
  if (cell === '') return NaN;
  const value = Number(cell);
  if (!Number.isNaN(value)) {
    // Number() also reads ' ' as 0 and accepts 0x10, 0b1 and 0o7.
    if (value !== 0 && !/[xXbBoO]/.test(cell)) return value;
    const text = cell.trim();
    return text === '' ? NaN : /[xXbBoO]/.test(text) ? undefined : value;
  }
  const text = cell.trim();
  if (MISSING_WORDS.has(text)) return NaN;
  const infinite = /^([+-]?)inf(inity)?$/i.exec(text);
  return infinite ? (infinite[1] === '-' ? -Infinity : Infinity) : undefined;
}

/** As `parseNumber`, for a number with a decimal comma. Refuses a point, which would separate thousands. */
export function parseDecimalComma(cell: string): number | undefined {
  if (!cell.includes('.')) return parseNumber(cell.replace(',', '.'));
  return MISSING_WORDS.has(cell.trim()) ? NaN : undefined;
}
