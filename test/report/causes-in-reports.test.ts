// The report of a study with observed causes: the section on what they do, squares in the graph, and words that follow
// from whether somebody assigned the cause.

import { describe, expect, test } from '@jest/globals';
import { causeNode } from '../../src/causal/cause-nodes.js';
import type { LatentGraph } from '../../src/causal/index.js';
import type { CauseScales } from '../../src/data/causes.js';
import type { InterventionGrid } from '../../src/questions/index.js';
import { reportHtml } from '../../src/report/html/report.js';
import { hiddenText, shownGraph } from '../../src/report/index.js';
import { conclusionsOf } from '../../src/conclusions/index.js';
import type { RunSummary } from '../../src/training/run-folder.js';
import { ACROSS, graphOf, NOTHING, RELATED, section, summaryOf, type Evidence } from '../fixtures/example-evidence.js';
import { findAll, readXml } from '../fixtures/xml-reader.js';

type Effect = NonNullable<Evidence['causes']>['effects'][number];

const arm = (assigned: boolean): CauseScales => ({
  name: 'arm',
  kind: 'categorical',
  levels: ['placebo', 'drug', '<b>'],
  assigned,
  effect: 'soft',
  terms: [{ level: 'drug' }, { level: '<b>' }],
});
const dose: CauseScales = {
  name: 'dose',
  kind: 'ordered',
  levels: ['0', '1', '3'],
  reference: 0,
  assigned: true,
  effect: 'soft',
  terms: [{ zero: 0, sd: 1 }],
};
const interval = (estimate: number) => ({
  ...{ estimate, lower: estimate - 0.2, upper: estimate + 0.2 },
  ...{ lower90: estimate - 0.15, upper90: estimate + 0.15 },
});
const effect = (level: string, latent: string, estimate: number, more: Partial<Effect> = {}): Effect => ({
  ...{ cause: 'arm', level, latent, units: 80, p: 1e-9, q: 1e-8, effect: interval(estimate), verdict: 'supported' },
  ...more,
});
const direct = { verdict: 'direct', through: [], parents: [] } as const;
const through = {
  verdict: 'through',
  through: ['blood.z1'],
  parents: ['blood.z1'],
  lower: -0.05,
  upper: 0.115,
} as const;
const EFFECTS: readonly Effect[] = [
  effect('drug', 'blood.z1', -1.1, { direct, partialR2: 0.3 }),
  effect('drug', 'sleep.z1', 0.6, { direct: through }),
  effect('<b>', 'blood.z1', 0.02, { verdict: 'not-supported', q: 0.9 }),
  effect('<b>', 'sleep.z1', 0.2, { verdict: 'undecided', reason: 'low-power', q: 0.4 }),
];
const CURVE: Effect = {
  ...{ cause: 'dose', latent: 'blood.z2', units: 160, p: 1e-9, q: 1e-8, effect: interval(0.4), verdict: 'supported' },
  direct,
  curve: [0, 1, 3].map((value) => ({ value, ...interval(value / 2) })),
};

function studyWith(
  effects: readonly Effect[],
  { assigned = true, evidence = RELATED }: { assigned?: boolean; evidence?: Evidence } = {},
) {
  const causes = [arm(assigned), dose];
  const summary: RunSummary = { ...summaryOf({ ...evidence, causes: { effects, blocks: [] } }), causes };
  const graph: LatentGraph = {
    ...graphOf([ACROSS]),
    causes: causes.map(causeNode),
    causeEdges: [
      { from: 'arm', level: 'drug', to: 'blood.z1', effect: -1 },
      { from: 'arm', level: '<b>', to: 'blood.z1', effect: 0.1 },
      { from: 'arm', level: 'drug', to: 'sleep.z1', effect: 0.1 },
    ],
  };
  return { summary, graph };
}

const htmlOf = async (effects: readonly Effect[], options: Parameters<typeof studyWith>[1] = {}) =>
  reportHtml({ ...studyWith(effects, options), history: [] });

