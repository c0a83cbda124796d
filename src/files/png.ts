// Writes PNG files with intensities of 8 bits (ISO/IEC 15948) without a further package. Every row stores the residuals
// of the Paeth predictor, which are close to 0 for smooth images.

import { zlibSync } from 'fflate';
import { crc32 } from './crc32.js';

export interface PngImage {
  readonly width: number;
  readonly height: number;
  /** 1: grey. 3: colours. 4: colours and opacity. */
  readonly channels: 1 | 3 | 4;
  /** From 0 to 255, rows × columns × channels. */
  readonly intensities: Uint8Array;
}

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const COLOUR_TYPES = { 1: 0, 3: 2, 4: 6 } as const;
const DEPTH = 8;
const PAETH = 4;

/** Returns the bytes of a PNG file. */
export function writePng({ width, height, channels, intensities }: PngImage): Uint8Array {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([DEPTH, COLOUR_TYPES[channels]], 8);
  const rows = filtered(intensities, { height, stride: width * channels, channels });
  const parts = [
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', zlibSync(rows, { level: 9 })),
    chunk('IEND', new Uint8Array(0)),
  ];
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

interface Rows {
  readonly height: number;
  /** Number of bytes of a row. */
  readonly stride: number;
  readonly channels: number;
}

function filtered(intensities: Uint8Array, { height, stride, channels }: Rows): Uint8Array {
  const bytes = new Uint8Array(height * (stride + 1));
  for (let y = 0; y < height; y++) {
    const row = y * (stride + 1);
    bytes[row] = PAETH;
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x;
      const [hasLeft, hasUp] = [x >= channels, y > 0];
      const left = hasLeft ? intensities[at - channels] : 0;
      const up = hasUp ? intensities[at - stride] : 0;
      const corner = hasLeft && hasUp ? intensities[at - stride - channels] : 0;
      bytes[row + 1 + x] = intensities[at] - paeth(left, up, corner);
    }
  }
  return bytes;
}

/** Returns the neighbour that is closest to left + up − corner. */
function paeth(left: number, up: number, corner: number): number {
  const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

function chunk(type: string, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(content.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(content, 8);
  view.setUint32(content.length + 8, crc32(bytes.subarray(4, content.length + 8)));
  return bytes;
}
