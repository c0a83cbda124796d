// Whether a text stands twice among many: subjects of a long table.

/** Texts from which on no Set is made of them: it would take as much memory as they do, and ends at 2²⁴. */
const MANY = 2 ** 20;

/** Position of the first text that stands earlier too, −1 without one. */
export function firstRepeated(texts: readonly string[]): number {
  if (areAscending(texts)) return -1;
  if (texts.length >= MANY) return firstAmongMany(texts);
  const seen = new Set<string>();
  return texts.findIndex((text) => seen.size === seen.add(text).size);
}

/** Whether each text comes after the one before it, and so stands once. */
export function areAscending(texts: readonly string[]): boolean {
  let last = '';
  for (const [i, text] of texts.entries()) {
    if (i > 0 && !(last < text)) return false;
    last = text;
  }
  return true;
}

/** Open addressing: four bytes for each of twice as many places as there are texts, or more. */
export function firstAmongMany(texts: readonly string[]): number {
  const size = 2 ** Math.ceil(Math.log2(2 * texts.length + 1));
  /** Positions of texts, counted from 1. */
  const places = new Int32Array(size);
  for (let i = 0; i < texts.length; i++) {
    let at = hashOf(texts[i]) & (size - 1);
    while (places[at] !== 0) {
      if (texts[places[at] - 1] === texts[i]) return i;
      at = (at + 1) & (size - 1);
    }
    places[at] = i + 1;
  }
  return -1;
}

/** FNV-1a of the code units, mixed so that the low bits depend on all of it (MurmurHash3's last step). */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
