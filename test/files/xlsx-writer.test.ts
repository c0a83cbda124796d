// Workbooks that interlatent writes, read again by its reader.

import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { readTable } from '../../src/files/read-table.js';
import { writeWorkbook } from '../../src/files/xlsx-writer.js';
import { unzip } from '../../src/files/zip.js';
import { scratch } from '../fixtures/scratch.js';

const { file } = scratch();

/** Returns a part of a workbook as text. */
function part(path: string, name: string): string {
  return Buffer.from(unzip(readFileSync(path), path, 2 ** 24).get(name) ?? []).toString();
}

describe('a workbook', () => {
  const path = file('results.xlsx');
  const header = ['latent', 'r²'];
  const rows = [
    ['a.z1', 0.1 + 0.2],
    ['=1+1', null],
    ['µ <&> "q" ', -1e-12],
  ] as const;

  test('has a sheet for each table, with its names and numbers unchanged', async () => {
    await writeWorkbook(path, [
      { name: 'about', rows: [['A study.'], ['Two sentences.']] },
      { name: 'latents', header, rows },
    ]);
    const table = await readTable(path, { sheet: 'latents', columns: ['r²'], text: ['latent'] });
    expect(table.texts('latent')).toEqual(['a.z1', '=1+1', 'µ <&> "q"']);
    expect([...table.numbers('r²')]).toEqual([0.1 + 0.2, NaN, -1e-12]);
  });

  test('has no formulas, and its first row stays in view', async () => {
    await writeWorkbook(path, [{ name: 'latents', header, rows }]);
    const sheet = part(path, 'xl/worksheets/sheet1.xml');
    expect(sheet).not.toContain('<f>');
    expect(sheet).toMatch(/<pane [^>]*ySplit="1"/);
  });

  test('keeps to what a sheet can contain: no control letters, and at most 32,767 letters in a cell', async () => {
    await writeWorkbook(path, [{ name: 'long', header: ['text'], rows: [['a\u0007b'], ['x'.repeat(40_000)]] }]);
    const { texts } = await readTable(path, { sheet: 'long', text: ['text'], columns: [] }).then((table) => ({
      texts: table.texts('text'),
    }));
    expect(texts[0]).toMatch(/^a.?b$/);
    expect(texts[1]).toHaveLength(32_767);
  });
});
