// Data that would tell mixed latents apart. `inspect` advises them before a fit, and the verdicts after it.

/** What a study of one modality without causes lacks. */
export const BEYOND_ONE_MODALITY =
  'Add a second modality of the same subjects, or declare a measured cause, such as a treatment, that has a level ' +
  'for each latent.';

/**
 * Returns what identifies latents that are linked in the same way by straight lines with normal noise.
 * @param modalities number of modalities of the study
 */
export function unmixingData(modalities: number): string {
  const which = modalities === 2 ? 'a third' : 'another';
  return (
    `${which} modality that is linked with only some of them, or a measured cause, such as a treatment, that acts on ` +
    'only some of them'
  );
}
