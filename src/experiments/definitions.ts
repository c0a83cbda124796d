// The paper's numeric tables and figures as data (METHOD sections 4 and 6): what is simulated, which method is fitted,
// what the paper reports and what is to be reached. docs/science.md says how they are run.

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
  /** What the paper reports, where it gives a number. */
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

/** Seeds of data and fit. @param fit number of the fit among those of the experiment */
export function seedsOf({ fitsPerDataSet }: Pick<Experiment, 'fitsPerDataSet'>, fit: number) {
  return fitsPerDataSet === undefined
    ? { data: fit, fit }
    : { data: Math.floor(fit / fitsPerDataSet), fit: fit % fitsPerDataSet };
}

export const MECHANISM_SETS = {
  'monotone heteroscedastic': {},
  'MLP heteroscedastic': { mechanism: 'mlp' },
  'monotone Laplace': { noise: 'laplace', heteroscedastic: false },
  'linear Laplace': { mechanism: 'linear', noise: 'laplace', heteroscedastic: false },
} as const satisfies Record<string, SimulationOptions>;

export const LINEAR_GAUSSIAN = { mechanism: 'linear', heteroscedastic: false } as const;
const CASES = ['case1', 'case2', 'case3'] as const;
const CASE_TITLES = { case1: 'case 1', case2: 'case 2', case3: 'case 3' } as const;
const REACH = {
  case1: { mcc: 0.985, r2: 0.98, shd: 0.1 },
  case2: { mcc: 0.98, r2: 0.98, shd: 0.1 },
  case3: { mcc: 0.98, r2: 0.98, shd: 0.2 },
} as const;
/** Least mean R² of cases 1 and 2 with MLP mechanisms. */
const MLP_R2 = 0.97;

const figure5 = CASES.flatMap((name) =>
  Object.entries(MECHANISM_SETS).map(([set, simulation]): Experiment => {
    const reach = set.startsWith('MLP') && name !== 'case3' ? { ...REACH[name], r2: MLP_R2 } : REACH[name];
    return {
      id: `${name}-${slug(set)}`,
      figure: 'figure5',
      title: `${CASE_TITLES[name]}, ${set}`,
      case: name,
      simulation,
      method: 'interlatent',
      reach,
      quick: name === 'case1' ? set !== 'monotone Laplace' : name === 'case2' && set === 'monotone heteroscedastic',
    };
  }),
);

const BASELINES: readonly (readonly [Exclude<MethodName, 'interlatent' | 'components'>, title: string])[] = [
  ['beta-vae', 'β-VAE per modality'],
  ['beta-vae-concatenated', 'β-VAE, concatenated'],
  ['causal-vae-supervised', 'CausalVAE, labels: the true latents'],
  ['causal-vae-unsupervised', 'CausalVAE without labels'],
  ['contrastive', 'contrastive (InfoNCE), distance, τ 1'],
  ['contrastive-cosine', 'contrastive (InfoNCE), cosine, τ 1'],
  ['contrastive-swept', 'contrastive, our stronger variant'],
];

const figure5c = CASES.flatMap((name) =>
  BASELINES.filter(([method]) => !method.startsWith('contrastive') || name !== 'case3').map(
    ([method, title]): Experiment => ({
      id: `${name}-${method}`,
      figure: 'figure5c',
      title: `${CASE_TITLES[name]}, ${title}`,
      case: name,
      simulation: {},
      method,
      quick: name === 'case1',
    }),
  ),
);

type Row = Omit<Experiment, 'figure' | 'method' | 'simulation'> & Partial<Pick<Experiment, 'simulation'>>;
const rows = (figure: FigureName, list: readonly Row[]): Experiment[] =>
  list.map((row) => ({ simulation: {}, ...row, figure, method: 'interlatent' }));

/**
 * Graphs whose latents have several parents have more rotated solutions that are nearly as good: more of every restart.
 */
const DENSE_FIT = { runs: 12, restarts: 128 } as const satisfies FitSettings;
/**
 * Two latents with the same causes and effects may save two edges by being mixed, for less than 0.2 nat: edges are
 * cheaper here. Subspaces of latents whose influences overlap converge slowly.
 */
const OVERLAPPING_FIT = { ...DENSE_FIT, epochs: 120, sparsity: { weight: 0.05 } } as const satisfies FitSettings;
/** Copies of shared latents agree under wider maps only. */
const SHARED_FIT = { componentMap: 48 } as const satisfies FitSettings;

