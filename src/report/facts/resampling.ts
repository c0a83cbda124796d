// What a share of resamples is about: the search alone, or fitting and search together.

import type { Resampling } from '../../causal/discovery/index.js';
import { percent } from '../../format.js';

export interface ResamplingFacts {
  readonly kind: string;
  readonly meaning: string;
  /** How often the refits found the fitted model's latents; only where there were any. */
  readonly foundAgain?: string;
}

/** Of resamples of latents, perhaps beside other variables. */
export function resampling({ resampled, foundAgain }: Resampling): ResamplingFacts {
  if (resampled === 'rows') {
    return {
      kind: 'latents resampled',
      meaning:
        'The fit stayed as it is: a share tells how steady the search is, not whether another fit would find it.',
    };
  }
  const latents = (foundAgain ?? []).map(({ name, share }) => `${name} ${percent(share)}`).join(', ');
  return {
    kind: 'subjects resampled before fitting',
    meaning: 'All was fitted anew in each of them: a share tells how steady fitting and search are together.',
    ...(latents !== '' && {
      foundAgain: `Latents that both folds of a resample replicate: ${latents}. Links of others are found seldom.`,
    }),
  };
}
