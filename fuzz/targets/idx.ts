import { decodeIdx } from '../../src/files/idx.js';
import { expectNpyRoundTrip } from './npy.js';
import type { Target } from '../target.js';

export const target: Target = {
  run: (bytes) => {
    expectNpyRoundTrip(decodeIdx(bytes, 'x.idx'));
  },
};
