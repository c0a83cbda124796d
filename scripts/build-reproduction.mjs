// Builds build/reproduction/main.js, the program of the paper's experiments. It is not in the package. It contains a
// copy of src, and uses the worker threads of dist/.
import { readFileSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

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
  // CommonJS packages require the modules of Node.
  banner: { js: "import * as required from 'node:module'; const require = required.createRequire(import.meta.url);" },
  entryPoints: { main: 'reproduction/main.ts' },
  outdir: 'build/reproduction',
});
