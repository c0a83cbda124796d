// What the modalities have in common, first of all: the conclusions in plain words, pair by pair, latent by latent and
// link by link.

import {
  correlationText,
  directionText,
  headline,
  latentText,
  pairText,
  reasonText,
  subjectsText,
  summarySentences,
  type Conclusions,
  type LinkConclusion,
} from '../../conclusions/index.js';
import { counted, decimals, percent, pText } from '../../format.js';
import { evidenceChart } from '../charts/evidence-chart.js';
import { reportConclusions, sharingOf, testedPairs } from '../facts/evidence.js';
import type { SubjectFacts } from '../facts/index.js';
import type { ReportInput } from '../input.js';
import { described } from './graph.js';
import { markup, type Markup, type Part } from './markup.js';
import type { EvidenceData } from './page-data.js';
import { details, figure, notice, table, type Section } from './section.js';

const numeric = (title: string) => ({ title, numeric: true });

export function evidenceSection(input: ReportInput, facts: SubjectFacts | undefined): Section {
  const conclusions = reportConclusions(input);
  const section = { id: 'evidence', title: 'What the modalities have in common' };
  const [first, ...rest] = summarySentences(conclusions);
  if (conclusions.status !== 'tested') {
    const text = rest.map((sentence) => ` ${sentence}`);
    return { ...section, body: [notice(markup`<p><strong>${headline(conclusions)}</strong>${text}</p>`, 'warning')] };
  }
  const isAssociated = sharingOf(conclusions) === 'associated';
  const data = chartData(input, conclusions);
  const { pairs } = conclusions;
  return {
    ...section,
    // Where nothing was found a figure would look like a finding.
    ...(isAssociated && { data: { evidence: data } }),
    body: [
      markup`<p class="verdict">${first}</p>${rest.map((sentence) => markup`<p>${sentence}</p>`)}`,
      isAssociated ? picture(data) : undefined,
      markup`<ul class="told-pairs">${pairs.map((pair) => markup`<li>${pairText(pair, testedPairs(conclusions).length)}</li>`)}</ul>`,
      markup`<p class="muted">${subjectsText(conclusions)}, each encoded by models that never saw it. Permutation tests
      of the canonical correlations of latents and of their squares in each fold, combined over folds and splits
      (Cauchy), corrected for all pairs (Holm). Of studies without any association, about
      ${percent(conclusions.alpha)} have one reported.</p>`,
      isAssociated ? links(input, conclusions, facts) : undefined,
      latents(input, conclusions, facts),
    ],
  };
}

function picture(data: EvidenceData): Markup {
  return figure({
    name: 'what the modalities have in common',
    svg: evidenceChart(data, 760),
    drawing: 'evidence',
    caption: `A bar that passes the ${percent(data.alpha)} line: the two modalities are associated.`,
  });
}

function chartData({ summary: { model } }: ReportInput, conclusions: Conclusions): EvidenceData {
  const named = (name: string) => ({ name, m: model.modalities.findIndex((one) => one.name === name) });
  return {
    alpha: conclusions.alpha,
    pairs: testedPairs(conclusions).map(({ first, second, corrected, verdict }) => ({
      first: named(first),
      second: named(second),
      p: corrected!,
      related: verdict === 'supported',
    })),
  };
}

function links({ graph }: ReportInput, conclusions: Conclusions, facts: SubjectFacts | undefined): Markup {
  const tested = conclusions.links.filter(({ direct }) => direct !== undefined);
  const supported = tested.filter(({ verdict }) => verdict === 'supported');
  const rows = (shown: readonly LinkConclusion[]): Part[][] =>
    shown.map((link) => [
      described(graph, link.first, facts),
      link.sign ?? '',
      described(graph, link.second, facts),
      decimals(link.association!.estimate),
      correlationText(link.direct!),
      pText(link.q),
      link.verdict === 'supported' ? directionText(link) : reasonText(link.reason!),
    ]);
  const columns = [
    { title: 'Latent' },
    { title: '' },
    { title: 'Latent' },
    ...['Association', 'Direct correlation', 'q'].map(numeric),
    { title: '' },
  ];
  const undecided = tested.filter(({ verdict }) => verdict !== 'supported');
  return markup`<h3 id="links">Which latents are directly linked?</h3>
${
  supported.length === 0
    ? markup`<p>No direct link is supported: what the modalities have in common is not traced to single latents.</p>`
    : markup`<p>${counted(supported.length, 'direct link')}. Direct: the correlation given what explains the association
best, without measurement errors; q is its largest p, corrected for the number of links (Holm).</p>
${table({ caption: 'Links that are supported', columns, rows: rows(supported) })}`
}
${undecided.length === 0 ? undefined : details('Links that are undecided or not supported', table({ caption: 'Links that are not supported', columns, rows: rows(undecided) }))}`;
}

function latents({ graph }: ReportInput, { latents: all }: Conclusions, facts: SubjectFacts | undefined): Markup {
  return markup`<h3 id="replication">Do models of disjoint subjects find the same latents?</h3>
<p>Chance is what random axes in the same space reach.</p>
${table({
  caption: 'Replication of latents',
  columns: [{ title: 'Latent' }, ...['Correlation of the folds', 'Chance', 'Corrected'].map(numeric), { title: '' }],
  rows: all.map((latent): Part[] => [
    described(graph, latent.name, facts),
    latent.agreement === undefined ? '–' : decimals(latent.agreement),
    latent.chance === undefined ? '–' : decimals(latent.chance),
    latent.corrected === undefined ? '–' : decimals(latent.corrected),
    latentText(latent),
  ]),
})}`;
}
