// An invented study with evidence in every state, its report, and sections of the report.

import { latentNodes, type LatentEdge, type LatentGraph } from '../src/causal/index.js';
import type { ReportDiscovery } from '../src/report/index.js';
import { reportHtml } from '../src/report/html/report.js';
import type { RunSummary } from '../src/training/run-folder.js';
import { exampleSummary } from './example-runs.js';

export type Evidence = NonNullable<RunSummary['evidence']>;

export const MODALITIES = [
  { name: 'blood', latents: 2 },
  { name: 'sleep', latents: 1 },
  { name: 'eyes & <ears>', latents: 1 },
];
export const EYES = 'eyes &#38; &#60;ears&#62;';
export const nodes = latentNodes(MODALITIES);
const edge = (from: string, to: string): LatentEdge => ({ from, to, strength: 0.5, agreement: 0.25 });
export const ACROSS = edge('blood.z1', 'sleep.z1');
export const WITHIN = edge('blood.z1', 'blood.z2');
export const CHANCE = edge('blood.z2', 'sleep.z1');

export function graphOf(edges: readonly LatentEdge[]): LatentGraph {
  return { nodes, strengths: new Float64Array(16), edges, runs: 4 };
}

export function pair(first: string, second: string, corrected: number): Evidence['pairs'][number] {
  const associated = corrected <= 0.05;
  const correlation = associated
    ? { estimate: 0.54, lower: 0.41, upper: 0.65 }
    : { estimate: 0.03, lower: -0.1, upper: 0.16 };
  const folds = [corrected / 2, corrected];
  return { first, second, subjects: 240, folds, p: corrected / 3, corrected, associated, correlation };
}

export const link = (first: string, second: string, q: number): Evidence['links'][number] => {
  const isSupported = q <= 0.05;
  const relation = {
    estimate: isSupported ? -0.58 : 0.03,
    lower: isSupported ? -0.7 : -0.1,
    upper: isSupported ? -0.4 : 0.16,
  };
  return {
    first,
    second,
    ...(isSupported ? { verdict: 'supported' } : { verdict: 'not-supported', reason: 'explained' }),
    association: { ...relation, p: q / 3 },
    direct: { ...relation, p: q / 2 },
    conditioning: isSupported ? ['blood.z2'] : [],
    q,
  };
};

export const latent = (name: string, agreement: number, single: boolean): Evidence['latents'][number] => ({
  name,
  agreement,
  chance: 0.5,
  corrected: (agreement - 0.5) / 0.5,
  p: single ? 0.003 : 0.6,
  subspace: 0.9,
  fitted: 0.95,
  replicated: true,
  single,
  leak: 0.1,
});

export const RELATED: Evidence = {
  alpha: 0.05,
  linkAlpha: 0.01,
  folds: 2,
  splits: 3,
  subjects: 240,
  tested: true,
  pairs: [pair('blood', 'eyes & <ears>', 0.62), pair('blood', 'sleep', 4.1e-7), pair('sleep', 'eyes & <ears>', 0.73)],
  latents: [
    latent('blood.z1', 0.97, true),
    latent('blood.z2', 0.42, false),
    latent('sleep.z1', 0.91, true),
    latent('eyes & <ears>.z1', 0.88, true),
  ],
  links: [link('blood.z1', 'sleep.z1', 4.6e-8), link('blood.z2', 'sleep.z1', 0.66)],
  directions: [],
  unsupported: [CHANCE],
  seconds: 1,
};
export const NOTHING: Evidence = {
  ...RELATED,
  pairs: RELATED.pairs.map(({ first, second }, i) => pair(first, second, 0.4 + i / 10)),
  links: [],
  unsupported: [ACROSS, CHANCE],
};
export const TOO_FEW: Evidence = {
  ...NOTHING,
  subjects: 31,
  tested: false,
  pairs: NOTHING.pairs.map(({ first, second }) => ({
    ...{ first, second, subjects: 31 },
    ...{ folds: [], p: 1, corrected: 1, associated: false },
  })),
  latents: [],
};

export function summaryOf(evidence: Evidence | undefined): RunSummary {
  return exampleSummary(MODALITIES, evidence);
}

export function report(evidence: Evidence | undefined, edges: readonly LatentEdge[], discovery?: ReportDiscovery) {
  return reportHtml({ summary: summaryOf(evidence), graph: graphOf(edges), history: [], discovery });
}

/** Returns a section of the page, and its text without markup. */
export function section(html: string, id: string): { html: string; text: string } {
  const section = html.slice(html.indexOf(`<section id="${id}"`)).split('</section>')[0];
  return { html: section, text: textOf(section) };
}

export function masthead(html: string): string {
  return textOf(html.split('<header')[1].split('</header>')[0]);
}

export function textOf(html: string): string {
  return html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
}
