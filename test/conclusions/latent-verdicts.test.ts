// The verdict on each latent: components, blocks, and the reasons (docs/explanation/determination.md).

import { describe, expect, test } from '@jest/globals';
import { drawnGraph } from '../../src/causal/blocks.js';
import { latentNodes, type GraphCauses, type LatentGraph } from '../../src/causal/index.js';
import { conclusionsOf, judgedGraph, latentCautions, latentText, linksOfBlocks } from '../../src/conclusions/index.js';
import { identifiability } from '../../src/report/facts/identifiability.js';
import { graphSvg } from '../../src/report/graph-svg.js';
import type { RunSummary } from '../../src/training/run-folder.js';
import { exampleSummary } from '../fixtures/example-runs.js';
import { evidenceOf, type EffectFacts } from '../fixtures/judged-evidence.js';

type Evidence = NonNullable<RunSummary['evidence']>;
type Edge = readonly [from: string, to: string];
const STRAIGHT = { linear: 0.6, curvature: 0, spread: 0, nonNormal: 0.1 };
const CURVED = { ...STRAIGHT, curvature: 0.2 };
const PAIRS: readonly Edge[] = [
  ['a.z1', 'b.z1'],
  ['a.z2', 'b.z2'],
];

interface Facts extends Pick<GraphCauses, 'causes' | 'causeEdges'> {
  /** Numbers of latents by modality. Default: two of a and two of b. */
  readonly sizes?: Readonly<Record<string, number>>;
  readonly edges?: readonly Edge[];
  /** Properties of the links by position; the last one of all further links. Default: curved. */
  readonly links?: readonly (typeof STRAIGHT)[];
  /** Changes of the evidence for some latents; without it, nothing was tested. */
  readonly latents?: Readonly<Record<string, Partial<Evidence['latents'][number]>>>;
  readonly tested?: boolean;
  readonly isCyclic?: boolean;
  readonly determination?: RunSummary['determination'];
  /** Numbers of models, and the latents of `a` and `b` that they have mixtures of, by member of the class. */
  readonly members?: readonly { readonly fits: number; readonly mixed?: readonly string[] }[];
  readonly effects?: readonly EffectFacts[];
  readonly declared?: RunSummary['causes'];
}

function studyOf({ sizes = { a: 2, b: 2 }, edges = PAIRS, links = [CURVED], ...facts }: Facts) {
  const modalities = Object.entries(sizes).map(([name, latents]) => ({ name, latents }));
  const nodes = latentNodes(modalities);
  const graph: LatentGraph = {
    nodes,
    strengths: new Float64Array(nodes.length ** 2),
    edges: edges.map(([from, to]) => ({ from, to, strength: 1, agreement: 1 })),
    runs: 4,
    ...(facts.causes && { causes: facts.causes, causeEdges: facts.causeEdges }),
  };
  const names = nodes.map(({ name }) => name);
  const base = evidenceOf({ names, ...(facts.effects && { effects: facts.effects }) }) as Evidence;
  const evidence: Evidence = {
    ...base,
    pairs: [],
    subjects: 1000,
    latents: base.latents.map((latent) => ({ ...latent, ...facts.latents?.[latent.name] })),
    mechanisms: edges.map(([from, to], e) => ({ from, to, ...links[Math.min(e, links.length - 1)] })),
  };
  const example = exampleSummary(modalities, facts.tested === false ? undefined : evidence);
  const summary = {
    ...example,
    ...(facts.isCyclic && {
      config: { ...example.config, sparsity: { ...example.config.sparsity, graph: 'cyclic' as const } },
    }),
    ...(facts.determination && { determination: facts.determination }),
    ...(facts.members && { equivalence: classOf(facts.members, edges) }),
    ...(facts.declared && { causes: facts.declared }),
  };
  return { graph, summary, conclusions: conclusionsOf(graph, summary) };
}

