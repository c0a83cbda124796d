// Adds counters of edges to a program: every function, branch, loop and case has a counter that it increments when it
// is entered. Works on the bundle of a target, so that libraries are counted as well as our code.

import ts from 'typescript';

export interface Instrumented {
  readonly code: string;
  /** True for each edge in our code. */
  readonly isSource: readonly boolean[];
  /** String literals of our code, which mutations insert. */
  readonly words: readonly string[];
}

const MODULE = /^\/\/ (\S+)$/gm;
const LOGICAL = [
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionToken,
] as const;

/** Adds counters. @param code an ES module of esbuild, in which a comment before each module has its path */
export function instrument(code: string): Instrumented {
  const source = ts.createSourceFile('bundle.mjs', code, ts.ScriptTarget.ES2022, false, ts.ScriptKind.JS);
  const starts = Array.from(code.matchAll(MODULE), ({ index, 1: path }) => ({
    index,
    isSource: path.startsWith('src/'),
  }));
  const isSource: boolean[] = [];
  const words = new Set<string>();
  const inserts: { at: number; text: string }[] = [];
  let module = -1;

  const edge = (at: number): string => {
    while (module + 1 < starts.length && starts[module + 1].index <= at) module++;
    isSource.push(starts.at(module)?.isSource ?? false);
    return `__edge(${isSource.length - 1})`;
  };
  const insert = (at: number, text: string): void => void inserts.push({ at, text });
  const visit = (node: ts.Node | undefined): void => node && ts.forEachChild(node, walk);

  function expression(node: ts.Expression): void {
    const start = node.getStart(source);
    insert(start, `(${edge(start)},`);
    walk(node);
    insert(node.end, ')');
  }
  function statement(node: ts.Statement): void {
    const start = node.getStart(source);
    if (ts.isBlock(node)) {
      insert(start + 1, `${edge(start)};`);
      visit(node);
    } else {
      insert(start, `{${edge(start)};`);
      walk(node);
      insert(node.end, '}');
    }
  }
  function walk(node: ts.Node): void {
    if (ts.isStringLiteral(node) && (starts.at(module)?.isSource ?? false)) words.add(node.text);
    if (ts.isIfStatement(node)) {
      walk(node.expression);
      statement(node.thenStatement);
      if (node.elseStatement) statement(node.elseStatement);
    } else if (ts.isIterationStatement(node, false)) {
      ts.forEachChild(node, (child) => (child === node.statement ? statement(node.statement) : walk(child)));
    } else if (ts.isCaseOrDefaultClause(node)) {
      if (ts.isCaseClause(node)) walk(node.expression);
      insert(node.statements.pos, `${edge(node.pos)};`);
      node.statements.forEach(walk);
    } else if (ts.isCatchClause(node)) {
      statement(node.block);
    } else if (ts.isConditionalExpression(node)) {
      walk(node.condition);
      expression(node.whenTrue);
      expression(node.whenFalse);
    } else if (ts.isBinaryExpression(node) && LOGICAL.some((kind) => kind === node.operatorToken.kind)) {
      walk(node.left);
      expression(node.right);
    } else if (ts.isArrowFunction(node) && !ts.isBlock(node.body)) {
      node.parameters.forEach(walk);
      expression(node.body);
    } else if (ts.isFunctionLike(node) && 'body' in node && node.body && ts.isBlock(node.body)) {
      const body = node.body;
      ts.forEachChild(node, (child) => (child === body ? statement(body) : walk(child)));
    } else {
      ts.forEachChild(node, walk);
    }
  }
  visit(source);

  inserts.sort((a, b) => a.at - b.at);
  const parts: string[] = [];
  let at = 0;
  for (const { at: next, text } of inserts) {
    parts.push(code.slice(at, next), text);
    at = next;
  }
  parts.push(code.slice(at));
  return { code: `${counters(isSource.length)}\n${parts.join('')}`, isSource, words: [...words] };
}

/** Returns the code of the counters. `touched` lists the edges that were entered since the last `take`. */
function counters(edges: number): string {
  return [
    `const __counts = new Uint32Array(${edges}), __touched = new Uint32Array(${edges});`,
    'let __size = 0;',
    'const __edge = (at) => { if (__counts[at]++ === 0) __touched[__size++] = at; };',
    'const __take = () => { const size = __size; __size = 0; return size; };',
    'export const __edges = { counts: __counts, touched: __touched, take: __take };',
  ].join('\n');
}
