// A registry on this machine with our tarballs. All other packages come from the registry in npm's settings.
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { runServer } from 'verdaccio';
import { clean, npm } from './shell.mjs';

const FOLDER = resolve('build/registry');

/** Starts the registry. @returns its URL and a function that stops it. Other packages are cached in build/registry. */
export async function startRegistry() {
  const uplink = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8', env: clean() }).trim();
  for (const ours of ['interlatent', '@interlatent']) rmSync(join(FOLDER, ours), { recursive: true, force: true });
  const anybody = { access: '$all', publish: '$all', unpublish: '$all' };
  const app = await runServer({
    storage: FOLDER,
    self_path: FOLDER,
    uplinks: { npm: { url: uplink, timeout: '120s', maxage: '30m' } },
    packages: {
      interlatent: anybody,
      '@interlatent/*': anybody,
      '**': { access: '$all', proxy: 'npm' },
    },
    max_body_size: '200mb',
    logs: { type: 'stdout', format: 'pretty', level: 'fatal' },
    web: { enable: false },
  });
  const port = await freePort();
  await new Promise((listening) => app.listen(port, '127.0.0.1', listening));
  return { url: `http://127.0.0.1:${port}/`, stop: () => new Promise((closed) => app.close(closed)) };
}

/** Publishes all tarballs of a folder. The registry needs no token, but npm does. */
export async function publishAll(folder, url) {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.tgz'))) {
    await npm(
      ['publish', join(resolve(folder), file), '--access', 'public', `--${url.replace('http:', '')}:_authToken=none`],
      {
        env: { npm_config_registry: url },
      },
    );
  }
}

async function freePort() {
  const server = createServer();
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}
