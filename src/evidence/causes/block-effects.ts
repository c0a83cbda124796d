// Effects of causes on the latents of a modality together. If disjoint folds do not find the same single latents, only
// such effects can be shown: a rotation of the latents does not change the test.

import { termsAt } from '../../data/causes.js';
import { rowsByGroup } from '../../data/split.js';
import { cauchy } from '../combine.js';
import type { FoldEncodings } from '../encodings.js';
import { FreePermutations } from '../permutations.js';
import { heldCauses, testableLevels } from './cause-design.js';
import { clusteredAssociation } from './clustered-association.js';
import { ClusteredRegression, determinedColumns } from './clustered-regression.js';
import type { EffectQuestion } from './effects.js';

/** A test of a level, or of a number, on the latents of a modality. */
export interface BlockTarget {
  /** Position of the cause, and of its level; 0 for a number. */
  readonly position: number;
  readonly key: number;
  readonly modality: string;
  /** True if the cause is tested within groups. */
  readonly isWithin: boolean;
}

export type BlockQuestion = Omit<EffectQuestion, 'latents' | 'ids'>;

/** Returns the testable levels of all causes, for each modality. */
export function blockTargets({ nodes, splits, study }: Omit<BlockQuestion, 'seed'>): BlockTarget[] {
  return study.causes.flatMap((cause, position) =>
    [...new Set(nodes.map(({ modality }) => modality))].flatMap((modality) => {
      const latent = nodes.findIndex((node) => node.modality === modality);
      const { testable, isWithin } = testableLevels(cause, study, rowsWith(splits, latent));
      return [...testable].map((key) => ({ position, key, modality, isWithin }));
    }),
  );
}

/** Returns the rows that have a latent in each fold of each split. */
export function rowsWith(splits: BlockQuestion['splits'], latent: number): Int32Array[] {
  return splits.flatMap(({ folds }) =>
    folds.map(({ encodings }) => {
      const { rows, latents } = encodings!;
      return rows.filter((_, i) => !Number.isNaN(latents[latent][i]));
    }),
  );
}

/** Returns p of each target. Folds may be nearly comonotone, and Cauchy's combination holds for them. */
export function blockPs(targets: readonly BlockTarget[], question: BlockQuestion): number[] {
  const { nodes, splits, seed } = question;
  const permutations = new FreePermutations(seed);
  return targets.map((target) => {
    const columns = nodes.flatMap(({ modality }, i) => (modality === target.modality ? [i] : []));
    return cauchy(
      splits.flatMap(({ folds }) =>
        folds.map(({ encodings }) => blockP(encodings!, columns, target, { ...question, permutations })),
      ),
    );
  });
}

function blockP(
  { rows, latents }: FoldEncodings,
  columns: readonly number[],
  { position, key, isWithin }: BlockTarget,
  { study, seed, permutations }: BlockQuestion & { readonly permutations: FreePermutations },
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
    ...heldCauses(causes, position).flatMap(tableOf),
  ];
  const all = [new Float64Array(used.length).fill(1), ...covariateTerms];
  const determined = determinedColumns(all);
  const regression = new ClusteredRegression({ columns: determined.map((i) => all[i]) });
  const residual = (values: Float64Array) => regression.fit(values).residuals;
  const a = columns.map((latent) => residual(Float64Array.from(at, (i) => latents[latent][i])));
  const b = terms.map(residual);
  const lost = determined.length - 1;
  const units = groups && [...rowsByGroup(used.map((row) => groups[row])).values()];
  // Squares of the few subjects of a small level have heavy tails, for which few permutations give too small a p.
  return clusteredAssociation(a, b, { units, isWithin, seed, permutations, lost }).linear;
}
