// The R package in clients/r: it installs, and its tests pass with the built command line and with a server in this
// process.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { createHandler } from '../../src/serving/index.js';
import { scratch } from '../fixtures/scratch.js';
import { mixedRun } from '../fixtures/served-runs.js';
import { describeIf } from '../fixtures/skipping.js';
import { CLIENTS, hasLibrary, installR, runs } from '../fixtures/languages.js';

const files = scratch();
const library = join(files.folder, 'library');

/** Runs a file of the package's tests with the installed package. */
const check = (name: string, environment: NodeJS.ProcessEnv = {}): Promise<string> =>
  runs('Rscript', ['--vanilla', `${name}.R`], {
    cwd: join(CLIENTS, 'r/tests'),
    environment: { R_LIBS: library, ...environment },
  });

describeIf(hasLibrary('jsonlite'), 'no R with the package jsonlite (Debian: r-base-core r-cran-jsonlite)')(
  'the R package',
  () => {
    beforeAll(async () => {
      await installR(library);
    }, 60_000);

    test('writes studies, and calls commands', async () => {
      expect(await check('studies')).toMatch(/OK\s*$/);
    });

    test('fits data in memory, and asks the model', async () => {
      expect(await check('run')).toMatch(/OK\s*$/);
    });

    test('asks a server', async () => {
      const handler = await createHandler({ models: { mixed: await mixedRun(files, 'mixed') }, prefix: '/v1' });
      const server = createServer(handler);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      try {
        const printed = await check('server', { INTERLATENT_TEST_SERVER: `http://127.0.0.1:${port}/v1` });
        expect(printed).toMatch(/OK\s*$/);
      } finally {
        server.close();
        await handler.close();
      }
    });
  },
);
