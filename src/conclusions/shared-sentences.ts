// Sentences about latents that modalities share.

import { counted, decimals, listed } from '../text/numbers.js';
import type { Conclusions } from './conclusions.js';

/** Maximum number of groups of latents that a summary names. */
const MAX_NAMED = 4;

type SharedConclusion = NonNullable<Conclusions['shared']>;

export function sameText({
  latents,
  correlation,
}: Pick<SharedConclusion['same'][number], 'latents' | 'correlation'>): string {
  const { estimate, lower, upper } = correlation;
  return (
    `${listed(latents)} are the same variable as far as the study can tell (correlation without errors of ` +
    `measurement ${decimals(estimate)}, 99.9 % interval ${decimals(lower)} to ${decimals(upper)}).`
  );
}

/** Returns a sentence for each variable that several modalities have, and for each undecided set of modalities. */
export function sharedTexts({ shared }: Pick<Conclusions, 'shared'>): string[] {
  if (!shared) return [];
  return [
    ...shared.same.map(sameText),
    ...shared.subsets.flatMap((subset) => mixedText(subset, shared.same)),
    ...shared.subsets
      .filter(({ isUndecided }) => isUndecided)
      .map(({ modalities }) => `Whether ${listed(modalities)} have more variables in common is undecided.`),
  ];
}

/** Returns a sentence about the shared variables of a set of modalities that are mixtures of latents in the fit. */
function mixedText(
  { modalities, latents }: SharedConclusion['subsets'][number],
  same: SharedConclusion['same'],
): string[] {
  // Names of latents begin with their modality.
  const isOf = (name: string) => modalities.some((modality) => name.startsWith(`${modality}.`));
  const named = same.filter((one) => one.latents.length === modalities.length && one.latents.every(isOf)).length;
  if (latents <= named) return [];
  return [
    `${listed(modalities)} have ${counted(latents - named, `${named > 0 ? 'more ' : ''}variable`)} in common, which ` +
      'the fit does not separate from their other latents.',
  ];
}

/** Returns at most one sentence with figures and one that counts the rest. */
export function sharedSummary(conclusions: Pick<Conclusions, 'shared'>): string[] {
  const { shared } = conclusions;
  if (!shared) return [];
  const [first, ...rest] = shared.same;
  if (shared.same.length === 0) return shared.subsets.flatMap((subset) => mixedText(subset, [])).slice(0, 1);
  const more = rest.map(({ latents }) => listed(latents));
  const named = more.length > MAX_NAMED ? '' : `: ${more.join('; ')}`;
  return [
    sameText(first),
    ...(rest.length > 0
      ? [
          `${counted(rest.length, 'other group')} of latents ${rest.length === 1 ? 'is' : 'are'} one variable ` +
            `each${named}.`,
        ]
      : []),
  ];
}