function classOf(members: NonNullable<Facts['members']>, edges: readonly Edge[]): RunSummary['equivalence'] {
  const ends = edges.map(([from, to]) => ({ from, to }));
  const same = { source: 'restart', difference: 0, standardError: 0, edges: ends } as const;
  const chosen = { difference: 0, standardError: 0, isMember: true };
  return { subjects: 200, compared: 16, chosen, members: members.map((one) => ({ ...same, ...one })), links: [] };
}

/** Returns the verdict on each latent with the codes of its reasons: `component`, or `block: folds-mix`. */
function verdictsOf(facts: Facts): Record<string, string> {
  const { latents } = studyOf(facts).conclusions;
  return Object.fromEntries(
    latents.map(({ name, verdict, reasons }) => [name, [verdict, ...reasons.map(({ code }) => code)].join(' ')]),
  );
}

const each = (verdict: string, names = ['a.z1', 'a.z2', 'b.z1', 'b.z2']) =>
  Object.fromEntries(names.map((name) => [name, verdict]));

describe('folds', () => {
  test('a latent that folds find, and whose links distinguish it, is a component', () => {
    expect(verdictsOf({})).toEqual(each('component'));
  });

  test('less agreement is enough if mechanisms distinguish the axes', () => {
    const latents = { 'a.z1': { agreement: 0.82, single: false } };
    expect(verdictsOf({ latents })['a.z1']).toBe('component');
    // A third link breaks the rotation of one-to-one links, but straight links leave the axes to the folds.
    const edges: Edge[] = [...PAIRS, ['a.z1', 'b.z2']];
    expect(verdictsOf({ latents, edges, links: [STRAIGHT] })).toEqual({
      ...each('component'),
      'a.z1': 'block folds-mix',
    });
    expect(verdictsOf({ latents: { 'a.z1': { agreement: 0.79 } } })['a.z1']).toBe('block folds-mix');
  });

  test('a subspace that folds do not find is not replicated, and nothing is said without a test', () => {
    expect(verdictsOf({ latents: { 'a.z1': { replicated: false, single: false } } })['a.z1']).toBe('not-replicated');
    expect(verdictsOf({ tested: false })).toEqual(each('untested'));
  });

  test('the only latent of a modality cannot be mixed with another one', () => {
    const edges: Edge[] = [['a.z1', 'b.z1']];
    expect(verdictsOf({ sizes: { a: 1, b: 1 }, edges, links: [STRAIGHT] })).toEqual(
      each('component single-latent', ['a.z1', 'b.z1']),
    );
  });
});

describe('restarts', () => {
  const restarts = { restarts: 16, equals: 9 };
  const determination = { ...restarts, agreement: [0.7, 0.71, 1, 0.99], determined: [false, false, true, true] };

  test('an equally good restart with other axes makes a block, also without a test', () => {
    const expected = { 'a.z1': 'block restarts-mix', 'a.z2': 'block restarts-mix' };
    expect(verdictsOf({ determination })).toMatchObject({ ...expected, 'b.z1': 'component' });
    expect(verdictsOf({ determination, tested: false })).toMatchObject({ ...expected, 'b.z1': 'untested' });
  });

  test('the caution names the modality once, with figures and a remedy', () => {
    const [caution, ...further] = latentCautions(studyOf({ determination }).conclusions);
    expect(further).toEqual([]);
    expect(caution.title).toBe('a.z1 and a.z2 are identified only up to mixing within a');
    expect(caution.text).toContain('9 of 16 restarts');
    expect(caution.text).toContain('0.70');
    expect(caution.text).toMatch(/a third modality that is linked with only some of them, or a measured cause/);
  });

  test('without an equally good restart, nothing was compared', () => {
    expect(verdictsOf({ determination: { restarts: 16, equals: 1 } })).toEqual(each('component one-restart'));
  });
});

