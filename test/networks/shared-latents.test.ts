// Latents that several modalities observe. Their copies are tied by the likelihood, aligned before the search, and
// equal in all results.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { checkDataset } from '../../src/data/check.js';
import { simulate } from '../../src/simulation/simulate.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { writeSimulation } from '../../src/simulation/files.js';
import { readStudy } from '../../src/study/study.js';
import { data } from '../../src/graph/index.js';
import { evaluate } from '../../src/graph/reference.js';
import { r2 } from '../../src/metrics/index.js';
import { latentLayout } from '../../src/networks/layout.js';
import { blockLayout, SharedBlock } from '../../src/networks/shared-block.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { ParameterList } from '../../src/nn/parameters.js';
import { tableObservation } from '../../src/data/observation.js';

const modality = (name: string, latents: number) => ({ name, observation: tableObservation(9), latents, exogenous: 1 });

describe('the block of a, b and d, which share their last latent (c does not)', () => {
  const layout = latentLayout([modality('a', 2), modality('b', 3), modality('c', 1), modality('d', 1)]);
  const shared = { latents: 1, modalities: [0, 1, 3] };
  const list = new ParameterList(1);
  const block = new SharedBlock(list, layout, shared);
  const logScale = -0.7;
  const at = (nodes: Parameters<typeof evaluate>[0], values: Record<string, Float64Array>) =>
    evaluate(nodes, { parameters: { 'shared.logScale': Float64Array.of(logScale) }, data: values });
  // Latents a0 as, b0 b1 bs, c0, ds of one subject.
  const z = Float64Array.of(0.3, 1.1, -0.4, 0.8, 0.5, 2, 0.2);

  test('is first, and is the mean of its copies; the other latents follow in order', () => {
    expect(blockLayout(layout, shared).modalities.map(({ name, latents }) => [name, latents])).toEqual([
      ['shared', 1],
      ['a', 1],
      ['b', 2],
      ['c', 1],
      ['d', 0],
    ]);
    const [blocks] = at([block.tie(data('z', [1, 7, 1])).z], { z });
    expect([...blocks]).toEqual([(1.1 + 0.5 + 0.2) / 3, 0.3, -0.4, 0.8, 2].map((v) => expect.closeTo(v, 12)));
  });

  test('has copies with Gaussian noise: the log density of their Helmert contrasts, per unit of the mean', () => {
    const [density] = at([block.tie(data('z', [1, 7, 1])).logDensity], { z });
    const contrasts = [(1.1 - 0.5) / Math.SQRT2, (1.1 + 0.5 - 2 * 0.2) / Math.sqrt(6)];
    const expected = contrasts
      .map((c) => -0.5 * (c / Math.exp(logScale)) ** 2 - logScale - Math.log(2 * Math.PI) / 2)
      .reduce((a, b) => a + b);
    // The third orthonormal coordinate is √3 times the mean.
    expect(density[0]).toBeCloseTo(expected + Math.log(3) / 2, 12);
  });

  test('has equal copies in all modalities; each copy causes, in its modality, what the block causes', () => {
    const blocks = Float64Array.of(9, 1, 2, 3, 4);
    const [z2] = at([block.untie(data('blocks', [1, 5, 1]))], { blocks });
    expect([...z2]).toEqual([1, 9, 2, 3, 9, 4, 9]);
    // shared → a0, shared → b1, a0 → b0, shared → c0: c has no copy, so the first copy represents the block.
    const edges = new Float64Array(25);
    for (const [child, parent] of [
      [1, 0],
      [3, 0],
      [2, 1],
      [4, 0],
    ]) {
      edges[child * 5 + parent] = 1;
    }
    const [shown] = at([block.untieEdges(data('edges', [1, 5, 5]))], { edges });
    const entries = [...shown.keys()].filter((i) => shown[i] > 0).map((i) => [Math.floor(i / 7), i % 7]);
    expect(entries).toEqual([
      [0, 1],
      [2, 0],
      [3, 4],
      [5, 1],
    ]);
  });
});

