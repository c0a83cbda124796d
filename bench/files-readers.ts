// Ways to read all cells of CSV files, numbers as doubles, on one thread; each runs in a process of its own.

import { parse } from 'csv-parse';
import { createReadStream } from 'node:fs';
import { readCsvParts } from '../src/files/csv.js';

/** Rows that are in memory at a time. */
const ROWS = 2 ** 16;

/** The sum of all numbers of a file, so that every one of them is read. */
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
        if (!(vector instanceof DuckDBDoubleVector)) throw new TypeError(`column ${column} is not of doubles`);
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
