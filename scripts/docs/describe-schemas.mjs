// A plugin of esbuild for programs that print zod schemas. The doc comment of a key becomes the description of its
// schema, unless the schema has one. Schemas that a module does not export are exported. Source files do not change.
import { readFileSync } from 'node:fs';
import ts from 'typescript';

const HELPER = `
function __describe(schema, text) {
  const isSchema = typeof schema?.describe === 'function' && schema._zod;
  return isSchema && schema.description === undefined ? schema.describe(text) : schema;
}
`;

export const describeSchemas = {
  name: 'describe-schemas',
  setup(build) {
    build.onLoad({ filter: /[/\\]src[/\\].*\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      if (!/from 'zod/.test(source)) return undefined;
      return { contents: withDescriptions(source), loader: 'ts' };
    });
  },
};

/** Returns the module with `__describe(schema, text)` around every schema that has a doc comment. */
function withDescriptions(source) {
  const file = ts.createSourceFile('schema.ts', source, ts.ScriptTarget.Latest, true);
  const inserts = [];
  const visit = (node) => {
    if (ts.isPropertyAssignment(node)) {
      const text = commentOf(source, node);
      if (text !== undefined) {
        inserts.push([node.initializer.getStart(file), '__describe(']);
        inserts.push([node.initializer.end, `, ${JSON.stringify(text)})`]);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  let contents = source;
  for (const [at, text] of inserts.sort(([a], [b]) => b - a)) {
    contents = contents.slice(0, at) + text + contents.slice(at);
  }
  return `${contents}${HELPER}${hiddenSchemas(file)}`;
}

/** Returns an export of every `const …Schema` at the top level that has none. */
function hiddenSchemas(file) {
  const names = file.statements
    .filter(ts.isVariableStatement)
    .filter(({ modifiers }) => !modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword))
    .flatMap(({ declarationList }) => declarationList.declarations.map(({ name }) => name.getText(file)))
    .filter((name) => /Schema$/.test(name));
  return names.length > 0 ? `export { ${names.join(', ')} };\n` : '';
}

/** Returns the text of the doc comment before a node, on one line. */
function commentOf(source, node) {
  const ranges = ts.getLeadingCommentRanges(source, node.getFullStart()) ?? [];
  const comment = ranges.map(({ pos, end }) => source.slice(pos, end)).findLast((text) => text.startsWith('/**'));
  return comment
    ?.slice(3, -2)
    .replaceAll(/^\s*\* ?/gm, ' ')
    .replaceAll(/\{@link (\w+)\}/g, '$1')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
