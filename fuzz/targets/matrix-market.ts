import { expectTableRoundTrip } from '../table-target.js';
import type { Target } from '../target.js';

export const target: Target = { run: (bytes) => expectTableRoundTrip('x.mtx', bytes) };
