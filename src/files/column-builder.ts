// Grows one column cell by cell, in typed memory, and notices on the way whether it is numeric.

import { MISSING_WORDS } from './missing-words.js';
import type { Cells } from './record-scanner.js';
import type { Column, NumberReader } from './table.js';

/** Rows of the first and of the longest block: what grows is the list of blocks, so that no number is kept twice. */
const FIRST_BLOCK = 8;
const LONGEST_BLOCK = 2 ** 14;

export class ColumnBuilder {
  #blocks: Float64Array[] = [];
  #block = new Float64Array(0);
  #next = 0;
  #texts: string[] | undefined;
  #rows = 0;
  #isNumeric = false;
  #firstText: Column['firstText'];
  readonly #numberOf: NumberReader;
  readonly #isPlain: boolean;
  readonly #firstBlock: number;

  /**
   * @param asText keep the texts as they are (identifiers); otherwise numbers are kept
   * @param numberOf how a text is read as a number
   * @param rows that are expected
   */
  constructor(
    readonly name: string,
    {
      asText = false,
      numberOf = parseNumber,
      rows = FIRST_BLOCK,
    }: { readonly asText?: boolean; readonly numberOf?: NumberReader; readonly rows?: number },
  ) {
    this.#firstBlock = rows;
    this.#texts = asText ? [] : undefined;
    this.#numberOf = numberOf;
    this.#isPlain = !asText && numberOf === parseNumber;
  }

  /** As `addText` of the cell's text, which is not made where the cell is a number. */
  addCell(cells: Cells, cell: number): void {
    if (this.#isPlain) {
      if (this.#next === this.#block.length) this.#grow();
      if (cells.readNumber(cell, this.#block, this.#next)) {
        const value = this.#block[this.#next++];
        if (value === value) this.#isNumeric = true;
        this.#rows++;
        return;
      }
    }
    this.addText(cells.text(cell));
  }

  addText(cell: string): void {
    if (this.#texts) {
      const text = cell.trim();
      this.#texts.push(MISSING_WORDS.has(text) ? '' : text);
      this.#rows++;
      return;
    }
    const value = this.#numberOf(cell);
    if (value !== undefined) {
      this.addNumber(value);
    } else {
      this.#firstText ??= { row: this.#rows + 1, text: cell };
      this.#append(NaN);
    }
  }

  addNumber(value: number): void {
    if (this.#texts) {
      this.#texts.push(Number.isNaN(value) ? '' : String(value));
      this.#rows++;
      return;
    }
    if (!Number.isNaN(value)) this.#isNumeric = true;
    this.#append(value);
  }

  /** The column, whose memory is no longer the builder's. */
  finish(): Column {
    if (this.#texts) return { name: this.name, kind: 'text', texts: this.#texts };
    return {
      name: this.name,
      kind: this.#firstText === undefined ? 'number' : this.#isNumeric ? 'mixed' : 'text',
      numbers: this.#numbers(),
      firstText: this.#firstText,
    };
  }

  #numbers(): Float64Array {
    const blocks = this.#blocks;
    this.#blocks = [];
    if (blocks.length === 1 && blocks[0].length === this.#rows) return blocks[0];
    const numbers = new Float64Array(this.#rows);
    let first = 0;
    for (const block of blocks) {
      numbers.set(block.subarray(0, this.#rows - first), first);
      first += block.length;
    }
    return numbers;
  }

  #append(value: number): void {
    if (this.#next === this.#block.length) this.#grow();
    this.#block[this.#next++] = value;
    this.#rows++;
  }

  #grow(): void {
    const length = this.#rows === 0 ? this.#firstBlock : Math.min(Math.max(FIRST_BLOCK, this.#rows), LONGEST_BLOCK);
    this.#block = new Float64Array(length);
    this.#blocks.push(this.#block);
    this.#next = 0;
  }
}

/** NaN for a missing cell, undefined for a cell that is no decimal number. */
export function parseNumber(cell: string): number | undefined {
  if (cell === '') return NaN;
  const value = Number(cell);
  if (!Number.isNaN(value)) {
    // Number() also reads ' ' as 0 and takes 0x10, 0b1 and 0o7.
    if (value !== 0 && !/[xXbBoO]/.test(cell)) return value;
    const text = cell.trim();
    return text === '' ? NaN : /[xXbBoO]/.test(text) ? undefined : value;
  }
  const text = cell.trim();
  if (MISSING_WORDS.has(text)) return NaN;
  const infinite = /^([+-]?)inf(inity)?$/i.exec(text);
  return infinite ? (infinite[1] === '-' ? -Infinity : Infinity) : undefined;
}

/** As `parseNumber`, of a number with a decimal comma; a point in it would separate thousands and is refused. */
export function parseDecimalComma(cell: string): number | undefined {
  if (!cell.includes('.')) return parseNumber(cell.replace(',', '.'));
  return MISSING_WORDS.has(cell.trim()) ? NaN : undefined;
}
