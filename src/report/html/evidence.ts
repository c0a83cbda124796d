// What the modalities share, first of all: the verdict in plain words, pair by pair, the links that stand, the edges
// that were withdrawn, and whether halves of the data find the same latents.

import { evidenceChart } from '../charts/evidence-chart.js';
import { FOUND_AGAIN } from '../../evidence/index.js';
import {
  certainty,
  largest,
  numberOfSubjects,
  type PairOfModalities,
  pairSentence,
  rankedPairs,
  sharing,
  type TestedEvidence,
  testedPairs,
} from '../facts/evidence.js';
import type { SubjectFacts } from '../facts/index.js';
import { count, counted, decimals, percent, pText } from '../format.js';
import type { ReportInput } from '../input.js';
import { described } from './graph.js';
import { markup, type Markup, type Part } from './markup.js';
import type { EvidenceData } from './page-data.js';
import { details, figure, notice, table, type Section } from './section.js';

const numeric = (title: string) => ({ title, numeric: true });

export function evidenceSection(input: ReportInput, facts: SubjectFacts | undefined): Section {
  const { evidence } = input.summary;
  const { verdict, headline, meaning, ...told } = sharing(evidence);
  const withdrawn = told.withdrawn === undefined ? undefined : markup`<p>${told.withdrawn}</p>`;
  const section = { id: 'evidence', title: 'What the modalities share' };
  if (evidence === undefined || !evidence.tested) {
    return {
      ...section,
      body: [notice(markup`<p><strong>${headline}</strong> ${meaning}</p>`, 'warning'), withdrawn],
    };
  }
  const data = chartData(input, evidence);
  return {
    ...section,
    // Where nothing was found a figure would look like a finding.
    ...(verdict === 'related' && { data: { evidence: data } }),
    body: [
      markup`<p class="verdict">${headline}</p><p>${meaning}</p>`,
      verdict === 'related' ? picture(data) : undefined,
      markup`<ul class="told-pairs">${rankedPairs(evidence).map(
        (pair) => markup`<li>${pairSentence(pair, testedPairs(evidence).length)}</li>`,
      )}</ul>`,
      markup`<p class="muted">${numberOfSubjects(evidence)}, each encoded by the model that never saw it.
      Bartlett’s test of the canonical correlations between two modalities’ latents in each half, Fisher’s combination
      of both, Holm’s correction over all pairs. ${certainty(evidence)}</p>`,
      details('Every pair, half by half', pairTable(evidence)),
      verdict === 'related' ? links(input, evidence, facts) : undefined,
      withdrawn,
      halves(input, evidence, facts),
    ],
  };
}

function picture(data: EvidenceData): Markup {
  return figure({
    name: 'what the modalities share',
    svg: evidenceChart(data, 760),
    drawing: 'evidence',
    caption: `A bar that passes the ${percent(data.alpha)} line: the two modalities share something.`,
  });
}

function chartData({ summary: { model } }: ReportInput, evidence: TestedEvidence): EvidenceData {
  const named = (name: string) => ({ name, m: model.modalities.findIndex((one) => one.name === name) });
  return {
    alpha: evidence.alpha,
    pairs: testedPairs(evidence).map(({ first, second, corrected, related }) => ({
      first: named(first),
      second: named(second),
      p: corrected,
      related,
    })),
  };
}

function pairTable(evidence: TestedEvidence): Markup {
  const half = (pair: PairOfModalities, k: number) => {
    const fold = pair.folds.at(k);
    return fold === undefined ? ['–', '–'] : [decimals(largest(fold)), pText(fold.p)];
  };
  return table({
    caption: 'Pairs of modalities, half by half',
    columns: [
      { title: 'Modalities' },
      ...['Largest correlation, first half', 'p', 'Second half', 'p', 'p of both', 'corrected'].map(numeric),
    ],
    rows: rankedPairs(evidence).map((pair) => [
      `${pair.first} and ${pair.second}`,
      ...half(pair, 0),
      ...half(pair, 1),
      pText(pair.p),
      pText(pair.corrected),
    ]),
  });
}

function links({ graph }: ReportInput, evidence: TestedEvidence, facts: SubjectFacts | undefined): Markup {
  const standing = evidence.links.filter(({ stands }) => stands).sort((a, b) => a.q - b.q || a.p - b.p);
  const tested = counted(evidence.links.length, 'pair');
  if (standing.length === 0) {
    return markup`<h3 id="standing">Which latents go together?</h3><p>No single one: of ${tested} of latents in related
    modalities none stands once p is corrected for their number. What is shared is spread over several.</p>`;
  }
  return markup`<h3 id="standing">Which latents go together?</h3>
<p>${count(standing.length)} of ${tested} of latents in related modalities. Correlation is that of normal scores in
halves that no model had seen; q is p corrected for the number of pairs (Holm). A correlation has no direction.</p>
${table({
  caption: 'Latents that go together',
  columns: [{ title: 'Latent' }, { title: 'Latent' }, ...['Correlation', 'p', 'q'].map(numeric)],
  rows: standing.map(({ first, second, correlation, p, q }): Part[] => [
    described(graph, first, facts),
    described(graph, second, facts),
    decimals(correlation),
    pText(p),
    pText(q),
  ]),
})}`;
}

function halves({ graph }: ReportInput, evidence: TestedEvidence, facts: SubjectFacts | undefined): Markup {
  return markup`<h3 id="halves">Do halves of the data find the same latents?</h3>
<p>${sharing(evidence).halves} One that they do not find may be another one in the next sample: read it with its
modality, not on its own.</p>
${table({
  caption: 'Latents found again in halves of the data',
  columns: [{ title: 'Latent' }, numeric('Least |rank correlation| with its match in a half’s model'), { title: '' }],
  rows: graph.nodes.map(({ name }, i): Part[] => [
    described(graph, name, facts),
    decimals(evidence.agreement[i]),
    evidence.agreement[i] >= FOUND_AGAIN ? 'found again' : markup`<strong>not found again</strong>`,
  ]),
})}`;
}
