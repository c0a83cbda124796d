// What an experiment is: what is simulated, which method is fitted, what the paper reports and what is to be reached.
// docs/explanation/science.md says how they are run.

import type { CaseName } from '../simulation/cases.js';
import type { SimulationOptions } from '../simulation/options.js';
import type { FitSettings } from '../training/config.js';

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

/** Means over the data seeds that a figure is compared with. */
export interface Figures {
  readonly mcc?: number;
  readonly r2?: number;
  readonly shd?: number;
  /** MCC of the worst fit. */
  readonly worst?: number;
}

export interface Experiment {
  /** Unique; names its files. */
  readonly id: string;
  readonly figure: FigureName;
  readonly title: string;
  readonly case: CaseName;
  readonly simulation: Omit<SimulationOptions, 'seed'>;
  readonly method: MethodName;
  /** Settings of the fit beside its defaults. */
  readonly fit?: FitSettings;
  /** What the paper reports of data from its own generator, where it gives a number. */
  readonly paper?: Figures;
  /** Least mean MCC (Spearman, within modalities) and R², greatest mean SHD. */
  readonly reach?: Figures;
  /** What `shd` counts here: cross-modality edges with their direction, or without. */
  readonly edges?: 'directed' | 'skeleton';
  /** Fits of every data set, each with its own seed; 1 when left out, with the seed of the data set. */
  readonly fitsPerDataSet?: number;
  /** True if subjects that lack something are left out, as `missing: drop` does. */
  readonly completeCases?: true;
  /** True if columns that are no measurements are taken for some. */
  readonly asGaussian?: true;
  /** Part of `--quick`. */
  readonly quick?: boolean;
}

/** First data seed of reported figures: the method and its settings were developed on lower ones. */
export const FIRST_SEED = 100;

/** Seeds of data and fit. @param fit number of the fit among those of the experiment */
export function seedsOf({ fitsPerDataSet }: Pick<Experiment, 'fitsPerDataSet'>, fit: number) {
  return fitsPerDataSet === undefined
    ? { data: fit, fit }
    : { data: Math.floor(fit / fitsPerDataSet), fit: fit % fitsPerDataSet };
}
