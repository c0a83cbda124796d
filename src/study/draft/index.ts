// A first study file from the tables of a user: `interlatent init`.

import { lstat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { InputError } from '../../errors/errors.js';
import { makeFolder, writeFileAtomic } from '../../files/atomic.js';
import { exists } from '../../files/exists.js';
import { checkDraft, type CheckedDraft } from './check-draft.js';
import { draftStudy, type DraftOptions } from './draft-study.js';

export type { CheckedDraft } from './check-draft.js';
export type { Draft, DraftKey, DraftModality, Finding } from './draft.js';
export type { DraftOptions } from './draft-study.js';

/**
 * Writes a study file for tables.
 *
 * @throws InputError `folder-exists` if there is a file: nothing is overwritten; FileError `unwritable`, `disk-full`;
 *   what `draftStudy` throws
 */
export async function writeDraft(paths: readonly string[], options: DraftOptions): Promise<CheckedDraft> {
  const { out } = options;
  await checkFree(out);
  const draft = await draftStudy(paths, options);
  const checked = await checkDraft(draft, out, await schemaPath(dirname(resolve(out))));
  await checkFree(out);
  await makeFolder(dirname(out));
  await writeFileAtomic(out, checked.text);
  return checked;
}

async function checkFree(path: string): Promise<void> {
  const isTaken = await lstat(path).then(
    () => true,
    () => false,
  );
  if (!isTaken) return;
  throw new InputError(
    'folder-exists',
    `${path} already exists and is not overwritten; choose another name with --out`,
    {
      path,
    },
  );
}

/** Path of the JSON Schema in an installed package. */
const SCHEMA = 'node_modules/interlatent/dist/study.schema.json';

/** Returns the path of the JSON Schema relative to a folder in which, or above which, interlatent is installed. */
async function schemaPath(folder: string): Promise<string | undefined> {
  for (let at = folder; ; at = dirname(at)) {
    const path = join(at, SCHEMA);
    if (await exists(path)) {
      const below = relative(folder, path).split(sep).join('/');
      return below.startsWith('.') ? below : `./${below}`;
    }
    if (dirname(at) === at) return undefined;
  }
}
