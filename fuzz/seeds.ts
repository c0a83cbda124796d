// Writes the seeds of all targets, `seed-…` in fuzz/corpus, with our writers or those of the tests, if there are any:
// npm run fuzz -- --write-seeds

import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { zipSync } from 'fflate';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { encodeNpy } from '../src/files/npy.js';
import { encodeNpz } from '../src/files/npz.js';
import { encodeSafetensors } from '../src/files/safetensors.js';
import { writeCheckpoint, type Checkpoint } from '../src/training/checkpoint.js';
import { edf, onsets } from '../test/fixtures/edf.js';
import { workbook } from '../test/fixtures/reader-formats.js';
import { dicom, nifti, SYNTAX } from '../test/fixtures/scans.js';
import { plainRun } from '../test/fixtures/served-runs.js';
import { hdf5Seeds } from './hdf5-seeds.js';
import { nativeSeeds } from './native-seeds.js';
import { KEY } from './targets/checkpoint.js';
import { textSeeds } from './text-seeds.js';

export type Seeds = ReadonlyMap<string, Uint8Array | string>;

const CORPUS = 'fuzz/corpus';

const pixels = Array.from({ length: 24 }, (_, i) => i * 9);
const channel = { label: 'EEG Fpz-Cz', physical: [-100, 100], count: 4, samples: [1, -2, 3, 4, 5, 6, 7, 8] } as const;

function arrays(): Record<string, Seeds> {
  const matrix = { shape: [2, 3], data: Float64Array.of(1, NaN, -0, 1e300, 5, 6) };
  const names = { shape: [2], data: ['a', 'µ☃'] };
  const big = { shape: [2], data: BigInt64Array.of(1n, -(2n ** 60n)) };
  const tensors = [
    ['a.weight', { shape: [2, 2], data: Float32Array.of(1, 2, 3, NaN) }],
    ['b', { shape: [], data: Int32Array.of(7) }],
    ['c', { shape: [0, 3], data: new Float64Array(0) }],
  ] as const;
  const idx = Buffer.concat([Buffer.of(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3), Buffer.from('abcdef')]);
  const wide = Buffer.concat([Buffer.of(0, 0, 14, 1, 0, 0, 0, 1), Buffer.alloc(8, 1)]);
  const fortran = Buffer.from(encodeNpy(matrix)).toString('latin1').replace('False', 'True ');
  return {
    npy: new Map<string, Uint8Array>([
      ['matrix', encodeNpy(matrix)],
      ['texts', encodeNpy(names)],
      ['big', encodeNpy(big)],
      ['fortran', Buffer.from(fortran, 'latin1')],
    ]),
    npz: new Map([
      [
        'vectors',
        encodeNpz([
          ['x', { shape: [2], data: Float32Array.of(1, 2) }],
          ['id', names],
        ]),
      ],
      [
        'matrix',
        encodeNpz([
          ['m', matrix],
          ['columns', { shape: [3], data: ['a', 'b', 'c'] }],
        ]),
      ],
    ]),
    idx: new Map([
      ['bytes', idx],
      ['doubles', wide],
    ]),
    safetensors: new Map([['three', encodeSafetensors(tensors, { format: 'pt' })]]),
  };
}

function tables(): Record<string, Seeds> {
  const columns = { a: Float64Array.of(1, 2, NaN), b: ['x', 'y', ''], c: Int32Array.of(1, 2, 3) };
  const parquet = (options: object): Uint8Array =>
    new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          { name: 'a', data: columns.a, type: 'DOUBLE' },
          { name: 'b', data: columns.b, type: 'STRING' },
          { name: 'c', data: [true, null, false], type: 'BOOLEAN' },
        ],
        ...options,
      }),
    );
  const path = join(tmpdir(), 'interlatent-seed.xlsx');
  workbook(path);
  const arrow = tableFromArrays(columns);
  return {
    parquet: new Map([
      ['snappy', parquet({})],
      ['plain', parquet({ codec: 'UNCOMPRESSED', rowGroupSize: 2 })],
    ]),
    arrow: new Map([
      ['file', tableToIPC(arrow, 'file')],
      ['stream', tableToIPC(arrow, 'stream')],
    ]),
    xlsx: new Map([['visits', readFileSync(path)]]),
  };
}

