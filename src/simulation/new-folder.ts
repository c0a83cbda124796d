// The folder of a simulated study.

import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../errors/errors.js';
import { makeFolder } from '../files/atomic.js';

/** Writes one file of a new folder. */
export interface FolderWriter {
  readonly folder: string;
  /** Paths of the files that are written. */
  readonly paths: string[];
  /** Writes a file. @param content writes to a path */
  file(name: string, content: (path: string) => Promise<void>): Promise<void>;
}

/** Name of the study file. It is written last: if it exists, all files that it names exist. */
export const STUDY_FILE = 'study.yaml';

/** Creates the folder. @throws InputError `folder-exists` if it has a study; FileError `unwritable`, `disk-full` */
export async function newStudyFolder(folder: string): Promise<FolderWriter> {
  const study = join(folder, STUDY_FILE);
  if (await exists(study)) {
    throw new InputError(
      'folder-exists',
      `${study} already exists and is not overwritten; choose another folder, or remove this one first`,
      { path: study },
    );
  }
  await makeFolder(folder);
  const paths: string[] = [];
  return {
    folder,
    paths,
    file: async (name, content) => {
      const path = join(folder, name);
      await content(path);
      paths.push(path);
    },
  };
}

function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
