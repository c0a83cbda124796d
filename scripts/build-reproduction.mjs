// Builds build/reproduction/main.js, the program of the paper's experiments. It is not in the package. It contains a
// copy of src, and uses the worker threads of dist/.
import { readFileSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

const REQUIRE = 'requireOf(import.meta.url)';
const { dependencies, peerDependencies, version } = JSON.parse(readFileSync('package.json', 'utf8'));
rmSync('build/reproduction', { recursive: true, force: true });
await build({
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  splitting: true,
  logLevel: 'warning',
  define: { INTERLATENT_VERSION: JSON.stringify(version) },
  external: Object.keys({ ...dependencies, ...peerDependencies }),
  // CommonJS packages require the modules of Node. No chunk may declare this name.
  banner: { js: `import { createRequire as requireOf } from 'node:module'; const require = ${REQUIRE};` },
  entryPoints: { main: 'reproduction/main.ts' },
  outdir: 'build/reproduction',
});
