// The CommonJS entries: dist/bundle.cjs, one file that holds our code and the dependencies that are ES modules only;
// dist/index.cjs and dist/causal.cjs, which hand out its parts (one file, so that both know the same error classes);
// and dist/cjs/, the same declarations read as CommonJS.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

const ES_MODULES_ONLY = ['hyparquet', 'hyparquet-compressors', 'hyparquet-writer', 'linear-sum-assignment'];

const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));

await build({
  stdin: {
    contents: "export * as main from './index.js'; export * as causal from './causal/index.js';",
    resolveDir: 'dist',
  },
  outfile: 'dist/bundle.cjs',
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  external: Object.keys(dependencies).filter((name) => !ES_MODULES_ONLY.includes(name)),
  define: { 'import.meta.url': 'moduleUrl' },
  banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
  logLevel: 'warning',
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
