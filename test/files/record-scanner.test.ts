// Records of a text table do not depend on where its bytes are cut.

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RecordScanner } from '../../src/files/record-scanner.js';

/** Records as texts, and as the numbers of cells. */
function records(pieces: readonly Uint8Array[]): unknown[] {
  const scanner = new RecordScanner(',');
  const records: unknown[] = [];
  const number = new Float64Array(1);
  const take = () => {
    while (scanner.next()) {
      const cells = Array.from({ length: scanner.count }, (_, cell) => cell);
      const numbers = cells.map((cell) =>
        scanner.readNumber(cell, number, 0) ? number[0] : Number(scanner.text(cell)),
      );
      records.push({ line: scanner.line, texts: cells.map((cell) => scanner.text(cell)), numbers });
    }
  };
  for (const piece of pieces) {
    scanner.append(piece);
    take();
  }
  scanner.end();
  take();
  return records;
}

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
const long = fc.integer({ min: 0, max: 300 });
const cell = fc.oneof(
  fc.constantFrom('', '1', '-2.5e3', 'text', '0'.repeat(80), 'NA', quoted('a,b'), quoted('two\nlines'), quoted('"')),
  long.map((length) => 'x'.repeat(length)),
  long.map((length) => '7'.repeat(length)),
  long.map((length) => quoted('y'.repeat(length))),
  long.map((length) => quoted('"z'.repeat(length))),
  long.map((length) => quoted('\n,'.repeat(length))),
);
const ending = fc.constantFrom('\n', '\r\n');
const table = fc
  .tuple(fc.array(fc.array(cell, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 6 }), ending, fc.boolean())
  .map(([rows, end, isEnded]) => rows.map((cells) => cells.join()).join(end) + (isEnded ? end : ''));

test('for any cut', () => {
  fc.assert(
    fc.property(table, fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }), (text, sizes) => {
      const bytes = Buffer.from(text);
      const pieces: Uint8Array[] = [];
      for (let at = 0, i = 0; at < bytes.length; at += sizes[i++ % sizes.length]) {
        pieces.push(bytes.subarray(at, at + sizes[i % sizes.length]));
      }
      expect(records(pieces)).toEqual(records([bytes]));
    }),
    { numRuns: 500 },
  );
});

test('also for single bytes, and for cells of up to a megabyte', () => {
  const text = `id,"a ""name""",b\r\n1,"${'x""'.repeat(300)}",\r\n2,${'9'.repeat(500)},"end"`;
  const bytes = Buffer.from(text);
  expect(records(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)))).toEqual(records([bytes]));
  const cell = 'x'.repeat(2 ** 20 - 1);
  const large = Buffer.from(`a,b\n${cell},1\n`);
  const pieces = Array.from({ length: Math.ceil(large.length / 1000) }, (_, i) =>
    large.subarray(1000 * i, 1000 * i + 1000),
  );
  expect(records(pieces)).toEqual([
    { line: 1, texts: ['a', 'b'], numbers: [NaN, NaN] },
    { line: 2, texts: [cell, '1'], numbers: [NaN, 1] },
  ]);
});
