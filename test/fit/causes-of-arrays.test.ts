// A study with an observed cause whose modalities are images, series and counts, each with gaps, through a whole fit
// with evidence: alone, in shards, read again, exported, and fitted to half-samples.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { encodeNpy } from '../../src/files/npy.js';
import { readTable } from '../../src/files/read-table.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import type { LatentDiscovery } from '../../src/evidence/index.js';
import { RandomStream } from '../../src/random/random-stream.js';
import type { RunSummary } from '../../src/training/run-folder.js';
import { readStudy } from '../../src/study/study.js';
import { commandHere } from '../fixtures/command-here.js';
import { scratch } from '../fixtures/scratch.js';

const { folder, file } = scratch();
const ARMS = ['placebo', 'a1', 'a2'];
const SUBJECTS = 330;
const PIXELS = 8;
const SECONDS = 16;
const COUNTS = ['g1', 'g2', 'g3', 'g4'];

/** Writes tables and images of subjects. One in ten lacks the scan, one the cells, and one the pulse. */
function writeStudy(): void {
  const random = new RandomStream(4, 1);
  const subjects = Array.from({ length: SUBJECTS }, (_, row) => {
    const arm = row % 3;
    const first = random.normal() + (arm === 1 ? 2 : 0);
    const second = 0.8 * first + 0.6 * random.normal();
    return { id: `s${row + 100}`, arm, z: [first, second, 0.8 * second + 0.6 * random.normal() - (arm === 2 ? 2 : 0)] };
  });
  const having = (gap: number) => subjects.filter((_, row) => row % 10 !== gap);
  const lines = (name: string, rows: readonly (readonly (string | number)[])[]) =>
    file(name, `${rows.map((row) => row.join(',')).join('\n')}\n`);
  lines('people.csv', [['id', 'arm'], ...subjects.map(({ id, arm }) => [id, ARMS[arm]])]);
  const scanned = having(1);
  lines('scan.csv', [['id'], ...scanned.map(({ id }) => [id])]);
  const scans = scanned.flatMap(({ z: [z] }) =>
    Array.from({ length: PIXELS ** 2 }, (_, at) => 120 + 30 * Math.tanh(z) * Math.sin(at / 9) + 4 * random.normal()),
  );
  writeFileSync(file('scan.npy'), encodeNpy({ data: Uint8Array.from(scans), shape: [scanned.length, PIXELS, PIXELS] }));
  const count = (z: number, row: number, column: number) =>
    (row + column) % 17 === 0
      ? ''
      : Math.round(Math.exp(1.5 + 0.5 * z * (column % 2 ? 1 : -1) + 0.3 * random.normal()));
  lines('cells.csv', [
    ['id', ...COUNTS],
    ...having(2).map(({ id, z: [, z] }, row) => [id, ...COUNTS.map((_, column) => count(z, row, column))]),
  ]);
  lines('pulse.csv', [
    ['id', 'sec', 'hr'],
    ...having(3).flatMap(({ id, z: [, , z] }, row) =>
      Array.from({ length: SECONDS }, (_, second) => [id, second, 70 + 6 * z + random.normal()]).filter(
        (_, second) => (row + second) % 13 > 0 || second === SECONDS - 1,
      ),
    ),
  ]);
  file(
    'study.yaml',
    `study: arrays
id: id
causes:
  arm: { table: people.csv, column: arm, kind: categorical, reference: placebo, assigned: true }
modalities:
  scan: { images: { array: scan.npy, table: scan.csv }, latents: 1 }
  cells: { table: cells.csv, kinds: { ${COUNTS.map((name) => `${name}: count`).join(', ')} }, latents: 1 }
  pulse:
    latents: 1
    series: { table: pulse.csv, recording: [id], time: sec, channels: [hr], step: 2s, length: 16s }
split: { validation: 20, test: 20 }
training:
  { epochs: 2, decoderEpochs: 2, batch: 32, hidden: 8, encoderRestarts: 2, componentSteps: 20, componentRestarts: 8 }
`,
  );
}

