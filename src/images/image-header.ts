// Reads the headers of PNG, JPEG and WebP files.

/** True for JPEG markers that begin a frame: SOF0 to SOF15, except DHT, JPG and DAC. */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

export interface ImageHeader {
  readonly type: 'png' | 'jpeg' | 'webp';
  /** Height as stored, before a rotation by the EXIF orientation. */
  readonly height: number;
  readonly width: number;
  readonly hasColours: boolean;
  /** Bits of an intensity. */
  readonly bits: number;
}

/** Returns the header; undefined for other files, and for a file that ends before its size. */
export function imageHeader(bytes: Uint8Array): ImageHeader | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 16));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    if (start.startsWith('\x89PNG\r\n')) return pngHeader(view);
    if (start.startsWith('\xff\xd8\xff')) return jpegHeader(view);
    if (/^RIFF....WEBPVP8/s.test(start)) {
      return { type: 'webp', ...webpSize(view, start[15]), hasColours: true, bits: 8 };
    }
  } catch (cause) {
    // The file ends within the header.
    if (!(cause instanceof RangeError)) throw cause;
  }
  return undefined;
}

function pngHeader(view: DataView): ImageHeader {
  const [bits, colours] = [view.getUint8(24), view.getUint8(25)];
  const size = { width: view.getUint32(16), height: view.getUint32(20) };
  return { type: 'png', ...size, hasColours: colours !== 0 && colours !== 4, bits };
}

function jpegHeader(view: DataView): ImageHeader | undefined {
  for (let at = 2; ;) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    if (isFrame(marker)) {
      const size = { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
      return { type: 'jpeg', ...size, hasColours: view.getUint8(at + 9) !== 1, bits: view.getUint8(at + 4) };
    }
    // 0xff 0xff is padding before a marker.
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
}

function webpSize(view: DataView, kind: string): { height: number; width: number } {
  if (kind === 'X') {
    const three = (at: number): number => 1 + view.getUint16(at, true) + 65_536 * view.getUint8(at + 2);
    return { width: three(24), height: three(27) };
  }
  if (kind === 'L') {
    const packed = view.getUint32(21, true);
    return { width: 1 + (packed & 0x3fff), height: 1 + ((packed >>> 14) & 0x3fff) };
  }
  return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
}
