// Which subspaces a fit chose and why, in a few words.

import { MIN_SUBJECTS } from './modality-parts.js';
import type { SubspaceChoice } from './schema.js';
import { percentText } from './warnings.js';

const NAMES = { network: "the network's", linear: 'linear', residual: 'linear plus a network' } as const;

/** @param names of the modalities @returns undefined where there was no choice */
export function subspacesText(choice: SubspaceChoice | undefined, names: readonly string[]): string | undefined {
  const { chosen, compared } = choice ?? {};
  if (compared === undefined || chosen === undefined || chosen === 'correlation') return undefined;
  const candidates = [chosen, ...(['network', 'residual', 'linear'] as const).filter((name) => name !== chosen)];
  const each = candidates.flatMap((candidate) => {
    const shares = compared[candidate];
    if (shares === undefined) return [];
    const figures = names.map((name, m) => {
      const { straight, others, own } = shares[m];
      return `${name} ${[straight, others, own].map(percentText).join(', ')}`;
    });
    return [`${NAMES[candidate]}: ${figures.join('; ')}`];
  });
  const isUnknown = candidates.some((name) => compared[name]?.some(({ others }) => others === null));
  return (
    `Subspaces: ${NAMES[chosen]}. In validation subjects, latents explain of the other modalities' columns along ` +
    `straight lines, of these along curves, and of their own columns: ${each.join(' | ')}.` +
    (isUnknown ? ` –: fewer than ${MIN_SUBJECTS} subjects have the modality and another one.` : '')
  );
}
