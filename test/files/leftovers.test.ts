// The next writer removes temporary files of killed processes, but not files that are being written.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, readdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { writeFileAtomic } from '../../src/files/atomic.js';
import { createTemporary, createTemporarySync } from '../../src/files/temporary.js';
import { ImageCache } from '../../src/images/image-cache.js';
import '../../src/runtime/native.js';
import { settleFolder } from '../../src/training/finished-fit.js';
import { FitJournal } from '../../src/training/journal.js';
import { LockedFolder } from '../../src/training/locked-folder.js';
import { scratch } from '../fixtures/scratch.js';

const { folder, file } = scratch();

/** Creates the temporary file of a killed write. */
async function leftover(target: string): Promise<string> {
  const { path, file: handle } = await createTemporary(target);
  await handle.close();
  return basename(path);
}

/** Replaces the digit at a position of a name. */
function changed(name: string, at: number): string {
  const place = name.length + at;
  return `${name.slice(0, place)}${name[place] === '0' ? '1' : '0'}${name.slice(place + 1)}`;
}

const hidden = (path: string) => readdirSync(path).filter((name) => name.startsWith('.'));

describe('a file that is written again', () => {
  test('removes the temporary file of a killed write of it, and nothing else', async () => {
    const target = file('again/state.bin', 'old');
    const targetFolder = join(folder, 'again');
    await leftover(target);
    const other = await leftover(join(targetFolder, 'state.bin.old'));
    const long = await leftover(join(targetFolder, `${'ä'.repeat(120)}.csv`));
    file('again/.state.bin.mine.tmp', 'x');
    file('again/.state.bin.0123456789ab.tmp', 'x');
    await writeFileAtomic(target, 'new');
    const retained = ['.state.bin.mine.tmp', '.state.bin.0123456789ab.tmp', other, long];
    expect(hidden(targetFolder).sort()).toEqual(retained.sort());
    await writeFileAtomic(join(targetFolder, `${'ä'.repeat(120)}.csv`), 'new');
    expect(hidden(targetFolder)).not.toContain(long);
  });

  test('keeps the temporary file of another process until that is killed', async () => {
    const target = file('live/state.bin', 'old');
    const targetFolder = join(folder, 'live');
    const name = await leftover(target);
    // Like a process of another container, of which only the kernel knows.
    const writer = spawn('flock', ['-o', join(targetFolder, name), 'cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
    writer.stdin.write('here\n');
    await once(writer.stdout, 'data');
    await writeFileAtomic(target, 'new');
    expect(hidden(targetFolder)).toEqual([name]);
    const ended = once(writer, 'exit');
    writer.kill('SIGKILL');
    await ended;
    writer.stdin.end();
    await writeFileAtomic(target, 'newer');
    expect(hidden(targetFolder)).toEqual([]);
  });

  test('keeps files of another machine, and removes files of this machine from before a restart', async () => {
    const target = file('machines/state.bin', 'old');
    const targetFolder = join(folder, 'machines');
    const name = await leftover(target);
    const [restarted, container] = [changed(name, -30), changed(name, -20)];
    const elsewhere = changed(restarted, -20);
    for (const copy of [restarted, container, elsewhere]) {
      copyFileSync(join(targetFolder, name), join(targetFolder, copy));
    }
    await writeFileAtomic(target, 'new');
    expect(hidden(targetFolder)).toEqual([elsewhere]);
  });
});

describe('a folder', () => {
  test('loses all temporary files of killed writes when it is locked', async () => {
    const path = join(folder, 'locked');
    await (await LockedFolder.open(path)).close();
    await leftover(join(path, 'model.safetensors'));
    await leftover(join(path, 'folds.csv'));
    const living = await createTemporary(join(path, 'graph.svg'));
    await using lock = await LockedFolder.open(path);
    expect(hidden(lock.path)).toEqual([basename(living.path)]);
    await living.file.close();
  });

  test('has no lock after a failed attempt to write one', async () => {
    const path = join(folder, 'full');
    const handle = await open(file('any', ''));
    const sync = jest.spyOn(Object.getPrototypeOf(handle) as typeof handle, 'sync');
    sync.mockRejectedValueOnce(Object.assign(new Error(), { code: 'ENOSPC' }));
    await expect(LockedFolder.open(path)).rejects.toMatchObject({ code: 'disk-full' });
    expect(readdirSync(path)).toEqual([]);
    sync.mockRestore();
    await handle.close();
  });

  test('loses temporary files when it is opened as an image cache', async () => {
    const path = join(folder, 'cache');
    const size = { rows: 1, channels: 1, pixels: 1 };
    const form = { height: 1, width: 1, channels: 'grey', fit: 'stretch' } as never;
    await ImageCache.open({ folder: path, name: 'eye' }, [], form, size);
    createTemporarySync(join(path, 'eye-0.levels'));
    const store = (await ImageCache.open({ folder: path, name: 'eye' }, [], form, size)).store();
    // The first file is still open, like one that is being written.
    expect(hidden(path)).toHaveLength(2);
    await store.discard();
    expect(hidden(path)).toHaveLength(1);
  });
});

describe('a fit that was killed directly after its folder became a RUN folder', () => {
  const killed = (name: string): string => {
    file(`${name}/run.json`, '{}');
    file(`${name}/checkpoint.safetensors`, 'x');
    file(`${name}/lock.json`, '');
    return join(folder, name);
  };

  test('refuses another fit, and loses its checkpoint and its lock', async () => {
    for (const how of ['begin', 'resume'] as const) {
      const path = killed(how);
      const opened = FitJournal[how](path, {} as never);
      await expect(opened).rejects.toMatchObject({ code: 'run-exists' });
      expect(readdirSync(path)).toEqual(['run.json']);
    }
  });

  test('counts as finished when it is resumed', async () => {
    const path = killed('on');
    expect(await settleFolder(path)).toBe(true);
    expect(readdirSync(path)).toEqual(['run.json']);
    expect(await settleFolder(join(folder, 'nowhere'))).toBe(false);
    expect(existsSync(join(folder, 'nowhere'))).toBe(false);
  });
});
