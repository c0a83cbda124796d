// Files that a running fit writes: a line of metrics per epoch, and checkpoints that record the length of the metrics.

import {
  appendFileSync,
  cpSync,
  existsSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Dataset } from '../../src/data/dataset.js';
import { decodeSafetensors, encodeSafetensors, readSafetensors } from '../../src/files/safetensors.js';
import { version } from '../../src/runtime/package.js';
import { simulate } from '../../src/simulation/simulate.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { writeCheckpoint } from '../../src/training/checkpoint.js';
import { fitConfig } from '../../src/training/config.js';
import { fitModel, type FittedModel } from '../../src/training/fit.js';
import { MetricsFile, metricsLine, parseMetrics } from '../../src/training/metrics-file.js';
import type { FitProgress } from '../../src/training/stage-runner.js';
import type { EpochMetrics } from '../../src/training/training-state.js';
import { scratch } from '../fixtures/scratch.js';

const { folder, snapshot } = scratch();
const config = fitConfig({ fit: 'joint', encoderRestarts: 2, epochs: 8, batch: 64, hidden: 8 });
const lines = (path: string) => readFileSync(join(path, 'metrics.jsonl'), 'utf8').split('\n');
/** Returns metrics without their times, which differ between fits. */
const timeless = (history: readonly EpochMetrics[]) => history.map((metrics) => ({ ...metrics, seconds: 0 }));

let dataset: Dataset;
let whole: FittedModel;
/** Folder of a fit that was stopped in its sixth epoch. */
const stopped = join(folder, 'stopped');

/** Returns the progress that the checkpoint records. */
function progressOf(path: string) {
  const file = join(path, 'checkpoint.safetensors');
  const { progress } = decodeSafetensors(readFileSync(file), file).metadata;
  return JSON.parse(progress) as { metrics: { bytes: number }; running: { epoch: number } };
}

async function stopIn(path: string, epoch: number): Promise<void> {
  const controller = new AbortController();
  const onProgress = (progress: FitProgress) => {
    if (progress.epoch === epoch && progress.step > 0) controller.abort(new Error('enough'));
  };
  const hooks = { threads: 1, infersMissing: false, folder: path, signal: controller.signal, onProgress };
  await expect(fitModel(dataset, config, hooks)).rejects.toThrow('enough');
}

/** Copies the stopped fit. */
function copied(name: string): string {
  const path = join(folder, name);
  cpSync(stopped, path, { recursive: true });
  return path;
}

const resumed = (path: string) =>
  fitModel(dataset, config, { threads: 1, infersMissing: false, folder: path, resume: true });

beforeAll(async () => {
  dataset = simulatedDataset(simulate('case1', { seed: 3, samples: 300, test: 50 }));
  whole = await fitModel(dataset, config, { threads: 1, infersMissing: false });
  await stopIn(stopped, 5);
});

describe('metrics.jsonl', () => {
  test('has the line of an epoch before the epoch is reported', async () => {
    const path = join(folder, 'watched');
    const seen: number[][] = [];
    const onProgress = ({ epoch, step }: FitProgress) => {
      if (step > 0) return;
      const [last, ...before] = lines(path).reverse();
      expect(last).toBe('');
      seen.push([epoch, ...before.reverse().map((line) => (JSON.parse(line) as EpochMetrics).epoch)]);
    };
    const { stages } = await fitModel(dataset, config, { threads: 1, infersMissing: false, folder: path, onProgress });
    expect(seen).toEqual(Array.from({ length: 8 }, (_, i) => [i + 1, ...Array.from({ length: i + 1 }, (_, k) => k)]));
    const written = readFileSync(join(path, 'metrics.jsonl'));
    expect(parseMetrics(written, 'metrics.jsonl')).toEqual(stages[0].history);
    expect(timeless(stages[0].history)).toEqual(timeless(whole.stages[0].history));
  });

  test('stays next to the checkpoint of a stopped fit, and is continued when the fit resumes', async () => {
    const { running } = progressOf(stopped);
    expect(running.epoch).toBeGreaterThanOrEqual(5);
    expect(lines(stopped).length).toBe(running.epoch + 1);
    const path = copied('continued');
    const { stages } = await resumed(path);
    expect(timeless(stages[0].history)).toEqual(timeless(whole.stages[0].history));
    expect(parseMetrics(readFileSync(join(path, 'metrics.jsonl')), path)).toEqual(stages[0].history);
    expect(lines(path).slice(0, running.epoch)).toEqual(lines(stopped).slice(0, -1));
  });

  test.each([
    ['whole lines', (line: string) => `${line}\n${line}\n`],
    ['a half-written line', (line: string) => line.slice(0, 40)],
    ['whole lines and a half-written one', (line: string) => `${line}\n${line.slice(0, 1)}`],
  ])('loses %s that a killed fit wrote after its checkpoint', async (name, after) => {
    const path = copied(`killed after ${name}`);
    appendFileSync(join(path, 'metrics.jsonl'), after(lines(path)[0]));
    const { stages } = await resumed(path);
    expect(parseMetrics(readFileSync(join(path, 'metrics.jsonl')), path)).toEqual(stages[0].history);
    expect(timeless(stages[0].history)).toEqual(timeless(whole.stages[0].history));
  });

  const damage: [string, (path: string) => void][] = [
    ['is gone', (path) => rmSync(path)],
    ['is shorter', (path) => truncateSync(path, statSync(path).size - 1)],
    ['has another figure', (path) => writeFileSync(path, readFileSync(path, 'utf8').replace('"epoch":3', '"epoch":4'))],
    ['is empty', (path) => truncateSync(path)],
  ];
  test.each(damage)('that %s is refused with a remedy, and no file changes', async (name, change) => {
    const path = copied(`metrics ${name}`);
    change(join(path, 'metrics.jsonl'));
    const before = snapshot();
    await expect(resumed(path)).rejects.toMatchObject({
      name: 'InputError',
      code: 'damaged-file',
      message: expect.stringMatching(
        /metrics\.jsonl has changed since the checkpoint .* was written\. Restore .*, or remove both/,
      ),
    });
    expect(snapshot()).toEqual(before);
    cpSync(join(stopped, 'metrics.jsonl'), join(path, 'metrics.jsonl'));
    expect((await resumed(path)).parameters).toEqual(whole.parameters);
  });

  test('of a new fit has no lines of an earlier fit', async () => {
    const path = join(folder, 'new fit');
    cpSync(join(stopped, 'metrics.jsonl'), join(path, 'metrics.jsonl'));
    const { stages } = await resumed(path);
    expect(parseMetrics(readFileSync(join(path, 'metrics.jsonl')), path)).toEqual(stages[0].history);
  });

  test('is refused with the number of an invalid line', () => {
    const [line] = whole.stages[0].history.map(metricsLine);
    const bytes = Buffer.concat([line, Buffer.from('\n'), line, Buffer.from('{"epoch":1}\n')]);
    const message = expect.stringContaining('line 3 does not hold the metrics of an epoch');
    const refused = expect.objectContaining({ code: 'damaged-file', message });
    expect(() => parseMetrics(bytes, 'x')).toThrow(refused);
  });

  test('a position has the length and digest of the written bytes, also after reopening', async () => {
    const path = join(folder, 'alone');
    cpSync(stopped, path, { recursive: true });
    const [first, second] = whole.stages[0].history;
    const file = await MetricsFile.create(path);
    await file.append(first);
    const one = await file.sync();
    await file.append(second);
    const two = await file.sync();
    await file.close();
    const again = await MetricsFile.reopen(path, one);
    expect(again.history).toEqual([first]);
    expect(lines(path).length).toBe(2);
    await again.file.append(second);
    expect(await again.file.sync()).toEqual(two);
    await again.file.close();
  });
});

