// Supported links that the fit left out because of the penalty of an edge: they are added to the graph.

import { expect, test } from '@jest/globals';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { simulate } from '../../src/simulation/simulate.js';

const dataset = simulatedDataset(simulate('case1', { seed: 3, samples: 1000, test: 300 }));
const SETTINGS = {
  subspaces: 'linear',
  componentRestarts: 4,
  componentSteps: 400,
  threads: 1,
  seed: 0,
  sparsity: { order: 'assumed', within: false, weight: 10 },
} as const;

test('edges are too expensive for the fit, but its graph has the supported ones', async () => {
  await using alone = await MultimodalCausalModel.fit(dataset, { ...SETTINGS, evidence: 'none' });
  await using model = await MultimodalCausalModel.fit(dataset, { ...SETTINGS, evidence: 'quick' });
  expect(alone.graph.edges).toEqual([]);
  const { links, opened = [] } = model.summary.evidence!;
  const supported = links.filter(({ verdict }) => verdict === 'supported');
  expect(supported.length).toBeGreaterThan(0);
  // In the order of the study, causes come first.
  const named = (all: readonly { from: string; to: string }[]) => all.map(({ from, to }) => `${from} ${to}`).sort();
  expect(named(opened)).toEqual(named(supported.map(({ first, second }) => ({ from: first, to: second }))));
  expect(named(model.graph.edges)).toEqual(named(opened));
  for (const { from, to, strength, effect, agreement } of model.graph.edges) {
    const { direct } = supported.find(({ first, second }) => first === from && second === to)!;
    expect(strength).toBeGreaterThan(0.5);
    expect(Math.sign(effect!)).toBe(Math.sign(direct.estimate));
    expect(agreement).toBe(0);
  }
  // Encoders and latents do not change, so the tests remain valid.
  expect(await model.encode(dataset)).toEqual(await alone.encode(dataset));
  const [{ from, to }] = opened;
  const { consequences } = await model.intervene({ [from]: { sd: 1 } }, { draws: 200, undetermined: true });
  const reached = consequences.find(({ name }) => name === to)!;
  expect(Math.abs(reached.effect.mean)).toBeGreaterThan(0.3 * reached.before.sd);
}, 120_000);
