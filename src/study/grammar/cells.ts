// Reads the cells of a column as numbers: text codes, values beyond a limit of measurement, percentages, decimal
// commas. If a cell cannot be read, advises which key of the study would read it.

import { parseDecimalComma, parseNumber } from '../../files/column-builder.js';
import type { NumberReader } from '../../files/table.js';
import type { TableConfig } from './tables.js';

/** Number of cells of a column such as `<0.5` (below) and `>100` (above). */
export interface CensoredColumn {
  readonly column: string;
  readonly below: number;
  readonly above: number;
}

type Code = string | number;
type CellRules = Pick<TableConfig, 'missing' | 'recode' | 'censored' | 'percent' | 'decimal'>;

const NUMBER = /^[-+]?\d+(\.\d+)?$/;
const BEYOND = /^(?<sign>[<≤>≥])=?\s*(?<limit>\S.*)$/;
const LOGICAL = /^(?:true|false)$/i;

/** Values of all codes of a column, NaN for a missing value. */
export interface Codes {
  readonly numbers: ReadonlyMap<number, number>;
  readonly texts: ReadonlyMap<string, number>;
}

/** Returns the codes of `recode` and `missing` for a column, including those for all columns. */
export function codesOf({ missing, recode }: CellRules, column: string): Codes {
  const entries: (readonly [Code, number | null])[] = [
    ...Object.entries(isPlain(recode) ? recode : (entryOf(recode, column) ?? {})),
    ...(Array.isArray(missing) ? missing : (entryOf(missing, column) ?? [])).map((code) => [code, null] as const),
  ];
  const numbers = new Map<number, number>();
  const texts = new Map<string, number>();
  for (const [code, value] of entries) {
    if (NUMBER.test(String(code)) || typeof code === 'number') numbers.set(Number(code), value ?? NaN);
    else texts.set(code, value ?? NaN);
  }
  // YAML reads TRUE as true, R writes TRUE, and pandas writes True.
  for (const [code, value] of [...texts]) {
    if (!LOGICAL.test(code)) continue;
    const lower = code.toLowerCase();
    for (const form of [lower, lower.toUpperCase(), lower[0].toUpperCase() + lower.slice(1)]) {
      if (!texts.has(form)) texts.set(form, value);
    }
  }
  return { numbers, texts };
}

/** Returns the columns that a key names; none if it holds for all columns. */
export function namedColumns(key: CellRules['missing'] | CellRules['recode']): readonly string[] {
  return Array.isArray(key) || isPlain(key) ? [] : Object.keys(key);
}

/** Returns a text code whose value is a code of another value, if any: it would be recoded twice. */
export function doubleCode(rules: CellRules): { column: string; code: string; value: number } | undefined {
  for (const column of ['', ...namedColumns(rules.missing), ...namedColumns(rules.recode)]) {
    const { numbers, texts } = codesOf(rules, column);
    const twice = [...texts].find(([, value]) => numbers.has(value) && numbers.get(value) !== value);
    if (twice) return { column, code: twice[0], value: twice[1] };
  }
  return undefined;
}

export class CellReaders {
  readonly #rules: CellRules;
  readonly #counts = new Map<string, { below: number; above: number }>();

  constructor(rules: CellRules) {
    this.#rules = rules;
  }

  /** Returns the reader of the texts of a column; undefined if they are decimal numbers. */
  of(column: string): NumberReader | undefined {
    const { censored, percent, decimal } = this.#rules;
    const { texts } = codesOf(this.#rules, column);
    let read: NumberReader = decimal === ',' ? parseDecimalComma : parseNumber;
    if (percent?.includes(column)) read = percentage(read);
    if (censored === true || (Array.isArray(censored) && censored.includes(column))) read = this.#beyond(column, read);
    const rest = read;
    if (texts.size > 0) read = (cell) => texts.get(cell.trim()) ?? rest(cell);
    return read === parseNumber ? undefined : read;
  }

  /** Number of cells with a value beyond a limit, by column. */
  get censored(): readonly CensoredColumn[] {
    return [...this.#counts].map(([column, counts]) => ({ column, ...counts }));
  }

  /** Returns a reader for which `<x` is x / √2, as below `limits.lower`, and `>x` is x. */
  #beyond(column: string, read: NumberReader): NumberReader {
    return (cell) => {
      const { sign, limit } = BEYOND.exec(cell.trim())?.groups ?? {};
      if (!sign) return read(cell);
      const isBelow = sign === '<' || sign === '≤';
      const value = read(limit);
      if (value === undefined || Number.isNaN(value) || (isBelow && value < 0)) return undefined;
      const counts = this.#counts.get(column) ?? { below: 0, above: 0 };
      this.#counts.set(column, counts);
      if (isBelow) counts.below++;
      else counts.above++;
      return isBelow ? value / Math.SQRT2 : value;
    };
  }
}

/** Returns what the study file needs so that this cell of a column is read. */
export function adviceFor(text: string, column: string): string {
  const cell = text.trim();
  const name = JSON.stringify(column);
  if (BEYOND.test(cell)) return `; a value beyond a limit is read with censored: [${name}]`;
  if (cell.endsWith('%')) return `; a percentage is read with percent: [${name}]`;
  if (LOGICAL.test(cell)) return `; it is read with recode: { ${name}: { TRUE: 1, FALSE: 0 } }`;
  if (/^[-+]?\d+,\d+$/.test(cell)) {
    return "; a decimal comma is read with decimal: ',', a comma between thousands is not";
  }
  if (/^[-+]?\d{1,3}(?:[,.]\d{3})+(?:[,.]\d+)?$/.test(cell)) return '; write thousands without a separator';
  const code = JSON.stringify(cell);
  return `; a text can be a code: missing: { ${name}: [${code}] } or recode: { ${name}: { ${code}: 1 } }`;
}

function percentage(read: NumberReader): NumberReader {
  return (cell) => {
    const text = cell.trim();
    if (text.endsWith('%')) {
      const value = read(text.slice(0, -1));
      return Number.isNaN(value) ? undefined : value;
    }
    // A number without the sign may be in another unit.
    const value = read(cell);
    return Number.isNaN(value) ? value : undefined;
  };
}

function isPlain(key: CellRules['missing'] | CellRules['recode']): key is Record<string, number | null> {
  return !Array.isArray(key) && Object.values(key).some((value) => typeof value === 'number' || value === null);
}

function entryOf<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
