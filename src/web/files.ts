// Files as a page has them: chosen, dropped or fetched, by name.

import { InputError } from '../errors.js';

/** What a file holds. */
export type FileContent = Blob | ArrayBuffer | Uint8Array | string;

/** As `<input type="file">`, with or without `webkitdirectory`, and a drop give it. */
export interface NamedFile extends Blob {
  readonly name: string;
  readonly webkitRelativePath?: string;
}

/** Files of an input or a drop, or contents by name. */
export type Files = Iterable<NamedFile> | Readonly<Record<string, FileContent>>;

/** A file's name, without folders, and what it holds. */
export interface OpenedFile {
  readonly name: string;
  /** The name with the folders that are known. */
  readonly path: string;
  readonly content: FileContent;
}

/** @throws InputError `invalid-argument` */
export function openedFiles(call: string, files: Files): OpenedFile[] {
  const given: unknown = files;
  if (typeof given !== 'object' || given === null || given instanceof Blob) {
    throw new InputError('invalid-argument', `${call}: files must be a list of files, or contents by name.`);
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

/** @param name of the file, for errors @throws InputError `invalid-argument` */
export async function bytesOf(content: FileContent, name: string): Promise<Uint8Array> {
  if (typeof content === 'string') return new TextEncoder().encode(content);
  if (content instanceof Uint8Array) return content;
  if (content instanceof ArrayBuffer) return new Uint8Array(content);
  const given: unknown = content;
  if (given instanceof Blob) return new Uint8Array(await given.arrayBuffer());
  throw new InputError('invalid-argument', `${name} is neither a Blob nor an ArrayBuffer, an Uint8Array or a text.`);
}
