// Only one fit at the same time writes to a folder: processes, threads and calls of one process exclude each other. The
// lock of a killed holder is free. The lock of a holder on another host must be removed by a person.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { simulate } from '../../src/simulation/simulate.js';
import { writeSimulation } from '../../src/simulation/files.js';
import { readStudy, type Study } from '../../src/study/study.js';
import type { Holder } from '../../src/training/lock-holder.js';
import { judge, LockedFolder, type Finding } from '../../src/training/locked-folder.js';
import { commandLine } from '../fixtures/command-line.js';
import { scratch } from '../fixtures/scratch.js';

const DIST = join(import.meta.dirname, '../../dist');
const PACKAGE = pathToFileURL(join(DIST, 'index.js')).href;
const { folder, file } = scratch();
const commands = commandLine();

const held = (path: string) => JSON.parse(readFileSync(join(path, 'lock.json'), 'utf8')) as Holder;
const locked = expect.objectContaining({ name: 'StateError', code: 'run-locked' });

/** Starts a process that waits for a line, locks the folder, prints the result, and ends with its input. */
function contender(path: string): { child: ChildProcess; nextLine: () => Promise<string>; start: () => void } {
  const script = `
    import { LockedFolder } from ${JSON.stringify(PACKAGE)};
    // Without a reference, the lock would be closed by the garbage collector.
    const keep = (lock) => { globalThis.lock = lock; console.log('locked'); };
    process.stdin.once('data', () => {
      LockedFolder.open(${JSON.stringify(path)}).then(keep, (error) => console.log(error.code));
    });
    console.log('ready');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdout.setEncoding('utf8');
  const nextLine = async () => String((await once(child.stdout, 'data'))[0]).trim();
  return { child, nextLine, start: () => child.stdin.write('go\n') };
}

async function killed(child: ChildProcess): Promise<void> {
  const ended = once(child, 'close');
  child.kill('SIGKILL');
  await ended;
}

describe('the verdict on a lock file', () => {
  const self: Holder = { pid: 1, host: 'here', boot: 'b1', since: 'now' };
  const other = (holder: Partial<Holder>): Holder => ({ pid: 2, host: 'here', boot: 'b1', since: 'then', ...holder });
  const running = [2];
  const cases: [string, Omit<Finding, 'isNew'> & { isNew?: boolean }, ReturnType<typeof judge>][] = [
    ['the system says held, whatever the file says', { lock: 'held', holder: undefined }, 'held'],
    ['held, though the file is of another machine', { lock: 'held', holder: other({ host: 'there' }) }, 'held'],
    ['a new file', { lock: 'locked', holder: undefined, isNew: true }, 'free'],
    ['a file that says nothing', { lock: 'locked', holder: undefined }, 'free'],
    ['left by a process of this machine', { lock: 'locked', holder: other({}) }, 'free'],
    ['left before this machine was restarted', { lock: 'locked', holder: other({ boot: 'b0' }) }, 'free'],
    ['left by a container on this machine', { lock: 'locked', holder: other({ host: 'box' }) }, 'free'],
    ['left on another machine', { lock: 'locked', holder: other({ host: 'there', boot: 'b2' }) }, 'uncertain'],
    ['left on one without boot id', { lock: 'locked', holder: other({ host: 'there', boot: undefined }) }, 'uncertain'],
    ['no locks: a new file', { lock: 'unsupported', holder: undefined, isNew: true }, 'free'],
    ['no locks: a file that says nothing yet', { lock: 'unsupported', holder: undefined }, 'uncertain'],
    ['no locks: a process that runs', { lock: 'unsupported', holder: other({}) }, 'uncertain'],
    ['no locks: a process that ended', { lock: 'unsupported', holder: other({ pid: 3 }) }, 'free'],
    ['no locks: the same number after a restart', { lock: 'unsupported', holder: other({ boot: 'b0' }) }, 'free'],
    ['no locks: a container’s number', { lock: 'unsupported', holder: other({ pid: 3, host: 'box' }) }, 'uncertain'],
  ];
  test.each(cases)('%s', (_, finding, verdict) => {
    expect(judge({ isNew: false, ...finding }, self, (pid) => running.includes(pid))).toBe(verdict);
  });
});

describe('a locked folder', () => {
  test('is created, names its holder, and leaves no trace', async () => {
    const path = join(folder, 'made', 'deep');
    const lock = await LockedFolder.open(path);
    expect(held(path)).toMatchObject({ pid: process.pid, host: hostname() });
    await lock.close();
    await lock.close();
    expect(readdirSync(path)).toEqual([]);
  });

  test('is refused to another call of this process, with advice, until it is closed', async () => {
    const path = join(folder, 'twice');
    const first = await LockedFolder.open(path);
    const refused = LockedFolder.open(path);
    await expect(refused).rejects.toEqual(locked);
    await expect(refused).rejects.toMatchObject({
      message: expect.stringMatching(
        new RegExp(`twice is being written by process ${process.pid} on ${hostname()} since 20.*choose another folder`),
      ),
      details: { folder: path, pid: process.pid, host: hostname() },
    });
    await first.close();
    await (await LockedFolder.open(path)).close();
  });

  test('is refused to a thread of this process', async () => {
    const path = join(folder, 'thread');
    const script = `
      const { parentPort } = require('node:worker_threads');
      import(${JSON.stringify(PACKAGE)})
        .then(({ LockedFolder }) => LockedFolder.open(${JSON.stringify(path)}))
        .then(() => parentPort.postMessage('locked'), (error) => parentPort.postMessage(error.code));`;
    await using lock = await LockedFolder.open(path);
    const worker = new Worker(script, { eval: true });
    expect(await once(worker, 'message')).toEqual(['run-locked']);
    await worker.terminate();
    expect(held(lock.path).pid).toBe(process.pid);
  });

  test('of another process is refused while the process runs, and free after it was killed', async () => {
    const path = join(folder, 'process');
    const { child, nextLine, start } = contender(path);
    expect(await nextLine()).toBe('ready');
    start();
    expect(await nextLine()).toBe('locked');
    await expect(LockedFolder.open(path)).rejects.toMatchObject({ code: 'run-locked', details: { pid: child.pid } });
    await killed(child);
    expect(held(path).pid).toBe(child.pid);
    await using lock = await LockedFolder.open(path);
    expect(held(lock.path).pid).toBe(process.pid);
  });

  test('left by a killed process is taken by exactly one of several contenders', async () => {
    const path = join(folder, 'race');
    mkdirSync(path);
    writeFileSync(join(path, 'lock.json'), JSON.stringify({ pid: 1, host: hostname(), since: 'then' }));
    const contenders = Array.from({ length: 4 }, () => contender(path));
    for (const { nextLine } of contenders) expect(await nextLine()).toBe('ready');
    const lines = contenders.map((one) => one.nextLine());
    for (const { start } of contenders) start();
    expect((await Promise.all(lines)).sort()).toEqual(['locked', 'run-locked', 'run-locked', 'run-locked']);
    await Promise.all(contenders.map(({ child }) => killed(child)));
  });

  test('is never held twice if several processes lock and unlock it concurrently', async () => {
    const path = join(folder, 'turns');
    const script = `
      import { closeSync, openSync, rmSync } from 'node:fs';
      import { LockedFolder } from ${JSON.stringify(PACKAGE)};
      const marker = ${JSON.stringify(join(folder, 'held'))};
      let turns = 0;
      for (let attempt = 0; attempt < 300; attempt++) {
        const locked = await LockedFolder.open(${JSON.stringify(path)}).catch((error) => {
          if (error.code !== 'run-locked') throw error;
        });
        if (locked === undefined) continue;
        // Fails if another process has created the marker and not yet removed it.
        closeSync(openSync(marker, 'wx'));
        rmSync(marker);
        turns++;
        await locked.close();
      }
      console.log(turns);`;
    const work = async (): Promise<{ turns: number; errors: string }> => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
      let [out, errors] = ['', ''];
      child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
      await once(child, 'close');
      return { turns: Number(out), errors };
    };
    const workers = await Promise.all(Array.from({ length: 4 }, work));
    expect(workers.map(({ errors }) => errors)).toEqual(['', '', '', '']);
    expect(workers.reduce((sum, { turns }) => sum + turns, 0)).toBeGreaterThan(100);
    expect(existsSync(join(path, 'lock.json'))).toBe(false);
  });

  test('left on another host names the file to remove, and is free afterwards', async () => {
    const path = join(folder, 'elsewhere');
    const holder = { pid: 4711, host: 'another-machine', boot: 'x', since: '2024-05-06T07:08:09.000Z' };
    mkdirSync(path);
    writeFileSync(join(path, 'lock.json'), JSON.stringify(holder));
    await expect(LockedFolder.open(path)).rejects.toMatchObject({
      code: 'run-locked',
      message:
        `${path} was locked by process 4711 on another-machine since 2024-05-06T07:08:09.000Z, and this machine ` +
        `cannot find out whether that still runs. If it does not, remove ${join(path, 'lock.json')} and try again.`,
      details: { folder: path, ...holder },
    });
    expect(held(path)).toEqual(holder);
    rmSync(join(path, 'lock.json'));
    await (await LockedFolder.open(path)).close();
  });

  test('does not remove the lock of a later holder after a person removed the file', async () => {
    const path = join(folder, 'removed');
    const first = await LockedFolder.open(path);
    rmSync(join(path, 'lock.json'));
    const second = await LockedFolder.open(path);
    await first.close();
    expect(held(path).pid).toBe(process.pid);
    await second.close();
  });

  test('gives an error of the file system if it cannot be written', async () => {
    const unwritable = expect.objectContaining({ name: 'FileError', code: 'unwritable' });
    await expect(LockedFolder.open(file('plain', 'x'))).rejects.toEqual(unwritable);
    mkdirSync(join(folder, 'taken', 'lock.json'), { recursive: true });
    await expect(LockedFolder.open(join(folder, 'taken'))).rejects.toEqual(unwritable);
  });

  test('does not follow a link instead of the lock', async () => {
    const path = join(folder, 'linked');
    mkdirSync(path);
    symlinkSync(file('precious', 'content'), join(path, 'lock.json'));
    await expect(LockedFolder.open(path)).rejects.toMatchObject({ code: 'unwritable' });
    expect(readFileSync(file('precious'), 'utf8')).toBe('content');
  });
});

describe('fits, studies and save', () => {
  const SMALL = { fit: 'joint', encoderRestarts: 1, epochs: 3, batch: 64, hidden: 8, threads: 1 } as const;
  let study: Study;

  beforeAll(async () => {
    await writeSimulation(simulate('case1', { seed: 3, samples: 300, test: 50 }), join(folder, 'data'));
    study = await readStudy(join(folder, 'data', 'study.yaml'));
  });

  test('refuse a second fit and a save during a fit, without an effect on the first', async () => {
    await using saved = await MultimodalCausalModel.fit(study, { ...SMALL, evidence: 'none', epochs: 1 });
    const path = join(folder, 'fit');
    const attempts: Promise<unknown>[] = [];
    const onProgress = () => {
      if (attempts.length > 0) return;
      attempts.push(
        MultimodalCausalModel.fit(study, { ...SMALL, evidence: 'none', folder: path, resume: true }),
        saved.save(path),
      );
      for (const other of attempts) other.catch(() => undefined);
    };
    // The fit lasts until both attempts were refused.
    const lasting = { ...SMALL, evidence: 'none', epochs: 40, batch: 16, patience: 40 } as const;
    await using model = await MultimodalCausalModel.fit(study, { ...lasting, folder: path, onProgress });
    expect(attempts.length).toBe(2);
    for (const other of attempts) await expect(other).rejects.toEqual(locked);
    expect(model.history.filter(({ stage }) => stage === 'joint').length).toBe(lasting.epochs);
    expect(readdirSync(path).sort()).toEqual(['checkpoint.safetensors', 'metrics.jsonl']);
    await model.save(path);
    expect(readdirSync(path)).not.toContain('lock.json');
  });

  test('use a folder that the caller has locked, which stays locked', async () => {
    await using held = await LockedFolder.open(join(folder, 'own'));
    await using model = await MultimodalCausalModel.fit(study, { ...SMALL, evidence: 'none', folder: held });
    await model.save(held);
    await expect(LockedFolder.open(held.path)).rejects.toEqual(locked);
  });

  test('use a locked folder for one call at the same time, and for none after it is unlocked', async () => {
    const held = await LockedFolder.open(join(folder, 'one-call'));
    const first = MultimodalCausalModel.fit(study, { ...SMALL, evidence: 'none', folder: held });
    const second = MultimodalCausalModel.fit(study, { ...SMALL, evidence: 'none', folder: held });
    await expect(second).rejects.toEqual(locked);
    await using model = await first;
    await held.close();
    await expect(model.save(held)).rejects.toMatchObject({ name: 'StateError', code: 'disposed' });
    expect(readdirSync(held.path).sort()).toEqual(['checkpoint.safetensors', 'metrics.jsonl']);
  });

  test('leave the folder unlocked if a fit fails or is refused', async () => {
    const path = join(folder, 'failed');
    const onProgress = () => {
      throw new Error('in the callback');
    };
    await expect(
      MultimodalCausalModel.fit(study, { ...SMALL, evidence: 'none', folder: path, onProgress }),
    ).rejects.toThrow('callback');
    await expect(MultimodalCausalModel.fit(study, { ...SMALL, evidence: 'none', folder: path })).rejects.toMatchObject({
      code: 'run-exists',
    });
    await (await LockedFolder.open(path)).close();
  });

  /** Runs a command in another process. */
  const interlatent = (...args: string[]) => commands(folder, args);

  test.each([
    ['fit', ['fit', 'data/study.yaml', '--out', 'busy', '--epochs', '1', '--encoder-restarts', '1'], 'busy'],
    ['fit --resume', ['fit', 'data/study.yaml', '--out', 'busy', '--epochs', '1', '--resume'], 'busy'],
    ['study run', ['study', 'run', 'data', '--out', 'busy', '--quick'], 'busy'],
    ['study run, whose fit is locked', ['study', 'run', 'data', '--out', 'study', '--quick'], 'study/run'],
  ])('interlatent %s names the holder of the folder, and writes nothing there', async (_, args, busy) => {
    await using lock = await LockedFolder.open(join(folder, busy));
    const { code, err } = interlatent(...args);
    expect(err).toMatch(new RegExp(`error \\[run-locked\\] .*${busy} is being written by process ${process.pid} on `));
    expect(code).toBe(1);
    expect(readdirSync(lock.path)).toEqual(['lock.json']);
  });

  test('study run --force does not remove a RUN that a fit is writing', async () => {
    mkdirSync(join(folder, 'forced'));
    const state = { format: 'interlatent-study', version: 2, study: 'x', studyFile: 'x', steps: {} };
    writeFileSync(join(folder, 'forced', 'study.json'), JSON.stringify(state));
    await using lock = await LockedFolder.open(join(folder, 'forced', 'run'));
    writeFileSync(join(lock.path, 'checkpoint.safetensors'), '');
    expect(interlatent('study', 'run', 'data', '--out', 'forced', '--quick', '--force').err).toContain('[run-locked]');
    expect(readdirSync(lock.path).sort()).toEqual(['checkpoint.safetensors', 'lock.json']);
  });
});
