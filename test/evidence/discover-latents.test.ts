// The graph over latents by error-aware tests: links, arrowheads, background knowledge, measured columns, and files.
// The latents are simulated with known reliability, as if linear encoders had measured them in two folds.

import { writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { halfSampleRows } from '../../src/causal/discovery/half-samples.js';
import {
  causalGraphToDot,
  causalGraphToGraphml,
  causalGraphToJson,
  edgeSymbol,
} from '../../src/causal/discovery/index.js';
import { discover } from '../../src/causal/index.js';
import { discoveryFromJson } from '../../src/causal/graph-json.js';
import { readFolds, writeFolds } from '../../src/fit/folds-file.js';
import { measuredByUnit } from '../../src/cli/latent-question.js';
import { conclusionsOf, oneOfTexts, summarySentences } from '../../src/conclusions/index.js';
import { directionBetween } from '../../src/evidence/directions.js';
import {
  discoverLatents,
  type CrossFitSplit,
  type DiscoverLatentsOptions,
  type FoldUnits,
  type LatentDiscovery,
  type SearchProgress,
} from '../../src/evidence/index.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { causalGraphSvg } from '../../src/report/causal-svg.js';
import { ACROSS, graphOf, RELATED, summaryOf } from '../fixtures/example-evidence.js';
import { scratch } from '../fixtures/scratch.js';

const { file } = scratch();
const random = new RandomStream(11, 0);
const noise = (size: number) => Float64Array.from({ length: size }, () => random.normal());
/** Returns a linear effect of variance 1 from causes of variance 1. */
function effect(...causes: readonly (readonly [number, Float64Array])[]): Float64Array {
  const residual = Math.sqrt(1 - causes.reduce((sum, [weight]) => sum + weight ** 2, 0));
  return noise(causes[0][1].length).map(
    (value, i) => residual * value + causes.reduce((sum, [weight, cause]) => sum + weight * cause[i], 0),
  );
}

interface Simulated {
  /** True values by name of the latent, `<modality>.z<number>`. */
  readonly latents: Readonly<Record<string, Float64Array>>;
  /** Share of the variance of an encoding that comes from the latent. */
  readonly reliability?: number;
  readonly splits?: number;
}

/** Returns the question of a fit with such latents. All modalities are associated except those in `unrelated`. */
function question(
  { latents, reliability = 0.8, splits = 1 }: Simulated,
  unrelated: readonly string[] = [],
): DiscoverLatentsOptions {
  const names = Object.keys(latents);
  const nodes = names.map((name) => {
    const [modality, index] = name.split('.z');
    return { name, modality, index: Number(index) - 1 };
  });
  const size = latents[names[0]].length;
  // The mean of the two forms has the reliability.
  const sd = Math.sqrt((2 * (1 - reliability)) / reliability);
  const forms = names.map((name) => {
    const [a, b] = [0, 1].map(() => noise(size).map((value, i) => latents[name][i] + sd * value));
    return { a, b, whole: a.map((value, i) => (value + b[i]) / 2) };
  });
  const fold = (rows: readonly number[]): FoldUnits => {
    const at = (values: Float64Array) => Float64Array.from(rows, (row) => values[row]);
    return {
      ids: rows.map((row) => `s${row}`),
      units: forms.map(({ whole }) => at(whole)),
      forms: forms.map(({ a, b }) => ({ a: at(a), b: at(b) })),
    };
  };
  const modalities = [...new Set(nodes.map(({ modality }) => modality))];
  return {
    nodes,
    splits: Array.from({ length: splits }, (_, split) => ({
      folds: [0, 1].map((number) =>
        fold(Array.from({ length: size }, (_row, i) => i).filter((i) => Math.floor(i / (split + 1)) % 2 === number)),
      ),
    })),
    pairs: modalities.flatMap((first, i) =>
      modalities
        .slice(i + 1)
        .map((second) => ({ first, second, associated: !unrelated.includes(`${first} ${second}`) })),
    ),
    latents: names.map((name) => ({ name, replicated: true, leak: 0 })),
    seed: 1,
  };
}

const texts = ({ edges }: LatentDiscovery) => edges.map((edge) => `${edge.from} ${edgeSymbol(edge)} ${edge.to}`).sort();
const verdict = ({ links }: LatentDiscovery, first: string, second: string) =>
  links.find((link) => link.first === first && link.second === second)?.verdict;

const SIZE = 2000;
/** Number of subjects for a collider, which must rule out a direct link of its causes. */
const MANY = 12_000;
const a = noise(SIZE);
const b = effect([0.6, a]);
const c = effect([0.6, b]);
const chain = question({ latents: { 'A.z1': a, 'B.z1': b, 'C.z1': c }, reliability: 0.7, splits: 2 });
const first = noise(MANY);
// The causes are uncorrelated in this sample, so that a direct link is ruled out.
const drawn = noise(MANY);
const slope = drawn.reduce((sum, value, i) => sum + value * first[i], 0) / first.reduce((sum, x) => sum + x ** 2, 0);
const second = drawn.map((value, i) => value - slope * first[i]);
const both = effect([0.6, first], [0.6, second]);
const collider = { latents: { 'A.z1': first, 'B.z1': second, 'C.z1': both }, reliability: 0.95, splits: 2 };

describe('copies of one variable', () => {
  const u = noise(SIZE);
  const s = effect([0.6, u]);
  const of = { 'U.z1': u, 'A.z1': s, 'B.z1': s, 'C.z1': effect([0.6, s]) };
  const copied = question({ latents: of, splits: 2 });
  const same = [{ latents: ['A.z1', 'B.z1'] }];

  test('have no link with each other, and all links of their variable', async () => {
    const result = await discoverLatents({ ...copied, same });
    expect(texts(result)).toEqual(['A.z1 o-o C.z1', 'B.z1 o-o C.z1', 'U.z1 o-o A.z1', 'U.z1 o-o B.z1']);
    expect(verdict(result, 'A.z1', 'B.z1')).toBeUndefined();
    // What the variable explains, one copy is enough to explain.
    expect(result.undrawn).toMatchObject([{ first: 'U.z1', second: 'C.z1', verdict: 'not-supported' }]);
    expect(result.undrawn[0].conditioning).toHaveLength(1);
  });

  test('hide these links if nothing says that they are copies', async () => {
    const result = await discoverLatents(copied);
    expect(verdict(result, 'A.z1', 'B.z1')).toBe('supported');
    expect(verdict(result, 'A.z1', 'C.z1')).not.toBe('supported');
  });

  test('all have the arrowheads of their variable', async () => {
    const { 'A.z1': x, 'B.z1': y, 'C.z1': z } = collider.latents;
    const twice = question({ ...collider, latents: { 'A.z1': x, 'B.z1': y, 'C.z1': z, 'D.z1': z } });
    const result = await discoverLatents({ ...twice, same: [{ latents: ['C.z1', 'D.z1'] }], halfSamples: 20 });
    const arrows = result.directions.map(({ from, to }) => `${from} ${to}`).sort();
    expect(arrows).toEqual(['A.z1 C.z1', 'A.z1 D.z1', 'B.z1 C.z1', 'B.z1 D.z1']);
  });
});

describe('links', () => {
  test('a chain measured with error has no shortcut, unlike with partial correlations', async () => {
    const result = await discoverLatents(chain);
    expect(texts(result)).toEqual(['A.z1 o-o B.z1', 'B.z1 o-o C.z1']);
    expect(result.undrawn).toMatchObject([
      { first: 'A.z1', second: 'C.z1', verdict: 'not-supported', reason: 'explained', conditioning: ['B.z1'] },
    ]);
    const columns = chain.nodes.map(({ name }, i) => ({
      name,
      values: Float64Array.from(chain.splits[0].folds.flatMap(({ units }) => [...units[i]])),
    }));
    expect(discover(columns, { alpha: 0.01 }).edges).toHaveLength(3);
  });

  test('have the correlation of the true latents, its sign, and its interval', async () => {
    const turned = await discoverLatents(question({ latents: { 'A.z1': a, 'B.z1': b.map((value) => -value) } }));
    const { link } = turned.edges[0];
    expect(link).toMatchObject({
      verdict: 'supported',
      sign: '−',
      conditioning: [],
      direction: { verdict: 'undecided' },
    });
    expect(link!.direct!.lower).toBeLessThan(-0.6);
    expect(link!.direct!.upper).toBeGreaterThan(-0.6);
    // The measured values have a correlation of 0.6 times the reliability.
    expect(link!.association!.estimate).toBeCloseTo(-0.48, 1);
  });

  test('of modalities that are not associated, and of one modality, are not tested', async () => {
    const latents = { 'A.z1': a, 'A.z2': b, 'B.z1': c };
    expect((await discoverLatents(question({ latents }, ['A B']))).links).toEqual([]);
    const pairs = (await discoverLatents(question({ latents }))).links.map((link) => [link.first, link.second]);
    expect(pairs).toEqual([
      ['A.z1', 'B.z1'],
      ['A.z2', 'B.z1'],
    ]);
  });

  test('of a latent that is not replicated are undecided', async () => {
    const { latents, ...rest } = question({ latents: { 'A.z1': a, 'B.z1': b } });
    const result = await discoverLatents({ ...rest, latents: latents.map((one) => ({ ...one, replicated: false })) });
    expect(result.edges).toEqual([]);
    expect(result.undrawn).toMatchObject([{ verdict: 'undecided', reason: 'not-replicated', sign: '+' }]);
  });
});

describe('arrowheads', () => {
  test.each([
    ['tested', []],
    ['of modalities that are not associated', ['A B']],
  ])('point at a collider whose causes are %s', async (_name, unrelated) => {
    const result = await discoverLatents(question(collider, unrelated));
    expect(texts(result)).toEqual(['A.z1 o-> C.z1', 'B.z1 o-> C.z1']);
    for (const { link } of result.edges) {
      expect(link!.direction).toMatchObject({ verdict: 'supported', to: 'C.z1', by: 'collider' });
      expect(link!.direction.share).toBeGreaterThanOrEqual(0.9);
    }
    expect(result.directions.map(({ from, to }) => [from, to])).toEqual([
      ['A.z1', 'C.z1'],
      ['B.z1', 'C.z1'],
    ]);
  });

  test('are not drawn in chains and forks, nor without enough subjects', async () => {
    expect((await discoverLatents(chain)).directions).toEqual([]);
    const fork = { 'A.z1': effect([0.6, a]), 'B.z1': a, 'C.z1': effect([0.6, a]) };
    expect((await discoverLatents(question({ latents: fork }))).directions).toEqual([]);
    const few = Object.fromEntries(Object.entries(collider.latents).map(([name, all]) => [name, all.slice(0, 160)]));
    const result = await discoverLatents(question({ latents: few }));
    expect(result.directions).toEqual([]);
  });

  test('are not made of two latents of one modality', async () => {
    const latents = { 'A.z1': first, 'A.z2': second, 'C.z1': both };
    const result = await discoverLatents(question({ latents }));
    expect(texts(result)).toEqual(['A.z1 o-o C.z1', 'A.z2 o-o C.z1']);
    expect(result.directions).toEqual([]);
  });

  test('need half-samples, and are the same for the same seed', async () => {
    const request = question(collider);
    expect(await discoverLatents(request)).toEqual(await discoverLatents(request));
    expect((await discoverLatents({ ...request, halfSamples: 0 })).directions.every(({ share }) => share === 1)).toBe(
      true,
    );
    // The effect is strong enough for all subjects, but too weak for most half-samples.
    const weak = effect([0.22, first], [0.22, second]);
    const faint = question({ latents: { ...collider.latents, 'C.z1': weak }, reliability: 0.9 });
    const whole = await discoverLatents({ ...faint, halfSamples: 0 });
    expect(whole.edges).toHaveLength(2);
    expect((await discoverLatents(faint)).directions).toEqual([]);
  });

  test('at both ends, or against the user, give no direction', () => {
    const arrow = { from: 'a', to: 'b', share: 0.95 };
    const back = { from: 'b', to: 'a', share: 0.99 };
    expect(directionBetween(['b', 'a'], [arrow])).toMatchObject({
      verdict: 'supported',
      from: 'a',
      to: 'b',
      share: 0.95,
    });
    expect(directionBetween(['a', 'b'], [arrow, back])).toEqual({ verdict: 'undecided' });
    expect(directionBetween(['a', 'b'], [arrow], { from: 'b', to: 'a', by: 'order' })).toEqual({
      verdict: 'undecided',
    });
    expect(directionBetween(['a', 'b'], [arrow], { from: 'a', to: 'b', by: 'order' }).verdict).toBe('supported');
    expect(directionBetween(['a', 'c'], [arrow])).toEqual({ verdict: 'undecided' });
  });
});

describe('background knowledge', () => {
  test('tiers orient links, whose direction is then assumed', async () => {
    const result = await discoverLatents({ ...chain, knowledge: { tiers: [['C'], ['B'], ['A']] } });
    expect(texts(result)).toEqual(['B.z1 o-> A.z1', 'C.z1 o-> B.z1']);
    for (const { link } of result.edges) expect(link!.direction).toMatchObject({ verdict: 'assumed', by: 'knowledge' });
  });

  test('the order of the modalities orients links if the study asserts it', async () => {
    const result = await discoverLatents({ ...chain, isOrderAssumed: true });
    expect(texts(result)).toEqual(['A.z1 o-> B.z1', 'B.z1 o-> C.z1']);
    expect(result.edges[0].link!.direction).toMatchObject({ verdict: 'assumed', by: 'order' });
  });

  test('pairs that are forbidden in both directions are not tested', async () => {
    const forbidden = [
      ['A', 'B'],
      ['B', 'A'],
    ] as const;
    const result = await discoverLatents({ ...chain, knowledge: { forbidden } });
    expect(result.links.map((link) => [link.first, link.second])).not.toContainEqual(['A.z1', 'B.z1']);
    // One forbidden direction implies an arrow in the other direction.
    const one = await discoverLatents({ ...chain, knowledge: { forbidden: [['A', 'B']] } });
    expect(texts(one)).toContain('B.z1 o-> A.z1');
  });

  test('required edges are drawn regardless of the tests, and marked as assumed', async () => {
    const result = await discoverLatents({ ...chain, knowledge: { required: [['A.z1', 'C.z1']] } });
    const edge = result.edges.find(({ from, to }) => from === 'A.z1' && to === 'C.z1')!;
    expect(edgeSymbol(edge)).toBe('-->');
    expect(edge.link).toMatchObject({ verdict: 'assumed', direction: { verdict: 'assumed', by: 'knowledge' } });
    const untested = { 'A.z1': a, 'A.z2': b, 'B.z1': c };
    const within = await discoverLatents({
      ...question({ latents: untested }),
      knowledge: { required: [['A.z1', 'A.z2']] },
    });
    expect(within.edges[0].link).toMatchObject({ verdict: 'assumed', conditioning: [] });
    expect(within.edges[0].link!.direct).toBeUndefined();
  });

  test('unknown names are errors', async () => {
    await expect(discoverLatents({ ...chain, knowledge: { tiers: [['D']] } })).rejects.toThrow(
      /'D', which is neither a variable/,
    );
    await expect(discoverLatents({ ...chain, variables: ['A.z1', 'B.z2'] })).rejects.toThrow(
      /no latent or column 'B.z2'.*B.z1/,
    );
  });
});

describe('measured columns', () => {
  const ids = Array.from({ length: SIZE }, (_, i) => `s${i}`);
  const sex = Float64Array.from(noise(SIZE), (value) => Number(value > 0));
  const centred = sex.map((value) => 2 * value - 1);
  const latents = { 'A.z1': effect([0.6, centred]), 'B.z1': effect([0.6, centred]) };

  test('explain links and are linked, with their group as modality', async () => {
    const request = question({ latents });
    expect(texts(await discoverLatents(request))).toEqual(['A.z1 o-o B.z1']);
    const measured = { ids, columns: [{ name: 'sex', modality: 'people', values: sex }] };
    const result = await discoverLatents({ ...request, measured, knowledge: { tiers: [['people'], ['A', 'B']] } });
    expect(texts(result)).toEqual(['sex o-> A.z1', 'sex o-> B.z1']);
    expect(verdict(result, 'A.z1', 'B.z1')).toBe('not-supported');
    expect(result.graph.variables[2]).toEqual({ name: 'sex', modality: 'people' });
    expect((await discoverLatents({ ...request, measured, variables: ['A.z1', 'sex'] })).graph.variables).toHaveLength(
      2,
    );
  });

  test('point at a latent that they cause with another one', async () => {
    const request = question({ latents: { 'A.z1': first, 'C.z1': both } });
    const all = Array.from({ length: MANY }, (_, i) => `s${i}`);
    const measured = { ids: all, columns: [{ name: 'dose', values: second }] };
    const result = await discoverLatents({ ...request, measured });
    expect(texts(result)).toEqual(['A.z1 o-> C.z1', 'dose o-> C.z1']);
  });

  test('may be missing: a test uses the subjects with all of its variables', async () => {
    const values = sex.map((value, i) => (i % 3 === 0 ? NaN : value));
    const rows = ids.filter((_, i) => i % 5 > 0);
    const columns = [{ name: 'sex', values: values.filter((_, i) => i % 5 > 0) }];
    const result = await discoverLatents({ ...question({ latents }), measured: { ids: rows, columns } });
    expect(verdict(result, 'A.z1', 'B.z1')).toBe('not-supported');
    const nobody = { ids, columns: [{ name: 'late', values: values.map((value, i) => (i < 8 ? i : NaN * value)) }] };
    const open = await discoverLatents({ ...question({ latents }), measured: nobody });
    expect(verdict(open, 'A.z1', 'late')).toBe('undecided');
    // A column that hardly any subject has does not affect other links.
    expect(verdict(open, 'A.z1', 'B.z1')).toBe('supported');
  });

  test('are means over the rows of a group', () => {
    const members = new Map([
      ['p', ['1', '2']],
      ['q', ['3', '4']],
    ]);
    const columns = [{ name: 'x', values: Float64Array.of(1, 3, 5, NaN) }];
    const byUnit = measuredByUnit({ ids: ['1', '2', '3', '4'], columns }, { ids: ['q', 'p'], members });
    expect(byUnit).toMatchObject({ ids: ['q', 'p'], columns: [{ name: 'x', values: Float64Array.of(5, 2) }] });
    const named = measuredByUnit(
      { ids: ['p', 'q'], columns: [{ name: 'x', values: Float64Array.of(7, 8) }] },
      { ids: ['q', 'p'], members },
    );
    expect(named.columns[0].values).toEqual(Float64Array.of(8, 7));
    expect(() => measuredByUnit({ ids: ['z'], columns }, { ids: ['q'] })).toThrow(/--id/);
  });

  test('with one value are an error', async () => {
    const measured = { ids, columns: [{ name: 'flat', values: sex.map(() => 1) }] };
    await expect(discoverLatents({ ...chain, measured })).rejects.toThrow(/'flat' has at most one value/);
  });
});

test('half-samples of a pair are disjoint and have whole groups', () => {
  for (const number of [0, 2, 4]) {
    const [one, other] = [number, number + 1].map((n) => [...halfSampleRows(101, 3, n)]);
    expect(one).toHaveLength(50);
    expect(other).toHaveLength(50);
    expect(new Set([...one, ...other]).size).toBe(100);
    expect([...halfSampleRows(101, 3, number)]).toEqual(one);
    const groups = Array.from({ length: 40 }, (_, row) => `g${row % 10}`);
    const [firstGroups, secondGroups] = [number, number + 1].map((n) =>
      Array.from(halfSampleRows(40, 3, n, groups), (row) => groups[row]),
    );
    expect(firstGroups).toHaveLength(20);
    expect(firstGroups.some((group) => secondGroups.includes(group))).toBe(false);
  }
});

describe('latents that measure the same factor', () => {
  const ids = Array.from({ length: SIZE }, (_, i) => `s${i}`);
  const dose = noise(SIZE);
  const between = effect([0.7, dose]);
  const shared = effect([0.6, dose]);
  const behind = effect([0.7, between]);
  const request = (latents: Simulated['latents'], columns: Readonly<Record<string, Float64Array>>) => ({
    ...question({ latents, splits: 2 }),
    measured: { ids, columns: Object.entries(columns).map(([name, values]) => ({ name, values })) },
  });
  const oneOfs = ({ undrawn }: LatentDiscovery) =>
    new Set(undrawn.flatMap(({ oneOf = [] }) => oneOf.map(({ from, to }) => `${from}: ${to.join(' or ')}`)));

  test('do not remove the link of their cause, which is linked with at least one of them', async () => {
    const result = await discoverLatents(request({ 'A.z1': shared, 'B.z1': shared }, { dose, dice: noise(SIZE) }));
    expect(texts(result)).toEqual(['A.z1 o-o B.z1']);
    for (const latent of ['A.z1', 'B.z1']) {
      const link = result.undrawn.find((one) => one.first === latent && one.second === 'dose')!;
      expect(link).toMatchObject({ verdict: 'undecided', reason: 'interchangeable' });
      expect(link.oneOf).toMatchObject([{ from: 'dose', to: ['A.z1', 'B.z1'] }]);
      expect(link.oneOf![0].q).toBeLessThan(1e-6);
    }
    expect(oneOfs(result)).toEqual(new Set(['dose: A.z1 or B.z1']));
    const { graph, edges, undrawn } = result;
    expect(discoveryFromJson(causalGraphToJson(graph, edges, { undrawn }))!.undrawn).toEqual(undrawn);
    const sentences = oneOfTexts(undrawn);
    expect(sentences).toHaveLength(1);
    expect(sentences[0]).toContain('dose has a direct link with at least one of A.z1 and B.z1');
    const conclusions = conclusionsOf(graphOf([ACROSS]), summaryOf(RELATED));
    expect(summarySentences(conclusions, result)).toContain(sentences[0]);
  });

  test('have no link with a cause that acts through a third variable', async () => {
    const result = await discoverLatents(request({ 'A.z1': behind, 'B.z1': behind }, { dose, between }));
    expect(texts(result)).toEqual(['A.z1 o-o B.z1', 'dose o-o between']);
    expect(oneOfs(result)).toEqual(new Set(['between: A.z1 or B.z1']));
  });

  test('in three modalities are not a chain: each is linked with at least one of the other two', async () => {
    const result = await discoverLatents(question({ latents: { 'A.z1': a, 'B.z1': a, 'C.z1': a }, splits: 2 }));
    expect(texts(result)).toEqual([]);
    expect(result.undrawn.map(({ reason }) => reason)).toEqual(Array(3).fill('interchangeable'));
    expect(oneOfs(result)).toEqual(new Set(['A.z1: B.z1 or C.z1', 'B.z1: A.z1 or C.z1', 'C.z1: A.z1 or B.z1']));
  });

  test('have no other latent of their modality that could leak into them', async () => {
    const { latents, ...rest } = question({ latents: { 'A.z1': a, 'B.z1': a, 'C.z1': a }, splits: 2 });
    const result = await discoverLatents({ ...rest, latents: latents.map((one) => ({ ...one, leak: 0.6 })) });
    expect(oneOfs(result).size).toBe(3);
  });

  test('are found in addition to another latent of the modality with the same cause', async () => {
    const beside = effect([0.6, dose]);
    const result = await discoverLatents(request({ 'A.z1': shared, 'A.z2': beside, 'B.z1': shared }, { dose }));
    expect(texts(result)).toContain('A.z2 o-o dose');
    expect(oneOfs(result)).toEqual(new Set(['dose: A.z1 or B.z1']));
    for (const latent of ['A.z1', 'B.z1']) {
      expect(result.undrawn.find((one) => one.first === latent && one.second === 'dose')?.verdict).toBe('undecided');
    }
  });

  test('have no link with a variable that only shares causes with them, with any number of variables', async () => {
    const causes = [noise(SIZE), noise(SIZE), noise(SIZE), noise(SIZE)];
    const weights = causes.map((cause) => [0.45, cause] as const);
    const [x, factor] = [effect(...weights), effect(...weights)];
    const named = (name: string, all: readonly Float64Array[]) =>
      Object.fromEntries(all.map((values, i) => [`${name}${i}`, values]));
    const fillers = named(
      'filler',
      [0, 1, 2, 3].map(() => effect([0.3, causes[0]])),
    );
    const columns = { x, ...fillers, ...named('cause', causes) };
    const result = await discoverLatents({ ...request({ 'A.z1': factor, 'B.z1': factor }, columns), halfSamples: 0 });
    expect([...oneOfs(result)].filter((text) => text.startsWith('x:'))).toEqual([]);
  });
});

describe('a link with one of two latents that measure the same, 1,000 subjects, reliability 0.7', () => {
  const studies = 20;
  const countFound = async (make: () => Readonly<Record<'x' | 'factor' | 'other', Float64Array>>): Promise<number> => {
    let result = 0;
    for (let study = 0; study < studies; study++) {
      const { x, factor, other } = make();
      const ids = Array.from(x, (_, i) => `s${i}`);
      const request = question({
        latents: { 'A.z1': factor, 'B.z1': factor, 'C.z1': other },
        reliability: 0.7,
        splits: 3,
      });
      const { undrawn } = await discoverLatents({ ...request, measured: { ids, columns: [{ name: 'x', values: x }] } });
      const groups = undrawn.flatMap(({ oneOf = [] }) => oneOf);
      result += Number(groups.some(({ from, to }) => from === 'x' && to.join() === 'A.z1,B.z1'));
    }
    return result;
  };

  test('is found in most studies', async () => {
    const x = () => noise(1000);
    expect(await countFound(() => ((cause) => ({ x: cause, factor: effect([0.4, cause]), other: x() }))(x()))).toBe(
      studies,
    );
  });

  test('is not found if a third latent lies between, or causes both', async () => {
    const mediated = () => {
      const x = noise(1000);
      const other = effect([0.6, x]);
      return { x, other, factor: effect([0.6, other]) };
    };
    const confounded = () => {
      const other = noise(1000);
      return { other, x: effect([0.6, other]), factor: effect([0.6, other]) };
    };
    expect(await countFound(mediated)).toBe(0);
    expect(await countFound(confounded)).toBe(0);
  });
});

describe('an explanation', () => {
  test('needs supported links', async () => {
    const { latents, ...rest } = chain;
    const isDoubtful = (name: string) => name === 'B.z1';
    const result = await discoverLatents({
      ...rest,
      latents: latents.map((one) => ({ ...one, replicated: !isDoubtful(one.name) })),
    });
    expect(result.undrawn.map(({ first: one, second: other, reason }) => [one, other, reason])).toEqual([
      ['A.z1', 'B.z1', 'not-replicated'],
      ['A.z1', 'C.z1', 'interchangeable'],
      ['B.z1', 'C.z1', 'not-replicated'],
    ]);
  });

  test('is searched among the variables that lie between, for any order of variables', async () => {
    const links: Float64Array[] = [a];
    for (let i = 1; i < 5; i++) links.push(effect([0.7, links[i - 1]]));
    const inOrder = (order: readonly number[]) =>
      discoverLatents(
        question({ latents: Object.fromEntries(order.map((i) => [`${'ABCDE'[i]}.z1`, links[i]])), splits: 2 }),
      );
    for (const order of [
      [0, 1, 2, 3, 4],
      [4, 2, 0, 3, 1],
    ]) {
      const { edges, undrawn } = await inOrder(order);
      expect(edges).toHaveLength(4);
      expect(undrawn.map(({ reason }) => reason)).toEqual(Array(6).fill('explained'));
    }
  });
});

describe('a long search', () => {
  const names = ['A', 'B', 'C', 'D', 'E', 'F'].map((modality) => `${modality}.z1`);
  const many = question({ latents: Object.fromEntries(names.map((name) => [name, effect([0.8, a])])), splits: 2 });

  test('does not begin after an earlier abort', async () => {
    await expect(discoverLatents(chain, { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
  });

  test('reports its progress, and ends on an abort', async () => {
    const controller = new AbortController();
    const events: SearchProgress[] = [];
    const onProgress = (progress: SearchProgress) => {
      events.push(progress);
      if (events.length === 3) controller.abort(new Error('enough'));
    };
    await expect(discoverLatents(many, { signal: controller.signal, onProgress })).rejects.toThrow('enough');
    expect(events).toHaveLength(3);
    for (const { stage, conditioning, done, total } of events) {
      expect(stage).toBe('links');
      expect([0, 1, 2, 3]).toContain(conditioning);
      expect(done).toBeLessThan(total);
    }
  });
});

describe('files', () => {
  test('folds.csv keeps every bit, missing values, and latents without forms', async () => {
    const { nodes, splits } = question({ latents: { 'A.z1': a.slice(0, 40), 'B.z1': b.slice(0, 40) }, splits: 2 });
    const written: CrossFitSplit[] = splits.map(({ folds }) => ({
      folds: folds.map(({ ids, units, forms }, f) => ({
        ...{ ids, rows: new Int32Array(), unrotated: units, removed: [0, 0] },
        units: [units[0].map((value, i) => (i === 3 ? NaN : value)), units[1]],
        forms: [{ a: forms[0]!.a.map((value, i) => (i === 3 + f ? NaN : value)), b: forms[0]!.b }, undefined],
      })),
      replication: [],
      agreement: [],
    }));
    const path = file('folds.csv');
    await writeFolds(path, 'id', nodes, written);
    const read = await readFolds(path, nodes);
    expect(read).toEqual(written.map(({ folds }) => folds.map(({ ids, units, forms }) => ({ ids, units, forms }))));
  });

  // A fuzzer found the second one: no list could hold the number of splits in the file.
  test.each([
    ['no number', 'a,,1'],
    ['a split that no list could hold', 'a,99999999999999999999,1'],
    ['split 0', 'a,0,1'],
    ['split 2 before split 1', 'a,2,1'],
    ['half a split', 'a,1,1\nb,1.5,1'],
    ['fold 3', 'a,1,3'],
  ])('folds.csv with %s is refused', async (_, rows) => {
    const path = file('damaged-folds.csv');
    writeFileSync(path, `id,split,fold\n${rows}\n`);
    await expect(readFolds(path, [])).rejects.toMatchObject({ code: 'damaged-file' });
  });

  test('JSON, DOT, and GraphML have the figures of a link; undecided pairs are outside the graph', async () => {
    const { graph, edges, undrawn } = await discoverLatents(question(collider));
    const text = causalGraphToJson(graph, edges, { undrawn });
    expect(discoveryFromJson(text)).toEqual(
      JSON.parse(JSON.stringify({ graph, edges, undrawn }), (key, value: unknown) =>
        key === 'marks' ? graph.marks : value,
      ) as object,
    );
    const { direct, q } = edges[0].link!;
    const dot = causalGraphToDot(graph, edges);
    expect(dot).toContain(`correlation=${direct!.estimate}, lower=${direct!.lower}, upper=${direct!.upper}, q=${q}`);
    expect(dot).toContain('verdict="supported", sign="+"');
    expect(dot).toContain('direction="supported"');
    const graphml = causalGraphToGraphml(graph, edges);
    expect(graphml).toContain('<key id="verdict" for="edge" attr.name="verdict" attr.type="string"/>');
    expect(graphml).toContain(`<data key="arrowShare">${edges[0].link!.direction.share}</data>`);
    const undecided = [{ verdict: 'undecided' as const }, { verdict: 'not-supported' as const }];
    expect(await causalGraphSvg(graph, edges, { undrawn: undecided })).toContain('1 undecided pair is not drawn');
    expect(await causalGraphSvg(graph, edges)).not.toContain('undecided');
  });
});
