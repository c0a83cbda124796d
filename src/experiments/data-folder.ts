// Where experiments on real data find it: in folders of INTERLATENT_DATA, or beside the package.

import { join, resolve } from 'node:path';
import { InputError } from '../errors.js';
import { exists } from '../files/exists.js';
import { packageRoot } from '../runtime/package.js';

/** Says which columns of which tables are used. */
export const NHANES_STUDY = join(packageRoot, 'examples/phenotype/nhanes-2005-2008/study.yaml');

/** For the table paths of study files. */
export function dataEnvironment(): { readonly INTERLATENT_DATA: string } {
  return { INTERLATENT_DATA: resolve(process.env['INTERLATENT_DATA'] ?? join(packageRoot, '../shared/data')) };
}

/** @throws InputError `missing-data` */
export async function dataFolder(name: string): Promise<string> {
  const folder = join(dataEnvironment().INTERLATENT_DATA, name);
  if (await exists(folder)) return folder;
  throw new InputError(
    'missing-data',
    `This experiment reads ${name}: set INTERLATENT_DATA to the folder that holds it.`,
    { folder },
  );
}
