// Reads the targets of environments from a text in YAML or JSON.

import { InputError } from '../errors/errors.js';
import { readYaml, YamlError } from '../files/yaml-document.js';

/**
 * Returns the columns that each environment changes.
 * @param path path for errors
 * @throws InputError `invalid-environments`
 */
export function readTargetsText(text: string, path: string): Record<string, string[]> {
  const value = valueOf(text, path);
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  const entries = isMap ? Object.entries(value) : [];
  const wrong = entries.find(([, names]) => !isTexts(names));
  if (isMap && wrong === undefined) return Object.fromEntries(entries) as Record<string, string[]>;
  const where = wrong === undefined ? '' : `: the value of '${wrong[0]}' is no list of names`;
  throw new InputError(
    'invalid-environments',
    `${path} has no targets${where}. Write a list of columns for each environment, as in drug: [akt, pkc]`,
    { path },
  );
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}

function valueOf(text: string, path: string): unknown {
  try {
    return readYaml(text).value;
  } catch (cause) {
    if (!(cause instanceof YamlError)) throw cause;
    const place = cause.place === undefined ? path : `${path}:${cause.place}`;
    throw new InputError('invalid-environments', `${place}: neither YAML nor JSON: ${cause.message}`, { path }, cause);
  }
}
