// Workbooks from test/golden/make_tables.py, Arrow, and studies of tables in memory.

import { describe, expect, test } from '@jest/globals';
import {
  Int32,
  RecordBatchReader,
  Table as ArrowTable,
  tableFromArrays,
  tableToIPC,
  vectorFromArray,
} from 'apache-arrow';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readArrow } from '../../src/files/arrow.js';
import { readMemoryTable, type MemoryTable } from '../../src/files/memory-table.js';
import { readTable } from '../../src/files/read-table.js';
import { readWorkbook } from '../../src/files/xlsx.js';
import { unzip, zip } from '../../src/files/zip.js';
import { readStudy } from '../../src/study/study.js';
import { refusing } from '../fixtures/refusing.js';
import { scratch } from '../fixtures/scratch.js';

const { file, folder, snapshot } = scratch();
const refuses = refusing(snapshot);
const golden = (name: string): string => join(import.meta.dirname, '../golden/tables', name);

/** A workbook of one sheet with rows in XML. @param before text before its first tag */
function sheetOf(rows: string, before = ''): Uint8Array {
  const files = unzip(readFileSync(golden('single.xlsx')), 'single.xlsx');
  const styles = new TextDecoder().decode(files.get('xl/styles.xml'));
  return zip(
    new Map([
      ...files,
      ['xl/styles.xml', Buffer.from(styles.replace(/(<cellXfs[^>]*>).*?(<\/cellXfs>)/s, `$1<xf numFmtId="14"/>$2`))],
      ['xl/worksheets/sheet1.xml', Buffer.from(`${before}<worksheet><sheetData>${rows}</sheetData></worksheet>`)],
    ]),
  );
}
const cell = (place: string, value: string | number): string =>
  typeof value === 'number'
    ? `<c r="${place}"><v>${value}</v></c>`
    : `<c r="${place}" t="inlineStr"><is><t>${value}</t></is></c>`;
const row = (number: number | string, ...cells: string[]): string => `<row r="${number}">${cells.join('')}</row>`;
const HEADER = row(1, cell('A1', 'id'), cell('B1', 'x'));
const FIRST = row(2, cell('A2', 1), cell('B2', 2));

