// Resolves paths in a table, which must stay inside of a folder.

import { isAbsolute, relative, resolve } from 'node:path';
import { InputError } from '../errors/errors.js';

/**
 * Returns the path of a file in a folder.
 * @param place place of the name, for errors
 * @throws InputError `unsafe-name`
 */
export function pathInside(folder: string, name: string, place: string): string {
  const path = resolve(folder, name);
  const within = relative(folder, path);
  if (within !== '' && within.split(/[/\\]/, 1)[0] !== '..' && !isAbsolute(within) && !name.includes('\0')) return path;
  throw new InputError('unsafe-name', `${place}: ${JSON.stringify(name)} is not a file inside ${folder}; correct it`, {
    name,
  });
}
