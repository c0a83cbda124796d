// What commands print of every state of the evidence, and the sentences that can be copied.

import { describe, expect, test } from '@jest/globals';
import type { LatentEdge } from '../src/causal/index.js';
import { printConclusions, printTests } from '../src/cli/evidence.js';
import { conclusionsOf, headline, summarySentences } from '../src/conclusions/index.js';
import { ACROSS, NOTHING, RELATED, TOO_FEW, graphOf, link, summaryOf, type Evidence } from './made-evidence.js';
import { printed } from './outputs.js';

describe('commands', () => {
  const said = (evidence: Evidence | undefined, edges: readonly LatentEdge[] = [ACROSS]) =>
    printed(() => {
      printTests(graphOf(edges), summaryOf(evidence));
      printConclusions(graphOf(edges), summaryOf(evidence));
    });

  test('print pairs and links with their verdicts and reasons, and end with the summary', () => {
    const out = said(RELATED);
    expect(out).toMatch(/blood +sleep +0\.540 +0\.410 … 0\.650 +1 · 10⁻⁷ +4 · 10⁻⁷ +supported/);
    expect(out).toMatch(/blood\.z1 +sleep\.z1 +-0\.580 +-0\.580 .* 5 · 10⁻⁸ +supported/);
    const flat = out.replaceAll(/\s+/g, ' ');
    expect(flat.split('blood.z2 – sleep.z1: no direct correlation is found, and one of 0.3 is ruled out.')[1]).toMatch(
      /1 of 3 pairs of modalities is associated: blood and sleep\..*not effects/,
    );
    expect(flat).toMatch(/one falls as the other rises \(correlation given blood\.z2/);
  });

  test('say how many subjects a pair was tested on, where not all have both', () => {
    const pairs = RELATED.pairs.map((one) => ({ ...one, subjects: one.second === 'sleep' ? 171 : 240 }));
    const out = said({ ...RELATED, pairs });
    expect(out).toContain('with both');
    expect(out).toMatch(/blood +sleep +171 +0\.540/);
    expect(said(RELATED)).not.toContain('with both');
  });

  test.each([
    [undefined, /^\n.*Not tested: it is not known[^]*--evidence none/],
    [TOO_FEW, /^\n.*Not tested: 31 subjects are too few[^]*40 subjects are needed/],
    [NOTHING, /\n.*No association was found between any two of the modalities/],
  ])('say what is not known before anything else (%#)', (evidence, expected) => {
    expect(said(evidence)).toMatch(expected);
  });
});

describe('sentences that can be copied', () => {
  const groups = { ...RELATED, groups: 40 };
  const many = { ...RELATED, links: [...RELATED.links, link('blood.z1', 'eyes & <ears>.z1', 1e-4)] };
  test.each([
    ['associated', RELATED],
    ['associated, with groups', groups],
    ['several links', many],
    ['nothing associated', NOTHING],
    ['too few', TOO_FEW],
    ['untested', undefined],
  ])('%s: three to ten, at most 35 words each and 18 on average; the caveat comes last', (_, evidence) => {
    const sentences = summarySentences(conclusionsOf(graphOf([ACROSS]), summaryOf(evidence)));
    expect(sentences.length).toBeGreaterThanOrEqual(3);
    expect(sentences.length).toBeLessThanOrEqual(10);
    const words = sentences.map((sentence) => sentence.split(/\s+/).length);
    expect(Math.max(...words)).toBeLessThanOrEqual(35);
    expect(words.reduce((sum, length) => sum + length, 0) / words.length).toBeLessThanOrEqual(18);
    for (const sentence of sentences) expect(sentence).toMatch(/^[A-Za-z0-9].*\.$/);
    expect(sentences[0]).toBe(headline(conclusionsOf(graphOf([ACROSS]), summaryOf(evidence))));
    if (evidence?.tested) expect(sentences.at(-1)).toMatch(/not effects|does not show/);
  });
});

describe('what a summary cautions about', () => {
  const said = (evidence: Evidence, quality?: object) => {
    const summary = { ...summaryOf(evidence), ...quality };
    return summarySentences(conclusionsOf(graphOf([ACROSS]), summary)).join(' ');
  };
  const sizes = (correlation: number, interval: [number, number]) => {
    const size = { modality: 'blood', latent: 'blood.z1', correlation, interval, isOutOfFold: true, subjects: 240 };
    return { quality: { train: 200, modalities: [], warnings: [], librarySizes: [size] } };
  };

  test('links of latents that follow the library size may be depth', () => {
    expect(said(RELATED, sizes(-0.93, [-0.95, -0.9]))).toContain(
      'blood.z1 (−0.93) follows the library size: such links may be differences of sequencing depth.',
    );
    expect(said(RELATED, sizes(0.25, [0.12, 0.37]))).not.toContain('library size');
    expect(said(NOTHING, sizes(-0.93, [-0.95, -0.9]))).not.toContain('library size');
  });

  test('links of latents that may be mixtures are links of modalities', () => {
    const mixed = RELATED.latents.map((one) => ({ ...one, replicated: true, single: false }));
    expect(said({ ...RELATED, latents: mixed })).toContain('read links as those of modalities');
    const lost = RELATED.latents.map((one) => ({ ...one, replicated: false, single: false }));
    expect(said({ ...RELATED, latents: lost })).toMatch(/None of the \d latents is replicated individually/);
  });
});