describe('the cells of a workbook', () => {
  const read = (name: string, rows: string) => {
    const path = file(`${name}.xlsx`, sheetOf(rows));
    return () => readTable(path);
  };
  const empties = (count: number, of: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => of(i + 3)).join('');

  test.each([
    ['a million rows without a cell', empties(1_000_000, () => '<row/>')],
    ['rows of cells with a colour and no value', empties(200_000, (i) => `<row r="${i}"><c r="A${i}" s="0"/></row>`)],
    ['rows of nothing but blanks', empties(300_000, () => '<row> </row>')],
  ])('%s below a table are not rows', async (name, rows) => {
    const table = await read(name, HEADER + FIRST + rows)();
    expect({ rows: table.rows, columns: table.columns }).toEqual({ rows: 1, columns: ['id', 'x'] });
  });

  test('include a cell in the last row as one more row', async () => {
    const table = await read('last', HEADER + FIRST + row(2 ** 20, cell(`A${2 ** 20}`, 3)))();
    expect([...table.numbers('id')]).toEqual([1, 3]);
  });

  test('are read without row numbers, and with a namespace prefix', async () => {
    const rows = `${HEADER}${FIRST}`.replaceAll(/<row r="\d">/g, '<row>');
    expect((await read('unnumbered', rows)()).numbers('x')[0]).toBe(2);
  });

  const twice = `<c r="A2" r="ZZZZZZ2"><v>1</v></c>`;
  refuses([
    [
      'a column beyond XFD',
      'damaged-file',
      /a cell "ZZZZZZ3", but the last/,
      read('z', HEADER + FIRST + row(3, cell('ZZZZZZ3', 1))),
    ],
    ['the column XFE', 'damaged-file', /a cell "XFE2"/, read('xfe', HEADER + row(2, cell('XFE2', 1)))],
    [
      'row 10¹⁵',
      'damaged-file',
      /a row "1000000000000000"/,
      read('r15', HEADER + row('1000000000000000', cell('A2', 1))),
    ],
    ['a row in another spelling', 'damaged-file', /a row "&#57;99999999"/, read('ent', HEADER + row('&#57;99999999'))],
    [
      'a sheet that begins with text',
      'damaged-file',
      /"xl\/worksheets\/sheet1\.xml" file not found/,
      (() => {
        const path = file('text.xlsx', sheetOf(HEADER + row(999_999_999, cell('A999999999', 1)), 'text'));
        return () => readTable(path);
      })(),
    ],
    ['row 0', 'damaged-file', /a row "0"/, read('r0', HEADER + row(0, cell('A2', 1)))],
    ['two places of a cell', 'damaged-file', /a cell "ZZZZZZ2"/, read('two', HEADER + row(2, twice))],
    [
      'a place in what looks like an attribute',
      'damaged-file',
      /a row "99999999"/,
      read('quoted', `${HEADER}<x a=" ><row r="99999999">${FIRST}"/>`),
    ],
    [
      'two cells in opposite corners',
      'too-large',
      /5 cells, which are spread over 1048576 rows/,
      read('far', HEADER + FIRST + row(2 ** 20, cell(`XFD${2 ** 20}`, 1))),
    ],
    [
      'a tag without end',
      'damaged-file',
      /a tag <c of more than 1000 bytes/,
      read('tag', `${HEADER}<row r="2"><c ${'x'.repeat(2000)}`),
    ],
    [
      'more rows than are read',
      'too-large',
      /more than 500000 rows/,
      read('many', HEADER + empties(500_001, (i) => `<row><c r="A${i}"><v>1</v></c></row>`)),
    ],
    [
      'a date beyond all dates',
      'damaged-file',
      /cell B2 of sheet 'Sheet' has the format of a date/,
      read('date', HEADER + row(2, cell('A2', 1), '<c r="B2" s="0"><v>1e300</v></c>')),
    ],
  ]);
});

describe('a workbook', () => {
  const path = golden('clinic.xlsx');

  test('gives the requested sheet, by name or number', async () => {
    const table = await readTable(path, { sheet: 'Visits', text: ['id', 'seen'], keep: () => true });
    expect(table.available).toEqual(['id', 'weight', 'smoker', 'seen', 'note', 'ratio']);
    expect(table.texts('id').slice(0, 2)).toEqual(['s0', 's1']);
    expect([...table.numbers('weight')].slice(2, 5)).toEqual([60.5, NaN, 61]);
    expect([...table.numbers('smoker')].slice(0, 2)).toEqual([1, 0]);
    expect(table.texts('seen')[0]).toBe('2024-03-01');
    expect(table.kind('note')).toBe('text');
    const blood = await readTable(path, { sheet: 2 });
    expect(blood.rows).toBe(12);
    expect(blood.numbers('iron')[1]).toBe(10.5);
    expect((await readTable(golden('single.xlsx'))).numbers('a')[0]).toBe(1);
  });

  test('can have mixed cells, which the codes of a study convert', async () => {
    const numberOf = () => (cell: string) => (cell === '<0.5' ? 0.25 : undefined);
    const table = await readTable(path, { sheet: 'Blood', numberOf });
    expect([...table.numbers('crp')].slice(0, 3)).toEqual([0, 0.25, 2]);
  });

  const written = (name: string, content: Uint8Array) => {
    const target = file(name, content);
    return () => readTable(target);
  };
  const bytes = readFileSync(path);
  const damaged = Buffer.from(bytes);
  damaged.fill(0x20, damaged.indexOf('PK') + 60, damaged.indexOf('PK') + 90);
  const mixed = async () => (await readTable(path, { sheet: 'Blood' })).numbers('crp');
  refuses([
    ['several sheets', 'ambiguous-part', /Visits, Blood, Merged, Empty; choose one with sheet/, () => readTable(path)],
    [
      'a sheet misspelled',
      'unknown-part',
      /'Bloods' \(did you mean 'Blood'\?\)/,
      () => readTable(path, { sheet: 'Bloods' }),
    ],
    ['a number beyond', 'unknown-part', /no sheet 9/, () => readTable(path, { sheet: 9 })],
    ['an empty sheet', 'empty-table', /'Empty'/, () => readTable(path, { sheet: 'Empty' })],
    [
      'a merged header',
      'unnamed-column',
      /column C of sheet 'Merged' .* merged/,
      () => readTable(path, { sheet: 'Merged' }),
    ],
    ['a text among numbers', 'not-numeric', /row 2 holds "<0.5"/, mixed],
    ['cut short', 'damaged-file', /zip directory/, written('cut.xlsx', bytes.subarray(0, 3000))],
    ['changed', 'damaged-file', /./, written('changed.xlsx', damaged)],
    [
      'a workbook of before 2007',
      'unsupported-type',
      /save it as .xlsx/,
      written('old.xlsx', Uint8Array.of(0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1)),
    ],
    [
      'a package that is missing',
      'missing-peer',
      /npm install read-excel-file/,
      () => readWorkbook(path, {}, () => Promise.reject(new Error('none'))),
    ],
    [
      'sheet of another file',
      'unsupported-shape',
      /sheet is for .xlsx only/,
      () => readTable(golden('alone.mtx'), { sheet: 1 }),
    ],
    ['part of another file', 'unsupported-shape', /part is for .h5ad/, () => readTable(path, { part: 'X' })],
  ]);
});

