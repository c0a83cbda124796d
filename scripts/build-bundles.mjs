// Bundles the JavaScript of dist/ with all packages except dependencies and peerDependencies. Node spends most of an
// import on finding and reading files, and npm most of an install on fetching packages.
// ES modules: index.js, causal/index.js, serving/index.js, serving/fastify.js, cli/main.js and the worker threads use
// shared chunks. Dynamic imports stay in separate chunks. CommonJS: the same files in cjs/ require each other, so that
// all entries have the same error classes and an import() needs no flags in jest. cjs/ also has copies of the
// declarations.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { build, transform } from 'esbuild';
import { mergeChunks } from './merge-chunks.mjs';
import { nameTracedFiles } from './traced-files.mjs';

/** Packages whose Node builds are CommonJS, in which esbuild cannot drop unused code. */
const AS_ES_MODULE = {
  'ml-matrix': './node_modules/ml-matrix/src/index.js',
  yaml: './node_modules/yaml/browser/index.js',
};
const TARGET = 'node20';
/** Entries for CommonJS. */
const REQUIRED = ['index', 'causal/index', 'serving/bullmq', 'serving/index', 'serving/fastify'];
/** Programs that the package starts by their path, as threads or processes. */
const PROGRAMS = [
  'background/worker',
  'causal/discovery/parallel-worker',
  'cli/main',
  'distributed/lease-renewal-thread',
  'runtime/webgpu-worker',
];

const { dependencies, peerDependencies, version } = JSON.parse(readFileSync('package.json', 'utf8'));
/** CommonJS code in an ES module cannot require Node's modules, so `require` returns what the ES module imports. */
const builtinsAreImported = {
  name: 'builtins are imported',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^(node:)?[a-z_/]+$/ }, ({ path, kind }) =>
      kind === 'require-call' && isBuiltin(path) ? { path, namespace: 'required' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'required' }, ({ path }) => ({
      contents: `module.exports = require('imported:${path}').default;`,
    }));
    onResolve({ filter: /^imported:/ }, ({ path }) => ({
      path: path.slice('imported:'.length),
      namespace: 'imported',
    }));
    onLoad({ filter: /.*/, namespace: 'imported' }, ({ path }) => ({ contents: `export { default } from '${path}';` }));
  },
};

rmSync('dist/chunks', { recursive: true, force: true });
const { metafile } = await build({
  bundle: true,
  platform: 'node',
  target: TARGET,
  legalComments: 'eof',
  external: Object.keys({ ...dependencies, ...peerDependencies }),
  logLevel: 'warning',
  define: { INTERLATENT_VERSION: JSON.stringify(version) },
  entryPoints: Object.fromEntries([...REQUIRED, ...PROGRAMS].map((name) => [name, `src/${name}.ts`])),
  outdir: 'dist',
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  splitting: true,
  sourcemap: true,
  sourcesContent: false,
  alias: AS_ES_MODULE,
  plugins: [builtinsAreImported],
  metafile: true,
});

const packageOf = (name) => /^(?:@[^/]+\/)?[^/]+/.exec(name)[0];
// A user's bundler reports a missing optional package as an error, unless the code around the import handles the
// failure.
for (const path of Object.keys(metafile.outputs).filter((file) => file.endsWith('.js'))) {
  const text = readFileSync(path, 'utf8');
  const mended = text.replaceAll(/(?:await )?\bimport\("([^"]+)"\)(?!\.catch)/g, (call, name) =>
    packageOf(name) in peerDependencies
      ? call.replace(/import\(.*\)/, (bare) => `(async () => { try { return await ${bare}; } catch (error) { ` +
      'throw error; } })()')
      : call,
  );
  if (mended !== text) writeFileSync(path, mended);
}