function recordings(): Record<string, Seeds> {
  const size = { rows: 4, columns: 6, pixels };
  const volume = { dims: [4, 3, 2], values: pixels };
  return {
    edf: new Map([
      ['plain', edf({ signals: [channel], records: 2 })],
      ['breaks', edf({ signals: [channel, onsets([0, 5])], records: 2, kind: 'EDF+D' })],
    ]),
    dicom: new Map([
      ['grey', dicom(size)],
      ['implicit', dicom({ ...size, syntax: SYNTAX.implicit, allocated: 8 })],
      ['colours', dicom({ ...size, rows: 2, columns: 4, samples: 3, photometric: 'RGB', allocated: 8 })],
    ]),
    nifti: new Map([
      ['first', nifti(volume)],
      ['second', nifti({ ...volume, version: 2, isLittle: false, type: 16 })],
    ]),
  };
}

async function runs(): Promise<Record<string, Seeds>> {
  const folder = join(tmpdir(), 'interlatent-seeds');
  const run = await plainRun({ folder } as never, 'run');
  const files = readdirSync(run).filter((name) => /\.(?:json|jsonl|safetensors)$/.test(name));
  const zipped = zipSync(Object.fromEntries(files.map((name) => [name, readFileSync(join(run, name))])));
  const state = { epoch: 1, bestObjective: [1, Infinity], bestEpoch: [1, 0], improvedAt: 1, failures: [] };
  const values = Float32Array.of(1, 2, 3);
  const outcome = {
    name: 'joint',
    objectives: [1],
    bestEpochs: [0],
    epochs: 2,
    failures: [],
    parameters: new Map([['w', { shape: [3], values }]]),
  };
  await writeCheckpoint(folder, KEY, {
    finished: [outcome],
    running: { stage: 'joint', state: { ...state, parameters: values, moments: values, best: values } },
    metrics: { bytes: 10, sha256: 'abc' },
  } as unknown as Checkpoint);
  const seeds = {
    'run-folder': new Map([
      ['small', zipped],
      ['tested', testedRun(folder)],
    ]),
    metrics: new Map([['two', readFileSync(join(run, 'metrics.jsonl'))]]),
    checkpoint: new Map([['two', readFileSync(join(folder, 'checkpoint.safetensors'))]]),
  };
  rmSync(folder, { recursive: true });
  return seeds;
}

/** Maximal number of lines of a file in a seed. The target corrects the digests. */
const LINES = 24;

/** Fits with the command line in dist/, which also writes tables. */
function testedRun(folder: string): Uint8Array {
  const program = (...words: string[]) => execFileSync(process.execPath, ['dist/cli/main.js', ...words]);
  const [data, run] = ['data', 'tested'].map((name) => join(folder, name));
  const study = join(data, 'study.yaml');
  program('simulate', 'case1', '--out', data, '--samples', '60', '--test', '8', '--seed', '3');
  appendFileSync(study, 'training: { fit: joint, encoderRestarts: 1, epochs: 2, batch: 32, hidden: 4 }\n');
  program('fit', study, '--out', run, '--evidence', 'quick');
  const contentOf = (name: string): Uint8Array => {
    const bytes = readFileSync(join(run, name));
    const isLong = /\.(csv|jsonl)$/.test(name);
    return isLong ? Buffer.from(bytes.toString().split('\n').slice(0, LINES).join('\n') + '\n') : bytes;
  };
  return zipSync(Object.fromEntries(readdirSync(run).map((name) => [name, contentOf(name)])));
}

export async function writeSeeds(): Promise<number> {
  const all: Record<string, Seeds> = {
    ...nativeSeeds(),
    ...arrays(),
    ...tables(),
    ...recordings(),
    ...textSeeds(),
    ...hdf5Seeds(),
    ...(await runs()),
  };
  let total = 0;
  for (const [target, seeds] of Object.entries(all)) {
    const folder = join(CORPUS, target);
    mkdirSync(folder, { recursive: true });
    for (const name of readdirSync(folder)) if (name.startsWith('seed-')) rmSync(join(folder, name));
    for (const [name, content] of seeds) {
      writeFileSync(join(folder, `seed-${name}`), content);
      total += content.length;
    }
  }
  return total;
}