describe('a fit', () => {
  const simulation = simulate('shared2-first', { seed: 1, samples: 1200, test: 150 });
  const dataset = simulatedDataset(simulation);
  const small = {
    encoderRestarts: 2,
    epochs: 30,
    componentRestarts: 4,
    componentSteps: 300,
    polish: 1,
    componentMap: 24,
    threads: 1,
  };
  let folder: string;
  let model: MultimodalCausalModel;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'interlatent-shared-'));
    model = await MultimodalCausalModel.fit(dataset, { ...small, evidence: 'none' });
  });
  afterAll(async () => {
    await model.dispose();
    rmSync(folder, { recursive: true });
  });

  test('finds the shared latents: all copies are equal, and together they determine the true latents', async () => {
    const { m1, m2 } = await model.encode(dataset);
    const rows = dataset.ids.length;
    const block = (values: ArrayLike<number>, width: number) => ({
      values: Float64Array.from({ length: rows * 2 }, (_, i) => values[Math.floor(i / 2) * width + 2 + (i % 2)]),
      rows,
      columns: 2,
    });
    expect(block(m1, 4)).toEqual(block(m2, 4));
    expect(r2(block(m1, 4), block(simulation.z, 8), { modalities: [2] }).mean).toBeGreaterThan(0.85);
  });

  test('with shared latents can be saved, loaded and reported', async () => {
    await model.save(folder);
    const loaded = await MultimodalCausalModel.load(folder);
    expect(loaded.summary.model.shared).toEqual({ latents: 2, modalities: [0, 1] });
    expect(await loaded.encode(dataset)).toEqual(await model.encode(dataset));
    const otherSubjects = simulatedDataset(simulate('shared2-first', { seed: 2, samples: 100, test: 30 }));
    expect(await loaded.report({ study: otherSubjects })).toContain('</html>');
    await loaded.dispose();
  });

  test('is refused if it is joint, because only the component stage aligns copies', async () => {
    await expect(MultimodalCausalModel.fit(dataset, { fit: 'joint' })).rejects.toMatchObject({
      code: 'invalid-setting',
      details: { setting: 'fit' },
    });
  });

  test('needs copies in at least two modalities, each with enough latents', () => {
    for (const [shared, place] of [
      [{ latents: 2, modalities: [0] }, 'shared.modalities'],
      [{ latents: 2, modalities: [0, 0] }, 'shared.modalities'],
      [{ latents: 2, modalities: [0, 2] }, 'shared.modalities'],
      [{ latents: 5, modalities: [0, 1] }, 'shared.latents'],
    ] as const) {
      expect(() => {
        checkDataset({ ...dataset, shared });
      }).toThrow(expect.objectContaining({ code: 'invalid-dataset', details: { place } }));
    }
  });
});

describe('a study file', () => {
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'interlatent-shared-study-'));
    await writeSimulation(simulate('shared3', { seed: 2, samples: 100, test: 20 }), folder);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const changed = async (text: string) => {
    const path = join(folder, 'changed.yaml');
    writeFileSync(path, readFileSync(join(folder, 'study.yaml'), 'utf8').replace(/^shared:.*$/m, text));
    return readStudy(path);
  };

  test('names the modalities that share latents, by default all', async () => {
    const { dataset } = await readStudy(join(folder, 'study.yaml'));
    expect(dataset.shared).toEqual({ latents: 2, modalities: [0, 1, 2] });
    const some = await changed('shared: { latents: 1, modalities: [m3, m1] }');
    expect(some.dataset.shared).toEqual({ latents: 1, modalities: [2, 0] });
    expect(some.dataset.fingerprint).not.toBe(dataset.fingerprint);
  });

  test.each(['shared: auto', ''])('"%s" declares none', async (text) => {
    expect((await changed(text)).dataset.shared).toBeUndefined();
  });

  test.each([
    ['shared: { latents: 1, modalities: [m1, n2] }', 'unknown-modality', /n2.*m2/],
    ['shared: { latents: 1, modalities: [m1] }', 'too-many-latents', /two modalities or more/],
    ['shared: { latents: 9 }', 'too-many-latents', /has 4 latents, so it cannot share 9/],
    ['shared: automatic', 'invalid-study', /shared must be "auto", or latents and modalities/],
    ['shared: { latents: none }', 'invalid-study', /shared\.latents/],
  ])('%s is refused', async (text, code, message) => {
    await expect(changed(text)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});
