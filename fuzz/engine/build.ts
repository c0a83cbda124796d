// Builds the programs of targets: bundles with their libraries, files in memory, and counters of edges.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import { instrument, type Instrumented } from './instrument.js';

/** Modules that are written in C++, or that are imported but not used. */
const EXTERNAL = ['sharp', 'h5wasm', '*.node'];

const MEMORY = 'fuzz/engine/memory-';
/** Namespace of modules for CommonJS. They return an object, because some packages replace its members. */
const REQUIRED = 'memory-required';

const memoryFiles: esbuild.Plugin = {
  name: 'memory-files',
  setup: (build) => {
    build.onResolve({ filter: /^(?:node:)?fs(?:\/promises)?$/ }, ({ importer, kind, path }) => {
      if (importer.includes(MEMORY)) return { path, external: true };
      const replacement = join(process.cwd(), `${MEMORY}${path.endsWith('promises') ? 'promises' : 'fs'}.ts`);
      return kind === 'require-call' ? { path: replacement, namespace: REQUIRED } : { path: replacement };
    });
    build.onLoad({ filter: /./, namespace: REQUIRED }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)}).default;`,
      resolveDir: process.cwd(),
    }));
  },
};

export interface BuiltProgram extends Omit<Instrumented, 'code'> {
  readonly path: string;
}

export async function buildProgram(target: string, folder: string): Promise<BuiltProgram> {
  const { outputFiles } = await esbuild.build({
    // `attempt` is part of the bundle, so that it compares errors with the InterlatentError of the bundle.
    stdin: {
      contents: `export { target } from './fuzz/targets/${target}.js'; export { attempt } from './fuzz/target.js';`,
      resolveDir: process.cwd(),
    },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: EXTERNAL,
    plugins: [memoryFiles],
    banner: { js: "import { createRequire as __make } from 'node:module';\nconst require = __make(import.meta.url);" },
    logLevel: 'error',
  });
  const { code, isSource, words } = instrument(outputFiles[0].text);
  mkdirSync(folder, { recursive: true });
  const path = join(process.cwd(), folder, `${target}.mjs`);
  writeFileSync(path, code);
  return { path, isSource, words: words.filter((word) => word.length > 0 && word.length <= 32) };
}
