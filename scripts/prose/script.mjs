// Reads TypeScript and JavaScript with TypeScript's parser: comments, names of declarations, texts and test titles.
import ts from 'typescript';
import { addComments } from './comments.mjs';
import { PARAGRAPH_END } from './sentences.mjs';

/** HTML that does not end a sentence. */
const INLINE_TAG = /^<\/?(?:a|abbr|b|code|em|i|small|span|strong|sub|sup)\b/;
/** Programs in other languages, which some texts contain: WGSL, Python, CSS, JavaScript. */
const IS_CODE = /[;{}]\s*$|^\s*(?:@\w+|fn|let|var|const|def|import|return|SELECT|CREATE|COPY) |=>/m;

/**
 * Adds comments, names and texts of a file to its tree.
 * @param wanted `texts`: string and template literals with a space and a letter; `titles`: those of tests
 */
export function addScript(tree, path, text, wanted) {
  const kind = path.endsWith('ts') ? ts.ScriptKind.TS : ts.ScriptKind.JS;
  const options = { languageVersion: ts.ScriptTarget.Latest, jsDocParsingMode: ts.JSDocParsingMode.ParseNone };
  const source = ts.createSourceFile(path, text, options, false, kind);
  /** Ranges in which `//` does not start a comment. */
  const literals = [];
  const visit = (node, parent, isInText) => {
    const name = declaredName(node);
    if (name !== undefined) {
      const start = name.getStart(source);
      const quotes = ts.isStringLiteral(name) ? 1 : 0;
      tree.addName(start + quotes, name.end - quotes, name.text);
    }
    if (ts.isLiteralExpression(node) || ts.isTemplateMiddleOrTemplateTail(node) || ts.isTemplateHead(node)) {
      literals.push([node.getStart(source), node.end]);
    }
    const isTitle = ts.isCallExpression(parent) && parent.arguments[0] === node && parent.arguments.some(isFunction);
    const isText = !isInText && isConcatenation(node) && !ts.isLiteralTypeNode(parent) && parent.name !== node;
    if (isText && (wanted === 'texts' || (wanted === 'titles' && isTitle))) addText(tree, text, source, node);
    ts.forEachChild(node, (child) => visit(child, node, isConcatenation(node) && isConcatenation(child)));
  };
  ts.forEachChild(source, (child) => visit(child, source, false));
  addComments(tree, text, commentsBetween(text, literals));
}

const isFunction = (node) => ts.isArrowFunction(node) || ts.isFunctionExpression(node);
const isString = (node) => ts.isStringLiteralLike(node) || ts.isTemplateExpression(node);

/** Returns the name in a declaration or a property of an object, or undefined for another node. */
function declaredName(node) {
  const { name } = node;
  if (name === undefined || ts.isPropertyAccessExpression(node) || ts.isMetaProperty(node)) return undefined;
  if (ts.isImportSpecifier(node) || ts.isExportSpecifier(node) || ts.isImportClause(node)) return undefined;
  const isName = ts.isIdentifier(name) || ts.isPrivateIdentifier(name);
  return isName || (ts.isStringLiteral(name) && /^[\w-]+$/.test(name.text)) ? name : undefined;
}

/** True for a string, a template, and a sum with at least one of them. */
function isConcatenation(node) {
  if (isString(node)) return true;
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return false;
  return isConcatenation(node.left) || isConcatenation(node.right);
}

/** Adds a text that may consist of several literals and expressions; each expression reads as X. */
function addText(tree, text, source, node) {
  const ranges = literalRanges(node, source);
  const isWhole = ranges.length === 1;
  const raw = ranges.map(([start, end]) => text.slice(start, end)).join(' X ');
  if (!/\s/.test(raw.trim()) || !/\p{L}/u.test(raw) || IS_CODE.test(raw.replaceAll('\\n', '\n'))) return;
  const children = [];
  for (const [i, [start, end]] of ranges.entries()) {
    if (i > 0) {
      const [from, to] = [ranges[i - 1][1], start];
      // Nothing but quotes and a plus lies between two literals of one text.
      children.push(tree.replaced(from, to, /^['"`]\s*\+\s*['"`]$/.test(text.slice(from, to)) ? '' : 'X'));
    }
    children.push(...literalNodes(tree, text, start, end));
  }
  if (!isWhole && !isString(lastOperand(node))) children.push(tree.replaced(ranges.at(-1)[1], node.end, 'X'));
  tree.addParagraph(children, { isText: true });
}

const lastOperand = (node) => (ts.isBinaryExpression(node) ? lastOperand(node.right) : node);

/** Returns the ranges of the characters in the literals of a concatenation, without quotes. */
function literalRanges(node, source) {
  const range = (literal, closing) => [literal.getStart(source) + 1, literal.end - closing];
  if (ts.isBinaryExpression(node)) {
    return [node.left, node.right].flatMap((side) => (isConcatenation(side) ? literalRanges(side, source) : []));
  }
  if (ts.isStringLiteralLike(node)) return [range(node, 1)];
  const spans = node.templateSpans.map(({ literal }) => range(literal, ts.isTemplateTail(literal) ? 1 : 2));
  return [range(node.head, 2), ...spans];
}

/** Returns the nodes of one literal: escapes read as what they mean, tags of HTML as spaces or ends of sentences. */
function literalNodes(tree, text, from, to) {
  const nodes = [];
  let start = from;
  for (const { 0: match, index } of text.slice(from, to).matchAll(/\\[^]|<\/?[a-z][^<>]*>/g)) {
    nodes.push(...tree.inline(start, from + index));
    start = from + index + match.length;
    const escaped = match === '\\n' ? '\n' : /^\\[rt\n]/.test(match) ? ' ' : match[1];
    const value = match[0] === '\\' ? escaped : INLINE_TAG.test(match) ? '' : PARAGRAPH_END;
    nodes.push(tree.replaced(from + index, start, value));
  }
  nodes.push(...tree.inline(start, to));
  return nodes;
}

/** Returns the offsets of all comments. Outside literals, two slashes or a slash and a star always begin one. */
function commentsBetween(text, literals) {
  literals.sort(([a], [b]) => a - b);
  const comments = [];
  const opening = /\/\/[^\n]*|\/\*[^]*?\*\//g;
  let next = 0;
  for (let match = opening.exec(text); match !== null; match = opening.exec(text)) {
    while (next < literals.length && literals[next][1] <= match.index) next++;
    if (next < literals.length && literals[next][0] <= match.index) opening.lastIndex = literals[next][1];
    else comments.push([match.index, opening.lastIndex]);
  }
  return comments;
}
