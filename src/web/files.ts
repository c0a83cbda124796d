// Files of a page: chosen, dropped or fetched, by name.

import { InputError } from '../errors/errors.js';

/** Content of a file. */
export type FileContent = Blob | ArrayBuffer | Uint8Array | string;

/** A file of `<input type="file">`, with or without `webkitdirectory`, or of a drop. */
export interface NamedFile extends Blob {
  readonly name: string;
  readonly webkitRelativePath?: string;
}

/** Files of an input or a drop, or contents by name. */
export type Files = Iterable<NamedFile> | Readonly<Record<string, FileContent>>;

/** A file with its name (without folders) and its content. */
export interface OpenedFile {
  readonly name: string;
  /** Path of the file, as far as it is known. */
  readonly path: string;
  readonly content: FileContent;
}

/**
 * Returns the files of an argument.
 * @param call name of the function, for errors
 * @throws InputError `invalid-argument`
 */
export function openedFiles(call: string, files: Files): OpenedFile[] {
  const argument: unknown = files;
  if (typeof argument !== 'object' || argument === null || argument instanceof Blob) {
    throw new InputError(
      'invalid-argument',
      `${call}: files must be a list of files, or an object of contents by name.`,
    );
  }
  const opened = (path: string, content: FileContent): OpenedFile => ({ name: baseName(path), path, content });
  if (Symbol.iterator in files) {
    return Array.from(files, (file) => opened(file.webkitRelativePath || file.name, file));
  }
  return Object.entries(files).map(([path, content]) => opened(path, content));
}

export function baseName(path: string): string {
  return path.replace(/^.*[/\\]/, '');
}

/** Returns the bytes of a file. @param name name of the file, for errors @throws InputError `invalid-argument` */
export async function bytesOf(content: FileContent, name: string): Promise<Uint8Array> {
  if (typeof content === 'string') return new TextEncoder().encode(content);
  if (content instanceof Uint8Array) return content;
  if (content instanceof ArrayBuffer) return new Uint8Array(content);
  const other: unknown = content;
  if (other instanceof Blob) return new Uint8Array(await other.arrayBuffer());
  throw new InputError('invalid-argument', `${name} must be a Blob, an ArrayBuffer, a Uint8Array or a text.`);
}
