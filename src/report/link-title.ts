// The figures of a link in one line, for titles in drawings and descriptions in pages.

import type { LinkFigures, Relation } from '../causal/discovery/link-figures.js';
import { decimals, listed, percent, pText, signed } from '../text/numbers.js';

/** Returns "+0.41 (0.30 to 0.51)". @param isOfBlock true for a link of a block, which has no sign */
export function relationText({ estimate, lower, upper }: Relation, isOfBlock = false): string {
  const size = isOfBlock ? decimals(estimate) : signed(estimate, decimals);
  return `${size} (${decimals(lower)} to ${decimals(upper)})`;
}

/** Returns "supported, found in 97 % of half-samples", "assumed", or "not known". */
export function directionWords({ direction: { verdict, share } }: Pick<LinkFigures, 'direction'>): string {
  if (verdict === 'undecided') return 'not known';
  return share === undefined ? verdict : `${verdict}, in ${percent(share)} of half-samples`;
}

export function linkTitle(link: LinkFigures, isOfBlock = false): string {
  const { verdict, direct, conditioning, q } = link;
  const conditions = conditioning.length === 0 ? '' : `, given ${listed(conditioning)}`;
  const figures = direct ? [`direct correlation ${relationText(direct, isOfBlock)}${conditions}`, `q ${pText(q)}`] : [];
  return [`link ${verdict}`, ...figures, `direction ${directionWords(link)}`].join('; ');
}
