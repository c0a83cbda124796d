// All experiments: the paper's, further ones, and upper bounds for some of them.

import type { Experiment } from './experiment.js';
import { beyond, incomplete, mixed, small } from './further-experiments.js';
import { figure5, figure5c, figure8a, figure8b, MECHANISM_SETS, slug, table4 } from './paper-experiments.js';

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

/** Results of the best possible encoder. If they miss the reach too, no encoder could meet it. */
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
    .map(({ id, title, case: name, simulation }) => ({ id: `components-${id}`, title, case: name, simulation })),
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

/** True for our fit of the data that the baselines are fitted to. */
export function isPlainCase({ figure, simulation }: Experiment): boolean {
  return figure === 'figure5' && Object.keys(simulation).length === 0;
}
