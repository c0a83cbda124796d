// The ways in which people install and load the package, each in an empty folder. A way works if it returns; the text
// that it returns is printed.
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  COMMONJS,
  COMMONJS_TEST,
  ES_MODULE,
  ES_MODULE_TEST,
  NEXT_REQUEST,
  NEXT_ROUTE,
  TRACE,
  TRACED,
  TYPESCRIPT,
  WITHOUT_ENGINE,
  WORKER,
  WORKERS,
} from './programs.mjs';
import { node, run } from './shell.mjs';

/** All ways. Development packages have the versions of package.json. */
export const WAYS = [
  {
    name: 'ES module',
    run: async ({ app }) => app.npmInstall('interlatent').then(() => app.fits('app.mjs', ES_MODULE)),
  },
  {
    name: 'CommonJS',
    run: async ({ app }) => app.npmInstall('interlatent').then(() => app.fits('app.cjs', COMMONJS)),
  },
  ...[
    ['node16, ES module', 'app.mts', { module: 'node16' }],
    ['node16, CommonJS', 'app.cts', { module: 'node16' }],
    ['bundler', 'app.mts', { module: 'esnext', moduleResolution: 'bundler' }],
  ].map(([name, file, options]) => ({
    name: `TypeScript, ${name}`,
    run: (context) => typescript(context, file, options),
  })),
  {
    name: 'npm install --ignore-scripts',
    run: async ({ app }) => {
      await app.npmInstall('interlatent', '--ignore-scripts');
      return app.fits('app.mjs', ES_MODULE);
    },
  },
  { name: 'npm install --omit=optional', run: omitOptional },
  { name: 'package-lock.json and npm ci', run: lockFile },
  {
    name: 'node_modules of another processor',
    run: async ({ app, other }) => {
      await app.npmInstall('interlatent', `--cpu=${other.split('-')[1]}`, '--os=linux', '--libc=glibc');
      const { message } = await app.says('app.mjs', WITHOUT_ENGINE);
      mustContain(message, `node_modules has the package of ${other}`);
      return 'native-missing with the remedy';
    },
  },
  { name: 'jest', run: jest },
  {
    name: 'vitest',
    run: async ({ app }) => {
      await app.npmInstall('interlatent', 'vitest@4');
      app.write('app.test.mjs', ES_MODULE_TEST);
      await app.bin('vitest', ['run', '--globals']);
      return 'fits';
    },
  },
  { name: 'esbuild, next to node_modules', run: bundled },
  { name: 'esbuild, far from node_modules', run: bundledFar },
  { name: 'webpack', run: webpack },
  { name: '@vercel/nft, the files it finds moved', run: traced },
  { name: 'Next.js 15, standalone, moved', run: (context) => next(context, 15) },
  { name: 'Next.js 16, standalone, moved', run: (context) => next(context, 16) },
  {
    name: 'worker_threads',
    run: async ({ app }) => {
      await app.npmInstall('interlatent');
      app.write('worker.mjs', WORKER);
      return app.fits('app.mjs', WORKERS);
    },
  },
  {
    name: 'npx interlatent',
    run: async ({ app, version }) => {
      const help = await app.npx(['interlatent', '--help']);
      mustContain(help, 'Learns causal latent variables');
      mustContain(await app.npx(['interlatent', '--version']), version);
      await app.npx(['interlatent', 'simulate', 'case1', '--samples', '200', '--test', '20', '--out', 'data']);
      const fit = [
        'fit',
        'data/study.yaml',
        '--out',
        'run',
        '--fit',
        'joint',
        '--epochs',
        '1',
        '--encoder-restarts',
        '1',
        '--evidence',
        'none',
      ];
      await app.npx(['interlatent', ...fit]);
      if (!existsSync(app.path('run/model.safetensors'))) throw new Error('fit wrote no model');
      return 'fits';
    },
  },
  { name: 'tarballs without a registry', run: withoutRegistry },
  { name: 'pnpm', run: pnpm },
  {
    name: 'yarn 1',
    run: async ({ app, registry }) => {
      await app.npx(['yarn@1', 'add', 'interlatent', '--registry', registry, '--cache-folder', app.path('cache')]);
      return app.fits('app.mjs', ES_MODULE);
    },
  },
  { name: 'built from source', run: fromSource, isSlow: true },
];

function mustContain(text, part) {
  if (!text.includes(part)) throw new Error(`expected "${part}" in:\n${text}`);
}