describe('Arrow', () => {
  const content = {
    id: ['a', 'b', 'c'],
    single: Float32Array.of(0.5, 1.5, -2),
    double: Float64Array.of(1, 2, 1e-300),
    whole: Int32Array.of(1, 2, 3),
  };
  const arrow = tableFromArrays(content);
  const withHoles = new ArrowTable({
    hole: vectorFromArray([1, null, 3], new Int32()),
    flag: vectorFromArray([true, null, false]),
  });

  test('files and streams are tables', async () => {
    for (const format of ['file', 'stream'] as const) {
      const path = file(`t-${format}.arrow`, tableToIPC(arrow, format));
      const table = await readTable(path, { text: ['id'], keep: () => true });
      expect(table.texts('id')).toEqual(content.id);
      expect([...table.numbers('single')]).toEqual([...content.single]);
      expect([...table.numbers('double')]).toEqual([...content.double]);
      expect([...table.numbers('whole')]).toEqual([1, 2, 3]);
    }
  });

  test('tables in memory use the buffers of doubles, and convert other numbers on access', () => {
    const table = readMemoryTable(arrow, 'memory', { text: ['id'], keep: () => true });
    expect(table.numbers('double').buffer).toBe(arrow.getChild('double')!.toArray().buffer);
    expect(table.isPacked('single')).toBe(true);
    expect([...table.numbers('single')]).toEqual([...content.single]);
    const batch = arrow.batches[0];
    expect([...readMemoryTable(batch, 'batch').numbers('whole')]).toEqual([1, 2, 3]);
  });

  test('nulls are missing', () => {
    const table = readMemoryTable(withHoles, 'memory');
    expect([...table.numbers('hole')]).toEqual([1, NaN, 3]);
    expect([...table.numbers('flag')]).toEqual([1, NaN, 0]);
  });

  test('several batches follow each other', () => {
    const batches = [...RecordBatchReader.from(tableToIPC(arrow.concat(arrow), 'stream'))];
    const table = readMemoryTable(new ArrowTable(batches), 'memory', { text: ['id'], keep: () => true });
    expect([...table.numbers('single')]).toEqual([...content.single, ...content.single]);
  });

  const whole = tableToIPC(arrow, 'file');

  /** A stream whose schema has thousands of references to one field, with a long list. */
  const sameForAll = (what: 'metadata' | 'union'): Buffer => {
    const count = 4000;
    const [message, schema, field, entry, fields] = [32, 72, 112, 152, 160];
    const list = fields + 4 + 4 * count;
    const bytes = Buffer.alloc(list + 4 + 4 * count);
    const lead = (from: number, to: number) => bytes.writeInt32LE(to - from, from);
    /** Writes the offsets of the fields of a table. */
    const table = (at: number, ...numbers: number[]) => {
      bytes.writeInt32LE(24, at);
      bytes.writeInt16LE(24, at - 24);
      numbers.forEach((number, i) => bytes.writeInt16LE(4 + 4 * i, at - 20 + 2 * number));
    };
    const vector = (at: number, to: number) => {
      bytes.writeInt32LE(count, at);
      for (let i = 1; i <= count; i++) lead(at + 4 * i, to);
    };
    lead(0, message);
    table(message, 1, 2);
    bytes.writeInt32LE(1, message + 4);
    lead(message + 8, schema);
    table(schema, 1);
    lead(schema + 4, fields);
    vector(fields, field);
    vector(list, entry);
    if (what === 'metadata') {
      table(field, 6);
      lead(field + 4, list);
      table(entry);
    } else {
      table(field, 2, 3);
      bytes.writeInt32LE(14, field + 4);
      lead(field + 8, entry);
      table(entry, 1);
      lead(entry + 4, list);
    }
    const prefix = Buffer.alloc(8, 0xff);
    prefix.writeInt32LE(bytes.length, 4);
    return Buffer.concat([prefix, bytes]);
  };

  const arrowFile = (name: string, bytes: Uint8Array) => {
    const path = file(name, bytes);
    return () => readTable(path);
  };
  refuses([
    ['cut short', 'damaged-file', /./, arrowFile('cut.arrow', whole.subarray(0, whole.length / 2))],
    ['a stream cut short', 'damaged-file', /./, arrowFile('cuts.arrow', tableToIPC(arrow, 'stream').subarray(0, 700))],
    ['something else', 'damaged-file', /./, arrowFile('text.arrow', Buffer.from('id,a\n1,2\n3,4\n5,6\n'))],
    ['empty', 'damaged-file', /./, arrowFile('empty.feather', new Uint8Array(0))],
    [
      'a batch of more buffers than there are bytes',
      'damaged-file',
      /its footer does not match/,
      arrowFile('counts.arrow', readFileSync('fuzz/corpus/arrow/found-variadic-counts-beyond-end')),
    ],
    [
      'a message of more metadata than there are bytes',
      'damaged-file',
      /its messages claim more/,
      arrowFile('metadata.arrow', readFileSync('fuzz/corpus/arrow/found-metadata-of-message-beyond-end')),
    ],
    [
      'the same metadata for every field',
      'damaged-file',
      /its messages claim more/,
      arrowFile('shared.arrow', sameForAll('metadata')),
    ],
    [
      'the same kinds of a union for every field',
      'damaged-file',
      /its messages claim more/,
      arrowFile('unions.arrow', sameForAll('union')),
    ],
    ['Feather 1', 'unsupported-type', /version 1/, arrowFile('old.feather', Buffer.from('FEA1....FEA1'))],
    [
      'no table',
      'invalid-argument',
      /an Arrow table, a record batch, or an object of columns/,
      () => readMemoryTable([1] as unknown as MemoryTable, 'memory'),
    ],
    [
      'columns of other lengths',
      'rows-disagree',
      /'b' has 1 of 2 rows/,
      () => readMemoryTable({ a: [1, 2], b: [1] }, 'memory'),
    ],
    [
      'a package that is missing',
      'missing-peer',
      /npm install apache-arrow/,
      () => readArrow(join(folder, 't-file.arrow'), {}, () => Promise.reject(new Error('none'))),
    ],
  ]);
});

