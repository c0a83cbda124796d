// The figures of the agreement of latents between models of disjoint subjects.

import type { Conclusions, LatentConclusion } from '../../conclusions/index.js';
import { decimals } from '../../text/numbers.js';
import type { ForestFigures } from '../charts/forest-chart.js';
import type { ReportInput } from '../input.js';

/** The verdicts on latents in words, the best identified first. */
export const LATENT_WORDS: Readonly<Record<LatentConclusion['verdict'], string>> = {
  component: 'component',
  block: 'block',
  'not-replicated': 'not replicated',
  untested: 'not tested',
};

/** Maximum number of latents. */
const MAX_ROWS = 24;

/** Returns the figures of the chart of all tested latents, with the agreement of random axes as marks. */
export function latentForest(
  { model }: Pick<ReportInput['summary'], 'model'>,
  { latents }: Conclusions,
): ForestFigures {
  const known = latents.filter(({ agreement }) => agreement !== undefined).slice(0, MAX_ROWS);
  return {
    title: 'Latents of disjoint subjects',
    axis: '|correlation| of the latents of two folds',
    description: 'Agreement of latents between models of disjoint subjects.',
    ends: [0, 1],
    minPlot: 120,
    rows: known.map(({ name, modality, verdict, agreement = NaN, chance }) => ({
      title: verdict === 'component' ? name : `${name} (${LATENT_WORDS[verdict]})`,
      modalities: [model.modalities.findIndex((one) => one.name === modality)],
      interval: { estimate: agreement, lower: agreement, upper: agreement },
      isPoint: true,
      // A single latent of a modality has no other axes.
      ...(chance && { mark: chance }),
      supported: verdict === 'component',
      words: `${LATENT_WORDS[verdict]}${chance ? `, random axes ${decimals(chance)}` : ''}`,
    })),
  };
}
