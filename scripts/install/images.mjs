// Systems without a compiler: minimal Debian with Node and npm, entered by chroot.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ES_MODULE } from './programs.mjs';
import { clean, npm, run } from './shell.mjs';

const FOLDER = resolve('build/images');
const BUILD_TOOLS = ['cc', 'c++', 'gcc', 'g++', 'clang', 'cmake', 'make', 'python3'];

/** Versions of Debian; the older one has glibc 2.31. */
export const IMAGES = ['trixie', 'bullseye'].map((suite) => ({
  name: `Debian ${suite} without a compiler`,
  run: (context) => inImage(suite, context),
}));

async function inImage(suite, { registry, version }) {
  const root = await image(suite);
  const app = join(root, 'app');
  rmSync(app, { recursive: true, force: true });
  mkdirSync(app);
  writeFileSync(join(app, 'package.json'), '{ "private": true }');
  writeFileSync(join(app, 'app.mjs'), ES_MODULE);
  const script = [
    'set -eu; mount -t proc proc /proc; cd /app',
    `for tool in ${BUILD_TOOLS.join(' ')}; do if command -v $tool; then exit 3; fi; done`,
    `npm install interlatent --registry ${registry} --cache /app/cache --no-audit --no-fund >&2`,
    'node app.mjs',
  ].join('\n');
  const { stdout } = await run('unshare', ['--mount', 'chroot', root, '/bin/sh', '-c', script], {
    env: { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', HOME: '/root', npm_config_update_notifier: 'false' },
  });
  rmSync(app, { recursive: true });
  const result = JSON.parse(stdout);
  if (result.version !== version || !result.finite) throw new Error(stdout);
  return `fits (${result.isa})`;
}

/** Returns the folder of an image, and creates it if it does not exist. */
async function image(suite) {
  if (process.getuid() !== 0 || spawnSync('debootstrap', ['--version']).status !== 0) {
    throw new Error('creating an image needs root and debootstrap');
  }
  const root = join(FOLDER, suite);
  if (!existsSync(root)) {
    mkdirSync(FOLDER, { recursive: true });
    const fresh = `${root}.new`;
    rmSync(fresh, { recursive: true, force: true });
    const include = '--include=ca-certificates,libstdc++6';
    await run('debootstrap', ['--variant=minbase', include, suite, fresh, mirror()]);
    renameSync(fresh, root);
  }
  const local = join(root, 'usr/local');
  rmSync(join(local, 'lib/node_modules'), { recursive: true, force: true });
  cpSync(await officialNode(), join(local, 'bin/node'));
  const which = execFileSync('which', ['npm'], { encoding: 'utf8' }).trim();
  cpSync(dirname(dirname(realpathSync(which))), join(local, 'lib/node_modules/npm'), { recursive: true });
  rmSync(join(local, 'bin/npm'), { force: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(local, 'bin/npm'));
  return root;
}

/**
 * Returns an official build of Node from npm, which needs glibc 2.28. Node of this machine may need a later version.
 */
async function officialNode() {
  const node = join(FOLDER, 'node/package/bin/node');
  if (!existsSync(node)) {
    const name = `node-linux-${process.arch}`;
    const folder = join(FOLDER, 'node');
    mkdirSync(folder, { recursive: true });
    const { stdout } = await npm(['pack', `${name}@${process.version.slice(1)}`, '--pack-destination', folder]);
    await run('tar', ['-xzf', join(folder, stdout.trim()), '-C', folder]);
  }
  return node;
}

/** Returns the archive from which this machine installs packages. */
function mirror() {
  const targets = [
    'indextargets',
    '--format',
    '$(REPO_URI)',
    'Created-By: Packages',
    'Origin: Debian',
    'Component: main',
  ];
  return execFileSync('apt-get', targets, { encoding: 'utf8', env: clean() }).split('\n')[0];
}
