// Diagnostics for careful readers: identifiability of single latents, use of every latent, explained variance of the
// columns, independence of the noises, and agreement of the restarts.

import { independenceChart } from '../charts/matrix-chart.js';
import { NOTABLE_MECHANISM, type Mechanism } from '../../evidence/index.js';
import { AGREEMENT } from '../facts/agreement.js';
import { labelOf } from '../facts/entries.js';
import { reportConclusions } from '../facts/evidence.js';
import { identifiability } from '../facts/identifiability.js';
import { dependentPairs, isNotable, type Independence } from '../facts/independence.js';
import type { SubjectFacts } from '../facts/index.js';
import { MIN_EFFECT, MIN_KNOWN, type Usage } from '../facts/usage.js';
import { percentText } from '../../quality/index.js';
import { count, counted, decimals, percent } from '../../text/numbers.js';
import type { ReportInput } from '../input.js';
import { markup, type Markup } from './markup.js';
import { details, figure, notice, table, withoutData, type Section } from './section.js';

const MAX_PAIRS = 8;
/** Minimum |rank correlation| for the latents of two restarts to count as the same. */
const AGREED = 0.7;

export function diagnosticsSection(input: ReportInput, facts: SubjectFacts | undefined): Section {
  return {
    id: 'diagnostics',
    title: 'Diagnostics',
    body: [
      caution(input),
      ...(facts === undefined
        ? [withoutData('The use of latents and the independence of noises')]
        : [usageOf(facts.usage), explained(facts), independenceOf(facts.independence)]),
      agreement(input),
    ],
  };
}

function caution(input: ReportInput): Markup {
  const { graph, summary } = input;
  const warnings = identifiability(graph, reportConclusions(input));
  return markup`<h3 id="identifiability">Are single latents identified?</h3>
${
  warnings.length === 0
    ? notice(
        markup`<p>There is no sign against it. Links to other modalities or causes distinguish every latent, and folds
        and restarts agree.</p>`,
      )
    : warnings.map(({ title, text }) => notice(markup`<p><strong>${title}.</strong> ${text}</p>`, 'warning'))
}
${links(summary.evidence?.mechanisms ?? [])}`;
}

function links(mechanisms: readonly Mechanism[]): Markup | undefined {
  if (mechanisms.length === 0) return undefined;
  const mark = (value: number, minimum: number) =>
    value >= minimum ? markup`<strong>${decimals(value)}</strong>` : decimals(value);
  return details('Properties of each link', [
    markup`<p>Curvature: the share of the effect that twenty steps explain in addition to a straight line. Changing
    spread: the share of the residual’s size that the cause explains. Noise: the maximum of |skewness| and |excess
    kurtosis| of the residual. Bold values are large enough to distinguish latents.</p>`,
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
        mark(curvature, NOTABLE_MECHANISM.curvature),
        mark(spread, NOTABLE_MECHANISM.spread),
        mark(nonNormal, NOTABLE_MECHANISM.nonNormal),
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
    ? markup`<p>Yes. The data determine each of the ${count(latents.length)} latents, and each affects a column.</p>`
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
    { title: 'Known from the data', numeric: true },
    { title: 'Maximum effect on a column', numeric: true },
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
<p class="muted">Known from the data: the share of a latent’s variance that the columns determine. Below
${percent(MIN_KNOWN)} the posterior has collapsed. Maximum effect: the change of the most affected column as the latent
goes from −2 to +2 sd. Below ${MIN_EFFECT} sd the latent is unused.</p>`;
}

function explained({ subjects: study, reconstruction: { split, subjects, modalities } }: SubjectFacts): Markup {
  return markup`<h3 id="explained">How much of the columns do latents explain?</h3>
${table({
  caption: 'Explained variance',
  columns: [
    { title: 'Modality' },
    ...['Training', 'Held out', 'Best column', 'Worst column'].map((title) => ({ title, numeric: true })),
  ],
  rows: modalities.map(({ name, train, heldOut, columns }) => {
    const sorted = [...columns].sort((a, b) => (b.r2 ?? 0) - (a.r2 ?? 0));
    // With few subjects, R² of a column that hardly varies can be any negative number.
    const describe = ({ name: column, r2 }: (typeof sorted)[number]) =>
      `${labelOf(study, name, column)} ${r2 !== null && r2 < 0 ? 'below 0' : percent(r2 ?? NaN)}`;
    return [name, percentText(train), percentText(heldOut), describe(sorted[0]), describe(sorted[sorted.length - 1])];
  }),
})}
<p class="muted">R² of the decoder output for posterior means, relative to the training means, for all columns together.
Held out: ${count(subjects)} ${split === 'test' ? 'held-out subjects' : 'validation subjects'}.</p>`;
}

function independenceOf(facts: Independence | undefined): Markup {
  if (facts === undefined) {
    return markup`<h3 id="independence">Are the noises independent?</h3>
<p>Not known. There are too few held-out subjects, and training makes the noises of training subjects dependent.</p>`;
  }
  const pairs = dependentPairs(facts).slice(0, MAX_PAIRS);
  const strongest = pairs.at(0)?.value ?? 0;
  const size = strongest > facts.chance ? 'small, but more than chance' : 'not more than chance';
  const verdict = pairs.some(({ value }) => isNotable(value, facts))
    ? 'Some pairs are dependent, for a reason that the graph does not contain.'
    : `The maximum dependence of a pair is ${decimals(strongest)}, which is ${size} (${decimals(facts.chance)}).`;
  return markup`<h3 id="independence">Are the noises independent?</h3>
<p>The method assumes independent noises: ε, the part of a latent that its causes do not explain, and η, the private
noise of a modality. ${verdict}</p>
<div class="beside">${figure({
    name: 'independence',
    svg: independenceChart(facts),
    caption:
      'Maximum of the rank correlations of values and of sizes, ' +
      `over ${count(facts.subjects)} held-out subjects. Darker squares are stronger dependences.`,
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
<p>Not known, because there is only one restart.</p>`;
  }
  const mean = edges.reduce((sum, edge) => sum + edge.agreement / edges.length, 0);
  const all = edges.filter((edge) => edge.agreement === 1).length;
  const links =
    edges.length === 0
      ? 'The graph has no links to compare.'
      : `On average, ${percent(mean)} of the ${restarts} restarts have a link of the chosen restart. All restarts ` +
        `have ${counted(all, 'link')} of ${edges.length}.`;
  return markup`<h3 id="agreement">Do the restarts agree?</h3>
<p>${AGREEMENT} The <a href="#evidence">conclusions</a> above show what is supported.</p>
<p>${links} All restarts find latents that the data determine. Latents below ${decimals(AGREED)} are determined only up
to mixing with other latents of their modality.</p>
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
