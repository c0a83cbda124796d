// Atomic writing: after any failure, a file has its old or its new content.

import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { makeFolder, removeFile, writeFileAtomic } from '../../src/files/atomic.js';
import { scratch } from '../fixtures/scratch.js';

const { file, folder } = scratch();

describe('atomic writing', () => {
  const listing = () => readdirSync(folder).filter((name) => name.includes('kept') || name.endsWith('.tmp'));

  test('replaces a file and leaves no other file', async () => {
    const path = file('kept.txt', 'old');
    await writeFileAtomic(path, 'new');
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(listing()).toEqual(['kept.txt']);
  });

  test('does not change the old file after any failure during writing', async () => {
    const path = file('kept.txt', 'old');
    const failing = writeFileAtomic(path, async (handle) => {
      await handle.writeFile('half');
      throw new Error('stopped');
    });
    await expect(failing).rejects.toThrow('stopped');
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(listing()).toEqual(['kept.txt']);
  });

  test('reports a full disk and changes nothing', async () => {
    const path = file('kept.txt', 'old');
    const failing = writeFileAtomic(path, () => writeFile('/dev/full', 'x'));
    await expect(failing).rejects.toMatchObject({ code: 'disk-full', name: 'FileError' });
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(listing()).toEqual(['kept.txt']);
  });

  test('leaves one complete file after two concurrent writes', async () => {
    const path = file('kept.txt');
    const [a, b] = ['a'.repeat(1e6), 'b'.repeat(1e6)];
    await Promise.all([writeFileAtomic(path, a), writeFileAtomic(path, b)]);
    expect([a, b]).toContain(readFileSync(path, 'utf8'));
    expect(listing()).toEqual(['kept.txt']);
  });

  test('reports a disk quota as a full disk, and other reasons in words', async () => {
    const failing = (errno: number) => {
      // libuv has no names for some of them, and reports them like this.
      const cause = Object.assign(new Error(), { errno: -errno, code: `Unknown system error -${errno}` });
      return writeFileAtomic(file('kept.txt', 'old'), () => Promise.reject(cause));
    };
    await expect(failing(constants.errno.EDQUOT)).rejects.toMatchObject({ code: 'disk-full' });
    await expect(failing(constants.errno.EIO)).rejects.toThrow('the disk reports an error');
    await expect(failing(constants.errno.EROFS)).rejects.toThrow('the file system is read-only');
    const large = { code: 'unwritable', message: expect.stringContaining('ulimit -f') };
    await expect(failing(constants.errno.EFBIG)).rejects.toMatchObject(large);
  });

  test('gives a coded error for a file that cannot be removed', async () => {
    file('full/content', 'x');
    await expect(removeFile(join(folder, 'full'))).rejects.toMatchObject({ name: 'FileError', code: 'unwritable' });
  });

  test('creates folders with their parents', async () => {
    await makeFolder(join(folder, 'deep/er'));
    await writeFileAtomic(join(folder, 'deep/er/file'), 'x');
    await expect(makeFolder(join(folder, 'deep/er/file/no'))).rejects.toMatchObject({ code: 'unwritable' });
  });

  test('creates folders that other processes create at the same time', async () => {
    for (let i = 0; i < 50; i++) {
      const path = join(folder, `shared-${i}`, 'b/c/d');
      await Promise.all(Array.from({ length: 8 }, async () => makeFolder(path)));
      expect(statSync(path).isDirectory()).toBe(true);
    }
  });
});
