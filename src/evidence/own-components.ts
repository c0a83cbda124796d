// Principal components of each modality: what a modality shows of its subjects without knowing any other. No model has
// to be fitted, so that all subjects are tested at once; and they see U-shapes, to which nothing linear would lead a
// model (docs/evidence-statistics.md).

import type { Dataset, Modality } from '../data/dataset.js';
import { valuesPerSubject } from '../data/grid.js';
import { groupUnits, scaledGroupMeans } from '../data/group-units.js';
import { presenceOf } from '../data/presence.js';
import { centredMatrix, principalComponents } from '../linear/index.js';
import { affordableRows, filled, observedMeans, spreadOver, tableOf } from '../quality/index.js';
import { normalScores } from '../quality/pair-test.js';
import { knownScores } from './known-scores.js';
import { adjusted, nuisanceOf } from './nuisance.js';

/** Values of all modalities together that may lie in memory at once. */
const MOST_VALUES = 2e7;
/** Of so many times its latents, a modality's components are tested: most of what it shows, with little noise. */
const SIZES = [1, 2];

export interface OwnComponents {
  /** By unit, the largest variance first; NaN where a unit lacks the modality. */
  readonly units: readonly Float64Array[];
  /** How many of them are tested together. */
  readonly sizes: readonly number[];
  /** Directions that were taken out: a test has as many units less. */
  readonly taken: number;
}

/**
 * Returns the components of each table by the modality's name, less its gaps and the covariates; of a grid (pictures,
 * series) none, since its values are not the same thing in every subject.
 * @param tested subjects that are tested, at most
 */
export function ownComponents(dataset: Dataset, tested: number): ReadonlyMap<string, OwnComponents> {
  const { ids, modalities, groups } = dataset;
  const width = modalities.reduce((sum, modality) => sum + valuesPerSubject(modality), 0);
  const all = Int32Array.from(ids.keys());
  const rows = spreadOver(all, Math.min(tested, Math.ceil(MOST_VALUES / width)));
  const members = groups && groupUnits(rows, groups).members;
  const tables = modalities.filter(({ grid }) => grid === undefined);
  return new Map(
    tables.map((modality) => {
      const { scores, taken } = scoresOf(modality, rows, dataset);
      const units = scores.map((values) => knownScores(members ? scaledGroupMeans(values, members) : values));
      return [modality.name, { units, sizes: SIZES.map((times) => times * modality.latents), taken }];
    }),
  );
}

function scoresOf(
  modality: Modality,
  rows: Int32Array,
  dataset: Dataset,
): { readonly scores: Float64Array[]; readonly taken: number } {
  const present = presenceOf(modality);
  const positions = Int32Array.from(rows.keys()).filter((position) => present[rows[position]] === 1);
  const own = positions.map((position) => rows[position]);
  const seen = tableOf([modality], affordableRows({ modalities: [modality] }, own));
  const means = observedMeans(seen);
  const { centre, loadings } = principalComponents(filled(seen, means), Math.max(...SIZES) * modality.latents);
  const scores = centredMatrix(filled(tableOf([modality], own), means), centre).mmul(loadings);
  const directions = nuisanceOf(modality, own, dataset.covariates);
  return {
    scores: Array.from({ length: scores.columns }, (_, component) => {
      const values = normalScores(Float64Array.from(scores.getColumn(component)));
      const free = directions ? adjusted(values, directions) : values;
      const all = new Float64Array(rows.length).fill(NaN);
      positions.forEach((position, i) => (all[position] = free[i]));
      return all;
    }),
    taken: directions?.columns ?? 0,
  };
}
