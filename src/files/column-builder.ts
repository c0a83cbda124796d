// Grows one column cell by cell, in typed memory, and notices on the way whether it is numeric.

import { MISSING_WORDS } from './missing-words.js';
import type { Column, NumberReader } from './table.js';

export class ColumnBuilder {
  #numbers = new Float64Array(64);
  #texts: string[] | undefined;
  #rows = 0;
  #numeric = 0;
  #firstText: Column['firstText'];
  readonly #numberOf: NumberReader;

  /**
   * @param asText keep the texts as they are (identifiers); otherwise numbers are kept
   * @param numberOf how a text is read as a number
   */
  constructor(
    readonly name: string,
    { asText = false, numberOf = parseNumber }: { readonly asText?: boolean; readonly numberOf?: NumberReader },
  ) {
    this.#texts = asText ? [] : undefined;
    this.#numberOf = numberOf;
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
    if (!Number.isNaN(value)) this.#numeric++;
    this.#append(value);
  }

  finish(): Column {
    if (this.#texts) return { name: this.name, kind: 'text', texts: this.#texts };
    return {
      name: this.name,
      kind: this.#firstText === undefined ? 'number' : this.#numeric === 0 ? 'text' : 'mixed',
      numbers: this.#numbers.slice(0, this.#rows),
      firstText: this.#firstText,
    };
  }

  #append(value: number): void {
    if (this.#rows === this.#numbers.length) {
      const larger = new Float64Array(2 * this.#rows);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[this.#rows++] = value;
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
