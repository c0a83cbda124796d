// Seeds of the native targets: for every operation, the shortest plan file among those for the rows of the operation
// table.

import { compile } from '../src/compile/index.js';
import { evaluate } from '../src/graph/reference.js';
import { encodePlanFile, expected, initialContents, joined } from '../bench/plan-file.js';
import { operationCases, operationEntry, type OperationCase } from '../test/operation-cases/index.js';
import type { Seeds } from './seeds.js';

/** Maximal length of a seed. Longer files would test nothing more. */
const MAX_BYTES = 4096;

export function nativeSeeds(): Record<'plan' | 'plan_file' | 'plan_run', Seeds> {
  const shortest = new Map<string, { plan: Uint8Array; file: Uint8Array }>();
  for (const row of operationCases) {
    const seed = planFileOf(row);
    const known = shortest.get(row.op);
    if (seed.file.length <= MAX_BYTES && (known === undefined || seed.file.length < known.file.length)) {
      shortest.set(row.op, seed);
    }
  }
  const files = [...shortest].map(([op, { file }]) => [op, file] as const);
  const few = new Map(files.slice(0, 3));
  return {
    plan: new Map([...shortest].slice(0, 12).map(([op, { plan }]) => [op, plan])),
    plan_file: few,
    plan_run: new Map(files),
  };
}

function planFileOf(row: OperationCase): { plan: Uint8Array; file: Uint8Array } {
  const { outputs, parameters } = operationEntry(row);
  const compiled = compile({ runs: 1, entries: { main: { outputs } } });
  const results = joined(evaluate(Object.values(outputs), { parameters }).map((values) => expected(values, 1e-5)));
  const initial = initialContents(compiled, { parameters });
  const { index: entry } = compiled.entries['main'];
  const file = encodePlanFile({ plan: compiled.plan, initial, entry, firstStep: 0, steps: 1, results, afterwards: [] });
  return { plan: compiled.plan, file };
}
