// The JavaScript of dist/, bundled with all it needs but dependencies and peerDependencies, because Node spends most of
// an import on finding and reading files, and npm most of an install on fetching packages.
// ES modules: index.js, causal/index.js, serving/index.js, serving/fastify.js, cli/main.js and the worker threads over
// shared chunks; what is imported dynamically stays apart. CommonJS: bundle.cjs, with files such as causal.cjs that
// hand out its parts (one file, so that all know the same error classes), and cjs/, the same declarations read as
// CommonJS.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

/** Its Node build is CommonJS, twice the size. */
const AS_ES_MODULE = { yaml: './node_modules/yaml/browser/index.js' };
/** Large and rarely used: beside the one file of CommonJS. */
const APART = { '@viz-js/viz': { from: 'node_modules/@viz-js/viz/dist/viz.cjs', to: 'viz.cjs' } };

const { dependencies, peerDependencies, version } = JSON.parse(readFileSync('package.json', 'utf8'));
const inlined = { INTERLATENT_VERSION: JSON.stringify(version) };
const options = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  legalComments: 'eof',
  external: Object.keys({ ...dependencies, ...peerDependencies }),
  logLevel: 'warning',
  define: inlined,
};

/** CommonJS in an ES module cannot require Node's modules: it is given what the ES module imports. */
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

/** A package of APART is required where it lies: an import() there would need flags in jest. */
const apartIsRequired = {
  name: 'apart is required',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /./ }, ({ path, namespace }) => {
      if (namespace === 'apart') return { path, external: true };
      return APART[path] && { path, namespace: 'apart' };
    });
    onLoad({ filter: /./, namespace: 'apart' }, ({ path }) => ({
      contents: `module.exports = require('./${APART[path].to}');`,
    }));
  },
};

rmSync('dist/chunks', { recursive: true, force: true });
const modules = await build({
  ...options,
  entryPoints: {
    index: 'src/index.ts',
    'causal/index': 'src/causal/index.ts',
    'causal/discovery/threads/worker': 'src/causal/discovery/threads/worker.ts',
    'background/worker': 'src/background/worker.ts',
    'cli/main': 'src/cli/main.ts',
    'jobs/bullmq': 'src/jobs/bullmq.ts',
    'serving/index': 'src/serving/index.ts',
    'serving/fastify': 'src/serving/fastify.ts',
  },
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

const common = await build({
  ...options,
  stdin: {
    contents:
      "export * as main from './index.ts'; export * as causal from './causal/index.ts'; " +
      "export * as bullmq from './jobs/bullmq.ts'; " +
      "export * as serving from './serving/index.ts'; export * as fastify from './serving/fastify.ts';",
    resolveDir: 'src',
  },
  outfile: 'dist/bundle.cjs',
  format: 'cjs',
  plugins: [apartIsRequired],
  define: { ...inlined, 'import.meta.url': 'moduleUrl' },
  banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
  metafile: true,
});
const packageOf = (name) => /^(?:@[^/]+\/)?[^/]+/.exec(name)[0];
// A user's bundler takes an optional package that is not there for an error, unless the failure is handled on the spot.
const written = [modules, common].flatMap(({ metafile }) => Object.keys(metafile.outputs));
for (const path of written.filter((file) => /\.c?js$/.test(file))) {
  const text = readFileSync(path, 'utf8');
  const mended = text.replaceAll(/\bimport\("([^"]+)"\)(?!\.catch)/g, (call, name) =>
    packageOf(name) in peerDependencies ? `${call}.catch((error) => Promise.reject(error))` : call,
  );
  if (mended !== text) writeFileSync(path, mended);
}

for (const { from, to } of Object.values(APART)) copyFileSync(from, join('dist', to));
copyFileSync('src/exchange/encode.py', 'dist/encode.py');
for (const [file, part] of [
  ['index.cjs', 'main'],
  ['causal.cjs', 'causal'],
  ['bullmq.cjs', 'bullmq'],
  ['serving.cjs', 'serving'],
  ['fastify.cjs', 'fastify'],
]) {
  writeFileSync(join('dist', file), `module.exports = require('./bundle.cjs').${part};\n`);
}

rmSync('dist/cjs', { recursive: true, force: true });
for (const path of readdirSync('dist', { recursive: true })) {
  if (!path.endsWith('.d.ts')) continue;
  const target = join('dist/cjs', path);
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(join('dist', path), target);
}
writeFileSync('dist/cjs/package.json', '{ "type": "commonjs" }\n');

// Their licences ask to be kept with the code.
const inputs = [modules, common].flatMap(({ metafile }) => Object.keys(metafile.inputs));
const bundled = new Set(inputs.flatMap((path) => path.match(/^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0] ?? []));
/** Of packages that come without a text. */
const WRITTEN_DOWN = { '@viz-js/viz': 'scripts/licences/viz-js.txt' };
const licences = [...bundled].sort().map((folder) => {
  const name = folder.replace(/^.*node_modules\//, '');
  const own = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const file = own === undefined ? WRITTEN_DOWN[name] : join(folder, own);
  if (file === undefined) throw new Error(`${name} is bundled and has no licence text: see WRITTEN_DOWN`);
  return `${name}\n\n${readFileSync(file, 'utf8').trim()}\n`;
});
writeFileSync('dist/bundled-licences.txt', licences.join('\n---\n\n'));