const table4 = rows('table4', [
  {
    id: 'five',
    title: 'five modalities',
    case: 'five',
    paper: { r2: 0.89, mcc: 0.84 },
    reach: { mcc: 0.985, r2: 0.98, shd: 0.5 },
  },
  {
    id: 'six',
    title: 'six modalities',
    case: 'six',
    paper: { r2: 0.97, mcc: 0.82 },
    reach: { mcc: 0.98, r2: 0.98, shd: 0.5 },
  },
  {
    id: 'eight',
    title: 'eight modalities',
    case: 'eight',
    paper: { r2: 0.83, mcc: 0.91 },
    reach: { mcc: 0.975, r2: 0.98, shd: 1 },
  },
  {
    id: 'cyclic-within',
    title: 'cycles within modalities (case 3)',
    case: 'case3',
    simulation: { cycles: 'within' },
    fit: DENSE_FIT,
    paper: { r2: 0.95, mcc: 0.89 },
    reach: { mcc: 0.95, r2: 0.97 },
  },
  {
    id: 'cyclic-across',
    title: 'cycles across modalities (case 3)',
    case: 'case3',
    simulation: { cycles: 'across' },
    fit: DENSE_FIT,
    paper: { r2: 0.94, mcc: 0.92 },
    reach: { mcc: 0.95, r2: 0.97 },
  },
  {
    id: 'shared-two',
    title: 'shared latents, two modalities',
    case: 'shared2',
    fit: SHARED_FIT,
    paper: { r2: 0.86, mcc: 0.83 },
    reach: { mcc: 0.95, r2: 0.96 },
  },
  {
    id: 'shared-three',
    title: 'shared latents, three modalities',
    case: 'shared3',
    fit: SHARED_FIT,
    paper: { r2: 0.9, mcc: 0.83 },
    reach: { mcc: 0.95, r2: 0.96 },
  },
]);

const figure8a = rows(
  'figure8a',
  [10, 20, 30, 40].map((thousands) => ({
    id: `samples-${thousands}k`,
    title: `case 2, ${thousands},000 subjects`,
    case: 'case2',
    simulation: { samples: thousands * 1000 },
  })),
);

const figure8b = rows(
  'figure8b',
  [9, 7, 5, 3].map((crossEdges) => ({
    id: `edges-${crossEdges}`,
    title: `case 2, ${crossEdges} of 9 cross edges (${Math.round((100 * (9 - crossEdges)) / 9)} % absent)`,
    case: 'case2',
    simulation: { crossEdges },
    fit: OVERLAPPING_FIT,
    reach: crossEdges === 5 ? { mcc: 0.96, r2: 0.97, shd: 1 } : undefined,
  })),
);

const beyond = rows('beyond', [
  {
    id: 'extra-edges',
    title: 'case 3, extra cross edges with probability 0.2',
    case: 'case3',
    simulation: { extraEdges: 0.2 },
    fit: DENSE_FIT,
    reach: { mcc: 0.98, r2: 0.98, shd: 0.3 },
  },
  {
    id: 'within-edges',
    title: 'case 1, edges within modalities',
    case: 'case1',
    simulation: { withinEdges: true },
    reach: { mcc: 0.93, r2: 0.97, shd: 0.5 },
  },
  {
    id: 'hidden-order',
    title: 'case 3, order of modalities hidden',
    case: 'case3',
    simulation: { shuffled: true },
    fit: { sparsity: { graph: 'acyclic' } },
    reach: { mcc: 0.97, r2: 0.98, shd: 0.5 },
    edges: 'skeleton',
  },
  {
    id: 'linear-gaussian',
    title: 'case 1, linear Gaussian: not identifiable',
    case: 'case1',
    simulation: LINEAR_GAUSSIAN,
  },
  {
    id: 'shared-two-first',
    title: 'shared latents that cause the first of two modalities: not identifiable',
    case: 'shared2-first',
    fit: SHARED_FIT,
  },
]);

