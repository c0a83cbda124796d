// The figures of a link in one line, for titles in drawings and descriptions in pages.

import type { LinkFigures, Relation } from '../causal/discovery/link-figures.js';
import { decimals, listed, percent, pText, signed } from '../text/numbers.js';

/** Returns "+0.41 (0.30 to 0.51)". */
export function relationText({ estimate, lower, upper }: Relation): string {
  return `${signed(estimate, decimals)} (${decimals(lower)} to ${decimals(upper)})`;
}

/** Returns "supported, found in 97 % of half-samples", "assumed", or "not known". */
export function directionWords({ direction: { verdict, share } }: Pick<LinkFigures, 'direction'>): string {
  if (verdict === 'undecided') return 'not known';
  return share === undefined ? verdict : `${verdict}, in ${percent(share)} of half-samples`;
}

export function linkTitle(link: LinkFigures): string {
  const { verdict, direct, conditioning, q } = link;
  const conditions = conditioning.length === 0 ? '' : `, given ${listed(conditioning)}`;
  const figures = direct ? [`direct correlation ${relationText(direct)}${conditions}`, `q ${pText(q)}`] : [];
  return [`link ${verdict}`, ...figures, `direction ${directionWords(link)}`].join('; ');
}
