// What linear methods reach from as many numbers per modality as a fit has latents, on the same subjects. Settings are
// chosen by five-fold cross-validation; held-out subjects are seen by nothing here.

import { Matrix } from 'ml-matrix';
import type { Samples } from '../metrics/index.js';
import { permutation, seedKey } from '../random/streams.js';
import { nextTurn } from '../threads/next-turn.js';
import { principalComponents, type Components } from './components.js';
import { leadingEigenpairs } from './leading.js';
import {
  canonicalCorrelation,
  partialLeastSquares,
  principalComponentRegression,
  reducedRankRegression,
} from './methods.js';
import { Moments, type TwoSides } from './moments.js';
import { residual, type Prediction } from './prediction.js';

export const LINEAR_METHODS = ['PCA', 'PLS', 'CCA', 'reduced-rank regression'] as const;
export type LinearMethodName = (typeof LINEAR_METHODS)[number];

/** A method that was fitted: predicts the columns of all other modalities, in their order, from those of one. */
export interface LinearMethod {
  readonly name: LinearMethodName;
  /** What cross-validation chose; empty where there is nothing to choose. */
  readonly setting: Readonly<Record<string, number>>;
  /** Own columns × k. A subject's k numbers are its columns, less their training means, times these. */
  readonly weights: Matrix;
  /** k × the others' columns: what the numbers say of them, less their training means. */
  readonly readOut: Matrix;
}

/** Principal components that stand for a modality, and for all others together. */
const MAX_COMPONENTS = 100;
/** Settings are compared on so many components of what is predicted. */
const COMPARED_COMPONENTS = 50;
const FOLDS = 5;
/** Stream of the permutation that folds are cut from. */
const FOLD_STREAM = 0x30001;
const CANONICAL = [10, 20, 30, 50].flatMap((components) =>
  [0.03, 0.1, 0.3, 0.6].map((shrinkage) => ({ components, shrinkage })),
);
const RIDGES = [1e-4, 1e-3, 1e-2, 0.03, 0.1, 0.3, 1].map((ridge) => ({ ridge }));

