// Tests if latents of counts follow the totals of the counts. A link between two such latents may be the sequencing
// depth of the subjects.

import type { Dataset, Modality } from '../data/dataset.js';
import { isSize } from '../data/kinds.js';
import { quantileOf } from '../data/ranks.js';
import { areRepetitions } from '../data/split.js';
import { spearman } from '../metrics/index.js';
import { listing } from './importance.js';
import type { LibrarySize, Warning } from './schema.js';

/** A latent is warned of only if its whole interval is further from 0 than this. */
const NOTABLE = 0.2;
/** Minimum number of subjects or groups for a useful interval. */
const MIN = 20;
/** Number of standard deviations that include 95 % of a normal distribution. */
const WITHIN = 1.959963984540054;
/** Minimum ratio of the 90 % to the 10 % quantile of totals for a warning before a fit. */
const MIN_SPREAD = 2;

/**
 * Returns Spearman's ρ of every latent of counts with the logarithm of the total, and its 95 % interval (Bonett &
 * Wright 2000). If rows are repetitions, the interval counts groups.
 * @param latents by modality, subjects × latents, NaN if a subject has none
 */
export function librarySizes(
  { modalities, groups, ids }: Dataset,
  latents: Readonly<Record<string, ArrayLike<number>>>,
  isOutOfFold: boolean,
): LibrarySize[] {
  return modalities.flatMap(({ name, logTotals, latents: width }) => {
    const values = latents[name];
    if (logTotals?.length !== ids.length) return [];
    return Array.from({ length: width }, (_, k) => k).flatMap((k) => {
      const of = (row: number) => values[row * width + k];
      const rows = [...ids.keys()].filter((row) => !Number.isNaN(logTotals[row] + of(row)));
      const subjects = areRepetitions(groups) ? new Set(rows.map((row) => groups[row])).size : rows.length;
      if (subjects < MIN) return [];
      const column = (read: (row: number) => number) => {
        return { values: Float64Array.from(rows, read), rows: rows.length, columns: 1 };
      };
      const { values: correlations } = spearman(
        column(of),
        column((row) => logTotals[row]),
      );
      const [correlation] = correlations;
      const latent = `${name}.z${k + 1}`;
      return [
        { modality: name, latent, correlation, interval: interval(correlation, subjects), isOutOfFold, subjects },
      ];
    });
  });
}

function interval(rho: number, n: number): [number, number] {
  const z = Math.atanh(rho);
  const error = WITHIN * Math.sqrt((1 + rho ** 2 / 2) / (n - 3));
  return [Math.tanh(z - error), Math.tanh(z + error)];
}

/** Returns a warning about latents that follow the total of the counts, with a remedy. */
export function librarySizeWarning(figures: readonly LibrarySize[], modalities: readonly Modality[]): Warning[] {
  const notable = figures.filter(({ interval: [low, high] }) => low > NOTABLE || high < -NOTABLE);
  const items = notable.map(({ latent, correlation, interval: ends, isOutOfFold }) => {
    const [low, high] = ends.map(signed);
    const sample = isOutOfFold ? 'out of fold' : 'in sample';
    return `${latent}: ρ ${signed(correlation)} (95 % interval ${low} to ${high}, ${sample})`;
  });
  const affected = modalities.filter(({ name }) => notable.some(({ modality }) => modality === name));
  return listing(
    'library-size',
    items,
    'Latents of counts follow the library size, the total of a subject’s counts: links between them may be only ' +
      `sequencing depth. ${remedy(affected)}`,
  );
}

/** Returns a warning about counts with different totals that nothing corrects for. */
export function depthWarning({ modalities, split }: Dataset): Warning[] {
  const raw = modalities.filter((modality) => modality.logTotals !== undefined && !isScaled(modality));
  const items = raw.flatMap(({ name, logTotals }) => {
    const known = Float64Array.from(split.train, (row) => logTotals![row]).filter((total) => !Number.isNaN(total));
    known.sort();
    const spread = Math.exp(quantileOf(known, 0.9) - quantileOf(known, 0.1));
    return spread > MIN_SPREAD
      ? [`${name}: totals differ ${spread.toPrecision(2)}-fold between the 10 % and the 90 % quantile`]
      : [];
  });
  return listing(
    'depth-differs',
    items,
    `Subjects differ in the total of their counts, and nothing corrects for it: latents will follow it. ${remedy(raw)}`,
  );
}

/** True if something corrects for the totals: a transform of whole rows, a size, or covariates. */
function isScaled({ transform, columns, covariates }: Modality): boolean {
  const isRelative = transform?.kind === 'cpm' || transform?.kind === 'clr';
  return isRelative || covariates !== undefined || columns.some(({ kind }) => isSize(kind));
}

function remedy(modalities: readonly Modality[]): string {
  const all = modalities.every(({ transform }) => transform?.kind === 'cpm');
  const first = all ? '' : 'transform: cpm (log2 counts per million), or ';
  return (
    `If depth is technical, write ${first}kinds: count with size: total, or adjust for the logarithm ` + 'of the total.'
  );
}

function signed(value: number): string {
  return value.toFixed(2).replace('-', '−');
}