describe('what the treatment does', () => {
  test('is the first section, with a drawing and a table of the supported effects', async () => {
    const html = await htmlOf([...EFFECTS, CURVE]);
    const ids = Array.from(html.matchAll(/<section id="(\w+)"/g), ([, id]) => id);
    expect(ids.slice(0, 2)).toEqual(['causes', 'evidence']);
    expect(new Set(ids).size).toBe(ids.length);
    expect(html.match(/id="causes"/g)).toHaveLength(1);
    const { html: causes, text } = section(html, 'causes');
    expect(text).toContain('What the treatment does');
    expect(text).toContain('Effects of arm and dose are causal, since they were assigned.');
    expect(text).toContain('subjects with the reference level. For dose, 1 sd is that of subjects with the same dose.');
    expect(text).toMatch(/arm = drug blood\.z1 80 −1\.10 −1\.30 to −0\.90 1 · 10⁻⁸ effect/);
    expect(text).toContain('Given blood.z1, less than 0.12 sd of this effect remains.');
    const svg = /<svg.*?<\/svg>/s.exec(causes)![0];
    const marks = findAll(readXml(svg), 'circle').filter(({ children }) => children.length === 1);
    // Two levels, and two doses without the reference.
    expect(marks.map(({ children }) => children[0].text.split(':')[0])).toEqual([
      ...['drug', 'drug', 'dose = 1', 'dose = 3'],
    ]);
  });

  test('other levels are folded, with the verdict and its reason', async () => {
    const { text } = section(await htmlOf(EFFECTS), 'causes');
    const [front, rest] = text.split('Other levels and latents');
    expect(front).not.toContain('not supported 0.3');
    expect(rest).toMatch(/arm = &#60;b&#62; blood\.z1 .* not supported 0\.3 sd ruled out\./);
    expect(rest).toMatch(/undecided the study is too small/);
  });

  test('a cause that nobody assigned has associations, and no word of an effect', async () => {
    const html = await htmlOf(EFFECTS, { assigned: false });
    const { text } = section(html, 'causes');
    expect(text).toContain('What the observed causes are associated with');
    expect(text).toContain('Associations with arm are not effects');
    expect(text.replace('are not effects', '')).not.toMatch(/effect/i);
    expect(text).toMatch(/association Given blood\.z1, less than 0\.12 sd of this association remains\./);
    expect(text).toContain('Robustness 47 % (41 %).');
    expect(text.match(/Robustness \d/g)).toHaveLength(1);
    expect(section(html, 'graph').text).toContain('A dashed line is an association with a cause that nobody assigned.');
    expect(section(html, 'graph').html).toContain('arm – blood.z1 (association)');
  });

  test('nothing supported is said in one sentence, without a drawing', async () => {
    const none = EFFECTS.map((one): Effect => ({ ...one, verdict: 'not-supported', direct: undefined }));
    const { html, text } = section(await htmlOf(none, { evidence: NOTHING }), 'causes');
    expect(text).toContain('No effect on single latents is supported.');
    expect(html).not.toContain('<svg');
  });

  test('is left out without causes, or if they were not tested', async () => {
    const { summary, graph } = studyWith(EFFECTS);
    const { causes: _, ...evidence } = summary.evidence!;
    expect(await reportHtml({ summary: { ...summary, evidence }, graph, history: [] })).not.toContain('id="causes"');
    expect(await reportHtml({ summary: summaryOf(RELATED), graph: graphOf([]), history: [] })).not.toMatch(/causes"/);
  });

  test('the columns that a level changes have their units, and a refusal has its reason', async () => {
    const distribution = (mean: number) => ({ mean, sd: 1, median: mean, low: mean - 1.6, high: mean + 1.6 });
    const interventions: InterventionGrid = {
      ...{ steps: [0], draws: 100, level: 0.9, latents: [], unset: [] },
      levels: [
        {
          ...{ cause: 'arm', value: 'drug', against: 'placebo' },
          reached: [
            {
              ...{ name: 'blood.iron', kind: 'column', modality: 'blood', unit: 'table', assumed: false },
              before: distribution(12),
              after: distribution(9.5),
              effect: { mean: -2.5, simulationError: 0.123 },
            },
          ],
        },
        { cause: 'arm', value: '<b>', against: 'placebo', reached: [], refused: 'It is not identifiable.' },
      ],
    };
    const html = await reportHtml({ ...studyWith(EFFECTS), history: [], interventions });
    const { text } = section(html, 'causes');
    expect(text).toContain('arm = drug, compared with placebo');
    expect(text).toMatch(/iron · blood 12\.00 \(10\.40 to 13\.60\) 9\.50 \(7\.90 to 11\.10\) −2\.50 ± 0\.12/);
    expect(text).toContain('arm = &#60;b&#62;. It is not identifiable.');
    expect(text).toContain('Columns of blood are in the units of the table.');
  });
});

describe('the graph', () => {
  test('has only supported edges of causes; one that passes through another latent is no edge', () => {
    const { summary, graph } = studyWith(EFFECTS);
    const conclusions = conclusionsOf(graph, summary);
    expect(shownGraph(graph, conclusions).causeEdges!.map(({ level, to }) => [level, to])).toEqual([
      ['drug', 'blood.z1'],
    ]);
    expect(hiddenText(graph, conclusions)).toMatch(/2 edges of observed causes that held-out subjects do not support/);
    const { causes: _, ...untested } = conclusions;
    expect(shownGraph(graph, untested).causeEdges).toHaveLength(3);
  });

  test('names a supported effect for which the fit has no edge', () => {
    const { summary, graph } = studyWith([...EFFECTS, effect('<b>', 'sleep.z1', 0.8, { direct })]);
    const hidden = hiddenText(graph, conclusionsOf(graph, summary));
    expect(hidden).toContain('and 1 supported effect without an edge in the fit (arm = <b> – sleep.z1).');
  });

  test('draws causes even if no modalities are associated', async () => {
    const html = await htmlOf(EFFECTS, { evidence: NOTHING });
    const { html: graph } = section(html, 'graph');
    expect(graph).toContain('arm → blood.z1: drug −1.10 sd');
    expect(graph).not.toContain('&#60;b&#62; +0.10 sd');
    expect(graph).toContain('Observed causes');
  });
});
