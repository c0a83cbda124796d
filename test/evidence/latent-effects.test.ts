// Effects of setting a latent: the estimator against closed forms of linear Gaussian models, and sets over graphs.

import { describe, expect, it } from '@jest/globals';
import type { LatentGraph } from '../../src/causal/index.js';
import { effectOverClass, overClassText } from '../../src/conclusions/index.js';
import {
  effectMembers,
  latentEffects,
  markovClass,
  type CrossFit,
  type EffectMember,
  type LatentEffects,
} from '../../src/evidence/index.js';
import { normalScores } from '../../src/quality/pair-test.js';
import { RandomStream } from '../../src/random/random-stream.js';

const NAMES = ['a.z1', 'b.z1', 'c.z1'];
const NODES = NAMES.map((name) => ({ name, modality: name[0], index: 0 }));
const CHAIN = [
  { from: 'a.z1', to: 'b.z1' },
  { from: 'b.z1', to: 'c.z1' },
];
const RELIABILITY = 0.9;
/** Standard deviation of a latent in standard deviations of the measured latent. */
const MEASURED = Math.sqrt(RELIABILITY);

type Crossed = Pick<CrossFit, 'splits' | 'minUnits'>;

/**
 * Returns latents of three modalities with unit variance, measured with error, in three splits.
 * @param draw values of a unit
 */
function crossed(
  units: number,
  seed: number,
  draw: (random: RandomStream) => readonly number[],
  reliability = RELIABILITY,
) {
  const random = new RandomStream(seed, 7);
  const values = Array.from({ length: units }, () => draw(random));
  const [signal, noise] = [Math.sqrt(reliability), Math.sqrt(1 - reliability)];
  const fitted = values.flatMap((row) => row.map((value) => signal * value + noise * random.normal()));
  const splits = [0, 1, 2].map(() => {
    const order = random.permutation(units);
    const folds = [0, 1].map((fold) => {
      const rows = order.filter((_, i) => i % 2 === fold);
      const of = (latent: number) =>
        normalScores(Float64Array.from(rows, (row) => signal * values[row][latent] + noise * random.normal()));
      const latents = NAMES.map((_, latent) => of(latent));
      const ids = Array.from(rows, String);
      return { rows, ids, units: latents, unrotated: latents, forms: NAMES.map(() => undefined), removed: [0, 0, 0] };
    });
    // Models of disjoint subjects agree as much as two measurements with independent errors.
    const replication = NAMES.map(() => ({ agreement: [reliability], chance: [0], p: [0], subspace: 1 }));
    return { folds, replication, agreement: [1, 1, 1] };
  });
  return { crossFitted: { splits, minUnits: 20 } satisfies Crossed, fitted: Float64Array.from(fitted) };
}

/** a → b → c with correlations 0.8 and 0.7. */
const chain = (random: RandomStream): readonly number[] => {
  const a = random.normal();
  const b = 0.8 * a + 0.6 * random.normal();
  return [a, b, 0.7 * b + Math.sqrt(1 - 0.49) * random.normal()];
};

/** b causes a (0.6) and c (0.5), and a causes c (0.4). */
const confounded = (random: RandomStream): readonly number[] => {
  const b = random.normal();
  const a = 0.6 * b + 0.8 * random.normal();
  const explained = 0.5 * b + 0.4 * a;
  return [a, b, explained + Math.sqrt(1 - (0.25 + 0.16 + 2 * 0.5 * 0.4 * 0.6)) * random.normal()];
};

/** b causes a, and says how much c follows a. @param set value of a */
const moderated =
  (set?: number) =>
  (random: RandomStream): readonly number[] => {
    const b = random.normal();
    const drawn = 0.8 * b + 0.6 * random.normal();
    const a = set ?? drawn;
    return [drawn, b, a * (0.6 + 0.6 * Math.tanh(2 * b)) + 0.3 * random.normal()];
  };

/** Returns the mean rank of c if a has a value, as a normal score. */
function moderatedTruth(set: number): number {
  const values = (draw: ReturnType<typeof moderated>) => {
    const random = new RandomStream(5, 5);
    return Float64Array.from({ length: 20_000 }, () => draw(random)[2]);
  };
  const before = values(moderated()).sort();
  const scores = normalScores(before);
  const after = values(moderated(set)).sort();
  let at = 0;
  return (
    after.reduce((sum, value) => {
      while (at < before.length - 1 && before[at] < value) at++;
      return sum + scores[at];
    }, 0) / after.length
  );
}

