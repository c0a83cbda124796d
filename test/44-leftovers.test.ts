// What a killed process leaves goes when the next one writes there; what somebody is writing stays.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, readdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { writeFileAtomic } from '../src/files/atomic.js';
import { createTemporary, createTemporarySync } from '../src/files/temporary.js';
import { ImageCache } from '../src/images/image-cache.js';
import '../src/runtime/native.js';
import { settleFolder } from '../src/training/finished-fit.js';
import { FitJournal } from '../src/training/journal.js';
import { LockedFolder } from '../src/training/locked-folder.js';
import { scratch } from './scratch.js';

const { folder, file } = scratch();

/** What a write leaves that is killed. */
async function leftover(target: string): Promise<string> {
  const { path, file: handle } = await createTemporary(target);
  await handle.close();
  return basename(path);
}

/** The digit at a place of a name becomes another one. */
function changed(name: string, at: number): string {
  const place = name.length + at;
  return `${name.slice(0, place)}${name[place] === '0' ? '1' : '0'}${name.slice(place + 1)}`;
}

const hidden = (path: string) => readdirSync(path).filter((name) => name.startsWith('.'));

describe('a file that is written again', () => {
  test('takes along what a killed write of it left, and nothing else', async () => {
    const target = file('again/state.bin', 'old');
    const own = join(folder, 'again');
    await leftover(target);
    const other = await leftover(join(own, 'state.bin.old'));
    const long = await leftover(join(own, `${'ä'.repeat(120)}.csv`));
    file('again/.state.bin.mine.tmp', 'x');
    file('again/.state.bin.0123456789ab.tmp', 'x');
    await writeFileAtomic(target, 'new');
    const kept = ['.state.bin.mine.tmp', '.state.bin.0123456789ab.tmp', other, long];
    expect(hidden(own).sort()).toEqual(kept.sort());
    await writeFileAtomic(join(own, `${'ä'.repeat(120)}.csv`), 'new');
    expect(hidden(own)).not.toContain(long);
  });

  test('leaves what another process is writing, until that is killed', async () => {
    const target = file('live/state.bin', 'old');
    const own = join(folder, 'live');
    const name = await leftover(target);
    // As a process of another container would: only the kernel knows of it.
    const writer = spawn('flock', ['-o', join(own, name), 'cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
    writer.stdin.write('here\n');
    await once(writer.stdout, 'data');
    await writeFileAtomic(target, 'new');
    expect(hidden(own)).toEqual([name]);
    const ended = once(writer, 'exit');
    writer.kill('SIGKILL');
    await ended;
    writer.stdin.end();
    await writeFileAtomic(target, 'newer');
    expect(hidden(own)).toEqual([]);
  });

  test('leaves what was made on another machine, and takes what this one made before it was restarted', async () => {
    const target = file('machines/state.bin', 'old');
    const own = join(folder, 'machines');
    const name = await leftover(target);
    const [restarted, container] = [changed(name, -30), changed(name, -20)];
    const elsewhere = changed(restarted, -20);
    for (const copy of [restarted, container, elsewhere]) copyFileSync(join(own, name), join(own, copy));
    await writeFileAtomic(target, 'new');
    expect(hidden(own)).toEqual([elsewhere]);
  });
});

describe('a folder', () => {
  test('that is locked loses what any killed write left there', async () => {
    const path = join(folder, 'locked');
    await (await LockedFolder.open(path)).close();
    await leftover(join(path, 'model.safetensors'));
    await leftover(join(path, 'folds.csv'));
    const living = await createTemporary(join(path, 'graph.svg'));
    await using lock = await LockedFolder.open(path);
    expect(hidden(lock.path)).toEqual([basename(living.path)]);
    await living.file.close();
  });

  test('whose lock cannot be written has none afterwards', async () => {
    const path = join(folder, 'full');
    const handle = await open(file('any', ''));
    const sync = jest.spyOn(Object.getPrototypeOf(handle) as typeof handle, 'sync');
    sync.mockRejectedValueOnce(Object.assign(new Error(), { code: 'ENOSPC' }));
    await expect(LockedFolder.open(path)).rejects.toMatchObject({ code: 'disk-full' });
    expect(readdirSync(path)).toEqual([]);
    sync.mockRestore();
    await handle.close();
  });

  test('of images that were read once, too', async () => {
    const path = join(folder, 'cache');
    const size = { rows: 1, channels: 1, pixels: 1 };
    const form = { height: 1, width: 1, channels: 'grey', fit: 'stretch' } as never;
    await ImageCache.open({ folder: path, name: 'eye' }, [], form, size);
    createTemporarySync(join(path, 'eye-0.levels'));
    const store = (await ImageCache.open({ folder: path, name: 'eye' }, [], form, size)).store();
    // The first one is still open here, as one that is being written.
    expect(hidden(path)).toHaveLength(2);
    await store.discard();
    expect(hidden(path)).toHaveLength(1);
  });
});

describe('a fit that was killed when it had just become a RUN', () => {
  const killed = (name: string): string => {
    file(`${name}/run.json`, '{}');
    file(`${name}/checkpoint.safetensors`, 'x');
    file(`${name}/lock.json`, '');
    return join(folder, name);
  };

  test('is refused to another fit, and loses its checkpoint and its lock', async () => {
    for (const how of ['begin', 'resume'] as const) {
      const path = killed(how);
      const opened = FitJournal[how](path, {} as never);
      await expect(opened).rejects.toMatchObject({ code: 'run-exists' });
      expect(readdirSync(path)).toEqual(['run.json']);
    }
  });

  test('is a finished one to who goes on', async () => {
    const path = killed('on');
    expect(await settleFolder(path)).toBe(true);
    expect(readdirSync(path)).toEqual(['run.json']);
    expect(await settleFolder(join(folder, 'nowhere'))).toBe(false);
    expect(existsSync(join(folder, 'nowhere'))).toBe(false);
  });
});
