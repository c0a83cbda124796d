// Called by scripts/pack. Assembles the package `interlatent` in build/packages/interlatent, next to the packages of
// platforms (scripts/build-platform), and packs all of them with npm. The same input gives the same bytes.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { transform } from 'esbuild';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import { packedLinks } from './pack-links.mjs';

const { values } = parseArgs({
  options: { out: { type: 'string', default: 'build/tarballs' }, only: { type: 'string' } },
});
const PACKAGES = 'build/packages';
const MAIN = join(PACKAGES, 'interlatent');
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));

/** Files and folders that are copied, except for LEFT_OUT. */
const COPIED = ['LICENSE', 'CITATION.cff', 'CMakeLists.txt', 'native', 'bindings', 'cuda'];
const SCRIPTS = { 'build:native': 'scripts/build-installed', 'build:cuda': 'scripts/build-cuda' };
/** Folders that only a checkout builds. */
const LEFT_OUT = [/^native\/(tests|tools)\b/, /^cuda\/(tests|emulation)\b/];
/** Headers that the build from source needs, in addition to bindings/. */
const HEADERS = { 'node-addon-api': '.', 'node-api-headers': 'include' };
/** Pages of the site that are not packed: results of experiments, and pages for those who change the engine. */
const SITE_ONLY = [
  /^docs\/(?:results|reference\/api|\.vitepress)\//,
  /^docs\/(?:index|demo)\.md$/,
  /^docs\/reference\/(?:performance|reliability|platforms)\.md$/,
  /^docs\/explanation\/(?:baselines|cuda-backend|cuda-testing|kernels|science)\.md$/,
];
const DOCUMENTS = [
  'README.md',
  'CHANGELOG.md',
  'SECURITY.md',
  ...list('docs').filter((path) => path.endsWith('.md') && !SITE_ONLY.some((pattern) => pattern.test(path))),
];
/** Images of README.md. Images of the other pages would be most of the package. */
const IMAGES = readFileSync('README.md', 'utf8').match(/docs\/images\/[\w-]+\.(png|svg)/g) ?? [];

execFileSync('node', ['scripts/build-records.mjs']);

/** Code that no user imports by name. Without whitespace it is a fifth smaller; a checkout has the readable form. */
const COMPACT = /^dist\/(?:chunks\/|cli\/main\.js$)/;

async function withoutWhitespace(source) {
  const options = { format: 'esm', target: 'esnext', legalComments: 'eof', minifyWhitespace: true };
  return (await transform(source, options)).code;
}

