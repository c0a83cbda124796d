// Finds repeated texts, also among millions, such as the subjects of a long table.

/** From this number on no `Set` is used: it takes as much memory as the texts and holds at most 2²⁴. */
const MANY = 2 ** 20;

/** Returns the position of the first text that is also at an earlier position; −1 if there is none. */
export function firstRepeated(texts: readonly string[]): number {
  if (areAscending(texts)) return -1;
  if (texts.length >= MANY) return firstAmongMany(texts);
  const seen = new Set<string>();
  return texts.findIndex((text) => seen.size === seen.add(text).size);
}

/** True if the texts ascend strictly. Then none is repeated. */
export function areAscending(texts: readonly string[]): boolean {
  let last = '';
  for (const [i, text] of texts.entries()) {
    if (i > 0 && !(last < text)) return false;
    last = text;
  }
  return true;
}

/** As `firstRepeated`, by open addressing: a table of four bytes per place, with at least two places per text. */
export function firstAmongMany(texts: readonly string[]): number {
  const size = 2 ** Math.ceil(Math.log2(2 * texts.length + 1));
  /** Position of a text, counted from 1; 0 for an empty place. */
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

/** FNV-1a of the code units, then the finaliser of MurmurHash3: the low bits depend on all bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
