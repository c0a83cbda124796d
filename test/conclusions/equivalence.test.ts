// What the conclusions and their sentences say about the class of equally good models.

import { expect, test } from '@jest/globals';
import {
  classDirectionCell,
  conclusionsOf,
  equivalenceText,
  presenceCell,
  type EquivalenceConclusion,
} from '../../src/conclusions/index.js';
import { latentNodes, type LatentGraph } from '../../src/causal/index.js';
import { classLinks } from '../../src/evidence/equivalence.js';
import type { RunSummary } from '../../src/training/run-folder.js';
import { exampleSummary } from '../fixtures/example-runs.js';

const modalities = ['blood', 'sleep', 'gait'].map((name) => ({ name, latents: 1 }));
const nodes = latentNodes(modalities);
const [blood, sleep, gait] = nodes.map(({ name }) => name);
const graph: LatentGraph = { nodes, strengths: new Float64Array(9), edges: [], runs: 1 };

const relation = { estimate: 0.5, lower: 0.4, upper: 0.6, p: 1e-6 };
const supported = (first: string, second: string) => ({
  ...{ first, second, verdict: 'supported' as const, association: relation, direct: relation },
  ...{ conditioning: [], q: 1e-5 },
});
type Evidence = NonNullable<RunSummary['evidence']>;
const evidence = (links: Evidence['links'], directions: Evidence['directions'] = []): Evidence => ({
  ...{ alpha: 0.05, linkAlpha: 0.01, folds: 2, splits: 3, subjects: 240, tested: true, seconds: 1 },
  ...{ pairs: [], latents: [], links, directions, unsupported: [] },
});

const edge = (from: string, to: string) => ({ from, to });
const graphs = [
  [edge(blood, sleep), edge(sleep, gait)],
  [edge(sleep, blood), edge(sleep, gait)],
];

function classOf(of: Evidence, orders = 6, chosen = { difference: 0, standardError: 0, isMember: true }) {
  const members = graphs.map((edges) => ({
    ...{ source: 'restart' as const, fits: 1, difference: 0, standardError: 0.01, edges },
  }));
  const summary: RunSummary = {
    ...exampleSummary(modalities, of),
    equivalence: {
      ...{ subjects: 40, compared: 12, orders, chosen, members },
      links: classLinks(nodes, members, orders > 1),
    },
  };
  return conclusionsOf(graph, summary).equivalence!;
}

const rowsOf = (conclusion: EquivalenceConclusion): string[] =>
  conclusion.links.map((link) =>
    [`${link.first} ${link.second}`, presenceCell(link, conclusion), classDirectionCell(link)].join(', '),
  );

test('a link says how many graphs have it and in which direction, also a supported one that none has', () => {
  const conclusion = classOf(evidence([supported(sleep, gait), supported(blood, gait)]));
  expect(rowsOf(conclusion)).toEqual([
    'sleep.z1 gait.z1, all 2, from sleep.z1 in all 2',
    'blood.z1 gait.z1, 0 of 2, –',
    'blood.z1 sleep.z1, all 2, from blood.z1 in 1 of 2',
  ]);
  expect(conclusion.links.map(({ presence }) => presence)).toEqual(['certain', 'absent', 'certain']);
  expect(conclusion.links[2].direction!.presence).toBe('possible');
});

test('a supported arrow decides a direction that graphs leave open, and is not contradicted', () => {
  const links = [supported(blood, sleep), supported(sleep, gait)];
  const along = classOf(evidence(links, [{ from: blood, to: sleep, share: 1 }]));
  expect(along.links[0].direction).toMatchObject({ presence: 'certain', from: blood });
  const against = classOf(evidence(links, [{ from: gait, to: sleep, share: 1 }]));
  expect(against.links.find(({ second }) => second === gait)!.direction).toBeUndefined();
});

test('with a single order no direction was compared', () => {
  expect(rowsOf(classOf(evidence([]), 1))).toEqual([
    'blood.z1 sleep.z1, all 2, not compared',
    'sleep.z1 gait.z1, all 2, not compared',
  ]);
});

test('the sentence says whether the fitted model is one of the class, and why not', () => {
  const textOf = (difference: number, standardError: number, isMember: boolean) =>
    equivalenceText(classOf(evidence([]), 6, { difference, standardError, isMember }));
  const all = '2 graphs explain 40 held-out subjects equally well, of 12 fitted models in 6 orders of the modalities.';
  expect(textOf(0, 0, true)).toBe(all);
  expect(textOf(0.1, 0.02, false)).toBe(
    `${all} The fitted model is not one of them: it explains them worse (by 0.100 nats per subject, standard error ` +
      '0.020).',
  );
  expect(textOf(-0.1, 0.02, false)).toMatch(/it has more edges, or one against a supported arrow\.$/);
});