async function typescript({ app, development }, file, options) {
  await app.npmInstall('interlatent', development('typescript'), development('@types/node'));
  app.write(file, TYPESCRIPT);
  const compilerOptions = { target: 'es2022', lib: ['es2023'], strict: true, types: ['node'], ...options };
  app.write('tsconfig.json', JSON.stringify({ compilerOptions, files: [file] }));
  await app.bin('tsc', ['-p', '.']);
  const { latents } = JSON.parse((await node([file.replace('ts', 'js')], { cwd: app.folder })).stdout);
  mustContain(latents.join(), 'm1,m2');
  return 'types and fits';
}

async function omitOptional({ app }) {
  await app.npmInstall('interlatent', '--omit=optional');
  const { edges, simulated, message } = await app.says('app.mjs', WITHOUT_ENGINE);
  if (!edges || !simulated) throw new Error('discovery and simulation need no engine');
  mustContain(message, 'native-missing');
  mustContain(message, 'install without --omit=optional');
  mustContain(await app.npx(['interlatent', '--help']), 'Learns causal latent variables');
  // The remedy of the message works.
  await app.npmInstall('interlatent', '--include=optional');
  return `${await app.fits('app.mjs', ES_MODULE)} after the remedy`;
}

async function lockFile({ app }) {
  await app.npmInstall('interlatent', '--package-lock-only');
  await app.npm(['ci']);
  return app.fits('app.mjs', ES_MODULE);
}

/** Installs tarballs as on a server without a network. Nothing answers at the address of the registry. */
async function withoutRegistry({ app, far, version, platform }) {
  await far.npm(['pack', `interlatent@${version}`, `@interlatent/${platform}@${version}`, '@opentelemetry/api']);
  const tarballs = readdirSync(far.folder).filter((name) => name.endsWith('.tgz'));
  await app.npmInstall('--registry=http://127.0.0.1:9/', '--fetch-retries=0', ...tarballs.map(far.path));
  return app.fits('app.mjs', ES_MODULE);
}

async function jest({ app, development }) {
  await app.npmInstall('interlatent', development('jest'));
  app.write('commonjs.test.cjs', COMMONJS_TEST);
  app.write('module.test.mjs', ES_MODULE_TEST);
  app.write(
    'jest.config.json',
    JSON.stringify({ testMatch: ['**/*.test.?js'], moduleFileExtensions: ['js', 'cjs', 'mjs'] }),
  );
  await app.bin('jest', ['commonjs']);
  await app.bin('jest', ['module'], { env: { NODE_OPTIONS: '--experimental-vm-modules' } });
  return 'fits, by require and by import';
}

const BUNDLE = ['--bundle', '--platform=node', '--format=esm', '--log-level=warning'];

async function bundled({ app, development }) {
  await app.npmInstall('interlatent', development('esbuild'));
  app.write('source.mjs', ES_MODULE);
  await app.bin('esbuild', ['source.mjs', ...BUNDLE, '--outfile=out/app.mjs']);
  return app.fits('out/app.mjs');
}

async function bundledFar({ app, far, development, platform }) {
  await app.npmInstall('interlatent', development('esbuild'));
  app.write('source.mjs', ES_MODULE);
  app.write('less.mjs', WITHOUT_ENGINE);
  await app.bin('esbuild', ['source.mjs', 'less.mjs', ...BUNDLE, `--outdir=${far.folder}`, '--out-extension:.js=.mjs']);
  mustContain((await far.says('less.mjs')).message, 'This program was bundled, and');
  const engine = far.path('interlatent.node');
  cpSync(app.path(`node_modules/@interlatent/${platform}/interlatent.node`), engine);
  const text = await far.fits('source.mjs', undefined, { INTERLATENT_NATIVE_PATH: engine });
  return `${text}, with INTERLATENT_NATIVE_PATH`;
}

const WEBPACK = (entry, file) => ({ mode: 'production', target: 'node20', entry, output: { filename: file } });

/** Bundles without `externals`. The bundle finds other packages in node_modules. */
async function webpack({ app }) {
  await app.npmInstall('interlatent', 'webpack@5', 'webpack-cli');
  app.write('source.mjs', ES_MODULE);
  app.write('webpack.config.mjs', `export default ${JSON.stringify(WEBPACK('./source.mjs', 'app.cjs'))};`);
  await app.bin('webpack', []);
  return app.fits('dist/app.cjs');
}

