// Parses every kind of file into the syntax tree that textlint reads.
import markdown from '@textlint/textlint-plugin-markdown';
import { addScript } from './script.mjs';
import { addC, addLines, addPython, addStyles } from './tokens.mjs';
import { TreeBuilder } from './tree.mjs';

const { preProcess: parseMarkdown } = new markdown.default.Processor().processor('.md');

/** Readers of source files by name; textlint parses Markdown. */
const READERS = [
  [/\.[cm]?[jt]s$/, addScript],
  [/\.(?:cc|h|c|cu|cuh|def)$/, addC],
  [/\.py$/, addPython],
  [/\.css$/, addStyles],
  [/\.(?:cmake|ya?ml)$|(?:^|\/)CMakeLists\.txt$|^(?:scripts|packages|\.ci)\/(?:[^/]+\/)*[^./]+$/, addLines],
];
/** The language of a code block decides how the comments in it are read. */
const BLOCK_NAMES = {
  ts: 'a.ts',
  js: 'a.js',
  mjs: 'a.js',
  javascript: 'a.js',
  typescript: 'a.ts',
  cpp: 'a.cc',
  cc: 'a.cc',
};
const LINE_LANGUAGES = { py: 'a.py', python: 'a.py', sh: 'a.yaml', bash: 'a.yaml', yaml: 'a.yaml', yml: 'a.yaml' };

const readerOf = (path) => READERS.find(([pattern]) => pattern.test(path))?.[1];

export const isMarkdown = (path) => path.endsWith('.md');

/** True if the lint reads files of this name. */
export const isRead = (path) => isMarkdown(path) || readerOf(path) !== undefined;

/** Returns the tree of a file: paragraphs of prose, names of declarations and, in Markdown, all that CommonMark has. */
export function parse(path, text) {
  if (isMarkdown(path)) return parsePage(text);
  const tree = new TreeBuilder(text);
  readerOf(path)(tree, path, text, textsOf(path));
  return tree.document();
}

/** Says which string literals of a file are written for people. */
function textsOf(path) {
  if (/^(?:src|native|cuda|bindings)\//.test(path)) return 'texts';
  return path.startsWith('test/') ? 'titles' : undefined;
}

/** Parses a Markdown page and adds the comments in its blocks of code. */
function parsePage(text) {
  const page = parseMarkdown(text);
  const blocks = new TreeBuilder(text);
  const visit = (node) => {
    if (node.type === 'CodeBlock') addBlock(blocks, text, node);
    node.children?.forEach(visit);
  };
  visit(page);
  page.children.push(...blocks.children);
  return page;
}

function addBlock(blocks, text, { lang, range: [start, end] }) {
  const name = { ...BLOCK_NAMES, ...LINE_LANGUAGES }[lang];
  if (name === undefined) return;
  // Blank characters keep every offset as it is on the page.
  const blank = text.slice(0, start).replaceAll(/[^\n]/g, ' ');
  const code = text.slice(start, end).replaceAll(/^[ \t]*(?:```|~~~).*$/gm, (fence) => ' '.repeat(fence.length));
  const names = blocks.children.length;
  readerOf(name)(blocks, name, blank + code);
  blocks.children = blocks.children.filter(({ type }, i) => i < names || type === 'Paragraph');
}
