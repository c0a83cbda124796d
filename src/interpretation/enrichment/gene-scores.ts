// Scores of genes: the loadings of a latent, or the joint effect of the latents of a block.

import type { GeneScores } from './test-sets.js';
import type { UnitEffects } from './unit-effects.js';

/**
 * Returns the scores of genes: means of the effects on their columns.
 * @param columns positions of the columns of each gene
 */
export function geneScores(
  columns: readonly (readonly number[])[],
  { latents, joint }: Pick<UnitEffects, 'latents' | 'joint'>,
): GeneScores {
  const meansOf = (effects: Float64Array) =>
    Float64Array.from(columns, (ofGene) => ofGene.reduce((sum, c) => sum + effects[c], 0) / ofGene.length);
  return { isSigned: latents.length === 1, scores: meansOf(joint), loadings: latents.map(meansOf) };
}
