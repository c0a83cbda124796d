// The class of equally good models: which restarts and orders are members, their graphs in terms of the chosen model's
// latents, and what the class says about links.

import { expect, test } from '@jest/globals';
import { tableObservation } from '../../src/data/observation.js';
import { equivalence, equivalentModels, type EquivalenceQuestion } from '../../src/evidence/equivalence.js';
import { orderFits } from '../../src/evidence/order.js';
import { latentLayout } from '../../src/networks/layout.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { simulate } from '../../src/simulation/simulate.js';
import type { Subspaces } from '../../src/training/component-stage.js';
import { fitConfig } from '../../src/training/config.js';
import type { ScoredReading } from '../../src/training/determination.js';
import { StageRunner } from '../../src/training/stage-runner.js';
import { componentStages, fitComponents } from '../../src/training/two-stage.js';
import { whiten } from '../../src/training/whitening.js';

const ROWS = 300;
const D = 4;
/** Latents a.z1, a.z2, b.z1 and b.z2. */
const modalities = ['a', 'b'].map((name) => ({ name, latents: 2 }));
const random = new RandomStream(3, 0);
const latents = Float32Array.from({ length: ROWS * D }, () => random.normal());
const config = fitConfig({ sparsity: { weight: 0.01 } });

interface Properties {
  /** Cause and effect by position. */
  readonly edges: readonly (readonly [number, number])[];
  /** Log-likelihood of each subject relative to the others. */
  readonly gain?: number;
  /** The same, alternating, so that the mean has a standard error. */
  readonly spread?: number;
  /** True if a.z1 and a.z2 are a mixture. */
  readonly isMixed?: boolean;
  /** Source of each latent: another order of the same ones. */
  readonly order?: readonly number[];
  readonly alive?: boolean;
}

function reading({
  edges,
  gain = 0,
  spread = 0,
  isMixed,
  order = [0, 1, 2, 3],
  alive = true,
}: Properties): ScoredReading {
  const values = latents.slice();
  for (let row = 0; row < ROWS; row++) {
    const mixture = [...latents.subarray(row * D, (row + 1) * D)];
    if (isMixed) [mixture[0], mixture[1]] = [mixture[0] + mixture[1], mixture[0] - mixture[1]];
    order.forEach((from, i) => (values[row * D + i] = mixture[from]));
  }
  const matrix = new Float32Array(D * D);
  for (const [cause, effect] of edges) matrix[effect * D + cause] = 1;
  const logLikelihood = Float32Array.from({ length: ROWS }, (_, i) => gain + (i % 2 === 0 ? spread : -spread));
  return { latents: values, edges: matrix, alive, openGates: edges.length, logLikelihood };
}

const classOf = (models: readonly Properties[], other: Partial<EquivalenceQuestion> = {}) =>
  equivalence({ modalities, config, restarts: { readings: models.map(reading), chosen: 0 }, ...other })!;
const graphsOf = ({ members }: ReturnType<typeof classOf>) =>
  members.map(({ edges }) => edges.map(({ from, to }) => `${from} ${to}`));

test('a restart is a member if it explains held-out subjects as well with as few edges', () => {
  const one: Properties = { edges: [[0, 2]] };
  const answer = classOf([
    one,
    { edges: [[1, 3]], gain: -0.1, spread: 1 },
    { edges: [[1, 2]], gain: -0.2, spread: 1 },
    {
      edges: [
        [0, 3],
        [1, 2],
      ],
    },
    { edges: [[0, 3]], alive: false },
    { edges: [[0, 2]], gain: -0.005 },
  ]);
  // The standard error of ±1 over 300 subjects is 0.058.
  expect(graphsOf(answer)).toEqual([['a.z1 b.z1'], ['a.z2 b.z2']]);
  expect(answer).toMatchObject({ subjects: ROWS, compared: 5, orders: 1, chosen: { difference: 0, isMember: true } });
  expect(answer.members[0]).toMatchObject({ source: 'restart', order: ['a', 'b'], fits: 2 });
  expect(answer.members[1].standardError).toBeCloseTo(Math.sqrt(300 / 299 / 300), 6);
  expect(answer.links).toMatchObject([
    { first: 'a.z1', second: 'b.z1', presence: 'possible', members: 1, blocks: 0, along: 1 },
    { first: 'a.z2', second: 'b.z2', presence: 'possible', members: 1, blocks: 0, along: 1 },
  ]);
  // Only one order was fitted, so nothing is known about directions.
  expect(answer.links.every((link) => !('direction' in link))).toBe(true);
});

test('a chosen model that explains held-out subjects worse is not a member', () => {
  const answer = classOf([{ edges: [[0, 2]], gain: -0.3 }, { edges: [[1, 3]] }]);
  expect(graphsOf(answer)).toEqual([['a.z2 b.z2']]);
  expect(answer.chosen).toMatchObject({ difference: expect.closeTo(0.3, 5), isMember: false });
});

test('few groups make the standard error larger, and one group compares nothing', () => {
  const models: Properties[] = [{ edges: [[0, 2]] }, { edges: [[1, 3]], gain: -0.1, spread: 0.5 }];
  expect(classOf(models).members).toHaveLength(1);
  // Subjects with the same sign of the deviation belong together.
  const groups = Array.from({ length: ROWS }, (_, i) => (i % 2 === 0 ? 'even' : 'odd'));
  expect(classOf(models, { groups }).members).toHaveLength(2);
  expect(classOf(models, { groups: groups.map(() => 'all') })).toBeUndefined();
});

