// How the columns of a fit measure its latents: the loadings and the noise from which studies are simulated.

import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { presenceOf } from '../data/presence.js';
import type { Dataset, Modality } from '../data/dataset.js';
import { columnSets, correlationOf, crossCorrelations, formsOf } from '../evidence/index.js';
import type { OutOfFoldLatents } from '../inference/model-latents.js';
import { observedMeans, spreadOver, filled, tableOf } from '../quality/index.js';
import { MAX_ALL_COLUMNS, MAX_COLUMNS, type PowerModality } from './design.js';

const MAX_SUBJECTS = 5000;
/** Minimum number of subjects for an estimate. */
const MIN_SUBJECTS = 40;
const RELIABILITY = { min: 0.1, max: 0.98 };

/**
 * Returns the modalities with loadings and reliabilities. Images, series, and tables that have too few columns for two
 * measurements of each latent stay as they are.
 * @param outOfFold out-of-fold latents of the fit
 */
export function measuredModalities(
  modalities: readonly PowerModality[],
  { dataset, outOfFold }: { readonly dataset: Dataset; readonly outOfFold: OutOfFoldLatents },
): PowerModality[] {
  const limit = Math.min(MAX_COLUMNS, Math.floor(MAX_ALL_COLUMNS / modalities.length));
  const positions = new Map(outOfFold.ids.map((id, position) => [id, position]));
  return modalities.map((one) => {
    const modality = dataset.modalities.find(({ name }) => name === one.name);
    const latents = outOfFold.latents[one.name] as Float32Array | undefined;
    if (!modality || !latents || modality.regularArray || modality.stored) return one;
    if (latents.length !== outOfFold.ids.length * one.latents) return one;
    const at = (row: number) => positions.get(dataset.ids[row]);
    const present = presenceOf(modality);
    const known = Int32Array.from(dataset.ids.keys()).filter(
      (row) => present[row] === 1 && at(row) !== undefined && !Number.isNaN(latents[at(row)! * one.latents]),
    );
    const rows = spreadOver(known, MAX_SUBJECTS);
    if (rows.length < MIN_SUBJECTS) return one;
    const values = Array.from({ length: one.latents }, (_, k) =>
      Float64Array.from(rows, (row) => latents[at(row)! * one.latents + k]),
    );
    const reliabilities = reliabilitiesOf(modality, values, rows);
    if (!reliabilities) return { ...one, columns: Math.min(limit, modality.columns.length) };
    const { loadings, noise } = measurementOf(modality, values, { rows, reliabilities, limit });
    return { ...one, columns: loadings?.length, loadings, noise, reliabilities };
  });
}

/** Returns reliabilities from two disjoint sets of columns (Spearman 1910; Brown 1910); undefined without such sets. */
function reliabilitiesOf(
  modality: Modality,
  latents: readonly Float64Array[],
  rows: Int32Array,
): readonly number[] | undefined {
  const sets = columnSets(modality, latents, rows);
  if (!sets) return undefined;
  const half = (odd: number) => rows.filter((_, i) => i % 2 === odd);
  const learned = latents.map((values) => values.filter((_, i) => i % 2 === 0));
  const [a, b] = formsOf(modality, sets, { latents: learned, seen: half(0), wanted: half(1) });
  return a.map((form, k) => {
    const r = Math.max(0, correlationOf(form, b[k]));
    return Math.min(RELIABILITY.max, Math.max(RELIABILITY.min, (2 * r) / (1 + r)));
  });
}

interface LoadingsOptions {
  readonly rows: Int32Array;
  readonly reliabilities: readonly number[];
  readonly limit: number;
}

/**
 * Returns loadings and noise of the columns that follow the latents most. The measured latent is w′x, with the
 * correlations r = S w of the columns and their correlation matrix S. If x = √ρ r z + noise with the covariance
 * S − ρ r r′, then the columns have the covariance S, and w′x the reliability ρ.
 */
function measurementOf(
  modality: Modality,
  latents: readonly Float64Array[],
  { rows, reliabilities, limit }: LoadingsOptions,
): Pick<PowerModality, 'loadings' | 'noise'> {
  const table = tableOf([modality], rows);
  const { values, columns } = filled(table, observedMeans(table));
  const all = Array.from({ length: columns }, (_, c) => {
    const column = Float64Array.from(rows, (_row, i) => values[i * columns + c]);
    return { column, correlations: latents.map((latent) => correlationOf(column, latent)) };
  });
  const strength = (of: readonly number[]) => of.reduce((sum, r) => sum + r ** 2, 0);
  const strongest = all
    .filter(({ column }) => column.some((value) => value !== column[0]))
    .sort((x, y) => strength(y.correlations) - strength(x.correlations))
    .slice(0, limit);
  const loadings = strongest.map(({ correlations }) => correlations.map((r, k) => Math.sqrt(reliabilities[k]) * r));
  const rest = crossCorrelations(
    strongest.map(({ column }) => column),
    strongest.map(({ column }) => column),
  ).sub(new Matrix(loadings).mmul(new Matrix(loadings).transpose()));
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(rest, { assumeSymmetric: true });
  // Latents that correlate a little, and rounding, may leave negative eigenvalues.
  const spreads = realEigenvalues.map((value) => Math.sqrt(Math.max(0, value)));
  return { loadings, noise: eigenvectorMatrix.mulRowVector(spreads).to2DArray() };
}
