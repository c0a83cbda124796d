// What a share of half-samples is about: the search alone, or fitting and search together.

import type { HalfSampling } from '../../causal/discovery/index.js';
import { percent } from '../../format.js';

export interface HalfSamplingFacts {
  readonly kind: string;
  readonly meaning: string;
  /** How often the refits replicated the latents' subspaces; only where there were any. */
  readonly replicated?: string;
}

export function halfSampling({ resampled, replicated }: HalfSampling): HalfSamplingFacts {
  if (resampled === 'rows') {
    return {
      kind: 'rows halved',
      meaning: 'A share says how steady the search is with half of the rows. It is no measure of confidence.',
    };
  }
  const latents = (replicated ?? []).map(({ name, share }) => `${name} ${percent(share)}`).join(', ');
  return {
    kind: 'subjects halved before fitting',
    meaning: 'Everything was fitted anew to each of them: a share says how steady fitting and search are together.',
    ...(latents !== '' && {
      replicated:
        `Latents whose subspace both folds of a half-sample replicate: ${latents}. ` +
        'Links of others are seldom found.',
    }),
  };
}
