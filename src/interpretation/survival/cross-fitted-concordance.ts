// Concordance in subjects who are not in the regression: each fold is scored by the regression on the other folds. Only
// scores of the same regression are compared.

import { permutation, seedKey } from '../../random/streams.js';
import { stratifiedConcordance, type Concordance } from './concordance.js';
import { coxRegression, type CoxInput } from './cox.js';

const FOLDS = 5;
const FOLD_STREAM = 0x44000;

/**
 * Returns the fold of each subject. Subjects with and without the event are divided evenly, and subjects of a cluster
 * are in the same fold.
 */
export function survivalFolds({ events, clusters }: Pick<CoxInput, 'clusters' | 'events'>): Uint8Array {
  const count = events.length;
  const order = permutation(seedKey(0), FOLD_STREAM, 0, count);
  const folds = new Uint8Array(count);
  const known = new Map<string | number, number>();
  // Those with the event come first, so that every fold has the same number of them, or one more.
  let next = 0;
  for (const event of [1, 0]) {
    for (const subject of order) {
      if (events[subject] !== event) continue;
      const cluster = clusters?.[subject];
      const fold = (cluster === undefined ? undefined : known.get(cluster)) ?? next++ % FOLDS;
      if (cluster !== undefined) known.set(cluster, fold);
      folds[subject] = fold;
    }
  }
  return folds;
}

/** Returns the concordance; undefined if a regression has no estimates, or no pair is comparable. */
export function crossFittedConcordance(input: CoxInput, folds = survivalFolds(input)): Concordance | undefined {
  const { times, events, columns } = input;
  const scores = new Float64Array(times.length);
  const rows = [...scores.keys()];
  for (const fold of new Set(folds)) {
    const seen = rows.filter((row) => folds[row] !== fold);
    const of = (values: ArrayLike<number>) => Float64Array.from(seen, (row) => values[row]);
    // Clusters only change standard errors.
    const fit = coxRegression({ times: of(times), events: of(events), columns: columns.map(of) });
    if (fit.verdict !== 'estimated') return undefined;
    for (const row of rows) {
      if (folds[row] !== fold) continue;
      scores[row] = fit.coefficients.reduce((sum, coefficient, k) => sum + coefficient * columns[k][row], 0);
    }
  }
  return stratifiedConcordance({ times, events }, scores, folds);
}
