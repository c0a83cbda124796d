// The statements that a second cohort tests: everything that the first study supports.

import { untracedBlocks, type Conclusions } from '../conclusions/index.js';
import type { Hypothesis } from '../evidence/index.js';

/** Returns what the conclusions of a fit support: pairs, links between modalities, and effects of observed causes. */
export function hypothesesOf({ pairs, links, causes }: Conclusions): Hypothesis[] {
  const isSupported = ({ verdict }: { readonly verdict: string }) => verdict === 'supported';
  return [
    ...pairs.filter(isSupported).map(({ first, second, correlation }): Hypothesis => ({
      ...{ kind: 'pair', first, second },
      ...(correlation && { original: correlation }),
    })),
    ...links
      .filter((link) => isSupported(link) && !link.isWithin)
      .map(({ first, second, conditioning, direct }): Hypothesis => ({
        ...{ kind: 'link', first, second, conditioning },
        ...(direct && { original: intervalOf(direct) }),
      })),
    ...(causes?.effects ?? []).flatMap((one): Hypothesis[] => {
      const { cause, level, latent, effect, spread } = one;
      const names = { first: cause, second: latent, ...(level !== undefined && { level }) };
      return [
        ...(isSupported(one) && effect ? [{ kind: 'effect' as const, ...names, original: intervalOf(effect) }] : []),
        ...(spread && isSupported(spread) ? [{ kind: 'spread' as const, ...names, original: intervalOf(spread) }] : []),
      ];
    }),
    ...(causes ? untracedBlocks(causes) : []).filter(isSupported).map(({ cause, level, modality }): Hypothesis => ({
      ...{ kind: 'block', first: cause, second: modality },
      ...(level !== undefined && { level }),
    })),
  ];
}

type Interval = NonNullable<Hypothesis['original']>;

function intervalOf({ estimate, lower, upper }: Interval): Interval {
  return { estimate, lower, upper };
}
