// Sections of the report that depend on the conclusions: discovery, effects of intervening, and missing data.

import { describe, expect, test } from '@jest/globals';
import type { LinkFigures } from '../../src/causal/discovery/link-figures.js';
import type { LatentEdge } from '../../src/causal/index.js';
import { missingCard } from '../../src/report/html/missing-card.js';
import { reportHtml } from '../../src/report/html/report.js';
import { conclusionsOf, linksNotConfirmed } from '../../src/conclusions/index.js';
import type { ReportInput } from '../../src/report/input.js';
import {
  ACROSS,
  EYES,
  NOTHING,
  RELATED,
  graphOf,
  masthead,
  nodes,
  report,
  section,
  summaryOf,
  textOf,
  type Evidence,
} from '../fixtures/example-evidence.js';

describe('discovery in the report', () => {
  const graph = { variables: nodes.map(({ name, modality }) => ({ name, modality })), marks: new Int8Array(16) };
  const search = {
    ...{ graph, edges: [], undrawn: [] },
    question: { refits: 0, seed: 0, groups: [], crossFitted: true },
  };

  test('says how latents are tested, and between which modalities no link was searched', async () => {
    const { text } = section(await report(RELATED, [ACROSS], search), 'discovery');
    expect(text).toContain('The tests take the measurement errors of latents into account.');
    expect(text).toContain(`No link was searched between latents of blood and ${EYES}; sleep and ${EYES}, because no`);
    expect(text).toContain('association between them was found.');
  });

  test('lists undecided pairs separately from the links', async () => {
    const undecided: LinkFigures = {
      first: 'blood.z1',
      second: 'sleep.z1',
      verdict: 'undecided',
      reason: 'low-power',
      conditioning: [],
      direction: { verdict: 'undecided' },
      association: { estimate: 0.2, lower: 0.1, upper: 0.3, p: 0.01 },
    };
    const { text } = section(await report(RELATED, [ACROSS], { ...search, undrawn: [undecided] }), 'discovery');
    expect(text).toContain('Undecided pairs, which the drawing does not show');
    expect(text).toContain('the study is too small to tell a direct link from none');
    const oneOf = [{ from: 'dose', to: ['blood.z1', 'sleep.z1'], q: 1e-4 }];
    const possible = { ...undecided, reason: 'interchangeable' as const, oneOf };
    const repeated = section(
      await report(RELATED, [ACROSS], { ...search, undrawn: [possible, possible] }),
      'discovery',
    ).text;
    expect(repeated.split('dose has a direct link with at least one of blood.z1 and sleep.z1')).toHaveLength(2);
    const many = Array.from({ length: 25 }, (_, i) => ({
      ...undecided,
      association: { ...undecided.association!, estimate: i / 100 },
    }));
    const short = section(await report(RELATED, [ACROSS], { ...search, undrawn: many }), 'discovery').text;
    expect(short).toContain('5 more pairs with weaker associations are in the JSON file.');
    expect(short).toContain('0.24');
    expect(short).not.toContain('0.04');
    expect(section(await report(RELATED, [ACROSS], search), 'discovery').text).not.toContain('Undecided pairs');
  });

  test('names links of the fit that the search does not confirm, also in the masthead', async () => {
    const ends = { first: 'blood.z1', second: 'sleep.z1' };
    const undrawn: LinkFigures = {
      ...ends,
      verdict: 'not-supported',
      conditioning: ['age'],
      direction: { verdict: 'undecided' },
    };
    const undecided: LinkFigures = { ...undrawn, verdict: 'undecided', reason: 'corrected' };
    const withAge = { ...graph, variables: [...graph.variables, { name: 'age' }], marks: new Int8Array(25) };
    const named = '(blood.z1 and sleep.z1).';
    for (const [searched, tested, expected] of [
      [withAge, [undrawn], `Given the measured variables, of the fit's supported links 1 is not supported ${named}`],
      [graph, [undecided], `In the search, of the fit's supported links 1 is undecided ${named}`],
      [graph, [], `In the search, of the fit's supported links 1 is excluded by background knowledge ${named}`],
    ] as const) {
      const html = await report(RELATED, [ACROSS], { ...search, graph: searched, undrawn: tested });
      expect(section(html, 'discovery').text.replaceAll('&#39;', "'")).toContain(expected);
      expect(masthead(html).replaceAll('&#39;', "'")).toContain(expected);
    }
    const conclusions = conclusionsOf(graphOf([ACROSS]), summaryOf(RELATED));
    for (const discovery of [
      { ...search, edges: [{ from: 'sleep.z1', to: 'blood.z1' }] },
      { ...search, graph: { variables: graph.variables.slice(1) } },
      { ...search, undrawn: undefined },
    ]) {
      expect(linksNotConfirmed(conclusions, discovery)).toEqual({ notSupported: [], undecided: [], excluded: [] });
    }
  });

  test('warns of latents that are no components', async () => {
    const warning = async (evidence: Evidence) =>
      section(await report(evidence, [ACROSS], search), 'discovery').text.match(
        /Not identified individually: (?:[^.]*\.z\d)+\./,
      )?.[0];
    // The third modality has no link in the graph.
    expect(await warning(RELATED)).toBe('Not identified individually: blood.z2 and eyes &#38; &#60;ears&#62;.z1.');
  });

  test('describes the search of a graph of measured columns', async () => {
    const { text } = section(await report(RELATED, [ACROSS], { graph, edges: [] }), 'discovery');
    expect(text).toContain('by tests of conditional independence');
    expect(text).not.toMatch(/measurement errors|No link was searched/);
  });
});

