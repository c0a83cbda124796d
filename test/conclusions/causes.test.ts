// Conclusions about observed causes: an assigned cause has effects, any other cause has associations, and every other
// output derives from the verdicts of the evidence.

import { describe, expect, test } from '@jest/globals';
import { latentNodes, type CauseEdge, type LatentGraph } from '../../src/causal/index.js';
import {
  causeHeadline,
  causeSentences,
  conclusionsOf,
  describeConclusions,
  directEffectText,
  effectText,
  headline,
  summarySentences,
  withSupportedCauses,
} from '../../src/conclusions/index.js';
import { conclusionsSchema } from '../../src/serving/conclusions-schema.js';
import type { RunSummary } from '../../src/training/run-folder.js';
import { exampleSummary } from '../fixtures/example-runs.js';
import { latent, type Evidence } from '../fixtures/example-evidence.js';
import { printTests } from '../../src/cli/evidence.js';
import { printed } from './outputs.js';

const MODALITIES = [{ name: 'cells', latents: 2 }];
const graph: LatentGraph = {
  nodes: latentNodes(MODALITIES),
  strengths: new Float64Array(4),
  edges: [{ from: 'cells.z1', to: 'cells.z2', strength: 0.5, agreement: 1 }],
  runs: 4,
  causes: [],
  causeEdges: [{ from: 'guide', level: 'IFNGR1', to: 'cells.z1' }],
};
const around = (estimate: number, half: number) => ({
  estimate,
  lower: estimate - half,
  upper: estimate + half,
  lower90: estimate - 0.84 * half,
  upper90: estimate + 0.84 * half,
});
type Effect = NonNullable<Evidence['causes']>['effects'][number];
const effect = (level: string, to: string, figures: Partial<Effect>): Effect => ({
  ...{ cause: 'guide', level, latent: to, units: 200, verdict: 'undecided', power: 0.9 },
  ...figures,
});
const EFFECTS: readonly Effect[] = [
  effect('IFNGR1', 'cells.z1', {
    verdict: 'supported',
    effect: around(-1.4, 0.1),
    partialR2: 0.3,
    p: 1e-20,
    q: 1e-19,
    direct: {
      verdict: 'direct',
      through: [],
      parents: [],
      estimate: -1.4,
      lower: -1.5,
      upper: -1.3,
      p: 1e-20,
      q: 1e-20,
    },
  }),
  effect('IFNGR1', 'cells.z2', {
    verdict: 'supported',
    effect: around(0.5, 0.1),
    p: 1e-8,
    q: 1e-7,
    direct: {
      verdict: 'through',
      through: ['cells.z1'],
      parents: ['cells.z1'],
      estimate: 0.01,
      lower: -0.1,
      upper: 0.1,
      p: 0.8,
      q: 0.8,
    },
  }),
  effect('ATF2', 'cells.z1', { verdict: 'not-supported', effect: around(0.02, 0.1), p: 0.6, q: 1 }),
  effect('ATF2', 'cells.z2', { reason: 'low-power', effect: around(0.2, 0.4), p: 0.3, q: 1 }),
  effect('rare', 'cells.z1', { reason: 'too-few', units: 3 }),
  effect('same', 'cells.z1', { reason: 'confounded' }),
  effect('lost', 'cells.z1', { reason: 'gaps', effect: around(0.9, 0.1), p: 1e-8, q: 1e-7 }),
];

function summaryOf(assigned: boolean, effects = EFFECTS): RunSummary {
  const evidence: Evidence = {
    ...{ alpha: 0.05, linkAlpha: 0.01, folds: 2, splits: 3, subjects: 900, tested: true, pairs: [], links: [] },
    latents: [latent('cells.z1', 0.97, true), latent('cells.z2', 0.9, true)],
    directions: [{ from: 'cells.z1', to: 'cells.z2', cause: { name: 'guide', level: 'IFNGR1' } }],
    unsupported: [],
    seconds: 1,
    causes: {
      effects,
      blocks: [{ cause: 'guide', level: 'ATF2', modality: 'cells', p: 0.2, q: 1, verdict: 'undecided' }],
    },
  };
  const levels = ['non-targeting', 'IFNGR1', 'ATF2', 'rare', 'same', 'lost'];
  return {
    ...exampleSummary(MODALITIES, evidence),
    causes: [
      {
        ...{ name: 'guide', kind: 'categorical', levels, assigned, effect: 'soft' },
        terms: levels.slice(1).map((level) => ({ level })),
      },
    ],
  };
}

