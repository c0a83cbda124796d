// Reading ranges of files is impossible in a page. Its data are in memory.

import { InternalError } from '../../errors/errors.js';

/** @throws InternalError `no-files` */
export function withOpenFile(path: string): never {
  throw noFiles(path);
}

/** @throws InternalError `no-files` */
export function fileBytes(path: string): never {
  throw noFiles(path);
}

function noFiles(path: string): InternalError {
  return new InternalError('no-files', `${path} is a path, and a page has no files. Please report this`, { path });
}