type Small = readonly [name: 'case1' | 'case3', samples: number, noise: number, reach?: Figures];
const SMALL: readonly Small[] = [
  ['case1', 500, 0, { mcc: 0.985, worst: 0.98, shd: 0.2 }],
  ['case1', 1000, 0, { mcc: 0.99, worst: 0.985, shd: 0.2 }],
  ['case1', 3000, 0, { mcc: 0.995, worst: 0.99, shd: 0.2 }],
  ['case1', 500, 0.3, { mcc: 0.945, worst: 0.93, shd: 0.2 }],
  ['case1', 1000, 0.3, { mcc: 0.965, worst: 0.95, shd: 0.2 }],
  ['case1', 3000, 0.3, { mcc: 0.975, worst: 0.97, shd: 0.2 }],
  ['case3', 200, 0, { mcc: 0.98 }],
  ['case3', 1000, 0.3, { mcc: 0.985 }],
  ['case3', 2000, 0.5, { mcc: 0.975 }],
  ['case1', 200, 0, { mcc: 0.92 }],
  ['case1', 200, 0.3, { mcc: 0.88 }],
];
const small = rows(
  'small',
  SMALL.map(([name, samples, noise, reach]) => ({
    id: `${name}-${samples}${noise === 0 ? '' : `-noise-${noise}`}`,
    title: `${CASE_TITLES[name]}, ${samples.toLocaleString('en')} subjects${noise === 0 ? '' : `, noise ${noise}`}`,
    case: name,
    simulation: { samples, measurementNoise: noise },
    reach,
    fitsPerDataSet: 3,
  })),
);

const incomplete = rows('incomplete', [
  {
    id: 'missing-modalities-30',
    title: 'case 3, 30 % of (subject, modality) pairs missing',
    case: 'case3',
    simulation: { missingModalities: 0.3 },
    reach: { mcc: 0.985, shd: 0.2 },
  },
  {
    id: 'missing-modalities-30-complete-cases',
    title: 'the same, complete cases alone',
    case: 'case3',
    simulation: { missingModalities: 0.3 },
    completeCases: true,
  },
  {
    id: 'missing-modalities-50',
    title: 'case 3, 50 % of (subject, modality) pairs missing',
    case: 'case3',
    simulation: { missingModalities: 0.5 },
    reach: { mcc: 0.97 },
  },
  {
    id: 'missing-modalities-50-complete-cases',
    title: 'the same, complete cases alone',
    case: 'case3',
    simulation: { missingModalities: 0.5 },
    completeCases: true,
  },
  {
    id: 'missing-cells-30',
    title: 'case 1, 30 % of cells missing, of test subjects too',
    case: 'case1',
    simulation: { missingCells: 0.3, missingInTest: true },
    reach: { mcc: 0.98 },
  },
]);

const mixed = rows('mixed', [
  {
    id: 'mixed-columns',
    title: 'case 3, columns of their own kinds',
    case: 'case3',
    simulation: { mixedColumns: 0.5 },
    reach: { mcc: 0.95 },
  },
  {
    id: 'mixed-columns-gaussian',
    title: 'the same, every column taken for Gaussian',
    case: 'case3',
    simulation: { mixedColumns: 0.5 },
    asGaussian: true,
  },
]);

const BOUNDED: readonly string[] = [
  'cyclic-within',
  'cyclic-across',
  'edges-5',
  'edges-7',
  'within-edges',
  'shared-two',
  'shared-three',
  'shared-two-first',
];

/**
 * What the best encoder could give: where our fits fall short of the reach and this does too, no encoder could meet it.
 */
const bound: Experiment[] = [
  ...Object.entries(MECHANISM_SETS).map(([set, simulation]) => ({
    id: `components-case1-${slug(set)}`,
    title: `case 1, ${set}`,
    case: 'case1' as const,
    simulation,
    reach: { mcc: 0.995, shd: 0 },
    quick: set === 'monotone heteroscedastic',
  })),
  ...[...table4, ...figure8b, ...beyond]
    .filter(({ id }) => BOUNDED.includes(id))
    .map(({ id, title, case: name, simulation, fit }) => ({
      id: `components-${id}`,
      title,
      case: name,
      simulation,
      // Dense graphs with the default number of restarts: here the search is easy.
      fit: fit === SHARED_FIT ? fit : undefined,
    })),
].map((row): Experiment => ({ ...row, figure: 'bound', method: 'components' }));

export const EXPERIMENTS: readonly Experiment[] = [
  ...figure5,
  ...figure5c,
  ...table4,
  ...figure8a,
  ...figure8b,
  ...beyond,
  ...small,
  ...incomplete,
  ...mixed,
  ...bound,
];

/** Our own fit of the data that the baselines are fitted to. */
export function isPlainCase({ figure, simulation }: Experiment): boolean {
  return figure === 'figure5' && Object.keys(simulation).length === 0;
}

function slug(name: string): string {
  return name.toLowerCase().replaceAll(' ', '-');
}
