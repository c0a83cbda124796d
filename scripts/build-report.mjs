// Builds the script and the style of a report: dist/report.js, from src/report/client, and dist/report.css.
import { resolve } from 'node:path';
import { build } from 'esbuild';

/** Importing our sources has no side effects, so code that the page does not use can be left out with its imports. */
const withoutSideEffects = {
  name: 'no side effects',
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
      if (!resolveDir.startsWith(resolve('src'))) return undefined;
      return { path: resolve(resolveDir, path.replace(/\.js$/, '.ts')), sideEffects: false };
    });
  },
};

await build({
  entryPoints: { report: resolve('src/report/client/main.ts') },
  plugins: [withoutSideEffects],
  outdir: 'dist',
  bundle: true,
  minify: true,
  platform: 'browser',
  format: 'iife',
  target: 'es2022',
  logLevel: 'warning',
});
await build({
  entryPoints: ['src/report/client/report.css'],
  outdir: 'dist',
  bundle: true,
  minify: true,
  logLevel: 'warning',
});
