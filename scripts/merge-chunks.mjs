// Fewer files to read at the start of a program: esbuild makes a chunk for every set of files that is loaded together,
// also by what is loaded later. Those that the same entries read at once become one.
import { readFileSync, rmSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { rollup } from 'rollup';

/**
 * @param outputs of esbuild's metafile, by path
 * @returns the same of the merged files: `imports` of each, and `inputs` with the bytes that come from each source
 */
export async function mergeChunks(outputs) {
  const modules = Object.keys(outputs).filter((path) => path.endsWith('.js'));
  const entries = modules.filter((path) => outputs[path].entryPoint !== undefined && !path.startsWith('dist/chunks/'));
  const readersOf = new Map(modules.map((path) => [path, new Set()]));
  for (const entry of entries) for (const path of readAtOnce(outputs, entry)) readersOf.get(path).add(entry);
  const groups = new Map();
  const groupOf = (path) => {
    const readers = [...readersOf.get(path)].sort().join();
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
    // esbuild has put a hash into the name.
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

/** What esbuild would say of rollup's files. */
function described(output, outputs) {
  const chunks = output.filter(({ type }) => type === 'chunk');
  const own = new Set(chunks.map(({ fileName }) => fileName));
  const importOf = (kind) => (path) =>
    own.has(path) ? { path: `dist/${path}`, kind } : { path, kind, external: true };
  return Object.fromEntries(
    chunks.map(({ fileName, imports, dynamicImports, moduleIds }) => {
      const inputs = moduleIds.flatMap((id) => Object.entries(outputs[relative('.', id)].inputs));
      const all = [...imports.map(importOf('import-statement')), ...dynamicImports.map(importOf('dynamic-import'))];
      return [`dist/${fileName}`, { imports: all, inputs: Object.fromEntries(inputs) }];
    }),
  );
}

function readAtOnce(outputs, entry) {
  const found = new Set([entry]);
  for (const path of found) {
    for (const one of outputs[path].imports) if (!one.external && one.kind === 'import-statement') found.add(one.path);
  }
  return found;
}

const text = (path) => readFileSync(resolve(path), 'utf8');
