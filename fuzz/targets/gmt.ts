// Gene sets: names, descriptions, and genes between tabs.

import { parseGmt } from '../../src/files/gmt.js';
import type { Target } from '../target.js';

export const target: Target = { maxBytes: 512, run: (bytes) => parseGmt(Buffer.from(bytes).toString(), 'x.gmt') };
