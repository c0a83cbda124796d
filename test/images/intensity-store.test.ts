// After a failed write, a cache of images leaves no files and no open descriptors.

import { readdirSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { fileStore } from '../../src/images/intensity-store.js';
import { scratch } from '../fixtures/scratch.js';

const { folder } = scratch();

/** Files of the folder that this process has open, if the system reports them. */
function opened(): string[] {
  const descriptors = process.platform === 'linux' ? readdirSync('/proc/self/fd') : [];
  return descriptors.flatMap((descriptor) => {
    try {
      return [readlinkSync(`/proc/self/fd/${descriptor}`)].filter((path) => path.startsWith(folder));
    } catch {
      return [];
    }
  });
}

function expectNothingLeft(): void {
  expect(readdirSync(folder)).toEqual([]);
  expect(opened()).toEqual([]);
}

test('a cache that is larger than the disk leaves nothing behind', () => {
  const size = { rows: 2 ** 53, channels: 1, pixels: 1 };
  expect(() => fileStore(size, join(folder, 'cache'))).toThrow(expect.objectContaining({ code: 'unwritable' }));
  expectNothingLeft();
});

test('a cache that fails at the first image of 16 bits leaves nothing behind', async () => {
  const store = fileStore({ rows: 2, channels: 1, pixels: 2 }, join(folder, 'cache'));
  store.set(0, Uint8Array.of(1, 2));
  // Make the written part unreadable.
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
  expect(() => store.set(1, Uint16Array.of(1, 2))).toThrow(expect.objectContaining({ code: 'missing-file' }));
  await store.discard();
  expectNothingLeft();
});