const outputs = await mergeChunks(metafile.outputs);
copyFileSync('src/exchange/encode.py', 'dist/encode.py');
rmSync('dist/cjs', { recursive: true, force: true });
for (const path of readdirSync('dist', { recursive: true })) {
  if (!path.endsWith('.d.ts') || path.startsWith('web')) continue;
  const target = join('dist/cjs', path);
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(join('dist', path), target);
}
const required = REQUIRED.map((name) => `dist/${name}.js`);
const readAtStart = filesOf(required, ({ kind }) => kind !== 'dynamic-import');
/** Lazily loaded libraries are half of the package, and nobody debugs them line by line. */
const isLazyLibrary = (path) => !readAtStart.has(path) && isLibrary(path);
/** Rollup loads our chunks before a library, although it uses nothing of them. */
const LOADED_BEFORE = /^import ['"]\.[^'"]+['"];$/gm;
const sharedLibraries = new Set([...filesOf(required)].filter((path) => isLazyLibrary(path) && canBeShared(path)));
for (const path of filesOf(required)) {
  // A real import() between our files would need flags in jest.
  const source = readFileSync(path, 'utf8');
  const text = (sharedLibraries.has(path) ? source.replaceAll(LOADED_BEFORE, '') : source).replaceAll(
    /\bimport\((["']\.[^"']+["'])\)/g,
    'Promise.resolve().then(() => require($1))',
  );
  const { code } = await transform(text, {
    format: 'cjs',
    // For Node, esbuild repeats the names of exports in a form that ES modules can import.
    // Only shared libraries need it.
    platform: required.includes(path) || sharedLibraries.has(path) ? 'node' : 'neutral',
    target: TARGET,
    legalComments: 'eof',
    logLevel: 'warning',
    // The ES modules are the readable form of the chunks. Stack traces of them have the names of functions.
    minifyWhitespace: !required.includes(path),
    minifyIdentifiers: !required.includes(path),
    ...(text.includes('import.meta.url') && {
      define: { 'import.meta.url': 'moduleUrl' },
      banner: "const moduleUrl = require('node:url').pathToFileURL(__filename).href;",
    }),
  });
  const target = join('dist/cjs', relative('dist', path));
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, code);
}
for (const path of [...filesOf(required)].filter(isLazyLibrary)) {
  if (sharedLibraries.has(path)) {
    const target = relative(dirname(path), join('dist/cjs', relative('dist', path)));
    writeFileSync(path, `export { ${outputs[path].exports.join(', ')} } from '${target}';\n`);
    continue;
  }
  const options = { format: 'esm', target: TARGET, legalComments: 'eof', logLevel: 'warning', minifyWhitespace: true };
  writeFileSync(path, (await transform(readFileSync(path, 'utf8'), options)).code);
}
writeFileSync('dist/cjs/package.json', '{ "type": "commonjs" }\n');
nameTracedFiles(REQUIRED, PROGRAMS);

// The licences of bundled packages require that they accompany the code.
const inputs = Object.keys(metafile.inputs);
const bundled = new Set(inputs.flatMap((path) => path.match(/^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0] ?? []));
/** Licence texts of packages that contain none. */
const LICENCE_TEXTS = { '@viz-js/viz': 'scripts/licences/viz-js.txt' };
const licences = [...bundled].sort().map((folder) => {
  const name = folder.replace(/^.*node_modules\//, '');
  const licence = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const file = licence === undefined ? LICENCE_TEXTS[name] : join(folder, licence);
  if (file === undefined) throw new Error(`${name} is bundled and has no licence text. Add one to LICENCE_TEXTS.`);
  return `${name}\n\n${readFileSync(file, 'utf8').trim()}\n`;
});
writeFileSync('dist/bundled-licences.txt', licences.join('\n---\n\n'));

/**
 * Returns these outputs and all outputs that they import, directly or indirectly.
 * @param follows true for imports to follow
 */
function filesOf(entries, follows = () => true) {
  const files = new Set(entries);
  for (const path of files) {
    for (const one of outputs[path].imports) if (!one.external && follows(one)) files.add(one.path);
  }
  return files;
}

/**
 * True if the ES module of a library can import its CommonJS form, so that the package contains the library once. The
 * library uses no chunk of ours, of which there would be two copies. It has no default export, which would be the whole
 * module.
 */
function canBeShared(path) {
  const source = readFileSync(path, 'utf8').replaceAll(LOADED_BEFORE, '');
  return !outputs[path].exports.includes('default') && !/\b(?:from|import)\b\s*\(?\s*['"]\./.test(source);
}

/** True if most of an output comes from packages of third parties. */
function isLibrary(path) {
  const inputs = Object.entries(outputs[path].inputs);
  const bytes = (some) => some.reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0);
  return bytes(inputs.filter(([name]) => name.includes('node_modules/'))) > bytes(inputs) / 2;
}
