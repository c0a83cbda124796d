// Some pictures side by side in one PNG.

import { writePng, type Levels } from '../files/png.js';

export interface Tiles extends Omit<Levels, 'levels'> {
  /** Levels of each. */
  readonly pictures: readonly Uint8Array[];
}

const COLUMNS = 4;
const GAP = 4;
/** Pictures are enlarged by a whole number, up to about so many pixels. */
const TILE = 160;
const BACKGROUND = 255;

/** The bytes of a PNG, row after row of four. */
export function contactSheet({ pictures, height, width, channels }: Tiles): Uint8Array {
  const scale = Math.max(1, Math.floor(TILE / Math.max(height, width)));
  const [tileHeight, tileWidth] = [height * scale + GAP, width * scale + GAP];
  const rows = Math.ceil(pictures.length / COLUMNS);
  const sheetWidth = Math.min(COLUMNS, pictures.length) * tileWidth + GAP;
  const sheetHeight = rows * tileHeight + GAP;
  const sheet = new Uint8Array(sheetWidth * sheetHeight * channels).fill(BACKGROUND);
  for (const [i, picture] of pictures.entries()) {
    const top = GAP + Math.floor(i / COLUMNS) * tileHeight;
    const left = GAP + (i % COLUMNS) * tileWidth;
    for (let y = 0; y < height * scale; y++) {
      for (let x = 0; x < width * scale; x++) {
        const from = (Math.floor(y / scale) * width + Math.floor(x / scale)) * channels;
        sheet.set(picture.subarray(from, from + channels), ((top + y) * sheetWidth + left + x) * channels);
      }
    }
  }
  return writePng({ width: sheetWidth, height: sheetHeight, channels, levels: sheet });
}
