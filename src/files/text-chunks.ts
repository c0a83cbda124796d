// The bytes of a text file, piece by piece: inflated where it is gzipped, in UTF-8 without a byte order mark.

import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Transform, type Readable, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { StringDecoder } from 'node:string_decoder';
import { createGunzip } from 'node:zlib';
import { damagedFile, MAX_BYTES, readError, regularFileSize, tooLarge } from './bytes.js';
import { causeCode, causeMessage } from './cause.js';

const PIECE = 2 ** 18;
const SMALLEST_PIECE = 2 ** 12;

/**
 * A piece is to be read before the next one is asked for, whose bytes may stand in its place.
 * @param path a .gz is inflated
 * @param maxBytes of inflated text
 * @throws InputError `missing-file`, `not-a-file`, `damaged-file` (gzip), `too-large`; FileError `unreadable`
 */
export async function* textChunks(path: string, maxBytes: number = MAX_BYTES): AsyncGenerator<Uint8Array> {
  const size = await regularFileSize(path);
  const pieces = path.endsWith('.gz') ? inflatedPieces(path, maxBytes) : filePieces(path, size);
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
    if (causeCode(cause).startsWith('Z_')) throw damagedFile(path, `gzip: ${causeMessage(cause)}`, cause);
    throw readError(path, cause);
  }
}

/** All in the same memory: a stream would allocate, and the system clear, as much as the file is long. */
async function* filePieces(path: string, size: number): AsyncGenerator<Buffer> {
  const file = await open(path);
  try {
    // A small file needs no large piece; one that grows meanwhile is read to its end all the same.
    const piece = Buffer.allocUnsafeSlow(Math.min(PIECE, Math.max(size, SMALLEST_PIECE)));
    for (;;) {
      const { bytesRead } = await file.read(piece, 0, piece.length);
      if (bytesRead === 0) return;
      yield piece.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

async function* inflatedPieces(path: string, maxBytes: number): AsyncGenerator<Buffer> {
  const source = createReadStream(path, { highWaterMark: PIECE });
  try {
    yield* inflated(source, path, maxBytes) as AsyncIterable<Buffer>;
  } finally {
    source.destroy();
  }
}

function inflated(source: Readable, path: string, maxBytes: number): Readable {
  const limit = inflationLimit(path, maxBytes);
  // An error of any part ends the last one, whose reader is told.
  pipeline(source, createGunzip({ chunkSize: PIECE }), limit).catch((cause: unknown) => {
    limit.destroy(cause as Error);
  });
  return limit;
}

/** Refuses a gzip bomb: text beyond the limit ends the stream. */
function inflationLimit(path: string, maxBytes: number): Transform {
  let total = 0;
  return new Transform({
    readableHighWaterMark: PIECE,
    writableHighWaterMark: PIECE,
    transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback) {
      total += chunk.length;
      if (total > maxBytes) done(tooLarge(path, total, maxBytes));
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
