// folds.csv: the data behind the evidence of a fit. It has a row for each split, fold and held-out unit (a subject, or
// a group of rows). <modality>.z1 is its out-of-fold latent. <modality>.z1.a and <modality>.z1.b are measurements of
// the latent from two disjoint sets of columns, if these are known.

import { join } from 'node:path';
import type { LatentNode } from '../causal/index.js';
import { InputError } from '../errors/errors.js';
import type { CrossFitSplit, HeldOutFold } from '../evidence/index.js';
import { exists } from '../files/exists.js';
import { runTable } from '../training/run-digests.js';
import type { FittedModel } from './out-of-fold-file.js';

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
  const { writeTable } = await import('../files/read-table.js');
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
 * Returns the folds of a fit, from memory or from the RUN folder from which the model was read.
 * @returns undefined if the fit was not tested, or if the folder has no such file
 * @throws what `readFolds` throws
 */
export async function foldsOf(
  { outOfFold, graph, summary }: FittedModel,
  folder: string | undefined,
): Promise<FoldUnits[][] | undefined> {
  if (outOfFold) {
    return outOfFold.splits?.map(({ folds }) => folds.map(({ ids, units, forms }) => ({ ids, units, forms })));
  }
  const isThere = folder !== undefined && summary.evidence?.tested && (await exists(join(folder, FOLDS_FILE)));
  return isThere ? readFolds(await runTable(folder, FOLDS_FILE), graph.nodes) : undefined;
}

/**
 * Returns the units of every fold of every split.
 * @throws InputError `missing-column`, `damaged-file` if splits are not numbered 1, 2, … and folds 1 and 2; the errors
 *   of
 *   reading a table
 */
export async function readFolds(path: string, nodes: readonly LatentNode[]): Promise<FoldUnits[][]> {
  const { readTable } = await import('../files/read-table.js');
  const { available } = await readTable(path, { columns: [] });
  const [id] = available;
  const names = nodes.flatMap(({ name }) => [name, ...FORMS.map((form) => `${name}.${form}`)]);
  const present = names.filter((name) => available.includes(name));
  const table = await readTable(path, { columns: [SPLIT, FOLD, ...present], text: [id] });
  const ids = table.texts(id);
  return rowsOfFolds(path, table.numbers(SPLIT), table.numbers(FOLD)).map((folds) =>
    folds.map((rows): FoldUnits => {
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

/** Returns the rows of both folds of every split. */
function rowsOfFolds(path: string, splits: Float64Array, folds: Float64Array): number[][][] {
  const rows: number[][][] = [];
  for (const [row, split] of splits.entries()) {
    const fold = folds[row];
    const isInOrder = split >= 1 && (split === rows.length || split === rows.length + 1);
    if (!isInOrder || !(fold === 1 || fold === 2)) {
      throw new InputError(
        'damaged-file',
        `${path}: row ${row + 1} has split ${split} and fold ${fold}. Splits are numbered 1, 2, … in order, ` +
          'and folds ' +
          'are 1 and 2. Copy the file again from where it was written.',
        { path },
      );
    }
    if (split > rows.length) rows.push([[], []]);
    rows[split - 1][fold - 1].push(row);
  }
  return rows;
}
