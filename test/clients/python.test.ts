// The Python package in clients/python: its unit tests, with the built command line and with a server in this process.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createHandler } from '../../src/serving/index.js';
import { scratch } from '../fixtures/scratch.js';
import { mixedRun } from '../fixtures/served-runs.js';
import { describeIf, testIf } from '../fixtures/skipping.js';
import { CLIENTS, hasPackage, PYTHON, runs } from '../fixtures/languages.js';

const files = scratch();
const python = join(CLIENTS, 'python');
const unittest = (...modules: readonly string[]) =>
  ['-W', 'error', '-m', 'unittest', ...modules.map((name) => `tests.test_${name}`)] as const;

describeIf(hasPackage('numpy'), 'no Python package numpy (Debian: python3-numpy)')('the Python package', () => {
  test('finds and calls commands, and reads files', async () => {
    expect(await runs(PYTHON, unittest('calls', 'files'), { cwd: python })).toMatch(/OK\s*$/);
  });

  test('fits data in memory, and asks the model', async () => {
    expect(await runs(PYTHON, unittest('run'), { cwd: python })).toMatch(/OK\s*$/);
  });

  test('asks a server', async () => {
    const handler = await createHandler({ models: { mixed: await mixedRun(files, 'mixed') }, prefix: '/v1' });
    const server = createServer(handler);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const environment = { INTERLATENT_TEST_SERVER: `http://127.0.0.1:${port}/v1` };
    try {
      expect(await runs(PYTHON, unittest('server'), { cwd: python, environment })).toMatch(/OK\s*$/);
    } finally {
      server.close();
      await handler.close();
    }
  });

  testIf(
    hasPackage('pip') && hasPackage('setuptools'),
    'no pip or setuptools (Debian: python3-pip python3-setuptools)',
  )('installs with one command', async () => {
    const script = join(CLIENTS, '../scripts/clients/install');
    expect(await runs(script, ['python'])).toMatch(/Python: interlatent \S+ answers/);
  });

  testIf(hasPackage('pandas'), 'no Python package pandas (Debian: python3-pandas)')(
    'reads and returns data frames',
    async () => {
      expect(await runs(PYTHON, unittest('pandas'), { cwd: python })).toMatch(/OK\s*$/);
    },
  );
});
