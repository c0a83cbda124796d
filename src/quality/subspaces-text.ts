// Short description of the choice of subspaces and its reason.

import { MIN_SUBJECTS } from './modality-parts.js';
import type { SubspaceChoice } from './schema.js';
import { percentText } from './warnings.js';

const NAMES = { network: "the network's", linear: 'linear', residual: 'linear plus a network' } as const;

/** Returns the description; undefined if there was no choice. @param names names of the modalities */
export function subspacesText(choice: SubspaceChoice | undefined, names: readonly string[]): string | undefined {
  const { chosen, compared } = choice ?? {};
  if (compared === undefined || chosen === undefined || chosen === 'correlation') return undefined;
  const candidates = [chosen, ...(['network', 'residual', 'linear'] as const).filter((name) => name !== chosen)];
  const each = candidates.flatMap((candidate) => {
    const shares = compared[candidate];
    if (shares === undefined) return [];
    const figures = names.map((name, m) => {
      const { straight, prediction, reconstruction } = shares[m];
      return `${name} ${[straight, prediction, reconstruction].map(percentText).join(', ')}`;
    });
    return [`${NAMES[candidate]}: ${figures.join('; ')}`];
  });
  const isUnknown = candidates.some((name) => compared[name]?.some(({ prediction }) => prediction === null));
  return (
    `Subspaces: ${NAMES[chosen]}. Variance that latents explain in validation subjects (other modalities' ` +
    'columns along ' +
    `straight lines, the same along curves, columns of their modality): ${each.join(' | ')}.` +
    (isUnknown ? ` –: fewer than ${MIN_SUBJECTS} subjects have the modality and another one.` : '')
  );
}
