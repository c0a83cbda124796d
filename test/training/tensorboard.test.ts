// The event file that a fit writes for TensorBoard. It has the bytes that TensorFlow would write
// (golden/make_events.py) for the figures in metrics.jsonl, each of them once.

import { appendFileSync, existsSync, readFileSync, rmSync, truncateSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Dataset } from '../../src/data/dataset.js';
import { crc32c } from '../../src/files/crc32.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { simulate } from '../../src/simulation/simulate.js';
import { fitConfig } from '../../src/training/config.js';
import { epochScalars, EVENT_FILE, scalarsRecord, versionRecord } from '../../src/training/event-file.js';
import { fitModel } from '../../src/training/fit.js';
import { parseMetrics } from '../../src/training/metrics-file.js';
import type { FitProgress } from '../../src/training/stage-runner.js';
import { scratch } from '../fixtures/scratch.js';

interface Golden {
  wallTime: number;
  version: string;
  records: { step: number; scalars: [string, number][]; bytes: string }[];
  checks: { bytes: string; crc: number }[];
}

const golden = JSON.parse(readFileSync(new URL('../golden/events.json', import.meta.url), 'utf8')) as Golden;
const { folder } = scratch();
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

describe('records', () => {
  test('have the checksums of RFC 3720', () => {
    for (const { bytes, crc } of golden.checks) expect(crc32c(Buffer.from(bytes, 'base64'))).toBe(crc);
  });

  test("are byte for byte equal to those of Google's protobuf", () => {
    const { wallTime, version, records } = golden;
    expect(base64(versionRecord(wallTime))).toBe(version);
    for (const { step, scalars, bytes } of records) expect(base64(scalarsRecord(step, scalars, wallTime))).toBe(bytes);
  });
});

describe('figures of an epoch', () => {
  const epoch = { stage: 'joint', epoch: 4, phase: 'free', learningRate: 0.01, sparsityWeight: 0.1, seconds: 2 };

  test('are those of the best run, and the median of the runs that continue', () => {
    const training = { loss: [9, 7, null, 8] };
    const validation = { objective: [5, 4, null, 4.5], gates: [1, 2, null, 3] };
    expect(epochScalars({ ...epoch, training, validation })).toEqual([
      ['joint/validation/objective', 4],
      ['joint/validation/gates', 2],
      ['joint/validation/objective (median of restarts)', 4.5],
      ['joint/training/loss', 7],
      ['joint/restarts', 3],
      ['joint/learning rate', 0.01],
      ['joint/sparsity weight', 0.1],
      ['joint/seconds', 2],
    ]);
  });

  test('report no continuing restarts if all restarts of a stage have stopped', () => {
    const stopped = epochScalars({ ...epoch, training: { loss: [null] }, validation: { objective: [null] } });
    expect(stopped.map(([tag]) => tag)).toEqual(
      ['restarts', 'learning rate', 'sparsity weight', 'seconds'].map((name) => `joint/${name}`),
    );
    expect(stopped[0][1]).toBe(0);
  });
});

describe('a fit', () => {
  const config = fitConfig({ fit: 'joint', encoderRestarts: 2, epochs: 8, batch: 64, hidden: 8 });
  const hooks = { threads: 1, infersMissing: false };
  let dataset: Dataset;

  beforeAll(() => {
    dataset = simulatedDataset(simulate('case1', { seed: 3, samples: 300, test: 50 }));
  });

  async function stopped(name: string, tensorboard = true): Promise<string> {
    const path = join(folder, name);
    const controller = new AbortController();
    const onProgress = ({ epoch, step }: FitProgress) => {
      if (epoch === 5 && step > 0) controller.abort(new Error('enough'));
    };
    const stopping = { ...hooks, folder: path, tensorboard, signal: controller.signal, onProgress };
    await expect(fitModel(dataset, config, stopping)).rejects.toThrow('enough');
    return path;
  }

  /** Returns records with their 8 bytes of time (from byte 13) set to 0, and without the checksum at the end. */
  function records(bytes: Uint8Array): { text: string; time: number }[] {
    const parsed = [];
    for (let at = 0; at < bytes.length;) {
      const view = new DataView(bytes.buffer, bytes.byteOffset + at);
      const length = Number(view.getBigUint64(0, true));
      const data = Buffer.from(bytes.slice(at + 12, at + 12 + length));
      const time = data.readDoubleLE(1);
      data.fill(0, 1, 9);
      parsed.push({ text: data.toString('latin1'), time });
      at += 16 + length;
    }
    return parsed;
  }
  const read = (path: string) => records(readFileSync(join(path, EVENT_FILE)));

  /** Returns the records that belong to the metrics of a folder. */
  function expected(path: string): string[] {
    const history = parseMetrics(readFileSync(join(path, 'metrics.jsonl')), path);
    expect(history.length).toBeGreaterThan(4);
    const all = [versionRecord(0), ...history.map((metrics) => scalarsRecord(metrics.epoch, epochScalars(metrics), 0))];
    return records(Buffer.concat(all)).map(({ text }) => text);
  }
  const expectWhole = (path: string): void => {
    expect(read(path).map(({ text }) => text)).toEqual(expected(path));
  };

  test('writes a record at the end of every epoch, in the order of time', async () => {
    const path = join(folder, 'whole');
    const before = Date.now() / 1000;
    await fitModel(dataset, config, { ...hooks, folder: path, tensorboard: true });
    expectWhole(path);
    const times = read(path).map(({ time }) => time);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times[0]).toBeGreaterThanOrEqual(before);
  });

  test('without the option writes no records', async () => {
    const path = join(folder, 'silent');
    await fitModel(dataset, config, { ...hooks, folder: path });
    expect(existsSync(join(path, EVENT_FILE))).toBe(false);
  });

  const kills: [string, (file: string) => void][] = [
    ['stopped', () => undefined],
    ['killed after a record that no checkpoint knows', (file) => appendFileSync(file, scalarsRecord(6, [['x', 1]], 0))],
    ['killed within a record', (file) => appendFileSync(file, scalarsRecord(6, [['x', 1]], 0).slice(0, 20))],
    ['behind its checkpoint on the disk', (file) => truncateSync(file, statSync(file).size - 3)],
  ];
  test.each(kills)('that was %s continues the same file, without repeated records', async (name, kill) => {
    const path = await stopped(name);
    const times = read(path).map(({ time }) => time);
    kill(join(path, EVENT_FILE));
    await fitModel(dataset, config, { ...hooks, folder: path, resume: true });
    expectWhole(path);
    const timesAfter = read(path).map(({ time }) => time);
    expect(timesAfter.slice(0, times.length - 1)).toEqual(times.slice(0, -1));
  });

  test('that gets the option when it resumes also writes the earlier epochs', async () => {
    const path = await stopped('asked later', false);
    await fitModel(dataset, config, { ...hooks, folder: path, resume: true, tensorboard: true });
    expectWhole(path);
  });

  test('that is new has no records of an earlier fit', async () => {
    const path = await stopped('new fit');
    rmSync(join(path, 'checkpoint.safetensors'));
    await fitModel(dataset, config, { ...hooks, folder: path });
    expect(existsSync(join(path, EVENT_FILE))).toBe(false);
  });
});
