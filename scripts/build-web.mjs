// Builds dist/web/: the ES module interlatent/web for pages. A few files of src use Node. In this build, files of
// src/web/platform replace them: files-sha256.ts replaces src/files/sha256.ts. Runs after scripts/build-report.mjs, because the report of a page
// contains its style and script.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { build } from 'esbuild';

const SOURCES = resolve('src');
const PLATFORM = join(SOURCES, 'web/platform');
/** Modules in separate chunks, so that bundlers can include each of them alone. */
const PARTS = [
  'errors/errors', 'web/companions', 'web/latents-csv', 'web/model',
  'web/causes-svg', 'web/graph-svg', 'web/conclusions', 'web/verdicts', 'web/web-gpu',
];
const ZOD_CONFIG = 'export const globalConfig = globalThis.__zod_globalConfig;';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const report = {
  script: readFileSync('dist/report.js', 'utf8'),
  style: readFileSync('dist/report.css', 'utf8'),
};

/**
 * Replaces files of Node. Importing our sources has no side effects, so unused code and its imports can be left out.
 */
const platformOfPages = {
  name: 'platform of pages',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^\./ }, ({ path, importer, resolveDir }) => {
      if (!resolveDir.startsWith(SOURCES)) return undefined;
      const source = resolve(resolveDir, path.replace(/\.js$/, '.ts'));
      const replacement = join(PLATFORM, relative(SOURCES, source).replaceAll('/', '-'));
      const isReplaced = existsSync(replacement) && !dirname(importer).startsWith(PLATFORM);
      return { path: isReplaced ? replacement : source, sideEffects: false };
    });
    onLoad({ filter: /src\/report\/html\/assets\.ts$/ }, () => ({
      contents: `export const pageAssets = () => (${JSON.stringify(report)});`,
    }));
    // Zod tries to compile its schemas to code, which the Content-Security-Policy of a page forbids and reports.
    onLoad({ filter: /node_modules\/zod\/v4\/core\/core\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const contents = text.replace(ZOD_CONFIG, "export const globalConfig = { jitless: true };");
      if (contents === text) throw new Error(`${path} does not contain the expected settings: jitless cannot be set`);
      return { contents };
    });
    // Imports of Node stay in the output if code still uses them; test/web/web checks that there are none.
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, external: true, sideEffects: false }));
  },
};

rmSync('dist/web/index.js', { force: true });
rmSync('dist/web/chunks', { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: {
    index: 'src/web/index.ts',
    ...Object.fromEntries(PARTS.map((path) => [`chunks/${basename(path)}`, `src/${path}.ts`])),
  },
  outdir: 'dist/web',
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  format: 'esm',
  splitting: true,
  minify: true,
  platform: 'browser',
  target: 'es2022',
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
  alias: { 'ml-matrix': './node_modules/ml-matrix/src/index.js', yaml: './node_modules/yaml/browser/index.js' },
  inject: ['src/web/async-dispose.ts'],
  define: { INTERLATENT_VERSION: JSON.stringify(version), 'Symbol.asyncDispose': 'asyncDispose' },
  plugins: [platformOfPages],
});
for (const path of Object.keys(metafile.outputs)) {
  // Removes imports without names. They have no effects, and bundlers warn about them.
  writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/(?<=^|;|\})import"\.[^"]+";/g, ''));
}
// Importing the module has no side effects, so bundlers may leave out unused code.
writeFileSync('dist/web/package.json', '{ "type": "module", "sideEffects": false }\n');
if (process.argv.includes('--metafile')) writeFileSync('build/web-meta.json', JSON.stringify(metafile));
