// Edges that were not tested: lists mark them, and leave out those in fewer than half of the restarts.

import { describe, expect, test } from '@jest/globals';
import { latentNodes, type LatentEdge, type LatentGraph } from '../../src/causal/index.js';
import { printEdges } from '../../src/cli/evidence.js';
import { conclusionsOf, judgedGraph } from '../../src/conclusions/index.js';
import { reportHtml } from '../../src/report/html/report.js';
import { edgeStatus, shownGraph } from '../../src/report/index.js';
import type { RunSummary } from '../../src/training/run-folder.js';
import { exampleSummary } from '../fixtures/example-runs.js';
import { printed } from './outputs.js';

type Evidence = NonNullable<RunSummary['evidence']>;

const MODALITIES = [
  { name: 'blood', latents: 2 },
  { name: 'sleep', latents: 2 },
];
const nodes = latentNodes(MODALITIES);
const edge = (from: string, to: string, agreement: number): LatentEdge => ({ from, to, strength: 0.5, agreement });
/** A supported edge in a quarter of the restarts. */
const ACROSS = edge('blood.z1', 'sleep.z1', 0.25);
const WITHIN = edge('blood.z1', 'blood.z2', 0.75);
/** An edge within a modality in a quarter of the restarts. */
const RARE = edge('sleep.z1', 'sleep.z2', 0.25);

const graphOf = (edges: readonly LatentEdge[]): LatentGraph => {
  return { nodes, strengths: new Float64Array(16), edges, runs: 4 };
};

const relation = { estimate: 0.5, lower: 0.4, upper: 0.6, p: 1e-6 };
const EVIDENCE: Evidence = {
  ...{ alpha: 0.05, linkAlpha: 0.05, folds: 2, splits: 1, subjects: 240, tested: true, seconds: 1 },
  pairs: [
    { first: 'blood', second: 'sleep', subjects: 240, folds: [1e-4, 1e-4], p: 1e-5, corrected: 1e-5, associated: true },
  ],
  latents: [],
  links: [
    {
      ...{ first: 'blood.z1', second: 'sleep.z1', verdict: 'supported', conditioning: [], q: 1e-6 },
      ...{ association: relation, direct: relation },
    },
  ],
  ...{ directions: [], unsupported: [] },
};

const summaryOf = (evidence: Evidence | undefined) => exampleSummary(MODALITIES, evidence);
const plain = (text: string) => text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');

const edgesText = (edges: readonly LatentEdge[], evidence: Evidence | undefined) =>
  printed(() => printEdges(graphOf(edges), summaryOf(evidence)));

describe('edges that were not tested', () => {
  const edges = [ACROSS, WITHIN, RARE];
  const HIDDEN = 'Not shown: 1 edge that was not tested and that fewer than half of the restarts found';

  test('are marked by commands, and left out if fewer than half of the restarts found them', () => {
    const out = edgesText(edges, EVIDENCE);
    expect(out).toMatch(/edge +strength +agreement +direction +held-out subjects\n/);
    expect(out).toMatch(/blood\.z1 – sleep\.z1 +0\.500 +25 % +not known +supported\n/);
    expect(out).toMatch(/blood\.z1 – blood\.z2 +0\.500 +75 % +not known +not tested\n/);
    expect(out).not.toContain('sleep.z2');
    expect(plain(out)).toContain(HIDDEN);
    expect(edgesText([], EVIDENCE)).toBe('\nThe graph has no edges.\n');
  });

  test('are marked and left out by the report in its table and its drawing', async () => {
    const html = await reportHtml({ summary: summaryOf(EVIDENCE), graph: graphOf(edges), history: [] });
    const section = html.slice(html.indexOf('<section id="graph"')).split('</section>')[0];
    const text = plain(section);
    expect(text).toMatch(/blood\.z1 blood\.z2 – 3 of 4 restarts not tested/);
    expect(text).toMatch(/blood\.z1 sleep\.z1 not known 1 of 4 restarts supported/);
    expect(text).toContain(HIDDEN);
    expect(section).not.toMatch(/sleep\.z1 (→|–|-&gt;) sleep\.z2/);
  });

  test('are all of them without evidence', async () => {
    const graph = graphOf(edges);
    const conclusions = conclusionsOf(graph, summaryOf(undefined));
    expect(judgedGraph(graph, summaryOf(undefined)).edges.map(({ verdict }) => edgeStatus(verdict))).toEqual(
      Array(3).fill('not tested'),
    );
    expect(shownGraph(graph, conclusions).edges).toEqual([WITHIN]);
    const html = await reportHtml({ summary: summaryOf(undefined), graph: graphOf([ACROSS]), history: [] });
    expect(plain(html.slice(html.indexOf('<section id="graph"')).split('</section>')[0])).toContain(HIDDEN);
  });
});
