// An experiment names the simulated data, the fitted method, the figures that the paper reports and those to reach.
// docs/explanation/science.md describes the protocol.

import type { CaseName } from '../../src/simulation/cases.js';
import type { SimulationOptions } from '../../src/simulation/options.js';
import type { FitSettings } from '../../src/training/config.js';

export const FIGURE_NAMES = [
  'figure5',
  'figure5c',
  'table4',
  'figure8a',
  'figure8b',
  'bound',
  'beyond',
  'small',
  'incomplete',
  'mixed',
] as const;
export type FigureName = (typeof FIGURE_NAMES)[number];

export const FIGURES: Readonly<Record<FigureName, string>> = {
  figure5: 'Cases 1, 2 and 3 with four kinds of mechanisms',
  figure5c: 'Baselines on the same data',
  table4: 'More modalities, cycles, shared latents',
  figure8a: 'Sample size',
  figure8b: 'Sparsity ratio: share of the nine possible cross edges of case 2 that are absent',
  bound: 'Upper bound: the component stage alone, on true latents mixed linearly within each modality',
  beyond: 'Beyond the paper: extra edges, edges within modalities, hidden order, a case that is not identifiable',
  small: 'Few subjects, with and without measurement noise; three fits of every data set',
  incomplete: 'Modalities and cells missing completely at random',
  mixed: 'Half of the columns binary, ordinal and counts, through their natural links',
};

export const METHODS = [
  'interlatent',
  'components',
  'beta-vae',
  'beta-vae-concatenated',
  'causal-vae-supervised',
  'causal-vae-unsupervised',
  'contrastive',
  'contrastive-cosine',
  'contrastive-swept',
  'cca-ica',
  'factor-analysis',
] as const;
export type MethodName = (typeof METHODS)[number];

/** Figures to compare with the means over data seeds. */
export interface Figures {
  readonly mcc?: number;
  readonly r2?: number;
  readonly shd?: number;
  /** MCC of the worst fit, not a mean. */
  readonly worst?: number;
}

export interface Experiment {
  /** Unique name, also of the experiment's files. */
  readonly id: string;
  readonly figure: FigureName;
  readonly title: string;
  readonly case: CaseName;
  readonly simulation: Omit<SimulationOptions, 'seed'>;
  readonly method: MethodName;
  /** Settings of the fit that differ from its defaults. */
  readonly fit?: FitSettings;
  /** Figures that the paper reports, for data from its generator. */
  readonly paper?: Figures;
  /** Minimal mean MCC (Spearman, within modalities) and R², maximal mean SHD. */
  readonly reach?: Figures;
  /** Whether `shd` compares the directions of cross-modality edges, or only the skeleton. */
  readonly edges?: 'directed' | 'skeleton';
  /** Number of fits of every data set, each with another seed. Default: one fit, with the seed of the data set. */
  readonly fitsPerDataSet?: number;
  /** True if subjects with missing cells or modalities are left out, as `missing: drop` does. */
  readonly completeCases?: true;
  /** True if every column is treated as Gaussian, whatever its kind is. */
  readonly asGaussian?: true;
  /** True if `--quick` includes the experiment. */
  readonly quick?: boolean;
}

/** First data seed of reported figures. The method and its settings were developed on lower seeds. */
export const FIRST_SEED = 100;

/** Returns the seeds of the data and of the fit. @param fit index of the fit among those of the experiment */
export function seedsOf({ fitsPerDataSet }: Pick<Experiment, 'fitsPerDataSet'>, fit: number) {
  return fitsPerDataSet === undefined
    ? { data: fit, fit }
    : { data: Math.floor(fit / fitsPerDataSet), fit: fit % fitsPerDataSet };
}
