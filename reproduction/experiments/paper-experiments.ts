// Defines the experiments of the paper's tables and figures (METHOD sections 4 and 6).

import { BASELINES } from '../baselines/index.js';
import type { SimulationOptions } from '../../src/simulation/options.js';
import type { FitSettings } from '../../src/training/config.js';
import { METHODS, type Experiment, type FigureName } from './experiment.js';

export const MECHANISM_SETS = {
  'monotone heteroscedastic': {},
  'MLP heteroscedastic': { mechanism: 'mlp' },
  'monotone Laplace': { noise: 'laplace', heteroscedastic: false },
  'linear Laplace': { mechanism: 'linear', noise: 'laplace', heteroscedastic: false },
} as const satisfies Record<string, SimulationOptions>;

export const LINEAR_GAUSSIAN = { mechanism: 'linear', heteroscedastic: false } as const;
const CASES = ['case1', 'case2', 'case3'] as const;
export const CASE_TITLES = { case1: 'case 1', case2: 'case 2', case3: 'case 3' } as const;
const REACH = {
  case1: { mcc: 0.985, r2: 0.98, shd: 0.1 },
  case2: { mcc: 0.98, r2: 0.98, shd: 0.1 },
  case3: { mcc: 0.98, r2: 0.98, shd: 0.2 },
} as const;
/** Minimal mean R² of cases 1 and 2 with MLP mechanisms. */
const MLP_R2 = 0.97;

export const figure5 = CASES.flatMap((name) =>
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

export const figure5c = CASES.flatMap((name) =>
  METHODS.filter((method) => method !== 'interlatent' && method !== 'components')
    .filter((method) => (method !== 'contrastive' && method !== 'contrastive-cosine') || name !== 'case3')
    .map((method): Experiment => ({
      id: `${name}-${method}`,
      figure: 'figure5c',
      title: `${CASE_TITLES[name]}, ${BASELINES[method].title}`,
      case: name,
      simulation: {},
      method,
      quick: name === 'case1',
    })),
);

export type Row = Omit<Experiment, 'figure' | 'method' | 'simulation'> & Partial<Pick<Experiment, 'simulation'>>;

/** Returns experiments that fit our model. */
export function rows(figure: FigureName, list: readonly Row[]): Experiment[] {
  return list.map((row) => ({ simulation: {}, ...row, figure, method: 'interlatent' }));
}

interface Tuning {
  readonly fit: FitSettings;
  /** The settings in words, for titles. */
  readonly text: string;
}

/**
 * Graphs whose latents have several parents have more rotated solutions that are nearly as good, hence more restarts.
 */
export const DENSE: Tuning = {
  fit: { encoderRestarts: 12, componentRestarts: 128 },
  text: '12 encoders, 128 restarts',
};
/**
 * Mixing two latents with the same causes and effects may save two edges and cost less than 0.2 nat, so edges are
 * cheaper here. Subspaces of latents with overlapping influences converge slowly, hence more epochs.
 */
const OVERLAPPING: Tuning = {
  fit: { ...DENSE.fit, epochs: 120, sparsity: { weight: 0.05 } },
  text: `${DENSE.text}, 120 epochs, 0.05 nat per edge`,
};
/** Copies of shared latents agree only with wider component maps. */
export const SHARED: Tuning = { fit: { componentMap: 48 }, text: 'component maps of 48 units' };

/**
 * Returns the experiment with default settings and again with tuned ones. The truth of data seeds 0 to 4 was used for
 * tuning, so only results on other data seeds are fair.
 */
export function withTuned(row: Row, { fit, text }: Tuning): Row[] {
  return [row, { ...row, id: `${row.id}-tuned`, title: `${row.title}; ${text}`, fit: { ...row.fit, ...fit } }];
}

export const table4 = rows('table4', [
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
  ...withTuned(
    {
      id: 'cyclic-within',
      title: 'cycles within modalities (case 3)',
      case: 'case3',
      simulation: { cycles: 'within' },
      paper: { r2: 0.95, mcc: 0.89 },
      reach: { mcc: 0.95, r2: 0.97 },
    },
    DENSE,
  ),
  ...withTuned(
    {
      id: 'cyclic-across',
      title: 'cycles across modalities (case 3)',
      case: 'case3',
      simulation: { cycles: 'across' },
      paper: { r2: 0.94, mcc: 0.92 },
      reach: { mcc: 0.95, r2: 0.97 },
    },
    DENSE,
  ),
  ...withTuned(
    {
      id: 'shared-two',
      title: 'shared latents, two modalities',
      case: 'shared2',
      paper: { r2: 0.86, mcc: 0.83 },
      reach: { mcc: 0.95, r2: 0.96 },
    },
    SHARED,
  ),
  ...withTuned(
    {
      id: 'shared-three',
      title: 'shared latents, three modalities',
      case: 'shared3',
      paper: { r2: 0.9, mcc: 0.83 },
      reach: { mcc: 0.95, r2: 0.96 },
    },
    SHARED,
  ),
]);

export const figure8a = rows(
  'figure8a',
  [10, 20, 30, 40].map((thousands) => ({
    id: `samples-${thousands}k`,
    title: `case 2, ${thousands},000 subjects`,
    case: 'case2',
    simulation: { samples: thousands * 1000 },
  })),
);

export const figure8b = rows(
  'figure8b',
  [9, 7, 5, 3].flatMap((crossEdges) =>
    withTuned(
      {
        id: `edges-${crossEdges}`,
        title: `case 2, ${crossEdges} of 9 cross edges (${Math.round((100 * (9 - crossEdges)) / 9)} % absent)`,
        case: 'case2',
        simulation: { crossEdges },
        reach: crossEdges === 5 ? { mcc: 0.96, r2: 0.97, shd: 1 } : undefined,
      },
      OVERLAPPING,
    ),
  ),
);

export function slug(name: string): string {
  return name.toLowerCase().replaceAll(' ', '-');
}
