// Bundles and runs reference.ts, with the doc comments of the schemas as descriptions.
import { build } from 'esbuild';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describeSchemas } from './describe-schemas.mjs';

const outfile = resolve('build/docs/reference.mjs');
await build({
  entryPoints: ['scripts/docs/reference.ts'],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  plugins: [describeSchemas],
  logLevel: 'warning',
});
await import(pathToFileURL(outfile).href);
