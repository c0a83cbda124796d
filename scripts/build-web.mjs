// dist/web/: the ES module of interlatent/web, for pages. What is of Node in the core stands in a few files of src, which
// have others in their place here: those of src/web/platform, at the same paths. After scripts/build-report.mjs, whose
// style and script the report of a page has inside.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { build } from 'esbuild';

const SOURCES = resolve('src');
const PLATFORM = join(SOURCES, 'web/platform');
/** Beside the entry, so that bundlers may take one of them without the others. */
const PARTS = [
  ...['errors', 'web/companions', 'web/latents-csv', 'web/model'],
  ...['web/graph-svg', 'web/conclusions', 'web/web-gpu'],
];
const ZOD_CONFIG = 'export const globalConfig = globalThis.__zod_globalConfig;';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const report = {
  script: readFileSync('dist/report.js', 'utf8'),
  style: readFileSync('dist/report.css', 'utf8'),
};

/** Sources of ours do nothing when they are imported, so that what nobody calls is left out, with what it imports. */
const platformOfPages = {
  name: 'platform of pages',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^\./ }, ({ path, importer, resolveDir }) => {
      if (!resolveDir.startsWith(SOURCES)) return undefined;
      const own = resolve(resolveDir, path.replace(/\.js$/, '.ts'));
      const other = join(PLATFORM, relative(SOURCES, own));
      const isReplaced = existsSync(other) && !dirname(importer).startsWith(PLATFORM);
      return { path: isReplaced ? other : own, sideEffects: false };
    });
    onLoad({ filter: /src\/report\/html\/assets\.ts$/ }, () => ({
      contents: `export const pageAssets = () => (${JSON.stringify(report)});`,
    }));
    // Zod makes code of its schemas where it may, which a page's Content-Security-Policy forbids and reports.
    onLoad({ filter: /node_modules\/zod\/v4\/core\/core\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const contents = text.replace(ZOD_CONFIG, "export const globalConfig = { jitless: true };");
      if (contents === text) throw new Error(`${path} has another way to its settings: jitless could not be set`);
      return { contents };
    });
    // Left over where something of Node is still called: test/95-web looks for it.
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
  // What is imported for its effects alone, where there are none: bundlers warn of it.
  writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/(?<=^|;|\})import"\.[^"]+";/g, ''));
}
// Nothing of it does anything when it is imported: bundlers may leave out what is not called.
writeFileSync('dist/web/package.json', '{ "type": "module", "sideEffects": false }\n');
if (process.argv.includes('--metafile')) writeFileSync('build/web-meta.json', JSON.stringify(metafile));
