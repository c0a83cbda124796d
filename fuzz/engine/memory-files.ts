// The files of the folder of inputs, in memory: opening and closing a real one takes longer than reading what is in it.
// memory-fs.ts and memory-promises.ts stand in for node:fs and node:fs/promises in the programs that the engine runs.

import { INPUT_FOLDER } from './input-folder.js';

export const files = new Map<string, Uint8Array>();

export const isOurs = (path: unknown): path is string => typeof path === 'string' && path.includes(INPUT_FOLDER);

export function content(path: string): Uint8Array {
  const bytes = files.get(path);
  if (bytes) return bytes;
  throw Object.assign(new Error(`ENOENT: no such file or directory, open '${path}'`), { code: 'ENOENT', errno: -2 });
}

export const status = (path: string) => ({ isFile: () => true, isDirectory: () => false, size: content(path).length });

/** As much of a FileHandle as our readers and writers use. */
export class Handle {
  #at = 0;
  readonly #path: string;

  constructor(path: string, isNew: boolean) {
    this.#path = path;
    if (isNew) files.set(path, new Uint8Array());
    else content(path);
  }

  read(target: Uint8Array, offset = 0, length = target.length - offset, position: number | null = null) {
    const bytes = content(this.#path);
    const start = position ?? this.#at;
    const piece = bytes.subarray(start, start + length);
    target.set(piece, offset);
    if (position === null) this.#at += piece.length;
    return Promise.resolve({ bytesRead: piece.length, buffer: target });
  }

  readFile(encoding?: BufferEncoding) {
    const bytes = Buffer.from(content(this.#path));
    return Promise.resolve(encoding ? bytes.toString(encoding) : bytes);
  }

  writeFile(data: string | Uint8Array) {
    files.set(this.#path, Buffer.concat([content(this.#path), typeof data === 'string' ? Buffer.from(data) : data]));
    return Promise.resolve();
  }

  stat() {
    return Promise.resolve(status(this.#path));
  }

  sync() {
    return Promise.resolve();
  }

  close() {
    return Promise.resolve();
  }
}
