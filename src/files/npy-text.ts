// Texts in .npy arrays. NumPy pads all elements to one width: `U` has four bytes per character, `S` has one.

import { damagedFile } from './bytes.js';

interface TextLayout {
  readonly kind: 'U' | 'S';
  /** Characters (`U`) or bytes (`S`) of every element. */
  readonly width: number;
  readonly count: number;
  readonly littleEndian: boolean;
}

/**
 * Returns the elements without padding.
 *
 * @throws InputError `damaged-file` on an impossible code point or on text that is not UTF-8
 */
export function decodeText(raw: Uint8Array, layout: TextLayout, path: string): string[] {
  const { kind, width, count, littleEndian } = layout;
  const texts = new Array<string>(count).fill('');
  if (kind === 'S') {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    for (let i = 0; i < count; i++) {
      let end = (i + 1) * width;
      while (end > i * width && raw[end - 1] === 0) end--;
      try {
        texts[i] = decoder.decode(raw.subarray(i * width, end));
      } catch (cause) {
        throw damagedFile(path, `element ${i} is not UTF-8 text`, cause);
      }
    }
    return texts;
  }
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  for (let i = 0; i < count; i++) {
    let length = width;
    const code = (k: number) => view.getUint32(4 * (i * width + k), littleEndian);
    while (length > 0 && code(length - 1) === 0) length--;
    let text = '';
    for (let k = 0; k < length; k++) {
      const point = code(k);
      if (point > 0x10ffff) throw damagedFile(path, `element ${i} holds the impossible character ${point}`);
      text += String.fromCodePoint(point);
    }
    texts[i] = text;
  }
  return texts;
}

/** Returns the padded little-endian `U` body of the texts, and its NumPy type. */
export function encodeText(texts: readonly string[]): { descriptor: string; body: Uint8Array } {
  const points = texts.map((text) => Array.from(text, (character) => character.codePointAt(0) ?? 0));
  const width = points.reduce((widest, point) => Math.max(widest, point.length), 1);
  const body = new Uint8Array(4 * width * texts.length);
  const view = new DataView(body.buffer);
  for (const [i, codes] of points.entries()) {
    for (const [k, code] of codes.entries()) view.setUint32(4 * (i * width + k), code, true);
  }
  return { descriptor: `<U${width}`, body };
}
