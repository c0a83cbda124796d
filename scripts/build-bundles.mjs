// The JavaScript of dist/, bundled because Node spends most of an import on finding and reading files.
// ES modules: index.js, causal/index.js, cli/main.js and discovery's worker thread over shared chunks; what is imported
// dynamically stays apart. CommonJS: bundle.cjs, with index.cjs and causal.cjs that hand out its parts (one file, so
// that both know the same error classes), and cjs/, the same declarations read as CommonJS.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

/** Dependencies of every import, of many files each. */
const AT_ONCE = ['zod', 'ml-matrix', 'fflate'];
/** Its Node build is CommonJS that requires Node's modules, which no ES module bundle of a user's can hold. */
const AS_ES_MODULE = { yaml: './node_modules/yaml/browser/index.js' };
const ES_MODULES_ONLY = ['hyparquet', 'hyparquet-compressors', 'hyparquet-writer'];

const { dependencies, peerDependencies, version } = JSON.parse(readFileSync('package.json', 'utf8'));
const packages = Object.keys({ ...dependencies, ...peerDependencies });
const except = (bundled) => packages.filter((name) => !bundled.includes(name));
const inlined = { INTERLATENT_VERSION: JSON.stringify(version) };
const options = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  legalComments: 'eof',
  logLevel: 'warning',
  define: inlined,
};

rmSync('dist/chunks', { recursive: true, force: true });
const modules = await build({
  ...options,
  entryPoints: {
    index: 'src/index.ts',
    'causal/index': 'src/causal/index.ts',
    'causal/discovery/threads/worker': 'src/causal/discovery/threads/worker.ts',
    'cli/main': 'src/cli/main.ts',
  },
  outdir: 'dist',
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  splitting: true,
  sourcemap: true,
  sourcesContent: false,
  alias: AS_ES_MODULE,
  external: except([...AT_ONCE, ...Object.keys(AS_ES_MODULE)]),
  metafile: true,
});

const common = await build({
  ...options,
  stdin: {
    contents: "export * as main from './index.ts'; export * as causal from './causal/index.ts';",
    resolveDir: 'src',
  },
  outfile: 'dist/bundle.cjs',
  format: 'cjs',
  external: except([...AT_ONCE, ...ES_MODULES_ONLY]),
  define: { ...inlined, 'import.meta.url': 'moduleUrl' },
  banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
  metafile: true,
});
for (const [file, part] of [
  ['index.cjs', 'main'],
  ['causal.cjs', 'causal'],
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
const bundled = new Set(inputs.flatMap((path) => path.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1] ?? []));
const licences = [...bundled].sort().map((name) => {
  const folder = join('node_modules', name);
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file
    ? readFileSync(join(folder, file), 'utf8')
    : JSON.parse(readFileSync(join(folder, 'package.json'))).license;
  return `${name}\n\n${text.trim()}\n`;
});
writeFileSync('dist/bundled-licences.txt', licences.join('\n---\n\n'));
