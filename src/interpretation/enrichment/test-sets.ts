// Tests gene sets against the scores of genes: preranked enrichment, over-representation, and a test that allows for
// correlated genes.

import { competitiveTest, meanCorrelation, type GeneResiduals } from './competitive-test.js';
import type { MatchedSet } from './match-genes.js';
import { overRepresentation, topGenes, type OverRepresentation } from './over-representation.js';
import { permutationTests, type PermutationOptions, type PermutationTest } from './permutation-tests.js';
import { enrichment, rankGenes, type Enrichment } from './ranked-genes.js';

/** Scores of genes by one latent, or by all latents of a block together. */
export interface GeneScores {
  /** A finite score for each gene. */
  readonly scores: Float64Array;
  /** False for scores ≥ 0 without a direction. */
  readonly isSigned: boolean;
  /** Loadings of the genes on each latent. */
  readonly loadings: readonly Float64Array[];
}

/** The results of a set for one list of scores. */
export interface SetTest {
  readonly set: MatchedSet;
  readonly enrichment: Enrichment;
  readonly permutation: PermutationTest;
  readonly overRepresentation: OverRepresentation;
  /** P of the mean loadings, allowing for correlated genes; undefined without residuals. */
  readonly competitive: number | undefined;
  /** Mean correlation of the genes' residuals; undefined without residuals. */
  readonly correlation: number | undefined;
}

export interface SetTestOptions extends PermutationOptions {
  /** Share of the genes that are the highest, and share that are the lowest. */
  readonly top: number;
}

/**
 * Tests sets against several lists of scores of the same genes.
 * @param sets each with some of the genes, but not with all
 * @param residuals residuals of the genes, if there are subjects
 * @returns for each list, a test of each set
 */
export function testSets(
  lists: readonly GeneScores[],
  sets: readonly MatchedSet[],
  residuals: GeneResiduals | undefined,
  options: SetTestOptions,
): SetTest[][] {
  const correlations = sets.map(({ genes }) => residuals && meanCorrelation(residuals, genes));
  const ranked = lists.map(({ scores }) => rankGenes(scores));
  const enrichments = lists.map(({ isSigned }, l) => sets.map(({ genes }) => enrichment(ranked[l], genes, isSigned)));
  const permutations = permutationTests(
    lists.map(({ isSigned }, l) => ({
      ...{ ranked: ranked[l], isSigned },
      sets: sets.map(({ genes }, s) => ({ size: genes.length, score: enrichments[l][s].score })),
    })),
    options,
  );
  return lists.map(({ scores, isSigned, loadings }, l) => {
    const tops = topGenes(scores, options.top, isSigned);
    return sets.map((set, s) => ({
      set,
      enrichment: enrichments[l][s],
      permutation: permutations[l][s],
      overRepresentation: overRepresentation(tops, scores.length, set.genes, enrichments[l][s].score < 0 ? -1 : 1),
      competitive: residuals && competitiveTest(loadings, set.genes, correlations[s]!, residuals.degrees),
      correlation: correlations[s],
    }));
  });
}
