// Checks of the latents that may be set: the data must determine them, and models of disjoint subjects must find them.

import { InputError } from '../errors/errors.js';
import type { GenerativeModel } from './generative-model.js';
import type { ActionOptions } from './question-options.js';

/** Refuses a fit that was not tested, unless the options allow it. @throws InputError `untested` */
export function checkTested({ summary }: GenerativeModel, { untested = false }: ActionOptions): void {
  if (untested || summary.evidence?.tested) return;
  const reason = summary.evidence
    ? 'there are too few subjects to test it'
    : 'it was fitted without evidence; fit again without --evidence none to test it';
  throw new InputError(
    'untested',
    `The links and latents of this fit were not tested: ${reason}. ` +
      'Add --untested (untested: true) to get the answer of the fit alone.',
  );
}

/** False if the data do not determine a latent, as an equally good restart shows. Setting it alone is not defined. */
export function isDetermined({ summary }: GenerativeModel, latent: number): boolean {
  return summary.determination?.determined?.[latent] !== false;
}

/** True if models of disjoint subjects find the subspace of the latent's modality, but not this single latent. */
export function isMixture({ summary }: GenerativeModel, name: string): boolean {
  const evidence = summary.evidence?.latents.find((one) => one.name === name);
  return evidence !== undefined && evidence.replicated && !evidence.single;
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
  const movedNames = moved.map((latent) => names[latent]);
  if (!unreplicated) checkReplicated(model, movedNames);
  if (!undetermined) checkDetermined(model, names, set);
}

function checkReplicated({ summary }: GenerativeModel, moved: readonly string[]): void {
  const lost = moved.filter((name) => summary.evidence?.latents.find((one) => one.name === name)?.replicated === false);
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
  const unclear = latents.find((latent) => !isDetermined(model, latent) || isMixture(model, names[latent]));
  if (unclear === undefined) return;
  const reason = isDetermined(model, unclear)
    ? 'may be a mixture: models of disjoint subjects find the subspace of its modality, but not this latent beyond ' +
      'chance, so setting it alone is not defined'
    : 'is not determined by the data: an equally good restart of the fit has a mixture of latents instead ' +
      `(|Spearman| ${model.summary.determination!.agreement![unclear].toFixed(2)}), so setting it alone is not defined`;
  throw new InputError(
    'undetermined-latent',
    `${names[unclear]} ${reason}. Ask about a determined latent, or add --undetermined (undetermined: true) to set ` +
      'it anyway.',
    { latent: names[unclear] },
  );
}