/** Makes the text of each declared option of a question its doc comment, which editors show. */
const documentOptions = {
  name: 'document-options',
  renderChunk: (code) =>
    code.replaceAll(
      /^( *)(?=readonly \w+: \{\s*readonly kind: \S+;\s*readonly text: (['"])(.*)\2;)/gm,
      '$1/** $3 */\n$1',
    ),
};

rmSync(MAIN, { recursive: true, force: true });
for (const path of [...COPIED, ...Object.values(SCRIPTS)]) {
  cpSync(path, into(path), { recursive: true, filter: (from) => !LEFT_OUT.some((pattern) => pattern.test(from)) });
}
for (const [name, folder] of Object.entries(HEADERS)) {
  const from = join('node_modules', name);
  for (const header of readdirSync(join(from, folder)).filter((file) => file.endsWith('.h'))) {
    cpSync(join(from, folder, header), into(`bindings/include/${header}`));
  }
  const licence = readdirSync(from).find((file) => /^licen[cs]e/i.test(file));
  cpSync(join(from, licence), into(`bindings/include/${name}-LICENSE`));
}
for (const path of list('dist').filter((file) => /\.(js|css|py|txt|schema\.json)$/.test(file))) {
  if (COMPACT.test(path)) writeFileSync(into(path), await withoutWhitespace(readFileSync(path, 'utf8')));
  else cpSync(path, into(path));
}
await writeTypes();
writeFileSync(into('package.json'), `${JSON.stringify(packedManifest(), null, 2)}\n`);
for (const path of IMAGES) cpSync(path, into(path));
for (const path of DOCUMENTS) {
  const isPacked = (file) => DOCUMENTS.includes(file) || existsSync(join(MAIN, file));
  writeFileSync(into(path), packedLinks(readFileSync(path, 'utf8'), path, isPacked, repositoryFiles()));
}

rmSync(values.out, { recursive: true, force: true });
mkdirSync(values.out, { recursive: true });
for (const name of readdirSync(PACKAGES).filter((one) => values.only === undefined || one === values.only)) {
  const [{ filename, size, unpackedSize, entryCount }] = JSON.parse(
    execFileSync(
      'npm',
      ['pack', `./${name}`, '--json', '--ignore-scripts', '--pack-destination', resolve(values.out)],
      {
        cwd: PACKAGES,
        encoding: 'utf8',
      },
    ),
  );
  const megabytes = (bytes) => `${(bytes / 1e6).toFixed(2)} MB`;
  console.log(`${filename}: ${megabytes(size)} packed, ${megabytes(unpackedSize)} unpacked, ${entryCount} files`);
}
for (const name of platformPackages().map((one) => one.split('/')[1])) {
  if (!existsSync(join(PACKAGES, name))) {
    console.log(`build/packages/${name} is missing. Run scripts/build-platform ${name}.`);
  }
}
if (manifest.repository === undefined) {
  console.log('package.json names no repository, so links to files that are not packed were removed (CONTRIBUTING.md)');
}

function into(path) {
  const target = join(MAIN, path);
  mkdirSync(dirname(target), { recursive: true });
  return target;
}

function list(folder) {
  return readdirSync(folder, { recursive: true })
    .map((path) => join(folder, path))
    .filter((path) => statSync(path).isFile())
    .sort();
}

/** Returns the keys of package.json that registries and installers need, and scripts for a build from source. */
function packedManifest() {
  const { name, version, description, license, type, engines, main, types, exports, bin } = manifest;
  const { dependencies, peerDependencies, peerDependenciesMeta, keywords, repository, homepage, bugs } = manifest;
  return {
    name,
    version,
    description,
    keywords,
    homepage,
    bugs,
    repository,
    license,
    type,
    engines,
    main,
    types,
    exports,
    bin,
    // Without this key, npm would build with binding.gyp if that existed.
    gypfile: false,
    scripts: SCRIPTS,
    dependencies,
    optionalDependencies: Object.fromEntries(platformPackages().map((one) => [one, version])),
    peerDependencies,
    peerDependenciesMeta,
  };
}

/** Returns the packages of platforms that the loader knows. Users with a GPU install the CUDA library separately. */
function platformPackages() {
  const [, names] = /PLATFORMS = \[([^\]]*)\]/.exec(readFileSync('src/runtime/platform-package.ts', 'utf8'));
  return [...names.matchAll(/'([^']+)'/g)].map(([, name]) => `@interlatent/${name}`);
}

function repositoryFiles() {
  const url = manifest.repository?.url;
  return url && `${url.replace(/^git\+/, '').replace(/\.git$/, '')}/blob/HEAD`;
}

/** Writes one file of types per entry instead of hundreds, including the types of bundled packages. */
async function writeTypes() {
  const files = Object.values(manifest.exports).flatMap((entry) => entry.types ?? entry.import?.types ?? []);
  const input = Object.fromEntries(files.map((file) => [file.replace(/^\.\/dist\/|\.d\.ts$/g, ''), file]));
  const { dependencies, peerDependencies, devDependencies } = manifest;
  const packages = Object.keys({ ...dependencies, ...peerDependencies });
  const includeExternal = Object.keys(devDependencies).filter((name) => !packages.includes(name));
  const bundle = await rollup({
    input,
    external: (id) => id.startsWith('node:') || packages.some((name) => id === name || id.startsWith(`${name}/`)),
    plugins: [dts({ includeExternal, tsconfig: 'tsconfig.build.json' }), documentOptions],
    // This warning is about types that entries share but do not export, which nobody needs.
    onLog: (level, { code, message }) => {
      if (!/private shared type exports/.test(message)) throw new Error(`types: ${code ?? level}: ${message}`);
    },
  });
  for (const dir of ['dist', 'dist/cjs']) {
    await bundle.write({
      dir: join(MAIN, dir),
      format: 'es',
      entryFileNames: '[name].d.ts',
      chunkFileNames: 'types/[name]-[hash].d.ts',
    });
  }
  writeFileSync(into('dist/cjs/package.json'), '{ "type": "commonjs" }\n');
  cpSync('dist/web/package.json', into('dist/web/package.json'));
}
