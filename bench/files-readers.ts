// Programs that read all cells of CSV files on one thread, with numbers as doubles. Each runs in a separate process.

import { parse } from 'csv-parse';
import { createReadStream } from 'node:fs';
import { readCsvParts } from '../src/files/csv.js';

/** Number of rows that our reader holds in memory at the same time. */
const ROWS = 2 ** 16;

/** Returns the sum of all numbers of a file, which needs every number. */
type Reader = (path: string) => Promise<number>;

export const READERS = {
  ours: async (path) => {
    let sum = 0;
    for await (const table of readCsvParts(path, { text: ['subject'] }, ROWS)) {
      for (const name of table.columns) if (name !== 'subject') sum += total(table.numbers(name));
    }
    return sum;
  },
  'csv-parse': async (path) => {
    let sum = 0;
    const records = createReadStream(path, { highWaterMark: 2 ** 18 }).pipe(parse({ from: 2 }));
    for await (const record of records as AsyncIterable<string[]>) {
      for (let cell = 1; cell < record.length; cell++) sum += Number(record[cell]);
    }
    return sum;
  },
  duckdb: async (path) => {
    const { DuckDBDoubleVector, DuckDBInstance } = await import('@duckdb/node-api');
    const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
    const result = await connection.stream(`SELECT * FROM read_csv('${path}')`);
    let sum = 0;
    for await (const chunk of result) {
      for (let column = 1; column < chunk.columnCount; column++) {
        const vector = chunk.getColumnVector(column);
        if (!(vector instanceof DuckDBDoubleVector)) throw new TypeError(`column ${column} does not contain doubles`);
        for (let row = 0; row < vector.itemCount; row++) sum += vector.getItem(row) ?? 0;
      }
    }
    return sum;
  },
} satisfies Record<string, Reader>;

export type ReaderName = keyof typeof READERS;

function total(numbers: Float64Array): number {
  let sum = 0;
  for (const value of numbers) sum += value;
  return sum;
}