function effectsOf(study: ReturnType<typeof crossed>, members: readonly Pick<EffectMember, 'edges' | 'mixed'>[]) {
  return latentEffects({ nodes: NODES, ...study, members: members.map((one) => ({ ...one, hasStudyOrder: true })) });
}

function pairOf({ pairs }: LatentEffects, from: string, to: string) {
  return pairs.find((pair) => pair.from === from && pair.to === to);
}

describe('effects of latents', () => {
  const study = crossed(1500, 1, chain);

  it('are those of a latent with independent or shared errors, in sd of the measured other latent', async () => {
    const effects = await effectsOf(study, [{ edges: CHAIN }]);
    for (const [from, to, slope] of [
      ['a.z1', 'b.z1', 0.8],
      ['b.z1', 'c.z1', 0.7],
      ['a.z1', 'c.z1', 0.56],
    ] as const) {
      const { curve } = pairOf(effects, from, to)!.effects[0];
      const { estimate, lower90, upper90 } = curve!;
      for (const at of [1, 3]) {
        const truth = slope * MEASURED * effects.steps[at];
        expect(Math.abs(estimate[at] - truth)).toBeLessThan(0.12);
        expect(upper90[at] - lower90[at]).toBeLessThan(0.25);
      }
      // The interval contains the slope if the errors of both latents are independent, and if they are the same. The
      // estimate is in the middle.
      const fitted = (estimate[4] - estimate[0]) / 4;
      expect(fitted).toBeGreaterThan(0.91 * MEASURED * slope);
      expect(fitted).toBeLessThan(0.99 * MEASURED * slope);
      expect(lower90[3]).toBeLessThan(RELIABILITY * MEASURED * slope);
      expect(upper90[3]).toBeGreaterThan(MEASURED * slope);
    }
    expect(pairOf(effects, 'c.z1', 'a.z1')).toBeUndefined();
  });

  it('do not contain what a common cause explains, although it is measured with error', async () => {
    const edges = [
      { from: 'b.z1', to: 'a.z1' },
      { from: 'b.z1', to: 'c.z1' },
      { from: 'a.z1', to: 'c.z1' },
    ];
    const { curve } = pairOf(await effectsOf(crossed(2000, 2, confounded), [{ edges }]), 'a.z1', 'c.z1')!.effects[0];
    expect((curve!.estimate[3] - curve!.estimate[1]) / 2).toBeCloseTo(0.4 * MEASURED, 1);
    expect(curve!.lower90[3]).toBeLessThan(0.4 * MEASURED);
    expect(curve!.upper90[3]).toBeGreaterThan(0.4 * MEASURED);
  });

  it('are means over the other latents if these change the effect', async () => {
    const edges = [
      { from: 'b.z1', to: 'a.z1' },
      { from: 'b.z1', to: 'c.z1' },
      { from: 'a.z1', to: 'c.z1' },
    ];
    const { curve } = pairOf(await effectsOf(crossed(2000, 3, moderated(), 0.999), [{ edges }]), 'a.z1', 'c.z1')!
      .effects[0];
    for (const [at, step] of [
      [1, -1],
      [3, 1],
    ]) {
      const truth = moderatedTruth(step);
      expect(curve!.upper90[at] - curve!.lower90[at]).toBeLessThan(1);
      expect(curve!.lower90[at]).toBeLessThan(truth);
      expect(curve!.upper90[at]).toBeGreaterThan(truth);
    }
  });

  it('have intervals that cover in 85 to 95 % of small studies', async () => {
    let covered = 0;
    const studies = 50;
    for (let seed = 0; seed < studies; seed++) {
      const small = crossed(200, 100 + seed, chain);
      const { curve } = pairOf(await effectsOf(small, [{ edges: CHAIN.slice(0, 1) }]), 'a.z1', 'b.z1')!.effects[0];
      covered += Number(curve!.lower90[3] <= 0.8 * MEASURED && 0.8 * MEASURED <= curve!.upper90[3]);
    }
    // 99 % bounds of a binomial count with probabilities 0.85 and 0.95.
    expect(covered).toBeGreaterThanOrEqual(36);
    expect(covered).toBeLessThanOrEqual(50);
  });

  it('are 0 in graphs without a path, and name the links that differ', async () => {
    const reversed = [
      { from: 'b.z1', to: 'a.z1' },
      { from: 'b.z1', to: 'c.z1' },
    ];
    const effects = await effectsOf(study, [{ edges: CHAIN }, { edges: reversed }]);
    const { effects: ofPair, open } = pairOf(effects, 'a.z1', 'c.z1')!;
    expect(ofPair.map(({ members, curve }) => [members, curve !== undefined])).toEqual([
      [[0], true],
      [[1], false],
    ]);
    expect(open).toEqual([{ from: 'a.z1', to: 'b.z1' }]);
    // Both graphs have the same effect of b on c.
    expect(pairOf(effects, 'b.z1', 'c.z1')!.effects.map(({ members }) => members)).toEqual([[0, 1]]);
  });

  it('are not defined for mixtures', async () => {
    const { effects } = pairOf(await effectsOf(study, [{ edges: CHAIN, mixed: ['b.z1'] }]), 'a.z1', 'b.z1')!;
    expect(effects).toEqual([{ members: [0], isMixed: true }]);
  });

  it('are left out if too few subjects have both latents', async () => {
    const missing = study.crossFitted.splits.map(({ folds, ...split }) => ({
      ...split,
      folds: folds.map((fold) => ({
        ...fold,
        units: [fold.units[0], fold.units[1].map((value, i) => (i < 10 ? value : NaN)), fold.units[2]],
      })),
    }));
    const lacking = { ...study, crossFitted: { splits: missing, minUnits: 20 } };
    const effects = await effectsOf(lacking, [{ edges: CHAIN }]);
    expect(pairOf(effects, 'a.z1', 'b.z1')).toBeUndefined();
    expect(pairOf(effects, 'a.z1', 'c.z1')).toBeDefined();
  });
});

