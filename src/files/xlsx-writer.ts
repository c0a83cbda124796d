// Writes Excel workbooks with write-excel-file. Texts are written as texts, so a name such as `=1+1` is no formula.

import { writeFileAtomic } from './atomic.js';

export interface WorkbookSheet {
  /** Name, unique in the workbook. */
  readonly name: string;
  /** Names of the columns; none for a sheet of text. */
  readonly header?: readonly string[];
  /** Cells by row; null is an empty cell. */
  readonly rows: readonly (readonly (string | number | null)[])[];
}

/** Maximum number of letters of a cell. */
const MAX_LETTERS = 32_767;
/** Minimum and maximum width of a column, in letters. */
const WIDTHS = { min: 8, max: 60 } as const;
/** Number of rows that the width of a column is taken from. */
const MEASURED_ROWS = 200;

/** Writes a workbook atomically. @throws FileError `unwritable`, `disk-full` */
export async function writeWorkbook(path: string, sheets: readonly WorkbookSheet[]): Promise<void> {
  const { default: writeSheets } = await import('write-excel-file/node');
  const workbook = writeSheets(
    sheets.map(({ name, header = [], rows }) => ({
      sheet: name,
      data: [
        ...(header.length > 0 ? [header.map((value) => ({ value, fontWeight: 'bold' as const }))] : []),
        ...rows.map((row) => row.map(cell)),
      ],
      columns: widthsOf([header, ...rows.slice(0, MEASURED_ROWS)]),
      ...(header.length > 0 && { stickyRowsCount: 1 }),
    })),
  );
  await writeFileAtomic(path, await workbook.toBuffer());
}

function cell(value: string | number | null) {
  if (value === null) return null;
  return typeof value === 'number' ? { value, type: Number } : { value: value.slice(0, MAX_LETTERS), type: String };
}

function widthsOf(rows: WorkbookSheet['rows']): { width: number }[] {
  const count = Math.max(0, ...rows.map(({ length }) => length));
  return Array.from({ length: count }, (_, c) => {
    const longest = Math.max(0, ...rows.map((row) => String(row[c] ?? '').length));
    return { width: Math.min(WIDTHS.max, Math.max(WIDTHS.min, longest + 2)) };
  });
}
