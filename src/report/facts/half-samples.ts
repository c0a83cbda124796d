// The meaning of a share of half-samples: stability of the search alone, or of fit and search together.

import type { HalfSampling } from '../../causal/discovery/index.js';
import { percent } from '../../text/numbers.js';

export interface HalfSamplingFacts {
  readonly kind: string;
  readonly meaning: string;
  /** How often refits replicated the subspaces of latents. Undefined without refits. */
  readonly replicated?: string;
}

export function halfSampling({ resampled, replicated }: HalfSampling): HalfSamplingFacts {
  if (resampled === 'rows') {
    return {
      kind: 'rows halved',
      meaning: 'A share measures how stable the search is with half of the rows. It is not a confidence level.',
    };
  }
  const latents = (replicated ?? []).map(({ name, share }) => `${name} ${percent(share)}`).join(', ');
  return {
    kind: 'subjects halved before fitting',
    meaning: 'The fit was repeated with each half-sample. A share measures how stable fit and search are together.',
    ...(latents !== '' && {
      replicated:
        `Latents whose subspace both folds of a half-sample replicate: ${latents}. ` +
        'Links of the other latents are rarely found.',
    }),
  };
}