describe('a fit that allows cycles', () => {
  test('has blocks, because no data distinguish latents that cause each other from their mixtures', () => {
    const { conclusions } = studyOf({ isCyclic: true });
    expect(verdictsOf({ isCyclic: true })).toEqual(each('block cycles-mix'));
    expect(conclusions.latents[0].blockWith).toEqual(['a.z2']);
    expect(latentText(conclusions.latents[0])).toBe(
      'a.z1 is identified only up to a mixture with a.z2: the fit allows cycles, and no data distinguish latents ' +
        'that cause each other from mixtures of them.',
    );
  });

  test('advises a fit without cycles, once', () => {
    const { text } = latentCautions(studyOf({ isCyclic: true }).conclusions)[0];
    expect(text).toContain('If latents cannot cause each other, fit with sparsity.graph: ordered.');
    expect(text).not.toContain('Other settings do not help');
  });

  test('has a component where a modality has no other latent', () => {
    const verdicts = verdictsOf({ isCyclic: true, sizes: { a: 1, b: 1 }, edges: [['a.z1', 'b.z1']] });
    expect(verdicts).toEqual(each('component single-latent', ['a.z1', 'b.z1']));
  });
});

describe('the class of equally good models', () => {
  const members = [{ fits: 5 }, { fits: 2, mixed: ['b.z1', 'b.z2'] }];

  test('a component is one in every equally good model', () => {
    const { conclusions } = studyOf({ members });
    expect(verdictsOf({ members })).toEqual({
      ...each('component', ['a.z1', 'a.z2']),
      ...each('block models-mix', ['b.z1', 'b.z2']),
    });
    expect(latentText(conclusions.latents[2])).toBe(
      'b.z1 is identified only up to a mixture with b.z2: 2 of 7 equally good models have a mixture instead.',
    );
  });

  test('a mixture that an equally good restart shows is said once', () => {
    const determination = {
      restarts: 16,
      equals: 9,
      agreement: [1, 1, 0.7, 0.7],
      determined: [true, true, false, false],
    };
    expect(verdictsOf({ determination, members })).toMatchObject(each('block restarts-mix', ['b.z1', 'b.z2']));
  });
});

describe('links', () => {
  test('straight one-to-one links of two modalities can be rotated, unless a further link tells them apart', () => {
    expect(verdictsOf({ links: [STRAIGHT] })).toEqual(each('block rotatable-links'));
    expect(verdictsOf({ links: [STRAIGHT], edges: [...PAIRS, ['a.z1', 'b.z2']] })).toEqual(each('component'));
    expect(verdictsOf({ links: [CURVED, STRAIGHT] })).toEqual(each('component'));
  });

  test('properties within the sampling error do not count', () => {
    // With 1,000 subjects, three standard errors of the kurtosis are 0.46, and of a share 0.018.
    expect(verdictsOf({ links: [{ ...STRAIGHT, spread: 0.03 }] })).toEqual(each('component'));
    const { graph, summary } = studyOf({ links: [{ ...STRAIGHT, spread: 0.03 }] });
    const few = { ...summary, evidence: { ...summary.evidence!, subjects: 300 } };
    expect(conclusionsOf(graph, few).latents.map(({ verdict }) => verdict)).toEqual(new Array(4).fill('block'));
  });

  test('two latents of a modality with the same links can be mixed', () => {
    const edges: Edge[] = [
      ['a.z1', 'b.z1'],
      ['a.z2', 'b.z1'],
      ['a.z1', 'b.z2'],
    ];
    const sizes = { a: 2, b: 2, c: 1 };
    expect(verdictsOf({ sizes, edges: [...edges, ['a.z2', 'b.z2']], links: [STRAIGHT] })).toMatchObject({
      ...each('block rotatable-links'),
      'c.z1': 'block single-latent no-links',
    });
  });

  test('chains of the same modalities rotate together, and other shapes do not', () => {
    const sizes = { a: 2, b: 2, c: 2 };
    const chains: Edge[] = [...PAIRS, ['b.z1', 'c.z1'], ['b.z2', 'c.z2']];
    const names = ['a.z1', 'a.z2', 'b.z1', 'b.z2', 'c.z1', 'c.z2'];
    expect(verdictsOf({ sizes, edges: chains, links: [STRAIGHT] })).toEqual(each('block rotatable-links', names));
    const otherShape: Edge[] = [...PAIRS, ['b.z1', 'c.z1'], ['a.z2', 'c.z2']];
    expect(verdictsOf({ sizes, edges: otherShape, links: [STRAIGHT] })).toEqual(each('component', names));
  });

  test('a latent without a link to another modality is a block with the other latent', () => {
    const { latents } = studyOf({ edges: [PAIRS[0]] }).conclusions;
    expect(latents.map(({ verdict }) => verdict)).toEqual(['component', 'block', 'component', 'block']);
    expect(latents[1]).toMatchObject({ blockWith: ['a.z1'], reasons: [{ code: 'no-links' }] });
  });
});

