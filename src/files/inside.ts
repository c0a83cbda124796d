// Paths that a table gives, which may not lead out of their folder.

import { isAbsolute, relative, resolve } from 'node:path';
import { InputError } from '../errors.js';

/**
 * The path of a file of a folder.
 * @param place of the name, in errors
 * @throws InputError `unsafe-name`
 */
export function pathInside(folder: string, name: string, place: string): string {
  const path = resolve(folder, name);
  const within = relative(folder, path);
  if (within !== '' && within.split(/[/\\]/, 1)[0] !== '..' && !isAbsolute(within) && !name.includes('\0')) return path;
  throw new InputError('unsafe-name', `${place}: ${JSON.stringify(name)} is no file inside ${folder}; correct it`, {
    name,
  });
}
