// Reads tables in memory: Arrow tables and record batches, or columns by name. Columns of doubles without nulls stay in
// the buffers of the caller. Buffers of other numbers are converted to doubles on access, one column each time. Texts
// are copied.

import { InputError } from '../errors/errors.js';
import { ColumnBuilder } from './column-builder.js';
import { selectColumns, Table, type Column, type TableOptions } from './table.js';

/** A cell: null and undefined are missing, booleans are 1 and 0, dates are texts. */
export type CellValue = number | bigint | string | boolean | Date | null | undefined;

/** The fields of an Arrow column that this module uses. */
export interface ArrowVector {
  readonly length: number;
  readonly nullCount: number;
  readonly type: { readonly typeId: number; readonly precision?: number };
  readonly data: readonly unknown[];
  get(row: number): unknown;
  toArray(): unknown;
}

/** A table or a record batch of the package apache-arrow. */
export interface ArrowTable {
  readonly numRows: number;
  readonly schema: { readonly fields: readonly { readonly name: string }[] };
  getChildAt(column: number): ArrowVector | null;
}

/** A table in memory: Arrow's, or columns by name, all of one length. */
export type MemoryTable = ArrowTable | Readonly<Record<string, ArrayLike<CellValue>>>;

type Numbers = Exclude<NodeJS.TypedArray, Uint8ClampedArray>;

/** A column in memory. */
interface Source {
  readonly name: string;
  readonly length: number;
  /** Present if all values are numbers in one buffer. */
  readonly buffer?: Numbers | undefined;
  readonly at: (row: number) => CellValue;
}

/**
 * Reads a table in memory.
 * @param name name of the table in errors
 * @throws InputError `invalid-argument` for something else, `empty-table`, `rows-disagree`, `missing-column`,
 *   `duplicate-column`
 */
export function readMemoryTable(table: MemoryTable, name: string, options: TableOptions = {}): Table {
  const sources = sourcesOf(table, name);
  const rows = isArrow(table) ? table.numRows : (sources.at(0)?.length ?? 0);
  const odd = sources.find(({ length }) => length !== rows);
  if (odd) {
    throw new InputError('rows-disagree', `${name}: column '${odd.name}' has ${odd.length} of ${rows} rows`, { name });
  }
  const available = sources.map((source) => source.name);
  const isSelected = selectColumns(available, options, name);
  const columns = sources.filter((source) => isSelected(source.name)).map((source) => columnOf(source, options));
  if (rows === 0) throw new InputError('empty-table', `${name} has no rows`, { name });
  return new Table(name, { rows, columns, available });
}

function columnOf({ name, length, buffer, at }: Source, { text = [], numberOf }: TableOptions): Column {
  const asText = text.includes(name);
  if (buffer && !asText) {
    if (buffer instanceof Float64Array) return { name, kind: 'number', numbers: buffer };
    return { name, kind: 'number', read: () => doubles(buffer) };
  }
  const builder = new ColumnBuilder(name, { asText, numberOf: numberOf?.(name) });
  for (let row = 0; row < length; row++) {
    const cell = at(row);
    if (cell === null || cell === undefined) builder.addNumber(NaN);
    else if (typeof cell === 'string') builder.addText(cell);
    else if (cell instanceof Date) builder.addText(cell.toISOString());
    else if (typeof cell === 'number' || !asText) builder.addNumber(Number(cell));
    else builder.addText(String(cell));
  }
  return builder.finish();
}

function doubles(buffer: Numbers): Float64Array {
  const numbers = new Float64Array(buffer.length);
  for (let row = 0; row < buffer.length; row++) numbers[row] = Number(buffer[row]);
  return numbers;
}

function sourcesOf(table: MemoryTable, name: string): Source[] {
  if (isArrow(table)) {
    return table.schema.fields.flatMap((field, column) => {
      const vector = table.getChildAt(column);
      return vector ? [arrowSource(field.name, vector)] : [];
    });
  }
  const input: unknown = table;
  if (typeof input !== 'object' || input === null || ArrayBuffer.isView(input) || Array.isArray(input)) {
    throw notATable(name, 'it is neither');
  }
  return Object.entries(table).map(([column, values]) => {
    if (!isArrayLike(values)) throw notATable(name, `'${column}' is not an array`);
    return { name: column, length: values.length, buffer: bufferOf(values), at: (row) => values[row] };
  });
}

/** Type ids of Arrow, https://arrow.apache.org/docs/format/Columnar.html. */
const NULL = 1;
const INT = 2;
const FLOAT = 3;
const UTF8 = 5;
const BOOL = 6;
const DATE = 8;
const TIMESTAMP = 10;
const LARGE_UTF8 = 20;
const DICTIONARY = -1;
const PLAIN: readonly number[] = [NULL, INT, FLOAT, UTF8, BOOL, LARGE_UTF8, DICTIONARY];

function arrowSource(name: string, vector: ArrowVector): Source {
  const { length, nullCount, type, data } = vector;
  const { typeId } = type;
  // Half-precision floats are stored as integers, so they are read one by one.
  const isNumber = typeId === INT || (typeId === FLOAT && type.precision !== 0);
  const buffer = isNumber && nullCount === 0 && data.length === 1 ? bufferOf(vector.toArray()) : undefined;
  const at = (row: number): CellValue => {
    const cell: unknown = vector.get(row);
    if (cell === null || cell === undefined) return null;
    if (typeId === DATE || typeId === TIMESTAMP) return new Date(Number(cell)).toISOString();
    if (PLAIN.includes(typeId)) return cell as CellValue;
    return 'a nested value';
  };
  // A damaged table claims more rows than its buffer has.
  return { name, length: buffer?.length ?? length, buffer, at };
}

function bufferOf(values: unknown): Numbers | undefined {
  return ArrayBuffer.isView(values) && !(values instanceof DataView) ? (values as Numbers) : undefined;
}

export function isArrow(table: unknown): table is ArrowTable {
  return (
    typeof table === 'object' &&
    table !== null &&
    'numRows' in table &&
    typeof table.numRows === 'number' &&
    'getChildAt' in table &&
    typeof table.getChildAt === 'function'
  );
}

function isArrayLike(values: unknown): boolean {
  return typeof values === 'object' && values !== null && 'length' in values && typeof values.length === 'number';
}

function notATable(name: string, what: string): InputError {
  return new InputError(
    'invalid-argument',
    `${name}: a table in memory is an Arrow table, a record batch, or an object of columns by name; ${what}`,
    { name },
  );
}
