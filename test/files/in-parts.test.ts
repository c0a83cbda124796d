// Files larger than memory: records do not depend on where bytes are cut, and results of tables in parts equal those of
// whole tables.

import { describe, expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { readFileSync } from 'node:fs';
import { parseNumber } from '../../src/files/column-builder.js';
import { parsePlainNumber } from '../../src/files/plain-number.js';
import { readTable, readTableParts } from '../../src/files/read-table.js';
import { RecordScanner } from '../../src/files/record-scanner.js';
import type { Table } from '../../src/files/table.js';
import { encodeStudy } from '../../src/cli/encode-study.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { readStudy } from '../../src/study/study.js';
import { readStudyParts } from '../../src/study/reading/study-parts.js';
import { refusing } from '../fixtures/refusing.js';
import { scratch } from '../fixtures/scratch.js';

const { file, snapshot } = scratch();
const refuses = refusing(snapshot);

/** All records, or the fact that there is an error. */
function scanned(text: string, cuts: readonly number[]): string[][] | 'refused' {
  const bytes = Buffer.from(text);
  const scanner = new RecordScanner(',');
  const records: string[][] = [];
  const take = (): void => {
    while (scanner.next()) records.push(Array.from({ length: scanner.count }, (_, cell) => scanner.text(cell)));
  };
  try {
    let at = 0;
    for (const cut of cuts) {
      scanner.append(bytes.subarray(at, at + cut));
      at += cut;
      take();
    }
    scanner.append(bytes.subarray(at));
    take();
    scanner.end();
    take();
    return records;
  } catch {
    return 'refused';
  }
}

function parsed(text: string): string[][] | 'refused' {
  try {
    return parse(text, { skip_empty_lines: true, relax_column_count: true });
  } catch {
    return 'refused';
  }
}

describe('records', () => {
  const cell = fc.oneof(
    fc.string({ unit: fc.constantFrom('a', '1', ' ', 'é', '😀', ';'), maxLength: 4 }),
    fc
      .string({ unit: fc.constantFrom('a', '"', ',', 'END', 'ü'), maxLength: 5 })
      .map((text) => `"${text.replaceAll('"', '""')}"`),
    fc.constantFrom('"', 'a"b', '"a"b', '""', '"a'),
  );
  const rows = fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 6 });

  test('give numbers, including missing ones, without creating texts', () => {
    const scanner = new RecordScanner(',');
    scanner.append(Buffer.from('1.5,,"","-2e3",x,1234567890123456.78\n'));
    scanner.end();
    expect(scanner.next()).toBe(true);
    const read = new Float64Array(scanner.count);
    const isRead = Array.from(read, (_, cell) => scanner.readNumber(cell, read, cell));
    expect(isRead).toEqual([true, true, true, true, false, true]);
    expect([...read.subarray(0, 4)]).toEqual([1.5, NaN, NaN, -2000]);
    expect(read[5]).toBe(Number('1234567890123456.78'));
  });

  test('equal those of csv-parse for every cut of the bytes', () => {
    fc.assert(
      fc.property(rows, fc.constantFrom('\n', '\r\n'), fc.boolean(), fc.array(fc.nat(7)), (all, end, hasEnd, cuts) => {
        // The first line determines the line ending here; in csv-parse every line does.
        const text = `h${end}${all.map((row) => row.join(',').replaceAll('END', end)).join(end)}${hasEnd ? end : ''}`;
        expect(scanned(text, cuts)).toEqual(parsed(text));
      }),
      { numRuns: 2000 },
    );
  });

  test('can end with a carriage return alone, as in old files', () => {
    expect(scanned('a,b\r1,2\r3,"4\r5"\r', [3, 1, 1])).toEqual([
      ['a', 'b'],
      ['1', '2'],
      ['3', '4\r5'],
    ]);
  });
});

