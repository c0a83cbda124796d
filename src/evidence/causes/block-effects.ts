// Effects of causes on the latents of a modality together. If disjoint folds do not find the same single latents, only
// such effects can be shown: a rotation of the latents does not change the test.

import { isRemovedWithBatches } from '../../data/batches.js';
import { cauchy } from '../combine.js';
import type { FoldEncodings } from '../encodings.js';
import { FreePermutations } from '../permutations.js';
import { CauseComparison, type ComparedLevel } from './cause-comparison.js';
import { testableLevels } from './cause-design.js';
import { studyOfCause } from './cause-study.js';
import type { EffectQuestion } from './effects.js';

/** A test of a level, or of a number, on the latents of a modality. */
export interface BlockTarget extends ComparedLevel {
  readonly modality: string;
}

type BlockQuestion = Omit<EffectQuestion, 'latents' | 'ids'>;

/** Returns the testable levels of all causes, for each modality in which they are identifiable. */
export function blockTargets({ nodes, splits, study, modalities = [] }: Omit<BlockQuestion, 'seed'>): BlockTarget[] {
  return study.causes.flatMap((cause, position) => {
    const ofCause = studyOfCause(position, { study, modalities });
    return [...new Set(nodes.map(({ modality }) => modality))].flatMap((modality) => {
      if (modalities.some((one) => one.name === modality && isRemovedWithBatches(cause.name, one))) return [];
      const latent = nodes.findIndex((node) => node.modality === modality);
      const { testable, isWithin } = testableLevels(cause, ofCause, rowsWith(splits, latent));
      return [...testable].map((key) => ({ position, key, modality, isWithin }));
    });
  });
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
    const study = studyOfCause(target.position, question);
    return cauchy(
      splits.flatMap(({ folds }) =>
        folds.map(({ encodings }) => blockP(encodings!, columns, target, { study, seed, permutations })),
      ),
    );
  });
}

function blockP(
  { rows, latents }: FoldEncodings,
  columns: readonly number[],
  target: BlockTarget,
  { study, seed, permutations }: Pick<BlockQuestion, 'study' | 'seed'> & { readonly permutations: FreePermutations },
): number {
  const at = [...rows.keys()].filter((i) => !Number.isNaN(latents[columns[0]][i]));
  const comparison = new CauseComparison(
    at.map((i) => rows[i]),
    target,
    study,
  );
  const values = columns.map((latent) => Float64Array.from(at, (i) => latents[latent][i]));
  return comparison.p(values, { seed, permutations });
}
