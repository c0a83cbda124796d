// The output of commands for every state of the evidence, and the sentences that can be copied.

import { describe, expect, test } from '@jest/globals';
import type { LatentEdge } from '../../src/causal/index.js';
import { printConclusions, printTests } from '../../src/cli/evidence.js';
import { conclusionsOf, headline, summarySentences } from '../../src/conclusions/index.js';
import {
  ACROSS,
  NOTHING,
  RELATED,
  TOO_FEW,
  graphOf,
  link,
  summaryOf,
  type Evidence,
} from '../fixtures/example-evidence.js';
import { printed } from './outputs.js';

describe('commands', () => {
  const output = (evidence: Evidence | undefined, edges: readonly LatentEdge[] = [ACROSS]) =>
    printed(() => {
      printTests(graphOf(edges), summaryOf(evidence));
      printConclusions(graphOf(edges), summaryOf(evidence));
    });

  test('print pairs and links with their verdicts and reasons, and the conclusions', () => {
    const out = output(RELATED);
    expect(out).toMatch(/blood – sleep +0\.54 +0\.41 … 0\.65 +1 · 10⁻⁷ +4 · 10⁻⁷\n/);
    expect(out).toMatch(/\npair +verdict\nblood – sleep +supported\n/);
    expect(out).toMatch(/blood\.z1 – sleep\.z1 +−0\.58 +−0\.58 .* 5 · 10⁻⁸ +supported/);
    const flat = out.replaceAll(/\s+/g, ' ');
    expect(
      flat.split('blood.z2|z1 – sleep.z1: no direct correlation is found, and one of 0.3 is ruled out.')[1],
    ).toMatch(/1 of 3 pairs of modalities is associated: blood and sleep\..*not effects/);
    expect(flat).toMatch(/one falls as the other rises \(correlation given blood\.z2\|z1/);
  });

  test('print the number of subjects of a pair if not all subjects have both modalities', () => {
    const pairs = RELATED.pairs.map((one) => ({ ...one, subjects: one.second === 'sleep' ? 171 : 240 }));
    const out = output({ ...RELATED, pairs });
    expect(out).toContain('with both');
    expect(out).toMatch(/blood – sleep +171 +0\.54/);
    expect(output(RELATED)).not.toContain('with both');
  });

  test.each([
    [undefined, /^\nConclusions\n.*Not tested: it is not known[^]*--evidence\snone/],
    [TOO_FEW, /^\nConclusions\n.*Not tested: 31 subjects are too few[^]*40 subjects are needed/],
    [NOTHING, /\nConclusions\n.*No association was found between any two of the modalities/],
  ])('begin the conclusions with the missing result (%#)', (evidence, expected) => {
    expect(output(evidence)).toMatch(expected);
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

describe('cautions of a summary', () => {
  const sentences = (evidence: Evidence, quality?: object) => {
    const summary = { ...summaryOf(evidence), ...quality };
    return summarySentences(conclusionsOf(graphOf([ACROSS]), summary)).join(' ');
  };
  const sizes = (correlation: number, interval: [number, number]) => {
    const size = { modality: 'blood', latent: 'blood.z1', correlation, interval, isOutOfFold: true, subjects: 240 };
    return { quality: { train: 200, modalities: [], warnings: [], librarySizes: [size] } };
  };

  test('a latent that follows the library size may have links that are differences of depth', () => {
    expect(sentences(RELATED, sizes(-0.93, [-0.95, -0.9]))).toContain(
      'blood.z1 (−0.93) follows the library size: such links may be differences of sequencing depth.',
    );
    expect(sentences(RELATED, sizes(0.25, [0.12, 0.37]))).not.toContain('library size');
    expect(sentences(NOTHING, sizes(-0.93, [-0.95, -0.9]))).not.toContain('library size');
  });

  test('links of latents that may be mixtures are links of modalities', () => {
    const mixed = RELATED.latents.map((one) => ({ ...one, replicated: true, single: false }));
    expect(sentences({ ...RELATED, latents: mixed })).toContain('blood.z1|z2 and sleep.z1 are directly linked');
    const lost = RELATED.latents.map((one) => ({ ...one, replicated: false, single: false }));
    expect(sentences({ ...RELATED, latents: lost })).toMatch(/None of the \d latents is identified individually/);
  });
});