describe.each([true, false])('a cause that is assigned: %s', (assigned) => {
  const conclusions = conclusionsOf(graph, summaryOf(assigned));
  const [first, second] = conclusions.causes!.effects;

  test('has effects or associations, and never both words', () => {
    const sentences = [
      ...summarySentences(conclusions).slice(0, -1),
      ...conclusions.causes!.effects.map(effectText),
      ...causeSentences(conclusions.causes!, 9),
    ];
    const text = sentences.join('\n');
    if (assigned) {
      expect(effectText(first)).toMatch(
        /^guide = IFNGR1 lowers cells\.z1 by 1\.40 sd \(95 % interval 1\.30 to 1\.50, q/,
      );
      expect(headline(conclusions)).toBe('guide = IFNGR1 affects cells.z1 and cells.z2.');
      expect(text).not.toContain('association');
      expect(summarySentences(conclusions).at(-1)).toContain('causal, since it was assigned');
    } else {
      expect(effectText(first)).toContain('With guide = IFNGR1, cells.z1 is 1.40 sd lower than with non-targeting');
      expect(headline(conclusions)).toBe('guide = IFNGR1 is associated with cells.z1 and cells.z2.');
      expect(text).not.toMatch(/effect|lowers|raises|causal/i);
      expect(summarySentences(conclusions).at(-1)).toContain('not effects');
    }
  });

  test('has a robustness value only if it is an association that is supported', () => {
    const words = 'To explain this association away, an unmeasured common cause must explain 47 % of the';
    expect(effectText(first).includes(words)).toBe(!assigned);
    expect(first.robustness !== undefined).toBe(!assigned);
    for (const other of conclusions.causes!.effects.slice(1)) expect(other.robustness).toBeUndefined();
    const weak = { ...EFFECTS[0], verdict: 'undecided', reason: 'corrected' } as const;
    const [undecided] = conclusionsOf(graph, summaryOf(assigned, [weak])).causes!.effects;
    expect(undecided.robustness).toBeUndefined();
    expect(effectText(undecided)).not.toContain('unmeasured');
  });

  test('says through which latent an effect passes', () => {
    expect(effectText(second)).toContain('Given cells.z1, less than 0.10 sd of this');
    expect(first.isFitted).toBe(true);
    expect(second.isFitted).toBe(false);
  });

  test('is not identifiable for a small level and one that is a batch, and undecided if it moves gaps', () => {
    const of = (level: string) => conclusions.causes!.effects.find((one) => one.level === level)!;
    expect(effectText(of('rare'))).toMatch(/not identifiable.*too few.*\(3 held-out/);
    expect(effectText(of('same'))).toMatch(/not identifiable.*cannot be distinguished/);
    const text = summarySentences(conclusions).join(' ');
    expect(text).toContain('guide = rare');
    expect(text).toContain('guide = same');
    expect(effectText(of('lost'))).toMatch(/is undecided \(0\.90 sd.*: which values are missing depends on the level/);
    expect(text).toContain('which values are missing depends on the level: guide = lost');
  });

  test('fits the schema of the server, and the tables of the command', () => {
    const described = describeConclusions({ graph, summary: summaryOf(assigned) });
    expect(conclusionsSchema.parse(described)).toEqual(described);
    const text = printed(() => printTests(graph, summaryOf(assigned)));
    expect(text).toMatch(/IFNGR1, cells\.z1 .*supported +none known/);
    expect(text).toMatch(/IFNGR1, cells\.z2 .*supported +cells\.z1/);
    expect(text).not.toContain('Pairs of modalities');
  });
});

test('the direction within a modality follows the level of an assigned cause', () => {
  const [link] = conclusionsOf(graph, summaryOf(true)).links;
  expect(link.direction).toMatchObject({ verdict: 'supported', from: 'cells.z1', to: 'cells.z2', by: 'cause' });
});

test('a cause that is the batch of a modality is not identifiable in it, which the summary says once', () => {
  const same = ['IFNGR1', 'ATF2'].map((level) => effect(level, 'cells.z1', { reason: 'batch' }));
  const { causes } = conclusionsOf(graph, summaryOf(true, [...same, EFFECTS[1]]));
  expect(effectText(causes!.effects.find(({ reason }) => reason === 'batch')!)).toMatch(
    /not identifiable: the batches of this modality divide/,
  );
  const sentences = causeSentences(causes!, 1).filter((text) => text.includes('batches'));
  expect(sentences).toEqual([
    'Not identifiable in cells, because its batches divide the subjects in the same way: guide.',
  ]);
});

test('effects that batches hide take one line of the tables of a command', () => {
  const same = ['IFNGR1', 'ATF2', 'rare', 'same'].map((level) => effect(level, 'cells.z1', { reason: 'batch' }));
  const text = printed(() => printTests(graph, summaryOf(true, [...same, EFFECTS[1]])));
  expect(text.match(/batches/g)).toHaveLength(1);
  expect(text).toContain('4 other combinations are not supported or undecided.');
});

test('an effect on a latent that may be a mixture says so once in every output', () => {
  const run = summaryOf(true);
  const [z1, z2] = run.evidence!.latents;
  const evidence = { ...run.evidence!, latents: [z1, { ...z2, single: false }] };
  const { causes } = conclusionsOf(graph, { ...run, evidence });
  const [first, second] = causes!.effects;
  expect([first, second].map(({ isMixture }) => isMixture)).toEqual([false, true]);
  const mixture = 'cells.z2 may be a mixture of the latents of cells: results on it hold for this mixture.';
  expect([first, second].map((one) => effectText(one).includes(mixture))).toEqual([false, true]);
  expect(causeSentences(causes!, 0).filter((text) => text.includes('mixture'))).toEqual([mixture]);
  expect(printed(() => printTests(graph, { ...run, evidence })).replaceAll(/\s+/g, ' ')).toContain(mixture);
});

test('a study whose causes move nothing says so', () => {
  const none = EFFECTS.filter(({ verdict }) => verdict !== 'supported');
  const conclusions = conclusionsOf(graph, summaryOf(true, none));
  expect(headline(conclusions)).toBe('No effect of guide on a latent was found.');
  expect(summarySentences(conclusions).join(' ')).toContain('0.3 sd are ruled out for 1');
});

describe('the summary says each effect once', () => {
  const moving = (levels: readonly string[]) =>
    levels.map((level) =>
      effect(level, 'cells.z1', { verdict: 'supported', effect: around(1, 0.1), p: 1e-9, q: 1e-8 }),
    );

  test('the headline names few levels with the latents that they move', () => {
    const { causes } = conclusionsOf(graph, summaryOf(true, moving(['IFNGR1', 'ATF2'])));
    expect(causeHeadline(causes!)).toBe('guide = IFNGR1 affects cells.z1; guide = ATF2 affects cells.z1.');
    expect(causeSentences(causes!, 0)).toEqual([]);
  });

  test('many levels are counted, with those that were tested', () => {
    const levels = ['IFNGR1', 'IFNGR2', 'JAK2', 'STAT1', 'IRF1'];
    const ruledOut = EFFECTS.filter(({ level }) => level === 'ATF2' || level === 'rare');
    const { causes } = conclusionsOf(graph, summaryOf(true, [...moving(levels), ...ruledOut]));
    expect(causeHeadline(causes!)).toBe('guide affects cells.z1.');
    const sentences = causeSentences(causes!, 1);
    expect(sentences[1]).toBe('5 of 6 levels of guide change a latent.');
    expect(sentences.filter((text) => /supported|change/.test(text))).toHaveLength(1);
  });
});

describe('an edge of a cause whose direct effect is undecided', () => {
  const [first, second] = EFFECTS;
  const undecided = { verdict: 'undecided', reason: 'low-power', through: [], parents: [] } as const;
  const causeEdges: CauseEdge[] = [{ from: 'guide', level: 'IFNGR1', to: 'cells.z2' }];
  const shown = (edges: LatentGraph['edges'], effects: Evidence['causes']) =>
    withSupportedCauses(
      { ...graph, edges, causeEdges },
      { causes: conclusionsOf(graph, summaryOf(true, effects!.effects)).causes },
    ).causeEdges;
  // The number on the edge is the total effect in held-out subjects.
  const drawn = causeEdges.map((edge) => ({ ...edge, effect: second.effect!.estimate }));
  const effects = (z1: 'supported' | 'undecided') => ({
    effects: [
      { ...first, verdict: z1 },
      { ...second, direct: undecided },
    ],
    blocks: [],
  });

  test('is supported unless the same level reaches the latent through a parent', () => {
    expect(shown(graph.edges, effects('supported'))).toEqual([]);
    expect(shown([], effects('supported'))).toEqual(drawn);
    expect(shown(graph.edges, effects('undecided'))).toEqual(drawn);
  });
});

test('effects and associations that were not found have a sentence each', () => {
  const summary = summaryOf(
    true,
    EFFECTS.filter(({ verdict }) => verdict !== 'supported'),
  );
  const [guide] = summary.causes!;
  const { effects } = summary.evidence!.causes!;
  const site = { ...guide, name: 'site', assigned: false };
  const causes = {
    ...summary.evidence!.causes!,
    effects: [...effects, ...effects.map((one) => ({ ...one, cause: 'site' }))],
  };
  const both = { ...summary, causes: [guide, site], evidence: { ...summary.evidence!, causes } };
  expect(headline(conclusionsOf(graph, both))).toBe(
    'No effect of guide on a latent was found. No association of site with a latent was found.',
  );
});

test('an association that remains is not called direct', () => {
  const { effects } = conclusionsOf(graph, summaryOf(false)).causes!;
  const direct = { ...effects[0].direct!, through: ['cells.z2'] };
  expect(directEffectText({ ...effects[0], direct })).toBe('Given cells.z2, an association remains.');
  expect(directEffectText({ ...effects[0], direct, meaning: 'effect' })).toContain('it is direct');
  expect(directEffectText({ ...effects[0], direct, meaning: 'effect', isMixture: true })).toBe(
    'Given cells.z2, an effect remains.',
  );
});
