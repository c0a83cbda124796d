// Merges chunks, so that a program reads fewer files at its start. esbuild makes a chunk for every set of files that is
// loaded together, also by lazily loaded files. Chunks that the same entries read at their start become one.
import { readFileSync, rmSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { rollup } from 'rollup';

const COMMAND_LINE = 'dist/cli/main.js';

/**
 * @param outputs the outputs in esbuild's metafile, by path
 * @returns the same for the merged files: `imports` and `exports` of each, and `inputs` with the bytes from each source
 */
export async function mergeChunks(outputs) {
  const modules = Object.keys(outputs).filter((path) => path.endsWith('.js'));
  const entries = modules.filter((path) => outputs[path].entryPoint !== undefined && !path.startsWith('dist/chunks/'));
  const readersOf = new Map(modules.map((path) => [path, new Set()]));
  for (const entry of entries) for (const path of readAtStart(outputs, entry)) readersOf.get(path).add(entry);
  const groups = new Map();
  const groupOf = (path) => {
    const all = [...readersOf.get(path)].sort();
    // The command line reads little at its start. Without it, the library has fewer files.
    const library = all.filter((entry) => entry !== COMMAND_LINE);
    const readers = (library.length > 0 ? library : all).join();
    if (!groups.has(readers)) groups.set(readers, `common-${groups.size + 1}`);
    return groups.get(readers);
  };

  const bundle = await rollup({
    input: Object.fromEntries(entries.map((path) => [path.replace(/^dist\/|\.js$/g, ''), path])),
    external: (id) => !/^[./]/.test(id),
    treeshake: false,
    plugins: [{ name: 'with maps', load: (id) => ({ code: text(id), map: JSON.parse(text(`${id}.map`)) }) }],
    onwarn: (warning) => {
      throw new Error(warning.message);
    },
  });
  const rendering = {
    dir: 'dist',
    format: 'es',
    sourcemap: true,
    sourcemapExcludeSources: true,
    hoistTransitiveImports: false,
    minifyInternalExports: false,
    entryFileNames: '[name].js',
    // Removes the hash that esbuild has added to the name.
    chunkFileNames: ({ name }) => `chunks/${name.replace(/-[A-Z0-9]{8}$/, '')}-[hash].js`,
    manualChunks: (id) => {
      const path = relative('.', id);
      return entries.includes(path) || readersOf.get(path).size === 0 ? undefined : groupOf(path);
    },
  };
  const { output } = await bundle.generate(rendering);
  for (const path of Object.keys(outputs)) rmSync(path);
  await bundle.write(rendering);
  return described(output, outputs);
}

/** Describes rollup's files in the form of esbuild's metafile. */
function described(output, outputs) {
  const chunks = output.filter(({ type }) => type === 'chunk');
  const names = new Set(chunks.map(({ fileName }) => fileName));
  const importOf = (kind) => (path) =>
    names.has(path) ? { path: `dist/${path}`, kind } : { path, kind, external: true };
  return Object.fromEntries(
    chunks.map(({ fileName, imports, dynamicImports, moduleIds, exports }) => {
      const inputs = moduleIds.flatMap((id) => Object.entries(outputs[relative('.', id)].inputs));
      const all = [...imports.map(importOf('import-statement')), ...dynamicImports.map(importOf('dynamic-import'))];
      return [`dist/${fileName}`, { imports: all, exports, inputs: Object.fromEntries(inputs) }];
    }),
  );
}

/** Returns the files that an entry imports statically, directly or not. */
function readAtStart(outputs, entry) {
  const files = new Set([entry]);
  for (const path of files) {
    for (const one of outputs[path].imports) if (!one.external && one.kind === 'import-statement') files.add(one.path);
  }
  return files;
}

const text = (path) => readFileSync(resolve(path), 'utf8');
