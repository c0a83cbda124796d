// A RUN folder with any file of another one is refused. So are contradictory files whose digests agree.

import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { decodeSafetensors, encodeSafetensors, type Tensor } from '../../src/files/safetensors.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { loadModel } from '../../src/web/model.js';
import { commandHere } from '../fixtures/command-here.js';
import { scratch } from '../fixtures/scratch.js';
import { signRun } from '../fixtures/signed-run.js';

const { folder, file } = scratch();
const RUNS = ['run', 'other'] as const;

beforeAll(async () => {
  for (const [seed, run] of RUNS.entries()) {
    const data = `data${seed}`;
    await done('simulate', 'case1', '--samples', '100', '--test', '20', '--seed', `${seed}`, '--out', data);
    const fast = ['--fit', 'joint', '--epochs', '2', '--encoder-restarts', '1', '--batch', '16', '--evidence', 'quick'];
    await done('fit', `${data}/study.yaml`, '--out', run, ...fast, '--json');
  }
}, 120_000);

async function done(...args: string[]): Promise<void> {
  const { code, err } = await commandHere(args, folder);
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${err}`);
}

let count = 0;
/** Copies the RUN folder with other content of some files. @returns its path */
function changed(files: Readonly<Record<string, string | Uint8Array>>): string {
  const path = file(`changed${count++}`);
  cpSync(file('run'), path, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
  return path;
}

const readText = (name: string): string => readFileSync(file(name), 'utf8');

/** A command that reads each file of a RUN folder. */
const READERS: Readonly<Record<string, readonly string[]>> = {
  'run.json': ['graph', '@'],
  'model.safetensors': ['encode', '@', 'data0/study.yaml', '--out', 'new.csv'],
  'graph.json': ['graph', '@'],
  'metrics.jsonl': ['graph', '@'],
  'subjects.json': ['evaluate', '@', '--truth', 'data0/truth.npz'],
  'latents.csv': ['report', '@', '--out', 'new.html'],
  'latents-in-sample.csv': ['evaluate', '@', '--truth', 'data0/truth.npz'],
  'folds.csv': ['discover', '@'],
};

test('a RUN folder has these files, and run.json lists all of them except itself', () => {
  const names = Object.keys(READERS).sort();
  expect(readdirSync(file('run')).sort()).toEqual(names);
  const { files } = JSON.parse(readText('run/run.json')) as { files: object };
  expect(['run.json', ...Object.keys(files)].sort()).toEqual(names);
});

describe('a file of another RUN folder', () => {
  test.each(Object.keys(READERS))('is refused: %s', async (name) => {
    const run = changed({ [name]: readFileSync(file(`other/${name}`)) });
    const args = READERS[name].map((arg) => (arg === '@' ? run : arg));
    expect(await commandHere(args, folder)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^error \[damaged-file\] .* is not the file that run\.json lists/),
    });
    expect(readdirSync(folder).filter((entry) => entry.startsWith('new'))).toEqual([]);
  });

  test('is refused if run.json does not list a file of that name: latents.csv', async () => {
    const run = changed({});
    const summary = JSON.parse(readText('run/run.json')) as { files: Record<string, string> };
    delete summary.files['latents.csv'];
    writeFileSync(join(run, 'run.json'), JSON.stringify(summary));
    const result = await commandHere(['report', run, '--out', 'new.html'], folder);
    expect(result).toMatchObject({ code: 2, err: expect.stringMatching(/latents\.csv is not a file of this RUN/) });
  });

  test.each(['model.safetensors', 'graph.json', 'metrics.jsonl'])('is refused in a page: %s', async (name) => {
    const names = ['run.json', 'model.safetensors', 'graph.json', 'metrics.jsonl'];
    const files = Object.fromEntries(
      names.map((one) => [one, new Blob([readFileSync(file(`${one === name ? 'other' : 'run'}/${one}`))])]),
    );
    await expect(loadModel(files)).rejects.toMatchObject({ code: 'damaged-file' });
  });
});

describe('files whose digests agree', () => {
  const signed = (files: Readonly<Record<string, string | Uint8Array>>): string => {
    const run = changed(files);
    signRun(run);
    return run;
  };
  const loading = (run: string) => expect(MultimodalCausalModel.load(run)).rejects;

  test('are read if they are unchanged', async () => {
    await using model = await MultimodalCausalModel.load(signed({}));
    expect(model.graph.nodes).toHaveLength(4);
  });

  test('are refused if the graph has other modalities, with which encode would write no latents', async () => {
    const run = signed({ 'graph.json': readText('run/graph.json').replaceAll('m1', 'blood') });
    await loading(run).toMatchObject({
      code: 'damaged-file',
      message: expect.stringContaining(
        'has the latents blood.z1, blood.z2, m2.z1, m2.z2, but the model of run.json has m1.z1',
      ),
    });
  });

  const weights = () => decodeSafetensors(readFileSync(file('run/model.safetensors')), 'model');
  const withWeights = (change: (tensors: Map<string, Tensor>) => void, format?: string): string => {
    const { tensors, metadata } = weights();
    const all = new Map(tensors);
    change(all);
    return signed({ 'model.safetensors': encodeSafetensors(all, { ...metadata, ...(format && { format }) }) });
  };
  const NAME = 'encoder.0.weight';

  test.each([
    // The axes are reversed, or an axis is added if the shape would be the same.
    ['of another shape', ({ shape, data }: Tensor) => ({ shape: turned(shape), data }), /has shape \[.*\], not \[/],
    ['that lacks a tensor', () => undefined, /is missing; the model of run\.json has it/],
    [
      'of another type',
      ({ shape, data }: Tensor) => ({ shape, data: Float64Array.from(data as Float32Array) }),
      /is not float32/,
    ],
  ])('are refused with weights %s', async (_, change, message) => {
    for (const name of [...weights().tensors.keys()]) {
      const run = withWeights((all) => {
        const other = change(all.get(name)!);
        if (other) all.set(name, other);
        else all.delete(name);
      });
      await loading(run).toMatchObject({ code: 'damaged-file', message: expect.stringMatching(message) });
    }
  });

  test('are refused with a tensor that the model does not have', async () => {
    const run = withWeights((all) => all.set('another', all.get(NAME)!));
    await loading(run).toThrow(/tensor 'another' is not one of the model of run\.json/);
  });

  test('are refused with the format of a later version in either file', async () => {
    const later = {
      code: 'later-run',
      message: expect.stringMatching(/has the format interlatent-run-99, but .* Update/),
    };
    await loading(withWeights(() => undefined, 'interlatent-run-99')).toMatchObject(later);
    const run = changed({ 'run.json': readText('run/run.json').replace(/interlatent-run-\d+/, 'interlatent-run-99') });
    await loading(run).toMatchObject(later);
  });

  test.each([1, 2, 3, 4, 5])('are refused with the earlier format %i in either file', async (number) => {
    const format = `interlatent-run-${number}`;
    const earlier = {
      code: 'earlier-run',
      message: expect.stringMatching(`has the format ${format}, .*Fit the study again`),
    };
    await loading(withWeights(() => undefined, format)).toMatchObject(earlier);
    const run = changed({ 'run.json': readText('run/run.json').replace(/interlatent-run-\d+/, format) });
    await loading(run).toMatchObject(earlier);
  });

  test('are read if GPUs divided mini-batches, which an earlier version offered', async () => {
    const summary = JSON.parse(readText('run/run.json')) as { readonly device: object };
    const run = changed({ 'run.json': JSON.stringify({ ...summary, device: { ...summary.device, dataParallel: 2 } }) });
    expect((await MultimodalCausalModel.load(run)).summary.device).toEqual(summary.device);
  });

  test('are refused if run.json has no digests', async () => {
    const { files: _, ...summary } = JSON.parse(readText('run/run.json')) as Record<string, unknown>;
    await loading(changed({ 'run.json': JSON.stringify(summary) })).toThrow(/is damaged: files /);
  });

  /** Contradictions between parts of run.json, each of which would give a wrong figure. */
  test.each<[string, (summary: Summary) => void]>([
    ['no agreement', (summary) => (summary.agreement = [])],
    ['ranges of fewer latents', (summary) => summary.ranges.latents.pop()],
    ['ranges of no columns', (summary) => (summary.ranges.noise = [])],
    ['a restart that was not there', (summary) => (summary.stages[0].chosenRestart = 7)],
    ['epochs of more restarts', (summary) => summary.stages[0].bestEpochs.push(1)],
    ['evidence for an unknown latent', (summary) => (summary.evidence.latents[0].name = 'm3.z1')],
    ['evidence in another order', (summary) => summary.evidence.latents.reverse()],
    ['a pair of an unknown modality', (summary) => (summary.evidence.pairs[0].first = 'm3')],
    ['quality of fewer modalities', (summary) => summary.quality.modalities.pop()],
    ['counts where columns are gaussian', (summary) => (summary.columns[0].columns[0].kind = 'count')],
  ])('are refused with %s in run.json', async (_, change) => {
    const summary = JSON.parse(readText('run/run.json')) as Summary;
    change(summary);
    await loading(changed({ 'run.json': JSON.stringify(summary) })).toMatchObject({ code: 'damaged-file' });
  });
});

function turned(shape: readonly number[]): number[] {
  const reversed = [...shape].reverse();
  return reversed.join() === shape.join() ? [1, ...shape] : reversed;
}

interface Summary {
  agreement: number[];
  ranges: { latents: object[]; noise: number[][] };
  stages: { chosenRestart: number; bestEpochs: number[] }[];
  evidence: { latents: { name: string }[]; pairs: { first: string }[] };
  quality: { modalities: object[] };
  columns: { columns: { kind?: string }[] }[];
}