describe('effects of intervening in the report', () => {
  const refused = {
    name: 'blood.z2',
    code: 'undetermined-latent',
    reason: 'blood.z2 is identified only up to a mixture with blood.z1.',
  } as const;
  const steps = [-2, 0, 1, 2];
  const before = { mean: 0, sd: 1, median: 0, low: -1.6, high: 1.6 };
  const reached = {
    name: 'blood.x1',
    kind: 'column',
    modality: 'blood',
    before,
    after: steps.map(() => before),
    effect: steps.map(() => ({ mean: 0, simulationError: 0.01 })),
  } as const;
  const latent = { name: 'blood.z1', modality: 'blood', copies: [], assumed: [], reached: [reached] };
  const latents = [{ ...latent, beyond: steps.map(() => false) }];
  const consequences = async (evidence: Evidence | undefined, edges: readonly LatentEdge[]) => {
    const interventions = { steps, draws: 100, level: 0.9, latents, unset: [refused] };
    const input = { summary: summaryOf(evidence), graph: graphOf(edges), history: [], interventions };
    return section(await reportHtml(input), 'interventions').text;
  };

  test('come with the edges that are not followed, and the reason', async () => {
    expect(await consequences(RELATED, [ACROSS])).toContain(
      'Not followed: blood.z2 – sleep.z1. The fit contains this link, but held-out subjects do not support it.',
    );
  });

  test('are limited to columns of the modality without a supported link', async () => {
    const limit = 'a latent affects only columns of its modality';
    expect(await consequences(RELATED, [ACROSS])).not.toContain(limit);
    expect(await consequences(NOTHING, [])).toContain(limit);
  });

  test('leave out latents that cannot be set, with the reason', async () => {
    expect(await consequences(RELATED, [ACROSS])).toContain(refused.reason);
  });
});

describe('the card on missing data', () => {
  const modality = (name: string, joined: number) => ({ name, joined });
  const inspection = { missing: 'keep', known: 210, shared: 150, subjects: 200, complete: 120 };
  const modalities = [modality('blood', 200), modality('sleep', 150)];
  const card = (change: object, warnings: readonly { code: string; text: string }[] = []) => {
    const summary = { ...summaryOf(RELATED), quality: { warnings } };
    const input = { summary, subjects: { inspection: { ...inspection, modalities, ...change } } };
    const result = missingCard(input as unknown as ReportInput);
    return result && textOf(result.text);
  };

  test('counts the subjects who lack a value or a modality', () => {
    expect(card({})).toContain(
      '80 of 200 subjects lack a value or a modality (25 % lack sleep). Their observed values are used.',
    );
    expect(card({ missing: 'drop', shared: 205 })).toContain(
      '10 of 210 subjects are left out: 5 lack a modality, and 5 lack a value.',
    );
  });

  test('has all warnings of missing data, and no other', () => {
    const warnings = [
      { code: 'missing-depends-on-observed', text: 'sleep depends' },
      { code: 'few-in-common', text: 'few have both' },
      { code: 'overfit', text: 'too many weights' },
    ];
    expect(card({}, warnings)).toMatch(/2 warnings.*sleep depends.*few have both/);
    expect(card({}, warnings)).not.toContain('too many weights');
  });

  test('is absent if nothing is missing', () => {
    expect(card({ complete: 200 })).toBeUndefined();
    expect(card({ missing: 'drop', known: 200 })).toBeUndefined();
  });
});