describe('numbers', () => {
  test('from bytes equal those of JavaScript, to the bit', () => {
    const digits = fc.string({
      unit: fc.constantFrom('0', '1', '2', '3', '4', '5', '6', '7', '8', '9'),
      maxLength: 20,
    });
    const number = fc
      .tuple(
        fc.constantFrom('', '-', '+'),
        digits,
        fc.constantFrom('', '.'),
        digits,
        fc.constantFrom('', 'e', 'E-', 'e+'),
        fc.nat(400),
      )
      .map(
        ([sign, whole, point, fraction, exponent, power]) =>
          `${sign}${whole}${point}${fraction}${exponent}${exponent && power}`,
      );
    const target = new Float64Array(1);
    const anything = fc.oneof(
      number,
      fc.double().map(String),
      fc.string({ unit: fc.constantFrom('+', '-', '.', 'e', '1', ' ', 'x', 'N'), maxLength: 6 }),
    );
    fc.assert(
      fc.property(anything, (text) => {
        const bytes = Buffer.from(text);
        if (!parsePlainNumber(bytes, 0, bytes.length, target, 0)) return;
        expect(Object.is(target[0], parseNumber(text))).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  test.each(['-12.5e-3', '0.8414709848078965', '-100.71234567890123', '9007199254740993.5', '1.2345678901234567E-5'])(
    'from bytes include %s',
    (text) => {
      const target = new Float64Array(1);
      expect(parsePlainNumber(Buffer.from(text), 0, text.length, target, 0)).toBe(true);
      expect(target[0]).toBe(Number(text));
    },
  );

  test('close to the middle of two doubles are rounded as in JavaScript, or left to it', () => {
    const near = fc
      .tuple(fc.bigInt({ min: 2n ** 52n, max: 2n ** 53n - 1n }), fc.nat(6), fc.bigInt({ min: -1n, max: 1n }))
      .map(([mantissa, places, beside]) => {
        // The middle has `places` binary places, so the same number of decimal places is exact.
        const digits = String(((2n * mantissa + 1n) * 10n ** BigInt(places)) / 2n ** BigInt(places) + beside);
        return places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
      });
    const target = new Float64Array(1);
    fc.assert(
      fc.property(near, (text) => {
        if (parsePlainNumber(Buffer.from(text), 0, text.length, target, 0)) expect(target[0]).toBe(Number(text));
      }),
      { numRuns: 5000 },
    );
  });
});

describe('a table in parts', () => {
  const count = 50;
  const lines = Array.from({ length: count }, (_, i) => `s${i},${i / 7},${i % 5 === 0 ? 'NA' : i}`);
  const csv = file('t.csv', `id,a,b\n${lines.join('\n')}\n`);
  const parquet = file(
    't.parquet',
    new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          { name: 'id', type: 'STRING', data: Array.from({ length: count }, (_, i) => `s${i}`) },
          { name: 'a', type: 'DOUBLE', data: Float64Array.from({ length: count }, (_, i) => i / 7) },
          { name: 'b', type: 'DOUBLE', data: Array.from({ length: count }, (_, i) => (i % 5 === 0 ? null : i)) },
        ],
        rowGroupSize: 12,
      }),
    ),
  );

  test.each([
    ['text', csv],
    ['Parquet, whose row groups are of other sizes', parquet],
  ])('equals the whole table: %s', async (_, path) => {
    const options = { text: ['id'], keep: () => true };
    const whole = await readTable(path, options);
    for (const rows of [1, 7, 12, 25, 50, 99]) {
      const parts: Table[] = [];
      for await (const part of readTableParts(path, options, rows)) parts.push(part);
      expect(parts.map((part) => part.rows)).toEqual(sizes(count, rows));
      expect(parts.flatMap((part) => part.texts('id'))).toEqual(whole.texts('id'));
      for (const name of ['a', 'b']) {
        expect(parts.flatMap((part) => [...part.numbers(name)])).toEqual([...whole.numbers(name)]);
      }
    }
  });

  test('reports row numbers of the whole file in errors', async () => {
    const path = file('late.csv', `id,a\n${lines.map((_, i) => `s${i},${i === 40 ? 'tall' : i}`).join('\n')}\n`);
    const reading = async () => {
      for await (const part of readTableParts(path, {}, 16)) part.numbers('a');
    };
    await expect(reading()).rejects.toMatchObject({ code: 'not-numeric', message: /row 41 holds "tall"/ });
  });

  const drain = (path: string) => async () => {
    for await (const part of readTableParts(path, {}, 8)) expect(part.rows).toBeGreaterThan(0);
  };
  const cut = file('cut.parquet', readFileSync(parquet).subarray(0, 400));
  const short = file('short.csv', `id,a,b\n${lines.join('\n')}\ns50,1\n`);
  refuses([
    ['a row that is short, far behind', 'damaged-file', /line 52: .* number of cells/, drain(short)],
    ['Parquet cut short', 'damaged-file', /./, drain(cut)],
    ['a header alone', 'empty-table', /has no rows/, drain(file('header.csv', 'id,a\n'))],
    ['a format without parts', 'unknown-format', /must end in \.csv/, drain(file('t.npy', 'x'))],
  ]);
});

function sizes(count: number, rows: number): number[] {
  return Array.from({ length: Math.ceil(count / rows) }, (_, i) => Math.min(rows, count - i * rows));
}

describe('a study in parts', () => {
  const subjects = Array.from({ length: 150 }, (_, i) => `s${i}`);
  const row = (i: number, by: number) =>
    [Math.sin(i * by), Math.cos(i * by * 1.7), (i * 37) % 11].map((value) => value.toFixed(4));
  const table = (
    name: string,
    columns: string,
    by: number,
    change: (cells: string[], i: number) => string[] = (cells) => cells,
  ) => file(name, `id,${columns}\n${subjects.map((id, i) => [id, ...change(row(i, by), i)].join()).join('\n')}\n`);
  table('a.csv', 'a1,a2,a3', 0.3);
  table('b.csv', 'b1,b2,b3', 0.3, (cells, i) =>
    i === 100 ? ['', '', ''] : i % 40 === 7 ? ['', ...cells.slice(1)] : cells,
  );
  const study = (name: string, b = 'b.csv') =>
    file(name, `study: s\nid: id\nmodalities:\n  a: { table: a.csv, latents: 1 }\n  b: { table: ${b}, latents: 1 }\n`);
  const path = study('study.yaml');

  async function model(): Promise<MultimodalCausalModel> {
    return MultimodalCausalModel.fit(await readStudy(path), {
      epochs: 2,
      encoderRestarts: 1,
      componentRestarts: 1,
      evidence: 'none',
    });
  }

  test('gives every subject the same bits as the whole study', async () => {
    const fitted = await model();
    try {
      const options = { scales: fitted.columnScales };
      const whole = await fitted.posterior((await readStudy(path, options)).dataset);
      const ids: string[] = [];
      const means: number[] = [];
      for await (const { dataset } of readStudyParts(path, { ...options, rows: 32 })) {
        ids.push(...dataset.ids);
        means.push(...(await fitted.posterior(dataset))['b'].mean);
      }
      expect(ids).toEqual(subjects);
      expect(means).toEqual([...whole['b'].mean]);
    } finally {
      await fitted.dispose();
    }
  }, 60_000);

  test('gives the same output as the whole study, also if a later part has additional columns', async () => {
    const fitted = await model();
    try {
      const out = (name: string) => ({ out: file(name), withSd: true, quiet: true, countFitted: () => 0 });
      const inParts = await encodeStudy(fitted, path, { ...out('parts.csv'), rows: 32 });
      const whole = await encodeStudy(fitted, path, out('whole.csv'));
      expect(readFileSync(file('parts.csv'), 'utf8')).toBe(readFileSync(file('whole.csv'), 'utf8'));
      expect(readFileSync(file('parts.csv'), 'utf8').split('\n', 1)[0]).toContain('b.inferred');
      expect(inParts).toEqual(whole);
    } finally {
      await fitted.dispose();
    }
  }, 60_000);

  test('is read as a whole if its tables have different orders', async () => {
    const fitted = await model();
    try {
      const [header, ...lines] = readFileSync(file('b.csv'), 'utf8').trim().split('\n');
      file('late.csv', [header, ...lines.slice(0, 60), ...lines.slice(60).reverse()].join('\n'));
      file('other.csv', [header, ...lines.reverse()].join('\n'));
      const options = { scales: fitted.columnScales, rows: 32 };
      const read = async (name: string) => {
        const parts: number[] = [];
        for await (const { dataset } of readStudyParts(study(`${name}.yaml`, `${name}.csv`), options)) {
          parts.push(dataset.ids.length);
        }
        return parts;
      };
      expect(await read('other')).toEqual([150]);
      await expect(read('late')).rejects.toMatchObject({ code: 'not-in-parts' });
      const written = await encodeStudy(fitted, study('late.yaml', 'late.csv'), {
        out: file('late-out.csv'),
        withSd: false,
        quiet: true,
        countFitted: () => 0,
        rows: 32,
      });
      expect(written.subjects).toBe(150);
    } finally {
      await fitted.dispose();
    }
  }, 60_000);

  test('leaves no files behind if a later part is invalid', async () => {
    const fitted = await model();
    try {
      table('wrong.csv', 'b1,b2,b3', 0.3, (cells, i) => (i === 120 ? ['tall', ...cells.slice(1)] : cells));
      const target = file('wrong-out.csv', 'kept');
      const before = snapshot();
      const wrong = study('wrong.yaml', 'wrong.csv');
      await expect(
        encodeStudy(fitted, wrong, { out: target, withSd: false, quiet: true, countFitted: () => 0, rows: 32 }),
      ).rejects.toMatchObject({
        code: 'not-numeric',
        message: /row 121 holds "tall"/,
      });
      expect({ ...snapshot(), 'wrong.yaml': '' }).toEqual({ ...before, 'wrong.yaml': '' });
    } finally {
      await fitted.dispose();
    }
  }, 60_000);
});
