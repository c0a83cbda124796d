// Checks of the latents that may be set: the data must determine them, and models of disjoint subjects must find them.

import { isMixing, mixingReasons } from '../conclusions/index.js';
import { InputError } from '../errors/errors.js';
import type { GenerativeModel } from './generative-model.js';
import type { ActionOptions } from './question-options.js';

const UNTESTED = {
  'too-few': 'there are too few subjects to test it',
  'copied-rows': 'rows are copies of other rows, or repetitions of the same people',
  'one-modality': 'it has one modality and no causes, so nothing could be tested',
} as const;

/** Refuses a fit that was not tested, unless the options allow it. @throws InputError `untested` */
export function checkTested({ summary }: GenerativeModel, { untested = false }: ActionOptions): void {
  if (untested || summary.evidence?.tested) return;
  const reason = summary.evidence
    ? UNTESTED[summary.evidence.untested ?? 'too-few']
    : 'it was fitted without evidence; fit again without --evidence none to test it';
  throw new InputError(
    'untested',
    `The links and latents of this fit were not tested: ${reason}. ` +
      'Add --untested (untested: true) to get the answer of the fit alone.',
  );
}

/**
 * True if a latent is identified only up to a mixture, so that setting it alone is not defined. A latent that only
 * lacks links may be set: nothing but columns of its modality follows from it.
 */
export function isBlock({ latents }: GenerativeModel, latent: number): boolean {
  const judged = latents.at(latent);
  return judged?.verdict === 'block' && judged.reasons.some(({ code }) => isMixing(code) && code !== 'no-links');
}

/**
 * Refuses latents that are not replicated or not determined, unless the options allow it.
 * @param set positions of the set latents among all names @param moved positions of these and their descendants
 * @throws InputError `unreplicated-latent`, `undetermined-latent`
 */
export function checkLatents(
  model: GenerativeModel,
  names: readonly string[],
  { set, moved }: { readonly set: readonly number[]; readonly moved: readonly number[] },
  { undetermined = false, unreplicated = false }: ActionOptions,
): void {
  if (!unreplicated) checkReplicated(model, names, moved);
  if (!undetermined) checkDetermined(model, names, set);
}

function checkReplicated({ latents }: GenerativeModel, names: readonly string[], moved: readonly number[]): void {
  const lost = moved.flatMap((latent) => (latents.at(latent)?.verdict === 'not-replicated' ? [names[latent]] : []));
  if (lost.length === 0) return;
  throw new InputError(
    'unreplicated-latent',
    `Models of disjoint subjects do not find ${lost.join(', ')}, so the effect of setting or reaching it is ` +
      'not known. ' +
      'Ask about a replicated latent, or add --unreplicated (unreplicated: true) to ask anyway.',
    { latents: lost },
  );
}

function checkDetermined(model: GenerativeModel, names: readonly string[], latents: readonly number[]): void {
  const unclear = latents.find((latent) => isBlock(model, latent));
  if (unclear === undefined) return;
  const { blockWith = [], reasons } = model.latents[unclear];
  const mixed = blockWith.length === 0 ? 'noise of its modality' : blockWith.join(', ');
  throw new InputError(
    'undetermined-latent',
    `${names[unclear]} is identified only up to a mixture with ${mixed}, so setting it alone is not defined: ` +
      `${mixingReasons(reasons).join('; ')}. Ask about a latent that is a component, or add --undetermined ` +
      '(undetermined: true) to set it anyway.',
    { latent: names[unclear] },
  );
}
