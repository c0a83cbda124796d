// A long list of texts, stored as bytes in memory that all threads share. Ids of ten million subjects as strings would
// take 40 bytes each in every thread, and V8 would free them late.

/** Number of texts of a piece. Converting one takes some milliseconds. */
const PIECE = 20_000;

interface TextPiece {
  /** All texts in sequence. */
  readonly bytes: Uint8Array;
  /** End of each text, in bytes. */
  readonly ends: Uint32Array;
  /** `latin1` (ISO 8859-1, one byte per letter) if it has all letters. */
  readonly encoding: 'latin1' | 'utf16le';
}

/** A list of texts in the form in which it is sent to another thread. */
export interface PackedTexts {
  readonly packedTexts: {
    readonly length: number;
    /** Pieces of `PIECE` texts each; the last may have fewer. */
    readonly pieces: readonly TextPiece[];
  };
}

const packed = new WeakMap<readonly string[], PackedTexts>();

/** Returns the stored form of a list; undefined for a list of strings. */
export function packedOf(list: readonly string[]): PackedTexts | undefined {
  return packed.get(list);
}

/** Yields the pieces of a list of strings. */
export function* textPieces(texts: readonly string[]): Generator<TextPiece> {
  for (let first = 0; first < texts.length; first += PIECE) yield pieceOf(texts.slice(first, first + PIECE));
}

/** Yields the texts of each piece. */
export function* stringsOf({ packedTexts }: PackedTexts): Generator<string[]> {
  for (const piece of packedTexts.pieces) {
    const read = readerOf(piece);
    yield Array.from(piece.ends, (_, at) => read(at));
  }
}

/** Returns a list of texts: of strings if it is short, otherwise a list that creates each string when it is read. */
export function textList(texts: Iterable<string>): readonly string[] {
  const growing = new GrowingTexts();
  for (const text of texts) growing.push(text);
  return growing.finish();
}

/** A list that grows. When it becomes long, its texts are stored as bytes. */
export class GrowingTexts {
  #pieces: TextPiece[] = [];
  /** Texts after the pieces. */
  #strings: string[] = [];

  /** Minimum number of texts of a list that is stored as bytes. */
  static get minPacked(): number {
    return 2 ** 20;
  }

  get length(): number {
    return PIECE * this.#pieces.length + this.#strings.length;
  }

  push(text: string): void {
    this.#strings.push(text);
    const { length } = this.#strings;
    if (length >= PIECE && this.length >= GrowingTexts.minPacked) this.#pack(length - (length % PIECE));
  }

  finish(): readonly string[] {
    const { length } = this;
    if (length < GrowingTexts.minPacked) return this.#strings;
    this.#pack(this.#strings.length);
    return packedList({ packedTexts: { length, pieces: this.#pieces } });
  }

  #pack(count: number): void {
    for (const piece of textPieces(this.#strings.slice(0, count))) this.#pieces.push(piece);
    this.#strings = this.#strings.slice(count);
  }
}

/** Returns a read-only array of the texts. */
export function packedList(texts: PackedTexts): readonly string[] {
  const { length, pieces } = texts.packedTexts;
  const readers = pieces.map(readerOf);
  const textAt = (position: number): string => readers[Math.floor(position / PIECE)](position % PIECE);
  const positionOf = (key: string | symbol): number | undefined => {
    if (typeof key === 'symbol') return undefined;
    const position = Number(key);
    return position >= 0 && position < length && String(position) === key ? position : undefined;
  };
  const list = new Proxy<readonly string[]>([], {
    get(target, key) {
      if (key === 'length') return length;
      const position = positionOf(key);
      return position === undefined ? (Reflect.get(target, key) as unknown) : textAt(position);
    },
    has: (target, key) => positionOf(key) !== undefined || Reflect.has(target, key),
    ownKeys: () => [...Array.from({ length }, (_, position) => String(position)), 'length'],
    getOwnPropertyDescriptor(target, key) {
      const position = positionOf(key);
      if (position === undefined) return Reflect.getOwnPropertyDescriptor(target, key);
      return { value: textAt(position), enumerable: true, configurable: true, writable: false };
    },
    set: () => false,
    defineProperty: () => false,
    deleteProperty: () => false,
  });
  packed.set(list, texts);
  return list;
}

function pieceOf(texts: readonly string[]): TextPiece {
  const joined = texts.join('');
  const encoding = /^[\0-\xff]*$/.test(joined) ? 'latin1' : 'utf16le';
  const size = encoding === 'latin1' ? 1 : 2;
  const memory = new SharedArrayBuffer(size * joined.length);
  Buffer.from(memory).write(joined, encoding);
  const ends = new Uint32Array(new SharedArrayBuffer(texts.length * Uint32Array.BYTES_PER_ELEMENT));
  let end = 0;
  for (const [i, text] of texts.entries()) ends[i] = end += size * text.length;
  return { bytes: new Uint8Array(memory), ends, encoding };
}

/** Returns a function that reads the text at a position of a piece. */
function readerOf({ bytes, ends, encoding }: TextPiece): (at: number) => string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (at) => buffer.toString(encoding, at === 0 ? 0 : ends[at - 1], ends[at]);
}
