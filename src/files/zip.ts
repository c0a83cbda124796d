// Reads and writes zip archives, as far as .npz and .xlsx need them. Checks the directory before unpacking, refuses
// names that leave the archive, and compares the size and CRC-32 of every entry with the directory.

import * as zlib from 'node:zlib';
import { zipSync } from 'fflate';
import { InputError } from '../errors/errors.js';
import { damagedFile, MAX_BYTES, MAX_PACKED, PACKED_FROM, tooLarge, tooPacked } from './bytes.js';
import { crc32 } from './crc32.js';

/** Node's function is ten times faster, but the first versions of Node 20 do not have it. */
const checksum = (zlib as Partial<typeof zlib>).crc32 ?? crc32;

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_ENTRY = 0x04034b50;
const MAX_ENTRIES = 65_535;

/**
 * Returns the files of a zip archive by name.
 *
 * @param path path for errors
 * @param maxBytes maximum total size after unpacking; a larger claim is refused before unpacking
 * @throws InputError `damaged-file`, `unsafe-name`, `too-large`, `unsupported-zip` (encryption, other compressions,
 *   zip64)
 */
export function unzip(bytes: Uint8Array, path: string, maxBytes: number = MAX_BYTES): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries = readDirectory(view, bytes, path);
  const total = entries.reduce((sum, { size }) => sum + size, 0);
  if (total > maxBytes) throw tooLarge(path, total, maxBytes);
  if (total > PACKED_FROM && total > MAX_PACKED * bytes.length) throw tooPacked(path);

  const files = new Map<string, Uint8Array>();
  const spans: (readonly [number, number])[] = [];
  for (const entry of entries) {
    const start = dataStart(entry, view, path);
    const stored = bytes.subarray(start, start + entry.stored);
    spans.push([entry.offset, start + entry.stored]);
    files.set(entry.name, unpack(entry, stored, path));
  }
  spans.sort((a, b) => a[0] - b[0]);
  if (spans.some(([begin], i) => begin < (spans[i - 1]?.[1] ?? 0))) throw damagedFile(path, 'its entries overlap');
  return files;
}

/**
 * Returns a zip archive of files. Dates are fixed, so the same files give the same bytes.
 * @param level 6 deflates them, 0 stores them
 */
export function zip(files: Iterable<readonly [string, Uint8Array]>, level: 0 | 6 = 6): Uint8Array<ArrayBuffer> {
  const entries = Array.from(files);
  for (const [name] of entries) checkName(name, 'the archive to write');
  return new Uint8Array(zipSync(Object.fromEntries(entries), { level, mtime: new Date(1980, 0, 1) }));
}

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  /** Number of bytes in the archive. */
  readonly stored: number;
  /** Claimed number of bytes after unpacking. */
  readonly size: number;
  /** Position of the local header. */
  readonly offset: number;
}

function readDirectory(view: DataView, bytes: Uint8Array, path: string): Entry[] {
  let end = view.byteLength - 22;
  const firstPossible = Math.max(0, end - 65_535);
  while (end >= firstPossible && view.getUint32(end, true) !== END_OF_DIRECTORY) end--;
  if (end < firstPossible) {
    throw damagedFile(path, 'it has no zip directory at its end (cut short, or not a zip archive)');
  }
  const count = view.getUint16(end + 10, true);
  const length = view.getUint32(end + 12, true);
  const start = view.getUint32(end + 16, true);
  if (start === 0xffffffff || count === MAX_ENTRIES) throw unsupported(path, 'it is a zip64 archive');
  if (start + length > end) throw damagedFile(path, 'its directory is outside the file');

  const entries: Entry[] = [];
  const names = new Set<string>();
  let at = start;
  for (let i = 0; i < count; i++) {
    if (at + 46 > start + length || view.getUint32(at, true) !== DIRECTORY_ENTRY) {
      throw damagedFile(path, `its directory ends at entry ${i + 1} of ${count}`);
    }
    const nameEnd = at + 46 + view.getUint16(at + 28, true);
    const next = nameEnd + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (next > start + length) throw damagedFile(path, `entry ${i + 1} of its directory is cut short`);
    const name = Buffer.from(bytes.subarray(at + 46, nameEnd)).toString('utf8');
    checkName(name, path);
    if (names.has(name)) throw damagedFile(path, `it has '${name}' twice`);
    names.add(name);
    if (view.getUint16(at + 8, true) & 1) throw unsupported(path, `'${name}' is encrypted`);
    const entry = {
      name,
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      stored: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
    };
    if ([entry.stored, entry.size, entry.offset].includes(0xffffffff)) {
      throw unsupported(path, `'${name}' is a zip64 entry (over 4 GB)`);
    }
    if (entry.offset + 30 > start) throw damagedFile(path, `'${name}' is outside the file`);
    entries.push(entry);
    at = next;
  }
  return entries;
}

function dataStart(entry: Entry, view: DataView, path: string): number {
  if (view.getUint32(entry.offset, true) !== LOCAL_ENTRY) throw damagedFile(path, `'${entry.name}' has no header`);
  const start = entry.offset + 30 + view.getUint16(entry.offset + 26, true) + view.getUint16(entry.offset + 28, true);
  if (start + entry.stored > view.byteLength) throw damagedFile(path, `'${entry.name}' is cut short`);
  return start;
}

function unpack(entry: Entry, stored: Uint8Array, path: string): Uint8Array {
  let content: Uint8Array;
  if (entry.method === 0) {
    content = stored;
  } else if (entry.method === 8) {
    try {
      // The claimed size limits the output, so an entry that inflates to more fails here.
      content = zlib.inflateRawSync(stored, { maxOutputLength: Math.max(1, entry.size) });
    } catch (cause) {
      throw damagedFile(path, `'${entry.name}' does not unpack to the ${entry.size} bytes that it claims`, cause);
    }
  } else {
    throw unsupported(path, `'${entry.name}' uses compression method ${entry.method}`);
  }
  if (content.length !== entry.size) {
    throw damagedFile(path, `'${entry.name}' has ${content.length} bytes, but claims ${entry.size}`);
  }
  if (checksum(content) !== entry.crc) throw damagedFile(path, `the checksum of '${entry.name}' is wrong`);
  return content;
}

function checkName(name: string, path: string): void {
  const unsafe = name === '' || /^[/\\]|^[a-zA-Z]:|\\|\0/.test(name) || name.split('/').includes('..');
  if (unsafe) {
    throw new InputError(
      'unsafe-name',
      `${path} has an entry named ${JSON.stringify(name.slice(0, 100))}; names must stay inside the archive`,
      { path, name },
    );
  }
}

function unsupported(path: string, reason: string): InputError {
  return new InputError('unsupported-zip', `${path}: ${reason}; supported are stored and deflated entries below 4 GB`, {
    path,
  });
}
