// Names that are not ordinary files on Windows. Other behaviour is tested on Windows: docs/reference/platforms.md.

import { describe, expect, test } from '@jest/globals';
import { windowsPathProblem } from '../../src/files/windows-names.js';

describe('a name with a special meaning on Windows', () => {
  test.each([
    ['AUX.csv', /reserves the name AUX\.csv for a device/],
    ['nul', /for a device/],
    ['com1.parquet', /for a device/],
    ['run:1.csv', /cannot contain < > : " \| \? \*/],
    ['what?.csv', /cannot contain/],
    ['table.', /cannot end in a point or a space/],
    ['aux .csv', /for a device/],
    ['COM¹', /for a device/],
    ['tab\there.csv', /a control character/],
    ['con/table.csv', /for a device/],
    ['C:\\data\\nul\\table.csv', /for a device/],
    ['C:stream:x', /cannot contain/],
    ['table ', /cannot end in a point or a space/],
  ])('%j is refused with a reason', (name, reason) => {
    expect(windowsPathProblem(name)).toMatch(reason);
  });

  test.each(['rna.csv', 'auxiliary.csv', '.hidden', '../z1', 'C:\\a b\\é ü.csv', 'C:', '/', '\\\\?\\C:\\x', ''])(
    'does not include %j',
    (name) => {
      expect(windowsPathProblem(name)).toBeUndefined();
    },
  );
});
