// Experiments on real data read it from the folders of INTERLATENT_DATA, or from a folder next to the package.

import { join, resolve } from 'node:path';
import { InputError } from '../../src/errors/errors.js';
import { exists } from '../../src/files/exists.js';
import { packageRoot } from '../../src/runtime/package.js';

/** The study that lists which columns of which tables are used. */
export const NHANES_STUDY = join(packageRoot, 'examples/phenotype/nhanes-2005-2008/study.yaml');

/** Returns the variables that the table paths of study files refer to. */
export function dataEnvironment(): { readonly INTERLATENT_DATA: string } {
  return { INTERLATENT_DATA: resolve(process.env['INTERLATENT_DATA'] ?? join(packageRoot, '../shared/data')) };
}

/** Returns the path of a folder of data. @throws InputError `missing-file` */
export async function dataFolder(name: string): Promise<string> {
  const folder = join(dataEnvironment().INTERLATENT_DATA, name);
  if (await exists(folder)) return folder;
  throw new InputError(
    'missing-file',
    `This experiment reads ${name}. Set INTERLATENT_DATA to the folder that contains it.`,
    { folder },
  );
}
