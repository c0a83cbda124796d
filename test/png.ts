// Writes PNG files (ISO/IEC 15948) independently of the library that reads them.

import { crc32, deflateSync } from 'node:zlib';

export interface PngOptions {
  readonly width: number;
  readonly height: number;
  /** Bits of an intensity. */
  readonly depth?: 8 | 16;
  /** 1: grey. 2: grey and alpha. 3: colours. 4: colours and alpha. */
  readonly channels?: 1 | 2 | 3 | 4;
}

const COLOUR_TYPES = { 1: 0, 2: 4, 3: 2, 4: 6 } as const;

/** Returns a PNG. @param intensities rows × columns × channels; without it the file claims pixels but has none */
export function png({ width, height, depth = 8, channels = 1 }: PngOptions, intensities?: readonly number[]): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, COLOUR_TYPES[channels]], 8);
  const stride = (width * channels * depth) / 8;
  const rows = Buffer.alloc(intensities ? height * (stride + 1) : 0);
  intensities?.forEach((intensity, i) => {
    const row = Math.floor(i / (width * channels));
    const at = row * (stride + 1) + 1 + ((i % (width * channels)) * depth) / 8;
    if (depth === 8) rows.writeUInt8(intensity, at);
    else rows.writeUInt16BE(intensity, at);
  });
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
