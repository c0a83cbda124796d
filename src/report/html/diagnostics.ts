// What a careful reader checks: the use of every latent, the independence of the noises, the explained variance of the
// columns, the agreement of the restarts, and what may keep single latents from being identified.

import { independenceChart } from '../charts/matrix-chart.js';
import { AGREEMENT } from '../facts/agreement.js';
import { labelOf } from '../facts/entries.js';
import { identifiability } from '../facts/identifiability.js';
import { dependentPairs, isNotable, type Independence } from '../facts/independence.js';
import type { SubjectFacts } from '../facts/index.js';
import { NOTABLE } from '../facts/mechanisms.js';
import { MIN_EFFECT, MIN_KNOWN, type Usage } from '../facts/usage.js';
import { percentText } from '../../quality/index.js';
import { count, counted, decimals, percent } from '../../format.js';
import type { ReportInput } from '../input.js';
import { markup, type Markup } from './markup.js';
import { details, figure, notice, table, withoutData, type Section } from './section.js';

const MAX_PAIRS = 8;
/** |Rank correlation| of two restarts' latents from which on they count as the same. */
const AGREED = 0.7;

export function diagnosticsSection(input: ReportInput, facts: SubjectFacts | undefined): Section {
  return {
    id: 'diagnostics',
    title: 'Diagnostics',
    body: [
      caution(input, facts),
      ...(facts === undefined
        ? [withoutData('Whether every latent is used and the noises are independent')]
        : [usageOf(facts.usage), explained(facts), independenceOf(facts.independence)]),
      agreement(input),
    ],
  };
}

function caution({ graph, summary }: ReportInput, facts: SubjectFacts | undefined): Markup {
  const found = identifiability(graph, { ...summary, mechanisms: facts?.mechanisms });
  return markup`<h3 id="identifiability">Are single latents identified?</h3>
${
  found.length === 0
    ? notice(
        markup`<p>Nothing here speaks against it: every latent has links to other modalities, the links are of a kind
        that tells latents apart, and most restarts agree.</p>`,
      )
    : found.map(({ title, text }) => notice(markup`<p><strong>${title}.</strong> ${text}</p>`, 'warning'))
}
${facts === undefined || facts.mechanisms.length === 0 ? undefined : links(facts)}`;
}

function links({ mechanisms }: SubjectFacts): Markup {
  const mark = (value: number, minimum: number) =>
    value >= minimum ? markup`<strong>${decimals(value)}</strong>` : decimals(value);
  return details('Of what kind each link is', [
    markup`<p>Curvature: what twenty steps explain of the effect beyond a straight line. Changing spread: how much of
    the size of the residual the cause explains. Noise: the larger of |skewness| and |excess kurtosis| of the
    residual. Bold: enough to tell latents apart.</p>`,
    table({
      caption: 'Links between modalities, one cause at a time',
      columns: [
        { title: 'Link' },
        ...['Straight line', 'Curvature', 'Changing spread', 'Noise not normal'].map((title) => ({
          title,
          numeric: true,
        })),
      ],
      rows: mechanisms.map(({ from, to, linear, curvature, spread, nonNormal }) => [
        `${from} – ${to}`,
        percent(linear),
        mark(curvature, NOTABLE.curvature),
        mark(spread, NOTABLE.spread),
        mark(nonNormal, NOTABLE.nonNormal),
      ]),
    }),
  ]);
}

function usageOf(usage: readonly Usage[]): Markup {
  const latents = usage.filter(({ entry }) => entry.latent);
  const idle = latents.filter(({ verdict }) => verdict !== 'used');
  const words = { used: '', collapsed: 'collapsed', unused: 'unused' } as const;
  return markup`<h3 id="usage">Is every latent used?</h3>
${
  idle.length === 0
    ? markup`<p>Yes: the data tell each of the ${count(latents.length)} latents, and each moves some column.</p>`
    : notice(
        markup`<p><strong>${counted(idle.length, 'latent')} not used:
        ${idle.map(({ entry }) => entry.name).join(', ')}.</strong> Fewer latents may be enough for
        ${idle.length === 1 ? 'this modality' : 'these modalities'}.</p>`,
        'warning',
      )
}
${table({
  caption: 'Use of latents z and private noises η',
  columns: [
    { title: 'Latent' },
    { title: 'Told by the data', numeric: true },
    { title: 'Largest effect on a column', numeric: true },
    { title: 'Skewness', numeric: true },
    { title: '' },
  ],
  rows: usage.map(({ entry, known, effect, histogram, verdict }) => [
    entry.name,
    percent(known),
    `${decimals(effect)} sd`,
    decimals(histogram.skewness),
    words[verdict],
  ]),
})}
<p class="muted">Told by the data: the share of a latent’s variance that is known once the columns are; below
${percent(MIN_KNOWN)} the posterior has collapsed. Effect: how far the most affected column goes as the latent goes
from −2 to +2 sd; below ${MIN_EFFECT} sd it is unused.</p>`;
}

