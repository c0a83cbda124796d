// Rules of textlint: words, openings of comments, lengths of sentences, texts of links, and names.
import { refusedName } from './names.mjs';
import { countWords, sentencesOf } from './sentences.mjs';
import { plainText } from './tree.mjs';
import { WORDS } from './words.mjs';

/** Longest sentence, in words (docs/glossary.md and CONTRIBUTING.md have the rules). */
export const MAX_WORDS = 35;

/** Reports a range of the plain text of a node. */
function report({ report: add, RuleError, locator }, node, [start, end], message) {
  add(node, new RuleError(message, { padding: locator.range([start, end]) }));
}

/** Refuses the words of words.mjs in paragraphs, headings and tables. */
function words(context) {
  const path = context.getFilePath();
  const entries = WORDS.filter(({ in: files }) => files?.test(path) ?? true);
  const check = (node) => {
    const { text, offsetOf } = plainText(node);
    for (const { pattern, use, isOpening } of entries) {
      if (isOpening && !node.isComment) continue;
      for (const { 0: match, index } of text.matchAll(pattern)) {
        const range = [offsetOf(index), offsetOf(index + match.length - 1) + 1];
        report(context, node, range, `“${match.trim()}”: ${use}.`);
      }
    }
  };
  return { Paragraph: check, Header: check, TableCell: check };
}

/** Refuses sentences of more than {@link MAX_WORDS} words, except in tables. */
function sentences(context) {
  return {
    Paragraph(node) {
      if (node.isTable) return;
      const { text, offsetOf } = plainText(node);
      for (const { text: sentence, start, end } of sentencesOf(text)) {
        const count = countWords(sentence);
        if (count <= MAX_WORDS) continue;
        const range = [offsetOf(start), offsetOf(end - 1) + 1];
        const message = `a sentence of ${count} words: write several of at most ${MAX_WORDS}, on average 18.`;
        report(context, node, range, message);
      }
    },
  };
}

/** Refuses links whose text is a number. */
function links(context) {
  const check = (node) => {
    const { text } = plainText(node);
    if (text.trim() === '' || /\p{L}/u.test(text)) return;
    report(context, node, [0, node.raw.length], `“[${text}]”: name the target of the link: “[Missing data]”.`);
  };
  return { Link: check, LinkReference: check };
}

/** Refuses the words of names.mjs in declarations and in inline code. */
function names(context) {
  const path = context.getFilePath();
  return {
    Code(node) {
      const at = node.raw.indexOf(node.value);
      for (const { 0: name, index } of node.value.matchAll(/(?:--)?[A-Za-z_$][\w$]*(?:-\w+)*/g)) {
        const refused = refusedName(name, path);
        if (refused === undefined) continue;
        const start = Math.max(0, at) + index;
        report(context, node, [start, start + name.length], `“${refused.word}” in ${name}: write ${refused.use}.`);
      }
    },
  };
}

export const RULES = Object.entries({ words, sentences, links, names }).map(([ruleId, rule]) => ({ ruleId, rule }));
