// A second cohort, encoded by a model of the first. The model has seen none of its subjects, so all of them are held
// out. They are still divided into two folds: the two measurements (forms) of a latent are learnt in one fold and used
// in the other.

import { latentNodes, type LatentNode } from '../../causal/index.js';
import type { Dataset } from '../../data/dataset.js';
import type { FitConfig } from '../../training/config.js';
import { withinLevels } from '../causes/index.js';
import { crossFit, type CrossFit, type CrossFitSplit } from '../cross-fit.js';
import { latentEvidence, type LatentEvidence } from '../latents.js';
import { FreePermutations, type Permutations } from '../permutations.js';

export interface SecondCohort {
  /** The modalities that the model knows, on its scales and with its numbers of latents. */
  readonly dataset: Dataset;
  /** Posterior means of the model, subjects × latents of these modalities. */
  readonly encoded: Float32Array;
  /** Settings of the first fit, whose seed divides the cohort. */
  readonly config: FitConfig;
  /** Out-of-fold latents of the first study by name; NaN if a subject lacks the modality. */
  readonly firstLatents?: ReadonlyMap<string, Float64Array> | undefined;
}

/** The cohort as tests need it. */
export interface CohortUnits {
  readonly cohort: SecondCohort;
  readonly nodes: readonly LatentNode[];
  readonly crossFitted: CrossFit;
  /** The only split. */
  readonly split: CrossFitSplit;
  /** The same within the values of observed causes, for tests of links. */
  readonly within: CrossFitSplit;
  readonly latents: readonly LatentEvidence[];
  readonly permutations: Permutations;
}

/** Returns the units of a cohort with enough subjects. */
export async function cohortUnits(cohort: SecondCohort): Promise<CohortUnits> {
  const { dataset, encoded, config } = cohort;
  const fitAndEncode = () => Promise.resolve({ encoded });
  const crossFitted = await crossFit(dataset, config, { fitted: encoded, fitAndEncode });
  const nodes = latentNodes(dataset.modalities);
  const [split] = crossFitted.splits;
  return {
    cohort,
    nodes,
    crossFitted,
    split,
    within: withinLevels(dataset, [split])[0],
    latents: latentEvidence(nodes, crossFitted),
    permutations: new FreePermutations(config.seed),
  };
}
