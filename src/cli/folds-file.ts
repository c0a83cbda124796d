// folds.csv: the data behind the evidence of a fit. It has a row for each split, fold and held-out unit (a subject, or
// a group of rows). <modality>.z1 is its out-of-fold latent. <modality>.z1.a and <modality>.z1.b are measurements of
// the latent from two disjoint sets of columns, if these are known.

import type { LatentNode } from '../causal/index.js';
import type { CrossFitSplit, HeldOutFold } from '../evidence/index.js';
import { readTable, writeTable } from '../files/read-table.js';

export const FOLDS_FILE = 'folds.csv';
const SPLIT = 'split';
const FOLD = 'fold';
const FORMS = ['a', 'b'] as const;

/** The members of a fold that discovery needs. */
export type FoldUnits = Pick<HeldOutFold, 'ids' | 'units' | 'forms'>;

/** Writes folds.csv. @throws FileError `unwritable`, `disk-full` */
export async function writeFolds(
  path: string,
  id: string,
  nodes: readonly LatentNode[],
  splits: readonly CrossFitSplit[],
): Promise<void> {
  const folds = splits.flatMap((split, s) => split.folds.map((fold, f) => ({ fold, s, f })));
  const all = (read: (fold: HeldOutFold) => Float64Array): Float64Array => {
    const parts = folds.map(({ fold }) => read(fold));
    const values = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      values.set(part, at);
      at += part.length;
    }
    return values;
  };
  const numbered = (number: (one: { s: number; f: number }) => number): Float64Array =>
    Float64Array.from(folds.flatMap((one) => one.fold.ids.map(() => number(one))));
  await writeTable(path, [
    { name: id, values: folds.flatMap(({ fold }) => [...fold.ids]) },
    { name: SPLIT, values: numbered(({ s }) => s + 1) },
    { name: FOLD, values: numbered(({ f }) => f + 1) },
    ...nodes.flatMap(({ name }, i) => [
      { name, values: all((fold) => fold.units[i]) },
      ...(folds.every(({ fold }) => fold.forms[i] !== undefined)
        ? FORMS.map((form) => ({ name: `${name}.${form}`, values: all((fold) => fold.forms[i]![form]) }))
        : []),
    ]),
  ]);
}

/**
 * Returns the units of every fold of every split.
 * @throws InputError `missing-column`; the errors of reading a table
 */
export async function readFolds(path: string, nodes: readonly LatentNode[]): Promise<FoldUnits[][]> {
  const { available } = await readTable(path, { columns: [] });
  const [id] = available;
  const names = nodes.flatMap(({ name }) => [name, ...FORMS.map((form) => `${name}.${form}`)]);
  const present = names.filter((name) => available.includes(name));
  const table = await readTable(path, { columns: [SPLIT, FOLD, ...present], text: [id] });
  const ids = table.texts(id);
  const [splits, folds] = [table.numbers(SPLIT), table.numbers(FOLD)];
  const rowsOf = (split: number, fold: number): number[] =>
    [...ids.keys()].filter((row) => splits[row] === split && folds[row] === fold);
  const count = splits.reduce((max, split) => Math.max(max, split), 0);
  return Array.from({ length: count }, (_, s) =>
    [1, 2].map((fold): FoldUnits => {
      const rows = rowsOf(s + 1, fold);
      const at = (name: string): Float64Array => {
        const values = table.numbers(name);
        return Float64Array.from(rows, (row) => values[row]);
      };
      return {
        ids: rows.map((row) => ids[row]),
        units: nodes.map(({ name }) => at(name)),
        forms: nodes.map(({ name }) =>
          present.includes(`${name}.a`) ? { a: at(`${name}.a`), b: at(`${name}.b`) } : undefined,
        ),
      };
    }),
  );
}
