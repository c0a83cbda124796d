// Atomic writing: a file is the old one or the new one, whatever fails on the way.

import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, removeLeftovers, writeFileAtomic } from '../src/files/atomic.js';
import { scratch } from './scratch.js';

const { file, folder } = scratch();

describe('atomic writing', () => {
  const listing = () => readdirSync(folder).filter((name) => name.includes('kept') || name.endsWith('.tmp'));

  test('replaces a file and leaves nothing beside it', async () => {
    const path = file('kept.txt', 'old');
    await writeFileAtomic(path, 'new');
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(listing()).toEqual(['kept.txt']);
  });

  test('keeps the old file when writing fails half-way, whatever the failure', async () => {
    const path = file('kept.txt', 'old');
    const failing = writeFileAtomic(path, async (handle) => {
      await handle.writeFile('half');
      throw new Error('stopped');
    });
    await expect(failing).rejects.toThrow('stopped');
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(listing()).toEqual(['kept.txt']);
  });

  test('a full disk is named and changes nothing', async () => {
    const path = file('kept.txt', 'old');
    const failing = writeFileAtomic(path, () => writeFile('/dev/full', 'x'));
    await expect(failing).rejects.toMatchObject({ code: 'disk-full', name: 'FileError' });
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(listing()).toEqual(['kept.txt']);
  });

  test('two writers at once leave one whole file', async () => {
    const path = file('kept.txt');
    const [a, b] = ['a'.repeat(1e6), 'b'.repeat(1e6)];
    await Promise.all([writeFileAtomic(path, a), writeFileAtomic(path, b)]);
    expect([a, b]).toContain(readFileSync(path, 'utf8'));
    expect(listing()).toEqual(['kept.txt']);
  });

  test('leftovers of killed writes are removed, of this target alone', async () => {
    const target = file('killed/state.bin', 'kept');
    // What a write leaves behind is found by looking into the folder while one is under way.
    let leftover = '';
    await writeFileAtomic(target, () => {
      leftover = readdirSync(join(folder, 'killed')).find((name) => name !== 'state.bin') ?? '';
      return Promise.resolve();
    });
    expect(leftover).toMatch(/^\..+\.tmp$/);
    const others = [
      leftover.replace('state.bin', 'state.bin2'),
      leftover.replace('state.bin', 'state.bin.old'),
      leftover.replace('.tmp', '.csv'),
      '.state.bin.mine.tmp',
      'state.bin',
    ];
    for (const name of [leftover, leftover.replace(/[0-9a-f]{12}/, '0123456789ab'), ...others]) {
      file(join('killed', name), 'x');
    }
    await removeLeftovers(target);
    expect(readdirSync(join(folder, 'killed')).sort()).toEqual([...others].sort());
    await removeLeftovers(join(folder, 'nowhere/state.bin'));
  });

  test('makes folders with their parents', async () => {
    await makeFolder(join(folder, 'deep/er'));
    await writeFileAtomic(join(folder, 'deep/er/file'), 'x');
    await expect(makeFolder(join(folder, 'deep/er/file/no'))).rejects.toMatchObject({ code: 'unwritable' });
  });
});
