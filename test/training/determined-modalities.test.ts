// Determined modalities come last: the other modalities are fitted as if these were not there.

import { describe, expect, test } from '@jest/globals';
import type { Cause } from '../../src/data/causes.js';
import { tableObservation } from '../../src/data/observation.js';
import { CAUSE_GATES } from '../../src/networks/cause-effects.js';
import { componentMapPlace } from '../../src/networks/component-map.js';
import { LATENT_GATES } from '../../src/networks/latent-prior.js';
import { latentLayout } from '../../src/networks/layout.js';
import { RandomStream } from '../../src/random/random-stream.js';
import type { Subspaces } from '../../src/training/component-stage.js';
import { fitConfig } from '../../src/training/config.js';
import { determinedModalities, withoutModalities } from '../../src/training/determined-modalities.js';
import { StageRunner } from '../../src/training/stage-runner.js';
import { fitComponents } from '../../src/training/two-stage.js';
import { interventionalData } from '../moments/interventional-data.js';

type CausedSubspaces = Subspaces & { readonly causes: readonly Cause[] };

const ROWS = 3000;
const TRAINED = 600;
const UNORDERED = { graph: 'acyclic' } as const;

/**
 * Returns two latents of `first`, one of which causes the other, and a modality before them whose numbers are curved
 * functions of both, plus noise.
 */
function camera(noise: number): CausedSubspaces {
  const { values: v, causes } = interventionalData({
    seed: 7,
    rows: ROWS,
    blocks: [2, 1],
    parents: [[], [0], []],
    targets: [[0], [1], [2]],
    kind: 'perfect',
  });
  const curved = (a: number, b: number): number[] => [a + 0.3 * a * b, b - 0.4 * Math.cos(a)];
  const random = interventionalData({ seed: 8, rows: ROWS, blocks: [2], parents: [[], []], targets: [], kind: 'soft' });
  const values = Float32Array.from({ length: ROWS * 5 }, (_, at) => {
    const [row, i] = [Math.floor(at / 5), at % 5];
    const [a, b] = v.subarray(row * 3);
    return i < 2 ? curved(a, b)[i] + noise * random.values[row * 2 + i] : v[row * 3 + i - 2];
  });
  const rows = Int32Array.from({ length: ROWS }, (_, row) => row);
  return {
    modalities: [2, 2, 1].map((latents, m) => ({
      name: ['copy', 'first', 'second'][m],
      observation: tableObservation(4),
      latents,
      exogenous: 0,
    })),
    values,
    // The regression solves a system with one equation per training subject.
    split: { train: rows.subarray(0, TRAINED), validation: rows.subarray(2000, 2500), test: rows.subarray(2500) },
    bends: false,
    causes,
  };
}

/** Returns two tables with a latent each, in a trial of two arms: the second is the first and noise. */
function twins(seed: number, noise: number, moved: { first?: number; second?: number }): CausedSubspaces {
  const random = new RandomStream(seed, 1);
  const arms = Float64Array.from(random.permutation(ROWS), (row) => row % 2);
  const values = new Float32Array(ROWS * 2);
  for (const [row, arm] of arms.entries()) {
    const first = random.normal() + arm * (moved.first ?? 0);
    values.set([first, first + noise * random.normal() + arm * (moved.second ?? 0)], row * 2);
  }
  const { modalities: shapes, split, bends } = camera(0);
  const modalities = ['first', 'second'].map((name) => ({ ...shapes[0], name, latents: 1 }));
  const arm: Cause = {
    name: 'arm',
    kind: 'categorical',
    levels: ['placebo', 'drug'],
    assigned: true,
    effect: 'soft',
    terms: [{ level: 'drug' }],
    values: arms,
  };
  return { modalities, values, split, bends, causes: [arm] };
}

