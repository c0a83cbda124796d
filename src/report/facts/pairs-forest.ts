// The figures of the forest plot of pairs of modalities.

import type { Conclusions } from '../../conclusions/index.js';
import type { ForestFigures } from '../charts/forest-chart.js';
import type { ReportInput } from '../input.js';
import { testedPairs } from './evidence.js';

/** Returns the figures of the chart of all tested pairs of modalities. */
export function pairsForest({ model }: Pick<ReportInput['summary'], 'model'>, conclusions: Conclusions): ForestFigures {
  const positionOf = (name: string) => model.modalities.findIndex((one) => one.name === name);
  return {
    title: 'Strength of association between modalities',
    axis: 'correlation in held-out subjects, and its 95 % interval',
    description: 'Correlations of held-out subjects.',
    ends: [-0.2, 1],
    rows: testedPairs(conclusions).flatMap(({ first, second, correlation, verdict }) =>
      correlation
        ? [
            {
              title: `${first} and ${second}`,
              modalities: [first, second].map(positionOf),
              interval: correlation,
              supported: verdict === 'supported',
              words: verdict === 'supported' ? 'associated' : 'no association found',
            },
          ]
        : [],
    ),
  };
}
