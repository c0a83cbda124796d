// The classes of the Python package and the fields of the R package have the keys of the schemas.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '../..');

test('the generated files of the clients, and the generated pages, are up to date', () => {
  const check = ['scripts/docs/build-reference.mjs', '--check'];
  const { status, stderr } = spawnSync(process.execPath, check, { cwd: root, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});