async function done(...words: string[]): Promise<string> {
  const { code, out, err } = await commandHere(words, folder);
  expect({ words, code, err: code === 0 ? '' : err }).toEqual({ words, code: 0, err: '' });
  return out;
}

const ONE = ['--threads', '1'];
type Discovered = Pick<LatentDiscovery, 'edges' | 'undrawn'>;

describe('images, series and counts with gaps', () => {
  beforeAll(async () => {
    writeStudy();
    await done('fit', 'study.yaml', '--out', 'run', '--evidence', 'quick', ...ONE);
  }, 120_000);

  test('every level is tested on every latent, private ones included', async () => {
    await using model = await MultimodalCausalModel.load(file('run'));
    const { evidence, causes } = model.summary;
    expect(causes).toEqual([expect.objectContaining({ name: 'arm', levels: ARMS })]);
    expect(model.graph.nodes).toHaveLength(6);
    expect(evidence!.causes!.effects.map(({ level, latent }) => `${level} ${latent}`).sort()).toEqual(
      ['a1', 'a2'].flatMap((level) => model.graph.nodes.map(({ name }) => `${level} ${name}`)).sort(),
    );
  });

  test('a loaded model gives the latents of the fit, and infers those of absent scans', async () => {
    await using model = await MultimodalCausalModel.load(file('run'));
    const { dataset } = await readStudy(file('study.yaml'), { scales: model.columnScales });
    const { scan } = await model.posterior(dataset);
    const absent = dataset.ids.filter((_, row) => scan.inferred[row] === 1);
    expect(absent).toEqual(dataset.ids.filter((id) => (Number(id.slice(1)) - 100) % 10 === 1));
    expect([...scan.mean].every(Number.isFinite)).toBe(true);
    const table = await readTable(file('run/latents-in-sample.csv'), { text: ['id'] });
    const saved = table.numbers('scan.z1');
    table.texts('id').forEach((id, at) => {
      const row = dataset.ids.indexOf(id);
      if (scan.inferred[row] === 0) expect(scan.mean[2 * row]).toBeCloseTo(saved[at], 4);
    });
  });

  test('discovery without columns has the links of the fit, within the levels', async () => {
    const { undrawn, edges } = JSON.parse(await done('discover', 'run', '--json', ...ONE)) as Discovered;
    const linkOf = new Map(
      [...undrawn, ...edges.flatMap(({ link }) => link ?? [])].map((link) => [`${link.first} ${link.second}`, link]),
    );
    const { evidence } = JSON.parse(readFileSync(file('run/run.json'), 'utf8')) as RunSummary;
    expect(evidence!.links.length).toBeGreaterThan(0);
    for (const { first, second, association, direct } of evidence!.links) {
      const link = linkOf.get(`${first} ${second}`);
      expect(link?.association?.estimate).toBeCloseTo(association.estimate, 12);
      expect(link?.direct?.p).toBeCloseTo(direct.p, 12);
    }
  });

  test('shards give the bits of one process', async () => {
    await done('shard', 'study.yaml', '--out', 'parts', '--of', '2', '--evidence', 'quick', ...ONE);
    await done('gather', 'parts', '--out', 'gathered');
    for (const name of ['model.safetensors', 'graph.json', 'latents.csv']) {
      expect(readFileSync(file(`gathered/${name}`), 'latin1')).toBe(readFileSync(file(`run/${name}`), 'latin1'));
    }
  }, 120_000);

  test('it is exported, reported, fitted to half-samples; questions about images are refused', async () => {
    await done('export', 'run', '--format', 'onnx', '--out', 'run.onnx');
    await done('report', 'run', '--study', 'study.yaml', '--out', 'report.html');
    expect(['run.onnx', 'report.html'].map((name) => existsSync(file(name)))).toEqual([true, true]);
    const graph = await done('discover', 'run', '--half-samples', '2', '--refit', '--json', ...ONE);
    expect(JSON.parse(graph)).toMatchObject({ halfSamples: expect.anything() as unknown });
    const refused = await commandHere(['intervene', 'run', '--set', 'arm=a1', '--untested'], folder);
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('[no-table]') as unknown });
  }, 120_000);
});
