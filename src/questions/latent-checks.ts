// Which latents may be set: those that the data determine and that models of disjoint subjects find.

import { InputError } from '../errors.js';
import type { GenerativeModel } from './generative-model.js';

export interface LatentOptions {
  /** Set latents that the data do not determine, or that may be mixtures. Default: false. */
  readonly undetermined?: boolean | undefined;
  /** Set and follow latents that models of disjoint subjects do not find. Default: false. */
  readonly unreplicated?: boolean | undefined;
  /** Answer by a fit whose links and latents were not tested. Default: false. */
  readonly untested?: boolean | undefined;
}

/** @throws InputError `untested` */
export function checkTested({ summary }: GenerativeModel, { untested = false }: LatentOptions): void {
  if (untested || summary.evidence?.tested) return;
  const reason = summary.evidence
    ? 'there are too few subjects to test it'
    : 'it was fitted without evidence; fit again without --evidence none to test it';
  throw new InputError(
    'untested',
    `Nothing is known of this fit's links and latents but that the fit found them: ${reason}. ` +
      'Say --untested (untested: true) to get the answer of the fit alone.',
  );
}

/** Whether the data determine a latent, so that setting it alone means something. */
export function isDetermined({ summary }: GenerativeModel, latent: number): boolean {
  return summary.determination?.determined[latent] !== false;
}

/** True if models of disjoint subjects find what the latent's modality shares, but not which latent is which. */
export function isMixture({ summary }: GenerativeModel, name: string): boolean {
  const found = summary.evidence?.latents.find((one) => one.name === name);
  return found !== undefined && found.replicated && !found.single;
}

/**
 * @param set positions of the latents that are set, among all names @param moved those and what follows
 * @throws InputError `unreplicated-latent`, `undetermined-latent`
 */
export function checkLatents(
  model: GenerativeModel,
  names: readonly string[],
  { set, moved }: { readonly set: readonly number[]; readonly moved: readonly number[] },
  { undetermined = false, unreplicated = false }: LatentOptions,
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
    `Models of disjoint subjects do not find ${lost.join(', ')}, so nothing can be said of setting or reaching it. ` +
      'Ask about a replicated latent, or say --unreplicated (unreplicated: true) to ask all the same.',
    { latents: lost },
  );
}

function checkDetermined(model: GenerativeModel, names: readonly string[], latents: readonly number[]): void {
  const unclear = latents.find((latent) => !isDetermined(model, latent) || isMixture(model, names[latent]));
  if (unclear === undefined) return;
  const reason = isDetermined(model, unclear)
    ? 'may be a mixture: models of disjoint subjects find what its modality has in common with others, but not this ' +
      'latent beyond chance, so setting it alone is not defined'
    : 'is not determined by the data: an equally good restart of the fit has a mixture of latents in its place ' +
      `(|Spearman| ${model.summary.determination!.agreement[unclear].toFixed(2)}), so setting it alone means nothing ` +
      'certain';
  throw new InputError(
    'undetermined-latent',
    `${names[unclear]} ${reason}. Ask about a determined latent, or say --undetermined (undetermined: true) to set ` +
      'it all the same.',
    { latent: names[unclear] },
  );
}
