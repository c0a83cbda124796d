// Splits plain text into sentences and counts words.

/** Ends a paragraph inside a text, and with it a sentence. */
export const PARAGRAPH_END = '\u2029';

/** A full stop after one of these does not end a sentence. */
const ABBREVIATION = /\b(?:e\.g|i\.e|cf|vs|et al|Figs?|Eq|Sec|App|Thm|no|approx|etc|St|Dr)\.$/;

/**
 * Returns the sentences of one paragraph in order.
 * @returns `{ text, start, end }`; the positions are offsets in the paragraph
 */
export function sentencesOf(paragraph) {
  const sentences = [];
  let start = 0;
  const add = (end) => {
    const piece = paragraph.slice(start, end);
    const text = piece.trim();
    if (text !== '') sentences.push({ text, start: start + piece.indexOf(text), end: start + piece.trimEnd().length });
    start = end;
  };
  for (const { 0: mark, index } of paragraph.matchAll(/[.!?]+["'”’)\]]*(?=\s|$)|\u2029/g)) {
    const end = index + mark.length;
    if (mark === PARAGRAPH_END) {
      add(end);
      continue;
    }
    if (ABBREVIATION.test(paragraph.slice(start, end))) continue;
    // A small letter continues the sentence, unless it begins an identifier.
    if (/^\s+(?![a-z]+[A-Z_.0-9(])[a-z]/.test(paragraph.slice(end))) continue;
    add(end);
  }
  add(paragraph.length);
  return sentences;
}

/** Returns the number of words. A word has at least one letter or digit. */
export const countWords = (text) => text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