test('graphs of other orders have the names of the chosen latents, and reversed edges make directions possible', () => {
  const inOrder = { order: ['b', 'a'], best: 0, readings: [reading({ edges: [[0, 3]], order: [3, 2, 0, 1] })] };
  const inStudy = { order: ['a', 'b'], best: 0, readings: [reading({ edges: [[1, 3]] })] };
  const orders = [inStudy, inOrder];
  const answer = classOf([{ edges: [[1, 3]] }], { orders });
  // b.z2 and b.z1 exchange their numbers in the other fit: its first latent is b.z2, its last one a.z2.
  expect(graphsOf(answer)).toEqual([['a.z2 b.z2'], ['b.z2 a.z2']]);
  expect(answer.members[1]).toMatchObject({ source: 'order', order: ['b', 'a'], fits: 1 });
  expect(answer.links).toMatchObject([{ presence: 'certain', members: 2, along: 1, direction: 'possible' }]);
  const arrow = { from: 'b.z2', to: 'a.z2', share: 1 };
  const directed = classOf([{ edges: [[1, 3]] }], { orders, directions: [arrow] });
  expect(graphsOf(directed)).toEqual([['b.z2 a.z2']]);
  expect(directed.chosen.isMember).toBe(false);
  // Two arrowheads are a sign of an unmeasured cause, and tell no direction.
  const both = [arrow, { from: 'a.z2', to: 'b.z2', share: 1 }];
  expect(classOf([{ edges: [[1, 3]] }], { orders, directions: both }).members).toHaveLength(2);
});

test('a direction is certain only if all graphs have the link', () => {
  const both: Properties = {
    edges: [
      [0, 2],
      [1, 3],
    ],
    gain: 0.02,
  };
  const reversed = { order: ['b', 'a'], best: 0, readings: [reading({ edges: [], gain: -1, order: [2, 3, 0, 1] })] };
  const orders = [{ order: ['a', 'b'], best: 0, readings: [reading(both)] }, reversed];
  const answer = classOf([both, { edges: [[0, 2]], spread: 1 }], { orders });
  expect(graphsOf(answer)).toEqual([['a.z1 b.z1', 'a.z2 b.z2'], ['a.z1 b.z1']]);
  expect(answer.links).toMatchObject([
    { first: 'a.z1', presence: 'certain', along: 2, direction: 'certain' },
    { first: 'a.z2', presence: 'possible', along: 1, direction: 'possible' },
  ]);
});

test('edges of a mixture belong to the block of its latents', () => {
  const answer = classOf([{ edges: [[0, 2]] }, { edges: [[0, 2]], isMixed: true }]);
  expect(answer.members).toHaveLength(2);
  expect(answer.members[1].mixed).toEqual(['a.z1', 'a.z2']);
  expect(answer.links).toMatchObject([
    { first: 'a.z1', second: 'b.z1', presence: 'possible', members: 2, blocks: 1 },
    { first: 'a.z2', second: 'b.z1', presence: 'possible', members: 1, blocks: 1 },
  ]);
  // Which latent of the block has the edge, and edges inside the block, do not distinguish members.
  const same: Properties[] = [
    { edges: [[0, 2]], isMixed: true },
    { edges: [[1, 2]], isMixed: true },
  ];
  expect(classOf([{ edges: [[0, 2]] }, ...same]).members.map(({ fits }) => fits)).toEqual([1, 2]);
});

test('the class of a linear Gaussian chain is its Markov equivalence class', async () => {
  const subjects = 2000;
  const draws = new RandomStream(11, 0);
  const chain = Array.from({ length: subjects }, () => {
    const a = draws.normal();
    const b = 0.7 * a + 0.714 * draws.normal();
    return [a, b, 0.7 * b + 0.714 * draws.normal()];
  });
  const rows = Int32Array.from({ length: subjects }, (_, row) => row);
  const split = { train: rows.subarray(0, 1400), validation: rows.subarray(1400, 1700), test: rows.subarray(1700) };
  const shapes = ['a', 'b', 'c'].map((name) => ({
    ...{ name, latents: 1, exogenous: 0 },
    observation: tableObservation(3),
  }));
  const { values } = whiten(Float32Array.from(chain.flat()), latentLayout(shapes), split.train);
  const subspaces: Subspaces = { modalities: shapes, values, split, bends: false };
  const settings = fitConfig({ componentRestarts: 8, componentSteps: 500, seed: 1, flow: 'affine', hidden: 8 });
  const study = {
    dataset: simulatedDataset(simulate('case1', { seed: 1, samples: 60, test: 20 })),
    config: { ...settings, componentRestarts: 16 },
    hooks: { threads: 1 },
  };
  await using runner = await StageRunner.open(componentStages(settings), study.dataset, settings, study.hooks);
  const { settled } = await fitComponents(subspaces, settings, runner);
  const orders = await orderFits(subspaces, study);
  expect(orders).toHaveLength(6);
  const answer = (await equivalentModels({ components: { subspaces, settled }, orders }, study))!;
  expect(
    graphsOf(answer)
      .map((graph) => graph.sort().join(', '))
      .sort(),
  ).toEqual(['a.z1 b.z1, b.z1 c.z1', 'b.z1 a.z1, b.z1 c.z1', 'b.z1 a.z1, c.z1 b.z1']);
  expect(answer.links).toMatchObject([
    { first: 'a.z1', second: 'b.z1', presence: 'certain', direction: 'possible' },
    { first: 'b.z1', second: 'c.z1', presence: 'certain', direction: 'possible' },
  ]);
}, 120_000);
