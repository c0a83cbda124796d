// Fits linear methods with the same number of dimensions per modality as the latents of a fit, on the same subjects.
// Five-fold cross-validation chooses their settings. Held-out subjects are not used here.

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

/** A fitted method. It predicts the columns of all other modalities, in order, from those of one. */
export interface LinearMethod {
  readonly name: LinearMethodName;
  /** Settings that cross-validation chose; empty for a method without settings. */
  readonly setting: Readonly<Record<string, number>>;
  /** Columns of the modality × k. The k scores of a subject are its columns minus their training means, times these. */
  readonly weights: Matrix;
  /** k × columns of the other modalities. Predicts these columns, minus their training means, from the k scores. */
  readonly readOut: Matrix;
}

/** Maximum number of principal components of a modality, and of all other modalities together. */
const MAX_COMPONENTS = 100;
/** Number of components of the predicted columns on which settings are compared. */
const COMPARED_COMPONENTS = 50;
const FOLDS = 5;
/** Random stream of the permutation for the folds. */
const FOLD_STREAM = 0x30001;
const CANONICAL = [10, 20, 30, 50].flatMap((components) =>
  [0.03, 0.1, 0.3, 0.6].map((shrinkage) => ({ components, shrinkage })),
);
const RIDGES = [1e-4, 1e-3, 1e-2, 0.03, 0.1, 0.3, 1].map((ridge) => ({ ridge }));

export interface LinearOptions {
  /** Methods to fit. Default: all. */
  readonly names?: readonly LinearMethodName[] | undefined;
  /** By modality, positions of the subjects to fit on; a modality without subjects has no methods. Default: all. */
  readonly subjects?: readonly Int32Array[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Fits linear methods for each modality. Yields to the event loop between steps.
 * @param modalities training subjects × columns, the same subjects in each; two or more
 * @param latents k of each modality
 * @returns the methods of each modality; none if all columns of a side are constant
 * @throws the reason of the signal
 */
export async function linearMethods(
  modalities: readonly Samples[],
  latents: readonly number[],
  { names = LINEAR_METHODS, subjects, signal }: LinearOptions = {},
): Promise<LinearMethod[][]> {
  const pause = async (): Promise<void> => {
    await nextTurn();
    signal?.throwIfAborted();
  };
  const components: Components[] = [];
  for (const modality of modalities) {
    await pause();
    components.push(principalComponents(modality, MAX_COMPONENTS));
  }
  const momentsOf = async (positions: readonly number[]): Promise<Moments[]> => {
    const parts: Moments[] = [];
    for (const rows of foldRows(positions)) {
      await pause();
      parts.push(
        Moments.of(
          concatenated(components.map(({ scores }) => scores.selection(rows, first(scores.columns, MAX_COMPONENTS)))),
        ),
      );
    }
    return parts;
  };
  const ofAll = subjects ? undefined : await momentsOf([...Array(modalities[0].rows).keys()]);
  const methods: LinearMethod[][] = [];
  for (const [m, modality] of components.entries()) {
    const loadings = blockDiagonal(components.filter((_, i) => i !== m).map((other) => other.loadings));
    const parts = ofAll ?? (await momentsOf([...(subjects?.[m] ?? [])]));
    const isPossible = modality.loadings.columns > 0 && loadings.columns > 0 && parts.length > 0;
    methods.push(
      isPossible
        ? await methodsOf(names, modality.loadings, loadings, sidesOf(parts, components, m), latents[m], pause)
        : [],
    );
  }
  return methods;
}

/** Moments of all subjects and of every fold. */
interface Sides {
  readonly all: TwoSides;
  readonly folds: readonly Fold[];
  /** Components of single other modalities × components of all together; undefined if there is one other modality. */
  readonly rotation: Matrix | undefined;
}

interface Fold {
  readonly train: TwoSides;
  /** Moments of the held-out subjects about the means of the training subjects. */
  readonly heldOut: TwoSides;
}

/** Returns the sides of a modality. @param parts moments of the components of all modalities, by fold */
function sidesOf(parts: readonly Moments[], components: readonly Components[], m: number): Sides {
  const places = components.map(({ scores }, i) => new Array<number>(scores.columns).fill(i)).flat();
  const x = places.flatMap((modality, at) => (modality === m ? [at] : []));
  const y = places.flatMap((modality, at) => (modality === m ? [] : [at]));
  const total = Moments.joined(parts);
  const products = total.about(total.mean);
  // The components of a single modality are already uncorrelated.
  const rotation =
    components.length === 2 ? undefined : leadingEigenpairs(products.selection(y, y), MAX_COMPONENTS).vectors;
  const sides = (all: Matrix, maxComponents: number): TwoSides => {
    const xx = all.selection(x, x);
    if (rotation === undefined) {
      const leading = y.slice(0, maxComponents);
      return { xx, xy: all.selection(x, leading), yy: all.selection(leading, leading) };
    }
    const rotated = rotation.subMatrixColumn(first(rotation.columns, maxComponents));
    return {
      xx,
      xy: all.selection(x, y).mmul(rotated),
      yy: rotated.transpose().mmul(all.selection(y, y)).mmul(rotated),
    };
  };
  const folds = parts.map((part) => {
    const rest = total.without(part);
    const { mean } = rest;
    return {
      train: sides(rest.about(mean), COMPARED_COMPONENTS),
      heldOut: sides(part.about(mean), COMPARED_COMPONENTS),
    };
  });
  return { all: sides(products, MAX_COMPONENTS), folds, rotation };
}

/** Fits the methods. @param loadings loadings of x @param otherLoadings loadings of all y, columns × components */
async function methodsOf(
  names: readonly LinearMethodName[],
  loadings: Matrix,
  otherLoadings: Matrix,
  { all, folds, rotation }: Sides,
  k: number,
  pause: () => Promise<void>,
): Promise<LinearMethod[]> {
  const choose = async <S>(candidates: readonly S[], fit: (sides: TwoSides, k: number, setting: S) => Prediction) => {
    const errors: number[] = [];
    for (const setting of candidates) {
      await pause();
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
    await pause();
    fitted.push({ name, ...(await fits[name]()) });
  }
  const toColumns = (rotation === undefined ? otherLoadings : otherLoadings.mmul(rotation)).transpose();
  return fitted.map(({ name, setting, prediction: { weights, readOut } }) => ({
    name,
    setting: { ...setting },
    weights: loadings.mmul(weights),
    readOut: readOut.mmul(toColumns),
  }));
}

function foldRows(rows: readonly number[]): number[][] {
  const order = Array.from(permutation(seedKey(0), FOLD_STREAM, 0, rows.length), (position) => rows[position]);
  return Array.from({ length: Math.min(FOLDS, rows.length) }, (_, fold) => order.filter((_, i) => i % FOLDS === fold));
}

/** Returns candidates that differ if there are `available` components. Larger numbers of components are equivalent. */
function distinct<S extends { components: number }>(candidates: readonly S[], available: number): S[] {
  const smallest = candidates.map(({ components }) => components).filter((components) => components >= available);
  const enough = Math.min(...smallest);
  return candidates.filter(({ components }) => components <= enough);
}

/** Returns the matrices side by side. */
function concatenated(tables: readonly Matrix[]): Matrix {
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

/** Returns a matrix with these blocks along its diagonal. */
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

/** Returns the first positions of `size`, at most `max`. */
function first(size: number, max: number): number[] {
  return Array.from({ length: Math.min(size, max) }, (_, i) => i);
}