describe('a checkpoint', () => {
  test('has the same length after a hundred thousand epochs as after none', async () => {
    const metrics = { bytes: 123, sha256: 'x' };
    const sizes = [0, 100_000].map(async (epochs) => {
      const path = join(folder, `history-${epochs}`);
      cpSync(stopped, path, { recursive: true });
      const history = Array.from({ length: epochs }, () => whole.stages[0].history[0]);
      const values = new Float32Array(10);
      const state = {
        epoch: 5,
        parameters: values,
        moments: values,
        best: values,
        bestObjective: [1, Infinity],
        bestEpoch: [2, -1],
        improvedAt: 2,
        failures: [],
        history,
      };
      const finished = [{ ...whole.stages[0], history }];
      await writeCheckpoint(
        path,
        { config, fingerprint: 'f' },
        { finished, running: { stage: 'joint', state }, metrics },
      );
      return statSync(join(path, 'checkpoint.safetensors')).size;
    });
    const [none, many] = await Promise.all(sizes);
    expect(many).toBe(none);
  });

  test('refers only to written metrics, and exactly to those of its epochs', async () => {
    const path = join(folder, 'every-epoch');
    const epochs = new Set<number>();
    const onProgress = () => {
      const { running, metrics } = progressOf(path);
      const bytes = readFileSync(join(path, 'metrics.jsonl')).subarray(0, metrics.bytes);
      expect(bytes.length).toBe(metrics.bytes);
      expect(parseMetrics(bytes, path).map(({ epoch }) => epoch)).toEqual([...Array(running.epoch).keys()]);
      epochs.add(running.epoch);
    };
    await fitModel(dataset, config, { threads: 1, infersMissing: false, folder: path, checkpointEvery: 0, onProgress });
    expect([...epochs]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  /** Returns a copy of the stopped fit whose checkpoint has changed metadata. */
  async function altered(name: string, change: Record<string, string>): Promise<string> {
    const path = copied(name);
    const file = join(path, 'checkpoint.safetensors');
    const { tensors, metadata } = await readSafetensors(file);
    writeFileSync(file, encodeSafetensors(tensors, { ...metadata, ...change }));
    return path;
  }

  test.each([
    ['an older format', { format: 'interlatent-checkpoint-2' }],
    ['an older version', { version: '0.0.9' }],
  ])('of %s is refused: the error says that another version wrote it, and names a remedy', async (name, change) => {
    await expect(resumed(await altered(name, change))).rejects.toMatchObject({
      name: 'InputError',
      code: 'checkpoint-mismatch',
      message: expect.stringMatching(
        `written by another version of interlatent than this one, ${version}. ` +
          'Finish the fit with that version, or remove the file to start again.',
      ),
    });
  });

  test('without its format or progress is refused as a damaged file', async () => {
    await expect(resumed(await altered('none', { format: 'x' }))).rejects.toMatchObject({ code: 'damaged-file' });
    await expect(resumed(await altered('no progress', { progress: '{}' }))).rejects.toMatchObject({
      code: 'damaged-file',
    });
  });

  test('is not created for a finished RUN: resuming it is refused', async () => {
    const path = copied('finished');
    rmSync(join(path, 'checkpoint.safetensors'));
    writeFileSync(join(path, 'run.json'), '{}');
    await expect(resumed(path)).rejects.toMatchObject({ code: 'run-exists' });
    expect(existsSync(join(path, 'run.json'))).toBe(true);
    expect(lines(path)).toEqual(lines(stopped));
  });
});
