// Names that are no files of that name on Windows. The rest is tested there: docs/platforms.md.

import { describe, expect, test } from '@jest/globals';
import { windowsNameProblem } from '../src/files/windows-names.js';

describe('a name that Windows takes for something else', () => {
  test.each([
    ['AUX.csv', /keeps the name AUX\.csv for a device/],
    ['nul', /for a device/],
    ['com1.parquet', /for a device/],
    ['run:1.csv', /has none of < > : " \| \? \*/],
    ['what?.csv', /has none of/],
    ['table.', /does not end in a point or a space/],
    ['table ', /does not end in a point or a space/],
  ])('%j is refused in words', (name, reason) => {
    expect(windowsNameProblem(name)).toMatch(reason);
  });

  test.each(['rna.csv', 'auxiliary.csv', 'console.json', '.hidden', 'z1', '..', 'é ü.csv'])('%j is none', (name) => {
    expect(windowsNameProblem(name)).toBeUndefined();
  });
});