describe('causes', () => {
  const arm = { name: 'arm', kind: 'categorical', levels: ['none', 'drug', 'other'], assigned: true } as const;
  const of = (
    targets: Readonly<Record<string, readonly string[]>>,
    effect: 'soft' | 'perfect',
    { sizes, edges, spared = true }: Pick<Facts, 'sizes' | 'edges'> & { readonly spared?: boolean } = {},
  ): Facts => {
    const names = latentNodes(Object.entries(sizes ?? { a: 2, b: 2 }).map(([name, latents]) => ({ name, latents })));
    const causeEdges = Object.entries(targets).flatMap(([level, to]) =>
      to.map((one) => ({ from: 'arm', level, to: one })),
    );
    const effects = Object.entries(targets).flatMap(([level, to]) =>
      names.map(({ name: latent }): EffectFacts => {
        const verdict = to.includes(latent) ? 'supported' : spared ? 'not-supported' : 'undecided';
        return { cause: 'arm', level, latent, verdict };
      }),
    );
    const declared = [{ ...arm, effect, terms: [{ level: 'drug' }, { level: 'other' }] }];
    return {
      ...{ sizes, edges, links: [STRAIGHT], causes: [{ ...arm, effect }], causeEdges, effects },
      declared: declared,
    };
  };

  test('a level that acts on one of two linked pairs settles both', () => {
    expect(verdictsOf(of({ drug: ['b.z2'] }, 'soft'))).toEqual(each('component settled-by-cause'));
    expect(verdictsOf(of({ drug: ['a.z1', 'b.z2'] }, 'soft'))).toEqual(each('block rotatable-links'));
    expect(verdictsOf(of({ drug: ['a.z1', 'b.z2'], other: ['a.z1'] }, 'soft'))).toEqual(
      each('component settled-by-cause'),
    );
  });

  test('a level that is not known to spare the other pair settles them under this condition', () => {
    const { conclusions } = studyOf(of({ drug: ['b.z2'] }, 'soft', { spared: false }));
    expect(conclusions.latents[0].reasons).toEqual([{ code: 'settled-by-cause', presumed: true }]);
    expect(latentCautions(conclusions)[0].title).toBe(
      'Causes determine a.z1 and a.z2 only if they spare the other latents',
    );
  });

  test('within a modality, perfect levels settle latents, and other levels only move them', () => {
    const one = { sizes: { a: 3 }, edges: [] };
    const targets = { drug: ['a.z1'], other: ['a.z2'] };
    expect(verdictsOf(of(targets, 'perfect', one))).toEqual({
      'a.z1': 'component settled-by-cause',
      'a.z2': 'component settled-by-cause',
      'a.z3': 'block no-links',
    });
    const { latents } = studyOf(of(targets, 'soft', one)).conclusions;
    expect(latents.map(({ verdict }) => verdict)).toEqual(['block', 'block', 'block']);
    expect(latents[0].reasons).toEqual([{ code: 'no-links', moved: true }]);
    expect(latents[2].reasons).toEqual([{ code: 'no-links' }]);
  });
});

