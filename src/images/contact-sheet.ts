// Draws several images side by side in one PNG.

import { writePng, type PngImage } from '../files/png.js';

export interface Tiles extends Omit<PngImage, 'intensities'> {
  /** Intensities of each image. */
  readonly images: readonly Uint8Array[];
}

const COLUMNS = 4;
const GAP = 4;
/** Approximate side of a tile in pixels. Images are enlarged by an integer factor. */
const TILE = 160;
const BACKGROUND = 255;

/** Returns the bytes of a PNG with four images per row. */
export function contactSheet({ images, height, width, channels }: Tiles): Uint8Array {
  const scale = Math.max(1, Math.floor(TILE / Math.max(height, width)));
  const [tileHeight, tileWidth] = [height * scale + GAP, width * scale + GAP];
  const rows = Math.ceil(images.length / COLUMNS);
  const sheetWidth = Math.min(COLUMNS, images.length) * tileWidth + GAP;
  const sheetHeight = rows * tileHeight + GAP;
  const sheet = new Uint8Array(sheetWidth * sheetHeight * channels).fill(BACKGROUND);
  for (const [i, image] of images.entries()) {
    const top = GAP + Math.floor(i / COLUMNS) * tileHeight;
    const left = GAP + (i % COLUMNS) * tileWidth;
    for (let y = 0; y < height * scale; y++) {
      for (let x = 0; x < width * scale; x++) {
        const from = (Math.floor(y / scale) * width + Math.floor(x / scale)) * channels;
        sheet.set(image.subarray(from, from + channels), ((top + y) * sheetWidth + left + x) * channels);
      }
    }
  }
  return writePng({ width: sheetWidth, height: sheetHeight, channels, intensities: sheet });
}
