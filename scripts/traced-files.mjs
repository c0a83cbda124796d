// Appends to every entry of dist/ a function that is never called. It names the files that the package opens by a path
// that it computes, in the forms that @vercel/nft understands; Next.js and Vercel copy only what nft finds. webpack
// follows none of these forms.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';

/** All platforms that the loader knows. nft includes the engines that are installed. */
const [, names] = /PLATFORMS = \[([^\]]*)\]/.exec(readFileSync('src/runtime/platform-package.ts', 'utf8'));
const PLATFORMS = [...names.matchAll(/'([^']+)'/g)].map(([, name]) => name);

/**
 * Turbopack cannot bundle the package and shows the lines around the engine, so that its error shows the remedy too.
 */
const RECIPE =
  "  // Next.js: set serverExternalPackages: ['interlatent'] in next.config; docs/how-to/install.md says more.";

/**
 * Writes the function into dist/NAME.js and dist/cjs/NAME.js of every entry.
 * @param programs entries that the package starts by their path
 */
export function nameTracedFiles(entries, programs) {
  const opened = [...programs.map((name) => `${name}.js`), 'report.js', 'report.css', 'encode.py'];
  for (const name of entries) {
    append(`dist/${name}.js`, opened, ES_MODULE);
    append(`dist/cjs/${name}.js`, opened, COMMONJS);
  }
}

/**
 * The engine is named as a module for all ways to install. Next.js 15's nft ignores `createRequire`, hence also as
 * files.
 */
const resolved = PLATFORMS.map((platform) => `  tracedRequire("@interlatent/${platform}/interlatent.node");`);
const ENGINE_FILES = PLATFORMS.flatMap((platform) =>
  ['package.json', 'interlatent.node'].map((file) => `../../@interlatent/${platform}/${file}`),
);

const ES_MODULE = (paths) => [
  'import module from "node:module";',
  'import { readFileSync as tracedRead } from "node:fs";',
  'import { dirname as tracedFolder, join as tracedJoin } from "node:path";',
  'import { fileURLToPath as tracedFile } from "node:url";',
  'function filesForTracing() {',
  '  const tracedRequire = module.createRequire(import.meta.url);',
  RECIPE,
  ...resolved,
  ...paths.map((path) => `  tracedRead(tracedJoin(tracedFolder(tracedFile(import.meta.url)), "${path}"));`),
  '}',
];

const COMMONJS = (paths) => [
  'function filesForTracing(tracedRead) {',
  '  const tracedRequire = module.createRequire(__filename);',
  RECIPE,
  ...resolved,
  ...paths.map((path) => `  tracedRead(__dirname + "/${path}");`),
  '}',
];

function append(file, opened, write) {
  const [code, map] = readFileSync(file, 'utf8').split(/^(?=\/\/# sourceMappingURL)/m);
  const paths = [...opened, ...ENGINE_FILES].map((path) => relative(dirname(file), `dist/${path}`));
  const lines = ['// Never called: see scripts/traced-files.mjs.', ...write(paths)];
  writeFileSync(file, [code.trimEnd(), ...lines, map ?? ''].join('\n'));
}