describe('a modality is determined', () => {
  test('if its encodings are functions of theirs, without noise', () => {
    expect(determinedModalities(camera(0), UNORDERED)).toEqual([0]);
    expect(determinedModalities(camera(0.05), UNORDERED)).toEqual([0]);
    expect(determinedModalities(camera(0.5), UNORDERED)).toEqual([]);
  });

  test.each([0.05, 0.08, 0.12])('not if a level moves it apart from the others, noise %d', (noise) => {
    for (const seed of [1, 2]) {
      for (const second of [0.1, 0.45]) {
        expect(determinedModalities(twins(seed, noise, { second }), UNORDERED)).toEqual([]);
      }
    }
  });

  test('if the level moves both alike, or none of them', () => {
    expect(determinedModalities(twins(1, 0.05, { first: 0.45 }), UNORDERED)).toHaveLength(1);
    expect(determinedModalities(twins(1, 0.05, {}), UNORDERED)).toHaveLength(1);
  });

  test('in an ordered graph, only by earlier modalities', () => {
    expect(determinedModalities(camera(0), { graph: 'ordered' })).not.toContain(0);
  });

  test('not if the study names it as a target', () => {
    const { causes, ...rest } = camera(0.05);
    const named = (targets: string[]) => ({
      ...rest,
      causes: causes.map((cause) => ({ ...cause, targets: { 'level 1': targets } })),
    });
    expect(determinedModalities(named(['copy']), UNORDERED)).not.toContain(0);
    expect(determinedModalities(named(['copy.z1']), UNORDERED)).not.toContain(0);
    expect(determinedModalities(named(['first']), UNORDERED)).toEqual([0]);
  });

  /** Returns subspaces whose first two modalities have the same numbers. */
  function copies(subjects: number): CausedSubspaces {
    const { values, split, ...rest } = camera(0);
    return {
      ...{ ...rest, split: { ...split, train: split.train.subarray(0, subjects) } },
      values: Float32Array.from(values, (value, at) => (at % 5 < 2 ? values[at + 2] : value)),
    };
  }

  test('of two copies, one remains', () => {
    expect(determinedModalities(copies(200), UNORDERED)).toHaveLength(1);
  });

  test('not on the strength of few subjects', () => {
    expect(determinedModalities(copies(199), UNORDERED)).toEqual([]);
  });
});

test('subspaces without a modality keep the values and the presence of the others', () => {
  const present = [0, 1, 0].map((value) => new Uint8Array(ROWS).fill(value));
  const all = { ...camera(0), present };
  const left = withoutModalities(all, [0]);
  expect(left.modalities.map(({ name }) => name)).toEqual(['first', 'second']);
  expect(left.present).toEqual(present.slice(1));
  expect([...left.values.subarray(0, 6)]).toEqual([...all.values.subarray(2, 5), ...all.values.subarray(7, 10)]);
});

test('the other modalities have the same bits as without it, and all their latents become its parents', async () => {
  const subspaces = camera(0);
  const config = fitConfig({ componentSteps: 200, componentRestarts: 8, batch: 256, sparsity: UNORDERED });
  const dataset = { ids: [], modalities: [], split: subspaces.split, fingerprint: '', causes: subspaces.causes };
  const fit = async (of: CausedSubspaces) => {
    await using runner = await StageRunner.open(['components', 'determined'], dataset, config, { threads: 1 });
    return await fitComponents(of, config, runner);
  };
  const joined = await fit(subspaces);
  const alone = await fit(withoutModalities(subspaces, [0]));
  expect(joined.stages.map(({ name }) => name)).toEqual(['components', 'determined']);
  expect(alone.stages.map(({ name }) => name)).toEqual(['components']);
  expect(joined.settled.objectives).toEqual(alone.settled.objectives);
  expect(joined.stages[1].scores).toEqual(alone.settled.scores);

  const isOpen = ({ settled }: typeof joined, name: string): number[] =>
    Array.from(settled.parameters.get(name)!.values, (value) => Number(value > 0));
  const [edges, edgesAlone] = [isOpen(joined, LATENT_GATES), isOpen(alone, LATENT_GATES)];
  expect(edgesAlone).toContain(1);
  expect([0, 1].map((child) => edges.slice(child * 5, child * 5 + 5))).toEqual([
    [0, 0, 1, 1, 1],
    [0, 0, 1, 1, 1],
  ]);
  const rest = [0, 1, 2].map((child) => edges.slice((child + 2) * 5, (child + 3) * 5));
  expect(rest).toEqual([0, 1, 2].map((child) => [0, 0, ...edgesAlone.slice(child * 3, child * 3 + 3)]));
  const [gates, gatesAlone] = [isOpen(joined, CAUSE_GATES), isOpen(alone, CAUSE_GATES)];
  expect(gates).toEqual([...new Array<number>(6).fill(0), ...gatesAlone]);

  const layouts = [subspaces, withoutModalities(subspaces, [0])].map(({ modalities }) => latentLayout(modalities));
  const mapOf = ({ settled }: typeof joined, layout: (typeof layouts)[0], modality: number) => {
    const { rotation, shift, position } = componentMapPlace(layout, modality);
    return [rotation, shift].flatMap((name) => {
      const { shape, values } = settled.parameters.get(name)!;
      const size = values.length / shape[1];
      return [...values.subarray(position * size, (position + 1) * size)];
    });
  };
  for (const m of [0, 1]) expect(mapOf(joined, layouts[0], m + 1)).toEqual(mapOf(alone, layouts[1], m));
  expect(mapOf(joined, layouts[0], 0)).toEqual([1, 0, 0, 1, 0, 0]);
});