/** Runs a fit, a report and discovery with only the files that nft lists. */
async function traced({ app, far }) {
  await app.npmInstall('interlatent', '@vercel/nft@1');
  app.write('app.mjs', TRACED);
  app.write('app.cjs', COMMONJS);
  app.write('trace.mjs', TRACE);
  const { files } = await app.says('trace.mjs');
  for (const file of files) cpSync(app.path(file), far.path(file), { recursive: true, dereference: true });
  renameSync(app.path('node_modules'), app.path('hidden'));
  await far.fits('app.cjs');
  return `${await far.fits('app.mjs')}, report and discovery too, with ${files.length} files`;
}

/** Builds with the setting in docs/how-to/install.md. Without it, version 16 refuses to build and shows the setting. */
async function next({ app, far }, version) {
  await app.npmInstall('interlatent', `next@${version}`, 'react', 'react-dom');
  mkdirSync(app.path('app/api/fit'), { recursive: true });
  app.write('app/layout.js', 'export default ({ children }) => <html><body>{children}</body></html>;');
  app.write('app/api/fit/route.js', NEXT_ROUTE);
  const build = (settings) => {
    app.write('next.config.mjs', `export default ${JSON.stringify({ output: 'standalone', ...settings })};`);
    return app.bin('next', ['build'], { env: { NEXT_TELEMETRY_DISABLED: '1' } });
  };
  if (version > 15) {
    const refusal = await build({}).then(() => 'it builds without the setting', String);
    mustContain(refusal, "serverExternalPackages: ['interlatent']");
  }
  await build({ serverExternalPackages: ['interlatent'] });
  cpSync(app.path('.next/standalone'), far.folder, { recursive: true });
  renameSync(app.path('node_modules'), app.path('hidden'));
  // The program starts the server, sends a request and prints the answer.
  return far.fits('request.mjs', NEXT_REQUEST);
}

async function pnpm({ app, registry, development }) {
  const store = ['--registry', registry, '--store-dir', app.path('store')];
  await app.npx(['pnpm@10', 'add', 'interlatent', development('esbuild'), '--allow-build=esbuild', ...store]);
  await app.fits('app.mjs', ES_MODULE);
  // With pnpm, an application sees only its direct dependencies, which do not include the package of the platform.
  await app.bin('esbuild', ['app.mjs', ...BUNDLE, '--outfile=out/bundle.mjs']);
  return `${await app.fits('out/bundle.mjs')}, bundled too`;
}

async function fromSource({ app }) {
  await app.npmInstall('interlatent', '--omit=optional');
  await app.npm(['explore', 'interlatent', '--', 'npm', 'run', 'build:native']);
  return app.fits('app.mjs', ES_MODULE);
}

/** Creates a folder far from the checkout. @returns functions that work in it */
export function application(folder, { registry, cache, version }) {
  mkdirSync(folder, { recursive: true });
  const env = {
    npm_config_registry: registry,
    npm_config_cache: cache,
    npm_config_audit: 'false',
    npm_config_fund: 'false',
  };
  const path = (name) => join(folder, name);
  const write = (name, content) => writeFileSync(path(name), content);
  write('package.json', '{ "name": "application", "version": "1.0.0", "private": true }');
  const npm = (args) => run('npm', args, { cwd: folder, env });
  const says = async (file, content, more = {}) => {
    if (content !== undefined) write(file, content);
    const { stdout, stderr } = await node([path(file)], { cwd: folder, env: more });
    if (stderr !== '') throw new Error(stderr);
    return JSON.parse(stdout);
  };
  return {
    folder,
    path,
    write,
    npm,
    says,
    npmInstall: (...args) => npm(['install', ...args]),
    npx: async (args) => (await run('npx', ['--yes', ...args], { cwd: folder, env })).stdout,
    bin: (name, args, { env: more } = {}) => run(path(`node_modules/.bin/${name}`), args, { cwd: folder, env: more }),
    /** Runs a program of programs.mjs and checks its output. */
    fits: async (file, content, more) => {
      const result = await says(file, content, more);
      if (result.version !== version || result.latents.join() !== 'm1,m2' || !result.finite || !result.edges) {
        throw new Error(`${file} printed ${JSON.stringify(result)}`);
      }
      return `fits (${result.isa})`;
    },
  };
}
