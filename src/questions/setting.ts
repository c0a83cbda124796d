// Settings of latents: `body.z1=+1sd,blood.z2=0.3`.

import { InputError } from '../errors/errors.js';
import { didYouMean } from '../errors/suggestion.js';

/** A value in the units of the latent, or in its standard deviations from its mean over the training subjects. */
export type LatentValue = number | { readonly sd: number };
/** Values by name of the latent. */
export type Setting = Readonly<Record<string, LatentValue>>;

/** A latent that is set. */
export interface SetLatent {
  readonly name: string;
  readonly value: number;
  /** The value in standard deviations from the mean of the training subjects. */
  readonly sd: number;
}

const VALUE = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(sd)?$/i;

/**
 * Parses a setting from a command line.
 * @throws InputError `invalid-setting`
 */
export function parseSetting(text: string): Setting {
  const entries = text.split(',').map((part): [string, LatentValue] => {
    const [name, written = '', ...rest] = part.split('=').map((one) => one.trim());
    const match = VALUE.exec(written);
    if (!name || !match || rest.length > 0) {
      throw new InputError(
        'invalid-setting',
        `"${part.trim()}" sets nothing; write body.z1=0.5 for a value or body.z1=+1sd for standard deviations from ` +
          'the mean, and separate several settings by commas',
        { setting: text },
      );
    }
    return [name, match[2] ? { sd: Number(match[1]) } : Number(match[1])];
  });
  const twice = entries.find(([name], i) => entries.findIndex(([other]) => other === name) !== i);
  if (twice) {
    throw new InputError('invalid-setting', `${twice[0]} is set twice; keep one of the values`, { setting: text });
  }
  return Object.fromEntries(entries);
}

/** Returns the position of a latent. @throws InputError `unknown-latent` */
export function latentPosition(name: string, names: readonly string[]): number {
  const latent = names.indexOf(name);
  if (latent >= 0) return latent;
  throw new InputError(
    'unknown-latent',
    `The model has no latent '${name}'${didYouMean(name, names)}; it has ${names.join(', ')}.`,
    { latent: name },
  );
}
