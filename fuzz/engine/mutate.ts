// Makes a new input from a known one: mutates its bytes, its JSON, or a piece of it if it is a container.

import type { Target } from '../target.js';
import { mutateBytes, type Material } from './mutate-bytes.js';
import { mutateJson } from './mutate-json.js';

const [BRACE, BRACKET] = [0x7b, 0x5b];

export function mutate(bytes: Uint8Array, { open, close }: Target, material: Material): Uint8Array {
  const { random } = material;
  const pieces = close && !random.oneIn(4) ? open?.(bytes) : undefined;
  if (!close || !pieces || pieces.length === 0) return mutatePiece(bytes, material);
  const at = random.below(pieces.length);
  return close(
    pieces.map((piece, i) => (i === at ? mutatePiece(piece, material) : piece)),
    bytes,
  );
}

function mutatePiece(piece: Uint8Array, material: Material): Uint8Array {
  // A slice of a Buffer would share its memory, so that the mutation would change the input itself.
  const bytes = Uint8Array.from(piece);
  const { random, words } = material;
  if ((bytes[0] === BRACE || bytes[0] === BRACKET) && !random.oneIn(3)) {
    const names = words.map((word) => Buffer.from(word).toString());
    const text = mutateJson(Buffer.from(bytes).toString(), random, names);
    if (text !== undefined) return Buffer.from(text);
  }
  return mutateBytes(bytes, material);
}
