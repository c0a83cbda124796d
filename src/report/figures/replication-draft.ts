// The figure of a replication: the results of the first study, and each of them in the second cohort.

import { hypothesisText, KIND_TEXTS, type Replication } from '../../replication/index.js';
import { pText } from '../../text/numbers.js';
import { forestChart, type ForestFigures, type ForestRow } from '../charts/forest-chart.js';
import { notice, type Draft } from './draft.js';

const VERDICTS: Readonly<Record<Replication['hypotheses'][number]['verdict'], string>> = {
  replicated: 'replicated',
  'not-replicated': 'not replicated',
  undecided: 'undecided',
  'not-testable': 'not testable',
};
const MAX_HYPOTHESES = 16;

/** Returns two rows for each result that has an estimate in both studies. */
export function replicationFigure({ headline, study, hypotheses }: Replication): Draft[] {
  const draft = { name: 'replication', title: 'Replication in a second cohort' };
  const compared = hypotheses.filter(({ original, estimate }) => original && estimate).slice(0, MAX_HYPOTHESES);
  if (compared.length === 0) return [notice({ ...draft, finding: 'none' }, headline)];
  const rows = compared.flatMap((one): ForestRow[] => {
    const words = VERDICTS[one.verdict];
    const row = (title: string, interval: ForestRow['interval'], supported: boolean): ForestRow => {
      return { title, modalities: [], interval, supported, words };
    };
    return [
      { ...row(study, one.original!, true), heading: `${hypothesisText(one)} (${KIND_TEXTS[one.kind]}): ${words}` },
      row(`second cohort, q ${pText(one.q)}`, one.estimate!, one.verdict === 'replicated'),
    ];
  });
  const figures: ForestFigures = {
    title: draft.title,
    axis: 'estimate, and its 95 % interval',
    description: headline,
    ends: [-0.2, 1],
    minPlot: 100,
    rows,
  };
  return [
    {
      ...draft,
      finding: compared.some(({ verdict }) => verdict === 'replicated') ? 'shown' : 'none',
      caption:
        `${headline} Each result that the first study supports was tested once in the second cohort, with the ` +
        'encoders of the first study. Filled in the second cohort: replicated (Holm over all results).',
      drawing: (width) => forestChart(figures, width),
    },
  ];
}
