// Archives of arrays, and tables in them.

import { readArrayTable } from '../../src/files/array-table.js';
import { decodeNpz, encodeNpz } from '../../src/files/npz.js';
import { inputFile } from '../input-files.js';
import { expectEqual, type Target } from '../target.js';
import { zipPieces } from '../zip-pieces.js';

export const target: Target = {
  ...zipPieces,
  run: async (bytes) => {
    const arrays = decodeNpz(bytes, 'x.npz', 2 ** 26);
    expectEqual(decodeNpz(encodeNpz(arrays), 'again.npz'), arrays, 'arrays');
    await readArrayTable(inputFile('x.npz', bytes));
  },
};
