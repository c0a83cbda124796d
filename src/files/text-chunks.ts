// The bytes of a text file, piece by piece: inflated where it is gzipped, in UTF-8 without a byte order mark.

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
import { causeCode, causeMessage } from './cause.js';

const PIECE = 2 ** 18;
/** Bytes of a file in which its header is looked for. */
const HEAD = 2 ** 14;

/**
 * A piece is to be read before the next one is asked for, whose bytes may stand in its place.
 * @param path a .gz is inflated
 * @param maxBytes of inflated text
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
 * The text of the first bytes of a file, inflated where it is gzipped.
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

/** All in the same memory: a stream would allocate, and the system clear, as much as the file is long. */
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
  // An error of any part ends the last one, whose reader is told.
  pipeline(source, createGunzip({ chunkSize: PIECE }), limit).catch((cause: unknown) => {
    limit.destroy(cause as Error);
  });
  return limit;
}

interface Inflation {
  /** Of inflated text. */
  readonly maxBytes: number;
  /** Bytes of the file. */
  readonly packed: number;
}

/** Refuses a gzip bomb: text beyond the limit ends the stream. */
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

/** As spreadsheets write "Unicode text". */
function utf16DecoderOf(first: Uint8Array): StringDecoder | undefined {
  return first[0] === 0xff && first[1] === 0xfe ? new StringDecoder('utf16le') : undefined;
}

function withoutMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}