export interface LinearOptions {
  /** Left out: all of them. */
  readonly names?: readonly LinearMethodName[] | undefined;
  /** By modality, positions of the subjects that its methods are fitted on, none of nobody; left out: all of them. */
  readonly subjects?: readonly Int32Array[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Gives way to the event loop between its steps.
 * @param modalities training subjects × columns, the same subjects in each; two or more
 * @param latents k of each modality
 * @returns per modality, one of each method; none where a side has no column that varies
 * @throws the signal's reason
 */
export async function linearMethods(
  modalities: readonly Samples[],
  latents: readonly number[],
  { names = LINEAR_METHODS, subjects, signal }: LinearOptions = {},
): Promise<LinearMethod[][]> {
  const breathe = async (): Promise<void> => {
    await nextTurn();
    signal?.throwIfAborted();
  };
  const components: Components[] = [];
  for (const modality of modalities) {
    await breathe();
    components.push(principalComponents(modality, MAX_COMPONENTS));
  }
  const momentsOf = async (positions: readonly number[]): Promise<Moments[]> => {
    const parts: Moments[] = [];
    for (const rows of foldRows(positions)) {
      await breathe();
      parts.push(
        Moments.of(
          sideBySide(components.map(({ scores }) => scores.selection(rows, first(scores.columns, MAX_COMPONENTS)))),
        ),
      );
    }
    return parts;
  };
  const ofAll = subjects ? undefined : await momentsOf([...Array(modalities[0].rows).keys()]);
  const methods: LinearMethod[][] = [];
  for (const [m, own] of components.entries()) {
    const loadings = blockDiagonal(components.filter((_, i) => i !== m).map((other) => other.loadings));
    const parts = ofAll ?? (await momentsOf([...(subjects?.[m] ?? [])]));
    const isPossible = own.loadings.columns > 0 && loadings.columns > 0 && parts.length > 0;
    methods.push(
      isPossible
        ? await methodsOf(names, own.loadings, loadings, sidesOf(parts, components, m), latents[m], breathe)
        : [],
    );
  }
  return methods;
}

/** Sides of all subjects, and of every fold. */
interface Sides {
  readonly all: TwoSides;
  readonly folds: readonly Fold[];
  /** The others' components × those of them all together; left out where they are the same. */
  readonly rotation: Matrix | undefined;
}

interface Fold {
  readonly train: TwoSides;
  /** About the means of the subjects that train. */
  readonly heldOut: TwoSides;
}

/** @param parts moments of the fold's subjects: all modalities' components */
function sidesOf(parts: readonly Moments[], components: readonly Components[], m: number): Sides {
  const places = components.map(({ scores }, i) => new Array<number>(scores.columns).fill(i)).flat();
  const x = places.flatMap((modality, at) => (modality === m ? [at] : []));
  const y = places.flatMap((modality, at) => (modality === m ? [] : [at]));
  const everybody = Moments.joined(parts);
  const products = everybody.about(everybody.mean);
  // One modality's components are uncorrelated already.
  const rotation =
    components.length === 2 ? undefined : leadingEigenpairs(products.selection(y, y), MAX_COMPONENTS).vectors;
  const sides = (all: Matrix, most: number): TwoSides => {
    const xx = all.selection(x, x);
    if (rotation === undefined) {
      const leading = y.slice(0, most);
      return { xx, xy: all.selection(x, leading), yy: all.selection(leading, leading) };
    }
    const turned = rotation.subMatrixColumn(first(rotation.columns, most));
    return {
      xx,
      xy: all.selection(x, y).mmul(turned),
      yy: turned.transpose().mmul(all.selection(y, y)).mmul(turned),
    };
  };
  const folds = parts.map((part) => {
    const rest = everybody.without(part);
    const { mean } = rest;
    return {
      train: sides(rest.about(mean), COMPARED_COMPONENTS),
      heldOut: sides(part.about(mean), COMPARED_COMPONENTS),
    };
  });
  return { all: sides(products, MAX_COMPONENTS), folds, rotation };
}

/** @param own loadings of x @param others loadings of all y, columns × components */
async function methodsOf(
  names: readonly LinearMethodName[],
  own: Matrix,
  others: Matrix,
  { all, folds, rotation }: Sides,
  k: number,
  breathe: () => Promise<void>,
): Promise<LinearMethod[]> {
  const choose = async <S>(candidates: readonly S[], fit: (sides: TwoSides, k: number, setting: S) => Prediction) => {
    const errors: number[] = [];
    for (const setting of candidates) {
      await breathe();
      errors.push(folds.reduce((sum, { train, heldOut }) => sum + residual(fit(train, k, setting), heldOut), 0));
    }
    const setting = candidates[errors.indexOf(Math.min(...errors))];
    return { setting, prediction: fit(all, k, setting) };
  };
  const fits: Record<LinearMethodName, () => Promise<{ setting: object; prediction: Prediction }>> = {
    PCA: () => Promise.resolve({ setting: {}, prediction: principalComponentRegression(all, k) }),
    PLS: () => Promise.resolve({ setting: {}, prediction: partialLeastSquares(all, k) }),
    CCA: () => choose(distinct(CANONICAL, Math.max(all.xx.rows, all.yy.rows)), canonicalCorrelation),
    'reduced-rank regression': () => choose(RIDGES, reducedRankRegression),
  };
  const fitted: { name: LinearMethodName; setting: object; prediction: Prediction }[] = [];
  for (const name of names) {
    await breathe();
    fitted.push({ name, ...(await fits[name]()) });
  }
  const toColumns = (rotation === undefined ? others : others.mmul(rotation)).transpose();
  return fitted.map(({ name, setting, prediction: { weights, readOut } }) => ({
    name,
    setting: { ...setting },
    weights: own.mmul(weights),
    readOut: readOut.mmul(toColumns),
  }));
}

function foldRows(rows: readonly number[]): number[][] {
  const order = Array.from(permutation(seedKey(0), FOLD_STREAM, 0, rows.length), (position) => rows[position]);
  return Array.from({ length: Math.min(FOLDS, rows.length) }, (_, fold) => order.filter((_, i) => i % FOLDS === fold));
}

/** Candidates that differ where there are at most `most` components: the rest repeat them. */
function distinct<S extends { components: number }>(candidates: readonly S[], most: number): S[] {
  const smallest = candidates.map(({ components }) => components).filter((components) => components >= most);
  const enough = Math.min(...smallest);
  return candidates.filter(({ components }) => components <= enough);
}

function sideBySide(tables: readonly Matrix[]): Matrix {
  const all = Matrix.zeros(
    tables[0].rows,
    tables.reduce((sum, { columns }) => sum + columns, 0),
  );
  let column = 0;
  for (const table of tables) {
    all.setSubMatrix(table, 0, column);
    column += table.columns;
  }
  return all;
}

/** Blocks along the diagonal. */
function blockDiagonal(blocks: readonly Matrix[]): Matrix {
  const sum = (of: (block: Matrix) => number): number => blocks.reduce((total, block) => total + of(block), 0);
  const all = Matrix.zeros(
    sum(({ rows }) => rows),
    sum(({ columns }) => columns),
  );
  let [row, column] = [0, 0];
  for (const block of blocks) {
    all.setSubMatrix(block, row, column);
    row += block.rows;
    column += block.columns;
  }
  return all;
}

function first(size: number, most: number): number[] {
  return Array.from({ length: Math.min(size, most) }, (_, i) => i);
}
