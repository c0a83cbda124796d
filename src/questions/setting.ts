// Settings of latents and observed causes: `body.z1=+1sd,blood.z2=0.3,guide=STAT1`.

import { InputError } from '../errors/errors.js';
import { didYouMean } from '../errors/suggestion.js';

/**
 * A value in the units of a latent, or in its standard deviations from its mean over the training subjects. The same
 * for an observed cause that is a number.
 */
export type LatentValue = number | { readonly sd: number };
/** A value, or the level of a categorical cause. */
export type SettingValue = LatentValue | string;
/** Values by name of the latent or observed cause. */
export type Setting = Readonly<Record<string, SettingValue>>;

/** A latent that is set. */
export interface SetLatent {
  readonly name: string;
  readonly value: number;
  /** The value in standard deviations from the mean of the training subjects. */
  readonly sd: number;
}

const VALUE = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(sd)?$/i;
/** A comma that is not between double quotes. */
const COMMA = /,(?=(?:[^"]*"[^"]*")*[^"]*$)/;
const QUOTED = /^"([^"]*)"$/;

/**
 * Parses a setting from a command line. Double quotes around a level preserve its commas and equals signs.
 * @param earlier settings from earlier flags of the command, to which this one is added
 * @throws InputError `invalid-setting`
 */
export function parseSetting(text: string, earlier: Setting = {}): Setting {
  const entries = text.split(COMMA).map((part): [string, SettingValue] => {
    const [, name = '', written = ''] = /^\s*([^=]*?)\s*=\s*(.*?)\s*$/s.exec(part) ?? [];
    const value = parseSettingValue(written);
    if (name !== '' && value !== undefined) return [name, value];
    throw new InputError(
      'invalid-setting',
      `"${part.trim()}" sets nothing; write body.z1=0.5 for a value, body.z1=+1sd for standard deviations from the ` +
        'mean, or arm=treated for a level, and separate several settings by commas',
      { setting: text },
    );
  });
  const all = [...Object.entries(earlier), ...entries];
  const twice = all.find(([name], i) => all.findIndex(([other]) => other === name) !== i);
  if (twice) {
    throw new InputError('invalid-setting', `${twice[0]} is set twice; keep one of the values`, { setting: text });
  }
  return Object.fromEntries(all);
}

/** Returns a number, standard deviations or a level; undefined for a text that is none of these. */
export function parseSettingValue(text: string): SettingValue | undefined {
  const quoted = QUOTED.exec(text)?.[1];
  if (quoted !== undefined) return quoted;
  const match = VALUE.exec(text);
  if (match) return match[2] ? { sd: Number(match[1]) } : Number(match[1]);
  return text === '' || /["=]/.test(text) ? undefined : text;
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
