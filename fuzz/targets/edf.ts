import { decodeEdf } from '../../src/series/edf.js';
import type { Target } from '../target.js';

export const target: Target = {
  run: (bytes) => {
    for (const { samples, time, count } of decodeEdf(bytes, 'x.edf')) {
      if (count > 0) time(count - 1);
      samples();
    }
  },
};
