// Principal components of each table. They are computed without any other modality and without a model, so subjects
// need not be divided into folds. They also show U-shapes, which an encoder is not trained to find
// (docs/explanation/evidence-statistics.md).

import type { Dataset, Modality } from '../data/dataset.js';
import { valuesPerSubject } from '../data/regular-array.js';
import { groupUnits, scaledGroupMeans } from '../data/group-units.js';
import { presenceOf } from '../data/presence.js';
import { centredMatrix, principalComponents } from '../linear/index.js';
import { affordableRows, filled, observedMeans, spreadOver, tableOf } from '../quality/index.js';
import { normalScores } from '../quality/pair-test.js';
import { knownScores } from './known-scores.js';
import { adjusted, nuisanceOf } from './nuisance.js';

/** Maximum number of values of a table in memory. */
const MAX_VALUES = 2e7;
/** Numbers of components as multiples of the number of latents: one has less noise, two misses less information. */
const SIZES = [1, 2];

export interface TableComponents {
  /** Components by unit, the largest variance first. NaN if a unit lacks the modality. */
  readonly units: readonly Float64Array[];
  /** Numbers of components that are tested together. */
  readonly sizes: readonly number[];
  /** Number of removed directions. A test loses the same number of units. */
  readonly removed: number;
}

/**
 * Returns the principal components of each table by the name of the modality, adjusted for gaps and covariates. Images
 * and series have none, because a value at one position does not mean the same in every subject.
 * @param tested maximum number of subjects
 */
export function tableComponents(dataset: Dataset, tested: number): ReadonlyMap<string, TableComponents> {
  const { ids, modalities, groups } = dataset;
  const tables = modalities.filter(({ regularArray }) => regularArray === undefined);
  const width = Math.max(1, ...tables.map((modality) => valuesPerSubject(modality)));
  const rows = spreadOver(Int32Array.from(ids.keys()), Math.min(tested, Math.ceil(MAX_VALUES / width)));
  const members = groups && groupUnits(rows, groups).members;
  return new Map(
    tables.map((modality) => {
      const { scores, removed } = scoresOf(modality, rows, dataset);
      const units = scores.map((values) => knownScores(members ? scaledGroupMeans(values, members) : values));
      return [modality.name, { units, sizes: SIZES.map((times) => times * modality.latents), removed }];
    }),
  );
}

function scoresOf(
  modality: Modality,
  rows: Int32Array,
  dataset: Dataset,
): { readonly scores: Float64Array[]; readonly removed: number } {
  const present = presenceOf(modality);
  const positions = Int32Array.from(rows.keys()).filter((position) => present[rows[position]] === 1);
  const known = positions.map((position) => rows[position]);
  if (known.length < 2) return { scores: [], removed: 0 };
  const seen = tableOf([modality], affordableRows({ modalities: [modality] }, known));
  const means = observedMeans(seen);
  const { centre, loadings } = principalComponents(filled(seen, means), Math.max(...SIZES) * modality.latents);
  const scores = centredMatrix(filled(tableOf([modality], known), means), centre).mmul(loadings);
  const directions = nuisanceOf(modality, known, dataset.covariates);
  return {
    scores: Array.from({ length: scores.columns }, (_, component) => {
      const values = normalScores(Float64Array.from(scores.getColumn(component)));
      const free = directions ? adjusted(values, directions) : values;
      const all = new Float64Array(rows.length).fill(NaN);
      positions.forEach((position, i) => (all[position] = free[i]));
      return all;
    }),
    removed: directions?.columns ?? 0,
  };
}