function explained({ subjects: study, reconstruction: { split, subjects, modalities } }: SubjectFacts): Markup {
  return markup`<h3 id="kept">How much of the columns is kept?</h3>
${table({
  caption: 'Explained variance',
  columns: [
    { title: 'Modality' },
    ...['Training', 'Held out', 'Best column', 'Worst column'].map((title) => ({ title, numeric: true })),
  ],
  rows: modalities.map(({ name, train, heldOut, columns }) => {
    const sorted = [...columns].sort((a, b) => (b.r2 ?? 0) - (a.r2 ?? 0));
    // Among few subjects a column that hardly varies has any negative value.
    const describe = ({ name: column, r2 }: (typeof sorted)[number]) =>
      `${labelOf(study, name, column)} ${r2 !== null && r2 < 0 ? 'below 0' : percent(r2 ?? NaN)}`;
    return [name, percentText(train), percentText(heldOut), describe(sorted[0]), describe(sorted[sorted.length - 1])];
  }),
})}
<p class="muted">R² of the decoders’ answer to the posterior means about the training means, all columns together; held
out are the ${count(subjects)} ${split === 'test' ? 'held-out subjects' : 'validation subjects'}.</p>`;
}

function independenceOf(facts: Independence | undefined): Markup {
  if (facts === undefined) {
    return markup`<h3 id="independence">Are the noises independent?</h3>
<p>Not known: the model has seen all but a few of the subjects, and their noises depend by how it was fitted.</p>`;
  }
  const pairs = dependentPairs(facts).slice(0, MAX_PAIRS);
  const strongest = pairs.at(0)?.value ?? 0;
  const size = strongest > facts.chance ? 'small, though more than chance' : 'no more than chance';
  const verdict = pairs.some(({ value }) => isNotable(value, facts))
    ? 'Some pairs are not: what ties them has no place in the graph.'
    : `No pair depends by more than ${decimals(strongest)}; that is ${size} (${decimals(facts.chance)}).`;
  return markup`<h3 id="independence">Are the noises independent?</h3>
<p>The method rests on independent noises: ε, what is left of a latent once its causes are known, and η, the private
noise of a modality. ${verdict}</p>
<div class="beside">${figure({
    name: 'independence',
    svg: independenceChart(facts),
    caption:
      'Rank correlation of values or of sizes, whichever is larger, ' +
      `over ${count(facts.subjects)} subjects that did not train the model; darker is more.`,
  })}
${table({
  caption: 'Most dependent pairs of noises',
  quiet: false,
  columns: [{ title: 'Pair' }, { title: 'Dependence', numeric: true }],
  rows: pairs.map(({ a, b, value }) => [
    `${a} and ${b}`,
    isNotable(value, facts) ? markup`<strong>${decimals(value)}</strong>` : decimals(value),
  ]),
})}</div>`;
}

function agreement({ graph, summary }: ReportInput): Markup {
  const { edges, runs: restarts, nodes } = graph;
  if (restarts === 1) {
    return markup`<h3 id="agreement">Do the restarts agree?</h3>
<p>There is only one restart, so this is not known.</p>`;
  }
  const mean = edges.reduce((sum, edge) => sum + edge.agreement / edges.length, 0);
  const all = edges.filter((edge) => edge.agreement === 1).length;
  const links =
    edges.length === 0
      ? 'The graph has no links to agree on.'
      : `On average ${percent(mean)} of the ${restarts} restarts have a link of the chosen one; ` +
        `${counted(all, 'link')} of ${edges.length} ${all === 1 ? 'is' : 'are'} in all of them.`;
  return markup`<h3 id="agreement">Do the restarts agree?</h3>
<p>${AGREEMENT} What is supported is <a href="#evidence">above</a>.</p>
<p>${links} Latents that the data determine come out of every restart; those below ${decimals(AGREED)} are determined
only up to mixing with others of their modality.</p>
${table({
  caption: 'Agreement of the restarts on each latent',
  columns: [
    { title: 'Latent' },
    { title: 'Mean |rank correlation| with its match in the other restarts', numeric: true },
  ],
  rows: nodes.map(({ name }, i) => [name, agreed(summary.agreement[i])]),
})}`;
}

function agreed(value: number): Markup {
  return value < AGREED ? markup`<strong>${decimals(value)}</strong>` : markup`${decimals(value)}`;
}
