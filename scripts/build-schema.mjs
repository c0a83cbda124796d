// Writes dist/study.schema.json, the JSON Schema of a study file for editors, from the schemas in src/study.
import { mkdirSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const { outputFiles } = await build({
  stdin: { contents: `export { studyJsonSchema } from './src/study/grammar/json-schema.ts';`, resolveDir: '.' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  write: false,
  logLevel: 'warning',
});
const [{ contents }] = outputFiles;
const { studyJsonSchema } = await import(`data:text/javascript;base64,${Buffer.from(contents).toString('base64')}`);
mkdirSync('dist', { recursive: true });
writeFileSync('dist/study.schema.json', `${JSON.stringify(studyJsonSchema())}\n`);