describe('conclusions about effects', () => {
  const curve = (low: number, high: number) => ({
    estimate: [-2, -1, 0, 1, 2].map((step) => (step * (low + high)) / 2),
    lower90: [-2, -1, 0, 1, 2].map((step) => Math.min(step * low, step * high)),
    upper90: [-2, -1, 0, 1, 2].map((step) => Math.max(step * low, step * high)),
  });
  const over = (effects: LatentEffects['pairs'][number]['effects'], sd = 1, isOrderAsserted = false) =>
    effectOverClass(
      {
        steps: [-2, -1, 0, 1, 2],
        members: [{ hasStudyOrder: true }, { hasStudyOrder: true }, { hasStudyOrder: false }],
        pairs: [{ from: 'a.z1', to: 'b.z1', effects, open: [CHAIN[0]] }],
      },
      { from: 'a.z1', to: 'b.z1', sd, isOrderAsserted },
    );
  const agreeing = [
    { members: [0, 2], curve: curve(0.3, 0.4) },
    { members: [1], curve: curve(0.35, 0.5) },
  ];

  it('are the union of the intervals if all graphs agree', () => {
    expect(over(agreeing)).toMatchObject({ members: 3, lower: 0.3, upper: 0.5, verdict: 'identified' });
    expect(over(agreeing, -1.5)).toMatchObject({ lower: -0.75, verdict: 'identified' });
    expect(overClassText(over(agreeing)!)).toBe('0.30 to 0.50 sd (90 % interval over 3 equally good graphs)');
    expect(over(agreeing, 2.1)).toBeUndefined();
    expect(over([{ members: [0, 1, 2], curve: curve(-0.1, 0.5) }])).toMatchObject({ verdict: 'imprecise' });
  });

  it('are not identified if a graph has no path, another sign, or a mixture', () => {
    const open = over([{ members: [0, 1], curve: curve(0.3, 0.4) }, { members: [2] }])!;
    expect(open).toMatchObject({ lower: 0, upper: 0.4, verdict: 'not-identified', reason: 'no-path' });
    expect(overClassText(open)).toBe(
      'not identified (0.00 to 0.40 sd): 1 of 3 equally good graphs have no path; add what decides the direction of ' +
        'a.z1 – b.z1: an observed cause, or an assumed order',
    );
    const asserted = over([{ members: [0, 1], curve: curve(0.3, 0.4) }, { members: [2] }], 1, true);
    expect(asserted).toMatchObject({ members: 2, lower: 0.3, verdict: 'identified' });
    const signs = [
      { members: [0], curve: curve(0.3, 0.4) },
      { members: [1, 2], curve: curve(-0.2, -0.1) },
    ];
    expect(over(signs)).toMatchObject({ lower: -0.2, upper: 0.4, verdict: 'not-identified', reason: 'signs' });
    expect(over([{ members: [0, 1, 2], isMixed: true }])).toMatchObject({ reason: 'mixture', effects: [] });
  });
});

