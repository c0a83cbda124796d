// The truth that `interlatent evaluate RUN` compares a fit with. Its modalities must be those of the fit.

import { InputError } from '../errors/errors.js';
import { readTruth, type Truth } from '../simulation/truth.js';
import type { ModalityWidth } from './evaluate-files.js';

export interface NamedTruth {
  /** Path of truth.npz. */
  readonly truth: string;
  /** Modalities of its latents, if the file does not name them, or names them differently from the fit. */
  readonly modalities?: readonly ModalityWidth[] | undefined;
}

/** Names of the modalities of a fit, or of a study. */
export interface FittedModalities {
  readonly model: { readonly modalities: readonly { readonly name: string }[] };
}

/**
 * Reads a truth whose modalities, if they are named, are some or all of those of the fit, in the same order.
 * @throws InputError `modality-mismatch`; the errors of {@link readTruth}
 */
export async function truthOfRun(
  { model }: FittedModalities,
  { truth: path, modalities: renamed }: NamedTruth,
): Promise<Truth> {
  const truth = await readTruth(path);
  const modalities = renamed ?? truth.modalities;
  if (modalities === undefined) return truth;
  const fitted = model.modalities.map(({ name }) => name);
  const names = modalities.map(({ name }) => name);
  const total = modalities.reduce((sum, { latents }) => sum + latents, 0);
  const isInOrder = fitted.filter((name) => names.includes(name)).join() === names.join();
  if (isInOrder && total === truth.latents) return { ...truth, modalities };
  const known = `the fit has the modalities ${fitted.join(', ')}, in this order`;
  const widths = modalities.map(({ name, latents }) => `${name}=${latents}`).join(',');
  throw new InputError(
    'modality-mismatch',
    renamed
      ? `--modalities ${widths}: ${known}, and ${path} has ${truth.latents} latents. Name modalities of the fit in ` +
          'its order; together they need the same number of latents.'
      : `${path} has the latents ${widths}, but ${known}. If it names them differently, give their names in the fit: ` +
          `--modalities ${fitted.map((name, m) => `${name}=${modalities[m]?.latents ?? 1}`).join(',')}`,
    { path },
  );
}
