// Reasons why single latents may not be identified: the verdicts on them, and few or differing restarts.

import type { LatentGraph } from '../../causal/index.js';
import { latentCautions, type Caution, type Conclusions } from '../../conclusions/index.js';

export function identifiability(graph: LatentGraph, conclusions: Pick<Conclusions, 'latents'>): Caution[] {
  return [...latentCautions(conclusions), ...fewRestarts(graph)];
}

function fewRestarts({ edges, runs: restarts }: LatentGraph): Caution[] {
  if (restarts < 3) {
    return [
      {
        title: `Only ${restarts === 1 ? 'one restart' : 'two restarts'}`,
        text:
          'It is unknown whether restarts on the same data find the same latents and links. Use more restarts to see ' +
          'their agreement, which is not a confidence level. In a two-stage fit, these are the component restarts: ' +
          'the best quarter of them is trained to the end.',
      },
    ];
  }
  const rare = edges.filter(({ agreement }) => agreement <= 0.5);
  if (rare.length === 0) return [];
  return [
    {
      title: `${rare.length} of ${edges.length} links were found by at most half of the restarts`,
      text:
        'Restarts on the same data disagree about these links: ' +
        `${rare.map(({ from, to }) => `${from} – ${to}`).join(', ')}.`,
    },
  ];
}
