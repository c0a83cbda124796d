// Numbers that are read from bytes must equal those of `Number`.

import { scanPlainNumber } from '../../src/files/plain-number.js';
import { expectEqual, type Target } from '../target.js';

export const target: Target = {
  run: (bytes) => {
    const value = new Float64Array(1);
    const end = scanPlainNumber(bytes, 0, bytes.length, value, 0);
    if (end <= 0) return;
    const text = Buffer.from(bytes.subarray(0, end)).toString('latin1');
    expectEqual(value[0], Number(text), text);
  },
};
