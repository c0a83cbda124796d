// Builds the syntax tree that textlint reads (TxtAST) from positions in a source file, and reads paragraphs as text.
import { PARAGRAPH_END } from './sentences.mjs';

/** Inline code, a link of a doc comment, or an address: none of them is prose. */
const NO_PROSE = /`([^`]+)`|\{@link ([^}|]+)[^}]*\}|https?:\/\/[^\s)>\]]+/g;

export class TreeBuilder {
  #text;
  #lines = [0];
  children = [];

  constructor(text) {
    this.#text = text;
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) this.#lines.push(at + 1);
  }

  /** Returns the index of the line that contains an offset, from 0. */
  lineAt(offset) {
    let [low, high] = [0, this.#lines.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#lines[middle] <= offset) low = middle;
      else high = middle;
    }
    return low;
  }

  node(type, start, end, more) {
    const [first, last] = [start, end].map((offset) => {
      const line = this.lineAt(offset);
      return { line: line + 1, column: offset - this.#lines[line] };
    });
    return { type, raw: this.#text.slice(start, end), range: [start, end], loc: { start: first, end: last }, ...more };
  }

  /** Returns text that reads as `value`: a space for a line break with comment marks, or X for an expression. */
  replaced(start, end, value) {
    return this.node('Str', start, end, { value });
  }

  /** Returns the nodes of a range of prose: text, inline code and addresses. */
  inline(start, end) {
    const nodes = [];
    let from = start;
    const addText = (to) => {
      if (to > from) nodes.push(this.node('Str', from, to, { value: this.#text.slice(from, to) }));
    };
    for (const match of this.#text.slice(start, end).matchAll(NO_PROSE)) {
      const at = start + match.index;
      addText(at);
      from = at + match[0].length;
      const code = match[1] ?? match[2];
      if (code === undefined) nodes.push(this.replaced(at, from, 'Address'));
      else nodes.push(this.node('Code', at, from, { value: code }));
    }
    addText(end);
    return nodes;
  }

  /** @param more what the rules and the measures need to know of a paragraph, such as `isComment` */
  addParagraph(children, more) {
    if (children.length === 0) return;
    this.children.push(this.node('Paragraph', children[0].range[0], children.at(-1).range[1], { children, ...more }));
  }

  /** Adds the name of a declaration. */
  addName(start, end, value) {
    this.children.push(this.node('Code', start, end, { value }));
  }

  /** Returns the tree of the whole file. */
  document() {
    this.children.sort((a, b) => a.range[0] - b.range[0]);
    return this.node('Document', 0, this.#text.length, { children: this.children });
  }
}

/**
 * Reads a paragraph as plain text, with the word Code for inline code.
 * @returns `{ text, offsetOf }`; `offsetOf` maps an index of the text to an offset from the start of the node
 */
export function plainText(node) {
  let text = '';
  const segments = [];
  const add = ({ range: [start, end] }, value) => {
    segments.push({ at: text.length, start: start - node.range[0], isVerbatim: end - start === value.length });
    text += value;
  };
  const visit = (child) => {
    if (child.type === 'Str') add(child, child.value);
    else if (child.type === 'Code') add(child, 'Code');
    else if (child.type === 'Break') add(child, ' ');
    else if (child.type === 'Image') add(child, child.alt ?? '');
    else child.children?.forEach(visit);
  };
  node.children.forEach(visit);
  const offsetOf = (index) => {
    const { at, start, isVerbatim } = segments.findLast((segment) => segment.at <= index) ?? segments[0];
    return isVerbatim ? start + index - at : start;
  };
  return { text: node.isText ? withParagraphs(text) : text.replaceAll(/\s/g, ' '), offsetOf };
}

/** Joins lines that continue each other. Blank lines and indented lines, such as those of a table, stay separate. */
function withParagraphs(text) {
  const lines = text.split('\n');
  const isPart = (line) => line !== undefined && line.trim() !== '' && !/^(?: {2}|\s*[-*•] )/.test(line);
  return lines
    .map((line, i) => (i === 0 ? '' : isPart(lines[i - 1]) && isPart(line) ? ' ' : PARAGRAPH_END) + line)
    .join('')
    .replaceAll(/[^\S\u2029]/g, ' ');
}
