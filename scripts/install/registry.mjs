// A registry on this machine that has our tarballs, and everything else from the registry that npm is set to.
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { runServer } from 'verdaccio';
import { clean, npm } from './shell.mjs';

const FOLDER = resolve('build/registry');

/** Its URL, and how to end it. What it fetched of others stays in build/registry for the next time. */
export async function startRegistry() {
  const uplink = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8', env: clean() }).trim();
  for (const ours of ['interlatent', '@interlatent']) rmSync(join(FOLDER, ours), { recursive: true, force: true });
  const anybody = { access: '$all', publish: '$all', unpublish: '$all' };
  const app = await runServer({
    storage: FOLDER,
    self_path: FOLDER,
    uplinks: { others: { url: uplink, timeout: '120s', maxage: '30m' } },
    packages: {
      interlatent: anybody,
      '@interlatent/*': anybody,
      '**': { access: '$all', proxy: 'others' },
    },
    max_body_size: '200mb',
    logs: { type: 'stdout', format: 'pretty', level: 'fatal' },
    web: { enable: false },
  });
  const port = await freePort();
  await new Promise((listening) => app.listen(port, '127.0.0.1', listening));
  return { url: `http://127.0.0.1:${port}/`, stop: () => new Promise((closed) => app.close(closed)) };
}

/** All tarballs of a folder. Anybody may publish, but npm wants a token to send. */
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
