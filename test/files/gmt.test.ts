// Gene sets in GMT files.

import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { parseGmt, readGmt } from '../../src/files/gmt.js';
import { scratch } from '../fixtures/scratch.js';

const TEXT = 'CYCLE\thttps://example.org\tASPM\tCCNA2\tASPM\tE2F1\t\t\r\n\nIMMUNE\t\tIRF5\tCSF1R\n';
const SETS = [
  { name: 'CYCLE', description: 'https://example.org', genes: ['ASPM', 'CCNA2', 'E2F1'] },
  { name: 'IMMUNE', description: '', genes: ['IRF5', 'CSF1R'] },
];

describe('GMT files', () => {
  const { file } = scratch();

  it.each([
    ['plain', 'a.gmt', Buffer.from(TEXT)],
    ['with a byte order mark', 'b.gmt', Buffer.from(`\ufeff${TEXT}`)],
    ['gzipped', 'c.gmt.gz', gzipSync(TEXT)],
  ])('are read: %s', async (_, name, bytes) => {
    expect(await readGmt(file(name, bytes))).toEqual(SETS);
  });

  it.each([
    ['a line without a tab', 'A\tx\tTP53\nTP53\n', 'damaged-file', 'line 2 has no tab'],
    ['a set without name', '\tx\tTP53\n', 'damaged-file', 'line 1 has no name'],
    [
      'the same name twice',
      'A\tx\tTP53\nB\tx\tTP53\nA\ty\tESR1\n',
      'duplicate-set',
      "lines 1 and 3 have the same set 'A'",
    ],
    ['no set', '\n\r\n', 'empty-table', 'x.gmt contains no gene sets'],
  ])('are refused: %s', (_, text, code, message) => {
    expect(() => parseGmt(text, 'x.gmt')).toThrow(expect.objectContaining({ code }));
    expect(() => parseGmt(text, 'x.gmt')).toThrow(message);
  });

  it('are refused: bytes that are not UTF-8, a broken gzip, a missing file', async () => {
    const latin = file('latin.gmt', Buffer.from('A\t\xfc\tTP53\n', 'latin1'));
    const broken = file('broken.gmt.gz', gzipSync(TEXT).subarray(0, 20));
    await expect(readGmt(latin)).rejects.toMatchObject({ code: 'damaged-file' });
    await expect(readGmt(broken)).rejects.toMatchObject({ code: 'damaged-file' });
    await expect(readGmt(file('none.gmt'))).rejects.toMatchObject({ code: 'missing-file' });
  });
});