describe('graphs of the same independences', () => {
  it('are the three directions of a chain without a collider', () => {
    const graphs = markovClass(CHAIN, () => true);
    expect(graphs[0]).toEqual(CHAIN);
    expect(graphs).toHaveLength(3);
    expect(graphs).not.toContainEqual([CHAIN[0], { from: 'c.z1', to: 'b.z1' }]);
  });

  it('keep a collider, closed directions, and have no cycle', () => {
    const collider = [CHAIN[0], { from: 'c.z1', to: 'b.z1' }];
    expect(markovClass(collider, () => true)).toEqual([collider]);
    expect(markovClass(CHAIN, ({ to }) => to === 'b.z1')).toHaveLength(2);
    const triangle = [...CHAIN, { from: 'a.z1', to: 'c.z1' }];
    expect(markovClass(triangle, () => true)).toHaveLength(6);
  });

  it('are not enumerated beyond six open links', () => {
    const links = Array.from({ length: 7 }, (_, i) => ({ from: `m${i}.z1`, to: `m${i + 1}.z1` }));
    expect(markovClass(links, () => true)).toEqual([links]);
    expect(markovClass(links.slice(1), () => true)).toHaveLength(7);
  });
});

describe('members of the class', () => {
  const edge = (from: string, to: string, direction: 'assumed' | 'undecided') => ({
    ...{ from, to, strength: 1, agreement: 1, direction },
  });
  const nodes = NODES.map((node) => {
    const verdict = node.name === 'c.z1' ? ('block' as const) : ('component' as const);
    return { ...node, verdict };
  });
  const graphOf = (edges: LatentGraph['edges']): LatentGraph => ({
    ...{ nodes, edges, strengths: new Float64Array(9), runs: 1 },
  });

  it('are the fitted graph and reversed directions that nothing determines', () => {
    const edges = [edge('a.z1', 'b.z1', 'undecided'), edge('b.z1', 'c.z1', 'assumed')];
    const members = effectMembers(graphOf(edges), { isOrderAssumed: false });
    expect(members.map(({ hasStudyOrder, mixed }) => [hasStudyOrder, mixed])).toEqual([
      [true, ['c.z1']],
      [false, ['c.z1']],
    ]);
  });

  it('are also equally good models without unsupported links, and only those of an assumed order', () => {
    const edges = [edge('a.z1', 'b.z1', 'undecided')];
    const equivalent = [
      { edges: CHAIN, order: ['a', 'b', 'c'] },
      { edges: CHAIN.slice(0, 1), order: ['a', 'b', 'c'] },
      { edges: [{ from: 'b.z1', to: 'a.z1' }], order: ['c', 'b', 'a'], mixed: ['a.z1'] },
    ];
    const all = effectMembers(graphOf(edges), { isOrderAssumed: false, equivalent });
    const reversed = [{ from: 'b.z1', to: 'a.z1' }];
    expect(all).toEqual([
      { edges: CHAIN.slice(0, 1), mixed: ['c.z1'], hasStudyOrder: true },
      { edges: reversed, mixed: ['c.z1'], hasStudyOrder: false },
      { edges: reversed, mixed: ['a.z1', 'c.z1'], hasStudyOrder: false },
    ]);
    expect(effectMembers(graphOf(edges), { isOrderAssumed: true, equivalent })).toHaveLength(1);
  });
});
