// Reads the bytes of a text file in pieces: inflates gzip, converts to UTF-8, and removes the byte order mark.

import { Transform, type Readable, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { StringDecoder } from 'node:string_decoder';
import { constants, createGunzip, gunzipSync } from 'node:zlib';
import {
  damagedFile,
  MAX_BYTES,
  MAX_PACKED,
  openRegular,
  PACKED_FROM,
  readError,
  tooLarge,
  tooPacked,
  type OpenRegular,
} from './bytes.js';
import { causeCode, causeMessage } from '../errors/cause.js';

const PIECE = 2 ** 18;
/** Bytes of a file in which the header is searched. */
const HEAD = 2 ** 14;

/**
 * Yields the bytes of a text file. A piece is valid only until the next one is requested, which may reuse its memory.
 * @param path path of the file; a .gz is inflated
 * @param maxBytes maximum size of the inflated text
 * @throws InputError `missing-file`, `not-a-file`, `damaged-file` (gzip), `too-large`; FileError `unreadable`
 */
export async function* textChunks(path: string, maxBytes: number = MAX_BYTES): AsyncGenerator<Uint8Array> {
  const opened = await openRegular(path);
  const pieces = path.endsWith('.gz') ? inflatedPieces(opened, path, maxBytes) : filePieces(opened);
  let decoder: StringDecoder | undefined;
  let isFirst = true;
  try {
    for await (const chunk of pieces) {
      if (isFirst) decoder = utf16DecoderOf(chunk);
      const bytes = decoder ? Buffer.from(decoder.write(chunk)) : chunk;
      yield isFirst ? withoutMark(bytes) : bytes;
      isFirst = false;
    }
  } catch (cause) {
    throw gzipError(path, cause);
  } finally {
    await opened.file.close();
  }
}

/**
 * Returns the text of the first bytes of a file, inflated if it is gzipped.
 * @throws as `textChunks`
 */
export async function textHead(path: string): Promise<string> {
  const { file } = await openRegular(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0);
    const bytes = buffer.subarray(0, bytesRead);
    const text = path.endsWith('.gz') ? gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }) : bytes;
    return text.toString('utf8').replace(/^\uFEFF/, '');
  } catch (cause) {
    throw gzipError(path, cause);
  } finally {
    await file.close();
  }
}

function gzipError(path: string, cause: unknown): unknown {
  if (causeCode(cause).startsWith('Z_')) return damagedFile(path, `gzip: ${causeMessage(cause)}`, cause);
  return readError(path, cause);
}

/** Reads all pieces into the same memory. A stream would allocate as much memory as the file has bytes. */
async function* filePieces({ file, size }: OpenRegular): AsyncGenerator<Buffer> {
  const piece = Buffer.allocUnsafeSlow(Math.min(PIECE, size));
  for (let at = 0; at < size;) {
    const { bytesRead } = await file.read(piece, 0, Math.min(PIECE, size - at), at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield piece.subarray(0, bytesRead);
  }
}

async function* inflatedPieces({ file, size }: OpenRegular, path: string, maxBytes: number): AsyncGenerator<Buffer> {
  const end = Math.max(0, size - 1);
  const source = file.createReadStream({ start: 0, end, highWaterMark: PIECE, autoClose: false });
  try {
    yield* inflated(source, path, { maxBytes, packed: size }) as AsyncIterable<Buffer>;
  } finally {
    source.destroy();
  }
}

function inflated(source: Readable, path: string, { maxBytes, packed }: Inflation): Readable {
  const limit = inflationLimit(path, { maxBytes, packed });
  // An error of any stage destroys the last one, so its reader receives the error.
  pipeline(source, createGunzip({ chunkSize: PIECE }), limit).catch((cause: unknown) => {
    limit.destroy(cause as Error);
  });
  return limit;
}

interface Inflation {
  /** Maximum size of the inflated text. */
  readonly maxBytes: number;
  /** Bytes of the file. */
  readonly packed: number;
}

/** Refuses a gzip bomb: text above the limit ends the stream with an error. */
function inflationLimit(path: string, { maxBytes, packed }: Inflation): Transform {
  let total = 0;
  return new Transform({
    readableHighWaterMark: PIECE,
    writableHighWaterMark: PIECE,
    transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback) {
      total += chunk.length;
      if (total > maxBytes) done(tooLarge(path, total, maxBytes));
      else if (total > PACKED_FROM && total > MAX_PACKED * packed) done(tooPacked(path));
      else done(null, chunk);
    },
  });
}

/** Returns a decoder for UTF-16, which spreadsheets write as "Unicode text"; undefined for other text. */
function utf16DecoderOf(first: Uint8Array): StringDecoder | undefined {
  return first[0] === 0xff && first[1] === 0xfe ? new StringDecoder('utf16le') : undefined;
}

function withoutMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}
