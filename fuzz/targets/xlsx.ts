import { expectTableRoundTrip } from '../table-target.js';
import type { Target } from '../target.js';
import { zipPieces } from '../zip-pieces.js';

export const target: Target = { ...zipPieces, run: (bytes) => expectTableRoundTrip('x.xlsx', bytes) };