describe('a study', () => {
  const subjects = Array.from({ length: 60 }, (_, i) => `s${i}`);
  const wave = (by: number) => Float32Array.from(subjects, (_, i) => Math.sin(i * by) + (i % 7));

  test('reads tables in memory by the name in the study file', async () => {
    const path = file(
      'study.yaml',
      'study: s\nid: id\nmodalities:\n  a: { table: visits, latents: 1 }\n  b: { table: blood, latents: 1 }\n',
    );
    const tables = {
      visits: tableFromArrays({ id: subjects, x: wave(0.1), y: wave(0.7) }),
      blood: { id: subjects, u: [...wave(1.3)], v: wave(2.1) },
    };
    const { dataset } = await readStudy(path, { tables });
    expect(dataset.ids).toEqual(subjects);
    expect(dataset.modalities.map(({ columns }) => columns.map(({ name }) => name))).toEqual([
      ['x', 'y'],
      ['u', 'v'],
    ]);
    const csv = (name: string, columns: Record<string, ArrayLike<number | string>>) =>
      file(
        name,
        [
          Object.keys(columns).join(),
          ...subjects.map((_, i) =>
            Object.values(columns)
              .map((one) => one[i])
              .join(),
          ),
        ].join('\n'),
      );
    csv('visits.csv', { id: subjects, x: wave(0.1), y: wave(0.7) });
    csv('blood.csv', { id: subjects, u: wave(1.3), v: wave(2.1) });
    const same = file(
      'same.yaml',
      readFileSync(path, 'utf8').replace('visits', 'visits.csv').replace('blood', 'blood.csv'),
    );
    expect((await readStudy(same)).dataset.fingerprint).toBe(dataset.fingerprint);
  });

  test('joins a matrix of counts with a sheet, selects cells by obs and genes by variance', async () => {
    const { counts: many, names } = manyCells();
    const path = file(
      'omics.yaml',
      [
        'study: s',
        'id: cell',
        'modalities:',
        '  rna: { table: rna, transform: cpm, filter: { top: 3 }, constant: omit, latents: 1 }',
        '  dna: { table: many/matrix.mtx, columns: [g1, g2], latents: 1 }',
      ].join('\n'),
    );
    file('many/barcodes.tsv', names.join('\n'));
    file('many/features.tsv', [1, 2, 3, 4, 5, 6].map((gene) => `E${gene}\tg${gene}\tGene Expression`).join('\n'));
    const entries = many.flatMap((row, cell) =>
      row.flatMap((value, gene) => (value > 0 ? [`${gene + 1} ${cell + 1} ${value}`] : [])),
    );
    file(
      'many/matrix.mtx',
      `%%MatrixMarket matrix coordinate integer general\n6 ${names.length} ${entries.length}\n${entries.join('\n')}\n`,
    );
    const columns = Object.fromEntries(
      [1, 2, 3, 4, 5, 6].map((gene) => [`g${gene}`, many.map((row) => row[gene - 1])]),
    );
    const { dataset, inspection } = await readStudy(path, { tables: { rna: { cell: names, ...columns } } });
    const sparse = file('sparse.yaml', readFileSync(path, 'utf8').replace('table: rna', 'table: many'));
    const again = await readStudy(sparse);
    expect(again.dataset.fingerprint).toBe(dataset.fingerprint);
    expect(again.inspection.modalities[0].leftOut).toEqual(inspection.modalities[0].leftOut);
  });
});

/** 50 cells × 6 genes with many counts of 0. */
function manyCells(): { counts: number[][]; names: string[] } {
  const names = Array.from({ length: 50 }, (_, cell) => `c${cell}`);
  const rows = names.map((_, cell) =>
    [1, 2, 3, 4, 5, 6].map((gene) => Math.max(0, ((cell * gene * 7) % 11) - 4) + (gene === 1 ? 1 : 0)),
  );
  return { counts: rows, names };
}
