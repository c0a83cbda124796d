// Experiments beyond the paper: other graphs, few subjects, missing values, columns of other kinds.

import type { Figures } from './experiment.js';
import { CASE_TITLES, DENSE, LINEAR_GAUSSIAN, rows, SHARED, withTuned } from './paper-experiments.js';

export const beyond = rows('beyond', [
  ...withTuned(
    {
      id: 'extra-edges',
      title: 'case 3, extra cross edges with probability 0.2',
      case: 'case3',
      simulation: { extraEdges: 0.2 },
      reach: { mcc: 0.98, r2: 0.98, shd: 0.3 },
    },
    DENSE,
  ),
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
  ...withTuned(
    {
      id: 'shared-two-first',
      title: 'shared latents that cause the first of two modalities: not identifiable',
      case: 'shared2-first',
    },
    SHARED,
  ),
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
export const small = rows(
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

export const incomplete = rows('incomplete', [
  {
    id: 'missing-modalities-30',
    title: 'case 3, 30 % of (subject, modality) pairs missing',
    case: 'case3',
    simulation: { missingModalities: 0.3 },
    reach: { mcc: 0.985, shd: 0.2 },
  },
  {
    id: 'missing-modalities-30-complete-cases',
    title: 'the same, complete cases only',
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
    title: 'the same, complete cases only',
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
  {
    // 86 epochs of 70 % of the cells read about the same number of observed values as 60 epochs of complete data.
    id: 'missing-cells-30-longer',
    title: 'the same, 86 epochs instead of 60',
    case: 'case1',
    simulation: { missingCells: 0.3, missingInTest: true },
    fit: { epochs: 86 },
    reach: { mcc: 0.98 },
  },
]);

export const mixed = rows('mixed', [
  {
    id: 'mixed-columns',
    title: 'case 3, columns of mixed kinds',
    case: 'case3',
    simulation: { mixedColumns: 0.5 },
    reach: { mcc: 0.95 },
  },
  {
    id: 'mixed-columns-gaussian',
    title: 'the same, every column treated as Gaussian',
    case: 'case3',
    simulation: { mixedColumns: 0.5 },
    asGaussian: true,
  },
]);
