// Which subspaces a fit chose and why, in a sentence.

import { LEAST_SUBJECTS } from './modality-parts.js';
import type { SubspaceChoice } from './schema.js';
import { percentText } from './warnings.js';

/** @param names of the modalities @returns undefined where there was no choice */
export function subspacesText(choice: SubspaceChoice | undefined, names: readonly string[]): string | undefined {
  if (choice?.compared === undefined) return undefined;
  const { chosen } = choice;
  const { network, linear } = choice.compared;
  const [best, other] = chosen === 'linear' ? [linear, network] : [network, linear];
  const each = names.map((name, m) => {
    const [own, others] = [best[m].own, best[m].others].map(percentText);
    return `${name} ${own} and ${others} (${percentText(other[m].own)}, ${percentText(other[m].others)})`;
  });
  const [which, rival] = chosen === 'linear' ? ['linear', "network's"] : ["the network's", 'linear ones'];
  const isUnknown = [...network, ...linear].some(({ others }) => others === null);
  return (
    `Subspaces: ${which}. They explain of own columns and of the others' in validation subjects, and the ${rival} ` +
    `in brackets: ${each.join('; ')}.` +
    (isUnknown ? ` –: fewer than ${LEAST_SUBJECTS} subjects have the modality and another one.` : '')
  );
}