describe('outputs', () => {
  const facts = { latents: { 'a.z1': { agreement: 0.5, single: false }, 'a.z2': { agreement: 0.5, single: false } } };

  test('edges of a block have its name', async () => {
    const { graph, summary, conclusions } = studyOf(facts);
    const [first, ...rest] = linksOfBlocks(conclusions);
    expect([first.first, first.second, first.sign]).toEqual(['a.z1|z2', 'b.z1', undefined]);
    expect(rest.map((link) => [link.first, link.second])).toEqual([['a.z1|z2', 'b.z2']]);
    const judged = judgedGraph(graph, summary);
    const drawn = drawnGraph(judged);
    expect(drawn.nodes.map(({ name }) => name)).toEqual(['a.z1|z2', 'b.z1', 'b.z2']);
    expect(drawn.edges.map(({ from, to, effect }) => [from, to, effect])).toEqual([
      ['a.z1|z2', 'b.z1', undefined],
      ['a.z1|z2', 'b.z2', undefined],
    ]);
    const svg = await graphSvg(judged);
    expect(svg).toContain('a.z1|z2 – b.z1 (not supported by tests)');
    expect(svg).not.toMatch(/a\.z1 [→–]/);
    expect(svg).toContain('Outlined group');
    expect(await graphSvg(graph)).not.toContain('Outlined group');
  });

  test.each([
    ['one of its links is supported, and a collider determines its direction', 'undecided', 'supported'],
    ['both links are supported, and the direction of one of them is open', 'supported', 'undecided'],
  ] as const)('drawings and tables give a block one direction: %s', (_, verdict, direction) => {
    const modalities = ['m1', 'm2'].map((name) => ({ name, latents: 2 }));
    const mixed = { replicated: true, single: false, agreement: 0.5 };
    const evidence = evidenceOf({
      links: [
        ['m1.z1', 'm2.z1', 'supported'],
        ['m1.z2', 'm2.z1', verdict],
      ],
      latents: { 'm1.z1': mixed, 'm1.z2': mixed },
      directions: [{ from: 'm1.z1', to: 'm2.z1', share: 0.9 }],
    }) as Evidence;
    const nodes = latentNodes(modalities);
    const edges = ['m1.z1', 'm1.z2'].map((from) => ({ from, to: 'm2.z1', strength: 1, agreement: 1 }));
    const graph: LatentGraph = { nodes, strengths: new Float64Array(16), edges, runs: 4 };
    const example = exampleSummary(modalities, evidence);
    const summary = {
      ...example,
      config: { ...example.config, sparsity: { ...example.config.sparsity, order: 'unknown' as const } },
    };
    const [link] = linksOfBlocks(conclusionsOf(graph, summary));
    expect([link.first, link.direction.verdict]).toEqual(['m1.z1|z2', direction]);
    const judged = judgedGraph(graph, summary);
    expect(judged.edges.map((edge) => edge.direction)).toEqual([direction, direction]);
    expect(drawnGraph(judged).edges.map((edge) => edge.direction)).toEqual([direction]);
  });

  test('the text of a latent says what it is, and why', () => {
    const texts = studyOf(facts).conclusions.latents.map(latentText);
    expect(texts[0]).toBe(
      'a.z1 is identified only up to a mixture with a.z2: models of disjoint subjects agree on it too little ' +
        '(correlation 0.50, and 0.60 for random axes).',
    );
    expect(texts[2]).toMatch(/^b\.z1 is a component, identified up to a monotone scale; .* correlate by 0\.90/);
  });

  test('a report also warns of few restarts and of links that few restarts found', () => {
    const { graph, conclusions } = studyOf({});
    const titles = (of: Partial<LatentGraph>) =>
      identifiability({ ...graph, ...of }, conclusions).map(({ title }) => title);
    expect(titles({})).toEqual([]);
    expect(titles({ runs: 1 })).toEqual(['Only one restart']);
    const edges = graph.edges.map((edge) => ({ ...edge, agreement: 0.5 }));
    expect(titles({ edges })[0]).toMatch(/2 of 2 links .* half of the restarts/);
  });
});
