import { readAsTable } from '../table-target.js';
import type { Target } from '../target.js';

export const target: Target = { run: (bytes) => readAsTable('x.arrow', bytes) };
