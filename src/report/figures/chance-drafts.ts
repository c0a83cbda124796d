// Figures of refits of shuffled subjects (`interlatent null`): the study among them, and whether their p-values are
// calibrated.

import type { PermutationNull } from '../../evidence/index.js';
import { counted, decimals } from '../../text/numbers.js';
import { calibrationChart } from '../charts/calibration-chart.js';
import { nullSvg } from '../null-svg.js';
import type { Draft } from './draft.js';

/** Maximum number of curves, so that each has another colour. */
const MAX_CURVES = 8;

export function chanceFigures(chance: PermutationNull): Draft[] {
  const { pairs, causes = [], refits, associated, alpha } = chance;
  const tested = [
    ...pairs.map(({ first, second, refits: ps }) => ({ name: `${first} and ${second}`, ps })),
    ...causes.map(({ cause, refits: ps }) => ({ name: cause, ps })),
  ];
  if (tested.length === 0) return [];
  const left = tested.length - MAX_CURVES;
  const summary =
    `In ${associated} of ${counted(refits, 'refit')} of shuffled subjects, something is called associated (Holm); ` +
    `about ${decimals(alpha * refits, 1)} are expected.`;
  const calibration = { title: 'Calibration of the tests on shuffled subjects', curves: tested.slice(0, MAX_CURVES) };
  return [
    {
      name: 'chance',
      title: 'Associations of the study, and of shuffled subjects',
      finding: 'described',
      caption:
        `Large: p of the cross-fit of the study. Small: p of ${counted(refits, 'refit')}, in which the subjects of ` +
        `the modalities were shuffled so that nothing is associated. ${summary}`,
      drawing: nullSvg(chance, { theme: 'page' }),
    },
    {
      name: 'calibration',
      title: calibration.title,
      finding: 'described',
      caption:
        'For each p, the share of refits of shuffled subjects whose p is at most as large. The p-values of a ' +
        'calibrated test follow the dashed diagonal; the curve of each pair stays in the band in 95 % of all cases. ' +
        `${summary}${left > 0 ? ` ${counted(left, 'more pair')} not shown.` : ''}`,
      drawing: (width) => calibrationChart(calibration, width),
    },
  ];
}
