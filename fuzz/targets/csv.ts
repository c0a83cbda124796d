// Text tables: the scanner of records, the delimiter, numbers, missing cells.

import { expectTableRoundTrip } from '../table-target.js';
import type { Target } from '../target.js';

export const target: Target = { run: (bytes) => expectTableRoundTrip('x.csv', bytes) };
