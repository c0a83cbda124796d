// Processes of a launcher that train together, with an emulation of MPI (native/tests/mpi_emulation.cc). Tests with
// Open MPI and MPICH are in test/distributed/shards.scale.test.ts. A process that waits for missing ranks can still end.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from '@jest/globals';
import { nativePath } from '../../src/runtime/native.js';
import { writeSimulation } from '../../src/simulation/files.js';
import { simulate } from '../../src/simulation/simulate.js';
import { commandLine, MAIN } from '../fixtures/command-line.js';
import { scratch } from '../fixtures/scratch.js';

const { folder, file } = scratch();
const interlatent = commandLine();
const LIBRARY = join(dirname(nativePath()), 'libinterlatent_mpi_emulated.so');

/** Returns the environment in which MPICH starts one of two ranks. */
const asRank = (rank: number, name: string, faults = ''): NodeJS.ProcessEnv => ({
  ...process.env,
  PMI_RANK: String(rank),
  PMI_SIZE: '2',
  INTERLATENT_MPI_PATH: LIBRARY,
  INTERLATENT_EMULATION_MPI: `${rank} 2 ${file(name)}`,
  INTERLATENT_EMULATION_MPI_FAULTS: faults,
});

async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<{ code: number | null; text: string }> {
  const child = spawn(process.execPath, args, { cwd: folder, env });
  const text: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => text.push(String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, text: text.join('') };
}

describe('two processes', () => {
  const words = (out: string): string[] => [
    'shard',
    'data/study.yaml',
    '--out',
    out,
    '--threads',
    '1',
    '--evidence',
    'none',
  ];
  /** Returns the parameters of a shard, without the header, which contains times. */
  const learned = (out: string): Buffer => {
    const bytes = readFileSync(join(folder, out, 'fit.joint.0.safetensors'));
    return bytes.subarray(8 + Number(bytes.readBigUInt64LE()));
  };

  test('have the bits of one process', async () => {
    await writeSimulation(simulate('case1', { seed: 3, samples: 1300, test: 40 }), join(folder, 'data'));
    const study = join(folder, 'data/study.yaml');
    const training = '\ntraining: { fit: joint, encoderRestarts: 1, epochs: 2, hidden: 8, batch: 576, seed: 2 }\n';
    writeFileSync(study, readFileSync(study, 'utf8') + training);
    expect(interlatent(folder, words('one'))).toMatchObject({ code: 0 });
    const two = [MAIN, ...words('two'), '--data-parallel', '2'];
    const ended = await Promise.all([0, 1].map((rank) => run(two, asRank(rank, 'two.mpi'))));
    expect(ended).toMatchObject([{ code: 0 }, { code: 0 }]);
    expect(learned('two').length).toBeGreaterThan(10_000);
    expect(learned('two').equals(learned('one'))).toBe(true);
  });

  test('compute nothing if the library sees each of them as a single rank', async () => {
    const program = `
      import { readStudy, workOnShards } from ${JSON.stringify(join(import.meta.dirname, '../../dist/index.js'))};
      const study = await readStudy('data/study.yaml');
      const shards = { folder: 'alone', dataParallel: 2 };
      await workOnShards(study, shards).catch(({ code, message }) => process.stdout.write(code + ': ' + message));`;
    const { text } = await run(['--input-type=module', '-e', program], asRank(1, 'alone.mpi', 'alone'));
    expect(text).toMatch(
      /^no-mpi: MPICH calls this process rank 1 of 2, MPI calls it rank 0 of 1.*INTERLATENT_MPI_PATH/,
    );
    expect(existsSync(join(folder, 'alone'))).toBe(false);
  });
});

describe('a wait for missing ranks', () => {
  const FOR_EVER = 1e6;
  const NATIVE = `const { Ranks } = require(${JSON.stringify(nativePath())});`;
  const GATHERS = `${NATIVE} Ranks.local(2, ${FOR_EVER})[0].gather(new Uint8Array(1))`;
  const BEGINS = `${NATIVE} Ranks.beginMpi(${JSON.stringify(LIBRARY)}, ${FOR_EVER})`;

  test('ends with its thread', async () => {
    const worker = new Worker(`${GATHERS}; require('node:worker_threads').parentPort.postMessage('waits')`, {
      eval: true,
    });
    await once(worker, 'message');
    expect(await worker.terminate()).toBe(1);
  });

  test.each([
    ['gathers', GATHERS],
    ['begins', BEGINS],
  ])('ends with its process (%s)', async (name, program) => {
    const ends = `${program}; setTimeout(() => process.exit(7), 50)`;
    expect(await run(['-e', ends], asRank(0, `${name}.mpi`))).toEqual({ code: 7, text: '' });
  });

  test('rejects if it is given up', async () => {
    const program = `${BEGINS}.catch(({ code }) => process.stdout.write(code)); Ranks.giveUpMpi();`;
    expect(await run(['-e', program], asRank(0, 'given-up.mpi'))).toEqual({ code: 0, text: 'cancelled' });
  });

  test('occupies no thread of the pool of Node', async () => {
    const program = `${NATIVE} const all = Ranks.local(12, ${FOR_EVER});
      Promise.all(all.map((ranks) => ranks.gather(new Uint8Array([ranks.index])))).then((bytes) => {
        process.stdout.write(bytes.map((ofRank) => ofRank.map(([value]) => value).join()).join(' '));
      });`;
    const each = Array.from({ length: 12 }, (_, i) => i).join();
    const text = Array.from({ length: 12 }, () => each).join(' ');
    expect(await run(['-e', program], process.env)).toEqual({ code: 0, text });
  });
});
