// Measures the dependence within γ = [η, ε]. Identifiability needs its independence (Sun et al., Prop. 5.1 and 5.2).

import type { Examination } from '../../inference/examination.js';
import type { Dataset } from '../../data/dataset.js';
import { column, selectRows } from '../../metrics/index.js';
import { standardRanks } from '../../metrics/known-ranks.js';
import { dot } from '../../metrics/vectors.js';
import { evenly } from './correlations.js';
import type { RunSummary } from '../../training/run-folder.js';
import type { Entry } from './entries.js';

export interface Independence {
  /** `<modality>.ε1`, `<modality>.η1`: entries of (z, η) with ε instead of z. */
  readonly names: readonly string[];
  /**
   * Maximum of two absolute rank correlations: of the values, and of their distances from the median, which detects
   * dependence of the spread. names × names, row-major, in [0, 1].
   */
  readonly dependence: Float64Array;
  readonly subjects: number;
  /** The dependence that independent noises of the same number of subjects reach by chance: three standard errors. */
  readonly chance: number;
}

const MAX_SUBJECTS = 10_000;

/** The report warns above this value. */
export const NOTABLE_DEPENDENCE = 0.2;

/** True if a pair depends more than the model's assumption allows, and more than by chance. */
export function isNotable(dependence: number, { chance }: Pick<Independence, 'chance'>): boolean {
  return dependence > Math.max(NOTABLE_DEPENDENCE, chance);
}

/** Minimum number of subjects for a measure of dependence. */
const MIN_SUBJECTS = 20;

/**
 * Returns the held-out subjects, because training makes the noises of training subjects dependent. Returns undefined if
 * they are too few.
 */
export function heldOutRows(
  { ids, split, fingerprint }: Pick<Dataset, 'ids' | 'split' | 'fingerprint'>,
  summary: Pick<RunSummary, 'fingerprint'>,
): Int32Array | undefined {
  if (fingerprint !== summary.fingerprint) return Int32Array.from(ids.keys());
  const choices = [split.test, Int32Array.from([...split.validation, ...split.test]).sort()];
  return choices.find((rows) => rows.length >= MIN_SUBJECTS);
}

/**
 * Measures the dependence of noises in subjects who have all modalities.
 * @param present by modality, 1 for subjects who have it
 * @param rows rows of the subjects to use
 */
export function independence(
  entries: readonly Entry[],
  examination: Examination,
  { present, rows: among }: { readonly present: readonly Uint8Array[]; readonly rows: Int32Array },
): Independence {
  const { mean, epsilon, width, rows } = examination;
  const latents = entries.filter(({ latent }) => latent).length;
  const complete = among.filter((row) => present.every((flags) => flags[row] === 1));
  const subjects = evenly(complete.length, MAX_SUBJECTS).map((i) => complete[i]);
  const residuals = selectRows({ values: epsilon, rows, columns: latents }, subjects);
  const means = selectRows({ values: mean, rows, columns: width }, subjects);
  let z = 0;
  const noises = entries.map((entry, i) => (entry.latent ? column(residuals, z++) : column(means, i)));
  const values = noises.map(standardRanks);
  const sizes = noises.map((noise) => {
    const centre = noise.slice().sort()[Math.floor(noise.length / 2)];
    return standardRanks(noise.map((value) => Math.abs(value - centre)));
  });
  const n = entries.length;
  const dependence = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      dependence[i * n + j] =
        i === j ? 1 : Math.max(Math.abs(dot(values[i], values[j])), Math.abs(dot(sizes[i], sizes[j])));
    }
  }
  const names = entries.map(({ name }) => name.replace('.z', '.ε'));
  return { names, dependence, subjects: subjects.length, chance: 3 / Math.sqrt(subjects.length) };
}

/** Returns pairs by descending dependence. */
export function dependentPairs({ names, dependence }: Independence): { a: string; b: string; value: number }[] {
  const pairs = names.flatMap((a, i) =>
    names.slice(0, i).map((b, j) => ({ a: b, b: a, value: dependence[i * names.length + j] })),
  );
  return pairs.sort((x, y) => y.value - x.value);
}
