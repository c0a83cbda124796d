// Effects of causes on the latents of a modality together. If disjoint folds do not find the same single latents, only
// such effects can be shown: a rotation of the latents does not change the test.

import { termsAt } from '../../data/causes.js';
import { scaledGroupMeans, withinGroupDeviations } from '../../data/group-units.js';
import { rowsByGroup } from '../../data/split.js';
import { associationTest } from '../association-test.js';
import { cauchy } from '../combine.js';
import type { FoldEncodings } from '../cross-fit.js';
import { FreePermutations, permutationsWithin } from '../permutations.js';
import { ClusteredRegression, determinedColumns } from './clustered-regression.js';
import type { BlockEvidence, EffectQuestion, RawEffect } from './effects.js';

/** Tests each testable level on each modality with latents that are not replicated individually. */
export function blockEvidence(
  question: EffectQuestion,
  effects: readonly RawEffect[],
): Pick<BlockEvidence, 'cause' | 'level' | 'modality' | 'p'>[] {
  const { nodes, latents, splits, seed } = question;
  const mixed = new Set(nodes.flatMap(({ modality }, i) => (latents[i].single ? [] : [modality])));
  const permutations = new FreePermutations(seed);
  return effects
    .filter(({ combined, latent }) => combined && nodes[latent].index === 0 && mixed.has(nodes[latent].modality))
    .map((effect) => {
      const { cause, level, latent } = effect;
      const { modality } = nodes[latent];
      const columns = nodes.flatMap((node, i) => (node.modality === modality ? [i] : []));
      // Folds may be nearly comonotone: each determines the axes that the other one tests. Cauchy's combination holds.
      const ps = splits.flatMap(({ folds }) =>
        folds.map(({ encodings }) => blockP(encodings!, columns, effect, { ...question, permutations })),
      );
      return { cause, ...(level !== undefined && { level }), modality, p: cauchy(ps) };
    });
}

function blockP(
  { rows, latents }: FoldEncodings,
  columns: readonly number[],
  { position, key, isWithin }: RawEffect,
  { study, seed, permutations }: EffectQuestion & { readonly permutations: FreePermutations },
): number {
  const { causes, covariates = [], groups } = study;
  const cause = causes[position];
  const isCategorical = cause.kind === 'categorical';
  const isUsed = (i: number) =>
    !Number.isNaN(latents[columns[0]][i]) && (!isCategorical || [0, key].includes(cause.values[rows[i]]));
  const at = [...rows.keys()].filter(isUsed);
  const used = at.map((i) => rows[i]);
  const tableOf = (one: (typeof causes)[number]) => {
    const table = used.map((row) => termsAt(one, one.values[row]));
    return one.terms.map((_, term) => Float64Array.from(table, (terms) => terms[term]));
  };
  const terms = isCategorical ? [Float64Array.from(used, (row) => Number(cause.values[row] === key))] : tableOf(cause);
  const covariateTerms = [
    ...covariates.map((term) => Float64Array.from(used, (row) => term[row])),
    ...causes.flatMap((other, i) => (i === position ? [] : tableOf(other))),
  ];
  const all = [new Float64Array(used.length).fill(1), ...covariateTerms];
  const determined = determinedColumns(all);
  const regression = new ClusteredRegression({ columns: determined.map((i) => all[i]) });
  const residual = (values: Float64Array) => regression.fit(values).residuals;
  const a = columns.map((latent) => residual(Float64Array.from(at, (i) => latents[latent][i])));
  const b = terms.map(residual);
  const lost = determined.length - 1;
  if (!groups) return associationTest(a, b, { permutations, lost }).p;
  const members = [...rowsByGroup(used.map((row) => groups[row])).values()];
  if (!isWithin) {
    const means = (values: Float64Array) => scaledGroupMeans(values, members);
    return associationTest(a.map(means), b.map(means), { permutations, lost }).p;
  }
  const shared = members.filter(({ length }) => length > 1);
  const rowsOfShared = shared.flat();
  let next = 0;
  const positions = shared.map((group) => group.map(() => next++));
  const deviations = (values: Float64Array) =>
    withinGroupDeviations(
      Float64Array.from(rowsOfShared, (i) => values[i]),
      positions,
    );
  return associationTest(a.map(deviations), b.map(deviations), {
    permutations: permutationsWithin(positions, seed),
    lost,
  }).p;
}
