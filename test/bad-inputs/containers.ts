// Damaged container files: workbooks with invalid sheets, HDF5 files with changed bytes and words, and archives that
// unpack to a much larger size.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { encodeNpy } from '../../src/files/npy.js';
import { unzip, zip } from '../../src/files/zip.js';
import { randomNumbers, type BadInput } from './case.js';

/** Folder of golden files. Both programs that use this module start in the root of the checkout. */
const TABLES = 'test/golden/tables';
const HDF5 = ['dense.h5ad', 'cells.h5ad', 'cite.h5mu'];
/** Number of damages of each kind in each HDF5 file. */
const DAMAGES = 150;

const golden = (name: string): Uint8Array => readFileSync(join(TABLES, name));

const discover = (name: string, file: string, content: Uint8Array, mayBeGood: boolean): BadInput => ({
  name: `container ${name} in ${file}`,
  args: ['discover', `@/${file}`],
  files: { [file]: content },
  mayBeGood,
});

export function* badContainers(): Generator<BadInput> {
  yield* badWorkbooks();
  yield* badHdf5();
  yield* badArchives();
}

/** Places and values of rows and cells that are invalid or unusual in a sheet. */
const PLACES = ['', '0', '-1', '1e15', '1048577', '999999999999999999999', 'A', '2.5', '\u0662', '__proto__', '2 '];
const CELLS = ['', 'A', '2', 'A0', 'a2', 'XFE2', 'ZZZZZZ2', 'A1048577', 'A999999999999', '$A$2', 'A2:B2', 'Á2', 'A2 '];
const VALUES = ['', 'x', '1e999', '-1e999', 'NaN', '99999999999', '1'.repeat(100_000), '&#0;', '&amp;&amp;', ']]>'];
const TYPES = ['', 's', 'b', 'e', 'str', 'inlineStr', 'd', 'n', 'x', '__proto__'];

function* badWorkbooks(): Generator<BadInput> {
  const files = unzip(golden('single.xlsx'), 'single.xlsx');
  const sheet = 'xl/worksheets/sheet1.xml';
  const workbook = (name: string, rows: string, mayBeGood = true): BadInput => {
    const xml = `<worksheet><sheetData>${rows}</sheetData></worksheet>`;
    return discover(name, 't.xlsx', zip(new Map([...files, [sheet, Buffer.from(xml)]])), mayBeGood);
  };
  const cell = (place: string, value: string, type = 'n') => `<c r="${place}" t="${type}"><v>${value}</v></c>`;
  const head =
    '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c><c r="B1" t="inlineStr"><is><t>b</t></is></c></row>';
  for (const place of PLACES) yield workbook(`row ${place}`, `${head}<row r="${place}">${cell('A2', '1')}</row>`);
  for (const place of CELLS) yield workbook(`cell ${place}`, `${head}<row r="2">${cell(place, '1')}</row>`);
  for (const type of TYPES) {
    for (const value of VALUES) {
      const what = `${type} ${value.slice(0, 12)}`;
      yield workbook(`value ${what}`, `${head}<row r="2">${cell('A2', value, type)}</row>`);
    }
  }
  for (const [name, bytes] of files) {
    for (const part of [0, 1, 2, 3]) {
      const cut = bytes.subarray(0, (bytes.length * part) / 4);
      yield discover(`${name} cut ${part}`, 't.xlsx', zip(new Map([...files, [name, cut]])), true);
    }
    const remaining = new Map([...files].filter(([other]) => other !== name));
    yield discover(`${name} missing`, 't.xlsx', zip(remaining), true);
    yield discover(`${name} of digits`, 't.xlsx', zip(new Map([...files, [name, Buffer.alloc(1e5, '9')]])), true);
    const deep = Buffer.from('<a>'.repeat(100_000));
    yield discover(`${name} deep`, 't.xlsx', zip(new Map([...files, [name, deep]])), true);
  }
}

function* badHdf5(): Generator<BadInput> {
  const next = randomNumbers(38);
  const words = [0n, 1n, 8n, 2n ** 31n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n];
  for (const name of HDF5) {
    const whole = golden(name);
    for (let part = 0; part < 12; part++) {
      yield discover(`cut ${part}`, name, whole.subarray(0, (whole.length * part) / 12), true);
    }
    for (let count = 0; count < DAMAGES; count++) {
      const bytes = Uint8Array.from(whole);
      for (let i = 0; i <= count % 4; i++) bytes[next(bytes.length)] = next(256);
      yield discover(`bytes ${count}`, name, bytes, true);
    }
    for (let count = 0; count < DAMAGES; count++) {
      const bytes = Uint8Array.from(whole);
      const at = 8 * next(Math.floor(bytes.length / 8) - 1);
      new DataView(bytes.buffer).setBigUint64(at, words[count % words.length], true);
      yield discover(`word ${count}`, name, bytes, true);
    }
    // Each group or dataset of a known name gets another name.
    const text = Buffer.from(whole).toString('latin1');
    for (const part of ['obs', 'var', 'X', 'mod', 'obsmap', '_index', 'encoding-type', 'indptr', 'categories']) {
      const other = text.replaceAll(`${part}\0`, `${part.slice(1)}q\0`);
      yield discover(`no ${part}`, name, Buffer.from(other, 'latin1'), true);
    }
  }
  for (const way of ['link', 'soft-link', 'storage', 'virtual', 'virtual-missing']) {
    const file = `outside-${way}.h5ad`;
    const input = discover('values of another file', file, golden(file), false);
    yield { ...input, files: { ...input.files, 'outside.h5': golden('outside.h5') } };
  }
}

function* badArchives(): Generator<BadInput> {
  const contents: Readonly<Record<string, Buffer>> = {
    blanks: Buffer.alloc(2 ** 26, ' '),
    lines: Buffer.alloc(2 ** 26, '\n'),
    commas: Buffer.alloc(2 ** 26, ','),
    quotes: Buffer.alloc(2 ** 26, '"'),
    zeros: Buffer.alloc(2 ** 26),
    numbers: Buffer.alloc(2 ** 26, '1,2\n'),
  };
  for (const [name, bytes] of Object.entries(contents)) {
    for (const ending of ['.csv', '.tsv', '.mtx']) {
      yield discover(`64 MiB of ${name}`, `t${ending}.gz`, gzipSync(bytes), false);
    }
    yield discover(`64 MiB of ${name}`, 't.npz', zip(new Map([['x.npy', bytes]])), false);
    yield discover(`64 MiB of ${name}`, 't.xlsx', zip(new Map([['xl/worksheets/sheet1.xml', bytes]])), false);
  }
  const column = encodeNpy({ shape: [2 ** 23, 1], data: new Float64Array(2 ** 23) });
  yield discover('64 MiB of one column', 't.npz', zip(new Map([['x.npy', column]])), false);
}
