// Reads C++, CUDA, Python, shell, CMake, YAML and CSS with patterns; their comments need no parser.
import { addComments } from './comments.mjs';

const C_TOKEN =
  /\/\/[^\n]*|\/\*[^]*?\*\/|^[ \t]*#\s*include[^\n]*|R"(\w*)\([^]*?\)\1"|"(?:\\[^]|[^"\\\n])*"|\b\d[\d'a-zA-Z.]*|'(?:\\[^]|[^'\\\n])*'/gm;
const PYTHON_TOKEN = /#[^\n]*|"""[^]*?"""|'''[^]*?'''|"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*'/g;
const CSS_TOKEN = /\/\*[^]*?\*\//g;

/** Adds comments, names and, if `wanted` is `texts`, string literals of a C++ or CUDA file. */
export function addC(tree, path, text, wanted) {
  const tokens = [...text.matchAll(C_TOKEN)].map(({ 0: token, index }) => ({ token, start: index }));
  const isComment = ({ token }) => token.startsWith('//') || token.startsWith('/*');
  addComments(tree, text, tokens.filter(isComment).map(rangeOf));
  const strings = wanted === 'texts' ? tokens.filter(({ token }) => token.startsWith('"')) : [];
  addStrings(tree, text, strings);
  const seen = new Set();
  let from = 0;
  for (const { token, start } of [...tokens, { token: '', start: text.length }]) {
    for (const { 0: name, index } of text.slice(from, start).matchAll(/[A-Za-z_]\w*/g)) {
      if (!seen.has(name)) tree.addName(from + index, from + index + name.length, name);
      seen.add(name);
    }
    from = start + token.length;
  }
}

const rangeOf = ({ token, start }) => [start, start + token.length];

/** Adds string literals; those with only white space between them are one text. */
function addStrings(tree, text, strings) {
  let children = [];
  let end = -1;
  const add = () => {
    const raw = children.map(({ value }) => value).join('');
    if (/\s/.test(raw.trim()) && /\p{L}/u.test(raw)) tree.addParagraph(children, { isText: true });
  };
  for (const [start, stop] of strings.map(rangeOf)) {
    const continues = end !== -1 && /^\s*$/.test(text.slice(end, start));
    if (!continues) add();
    children = continues ? [...children, tree.replaced(end - 1, start + 1, '')] : [];
    children.push(tree.replaced(start + 1, stop - 1, text.slice(start + 1, stop - 1).replaceAll(/\\[nt]/g, '  ')));
    end = stop;
  }
  add();
}

/** Adds the comments and docstrings of a Python file. */
export function addPython(tree, path, text) {
  const comments = [...text.matchAll(PYTHON_TOKEN)].filter(({ 0: token, index }) => {
    // A string that is a statement begins its line.
    const isStatement = text.slice(text.lastIndexOf('\n', index - 1) + 1, index).trim() === '';
    return token.startsWith('#') || (isStatement && /^(?:"""|''')/.test(token));
  });
  addComments(
    tree,
    text,
    comments.map(({ 0: token, index }) => [index, index + token.length]),
  );
}

/** Adds the comments of a style sheet. */
export function addStyles(tree, path, text) {
  addComments(
    tree,
    text,
    [...text.matchAll(CSS_TOKEN)].map(({ 0: token, index }) => [index, index + token.length]),
  );
}

/** Adds the comments of a shell script, a CMake file or a YAML file: the rest of a line after `#` outside of quotes. */
export function addLines(tree, path, text) {
  const comments = [];
  let at = 0;
  for (const line of text.split('\n')) {
    const match = /^(\s*|(?:[^'"#]|'[^']*'|"(?:\\.|[^"\\])*"|\S#)*\s)#(?!!)/.exec(line);
    if (match) comments.push([at + match[1].length, at + line.length]);
    at += line.length + 1;
  }
  addComments(tree, text, comments);
}
