// Builds the script and the style of a report: dist/report.js, from src/report/client, and dist/report.css.
import { build } from 'esbuild';

await build({
  entryPoints: { report: 'src/report/client/main.ts' },
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
