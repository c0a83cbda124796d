// The first section: conclusions on pairs of modalities, identified latents and supported links. A folded section below
// has all results, including those without support.

import {
  batchText,
  blockText,
  directionCell,
  effectText,
  EQUIVALENCE_NOTE,
  equivalenceOfBlocks,
  equivalenceText,
  latentReasonText,
  latentText,
  linksOfBlocks,
  pairText,
  oneOfTexts,
  reasonText,
  robustnessCell,
  sharedTexts,
  summarySentences,
  type Conclusions,
  type LatentConclusion,
  type LinkConclusion,
  type PairConclusion,
} from '../../conclusions/index.js';
import { count, counted, decimals, listed, pText } from '../../text/numbers.js';
import { equivalenceRows } from '../facts/equivalence.js';
import { reportConclusions, testedPairs } from '../facts/evidence.js';
import type { SubjectFacts } from '../facts/index.js';
import { LATENT_WORDS } from '../facts/latent-forest.js';
import type { ReportInput } from '../input.js';
import { described, describedLatent } from './latent-words.js';
import { markup, type Markup, type Part } from './markup.js';
import { chartFigure, notice, table, type Section } from './section.js';

const numeric = (title: string) => ({ title, numeric: true });

export function evidenceSection(input: ReportInput, facts: SubjectFacts | undefined): Section {
  const conclusions = reportConclusions(input);
  const section = { id: 'evidence', title: 'Conclusions' };
  if (conclusions.status !== 'tested') {
    const [answer, ...rest] = summarySentences(conclusions);
    const text = rest.map((sentence) => ` ${sentence}`);
    return { ...section, body: notice(markup`<p><strong>${answer}</strong>${text}</p>`, 'warning') };
  }
  const { pairs } = conclusions;
  const isAssociated = pairs.some(({ verdict }) => verdict === 'supported');
  return {
    ...section,
    body: [
      pairs.length > 0 ? pairTable(conclusions) : undefined,
      isAssociated || conclusions.causes ? identified(input, conclusions, facts) : undefined,
      isAssociated ? links(input, conclusions, facts) : undefined,
      pairs.length > 0 ? markup`<p class="muted">${METHOD}</p>` : undefined,
    ],
  };
}

/** Returns the results of all tests in words and figures, or undefined if nothing was tested. */
export function testedSection(input: ReportInput, facts: SubjectFacts | undefined): Section | undefined {
  const conclusions = reportConclusions(input);
  if (conclusions.status !== 'tested') return undefined;
  return { id: 'tested', title: 'All tests', body: everything(input, conclusions, facts) };
}

/** Maximum number of rows of a table on the front page. The folded section has all rows. */
const MAX_FRONT = 8;

function moreText(all: number, what: string): Markup | undefined {
  return all > MAX_FRONT
    ? markup`<p class="after"><a href="#tested">${counted(all - MAX_FRONT, `more ${what}`)}</a></p>`
    : undefined;
}

const METHOD =
  'Correlation: of the two combinations of latents with the strongest correlation. One fold determines the ' +
  'combinations, the other fold measures the correlation. p: from permutation tests of latents and their squares in ' +
  'each fold, and of principal components of all subjects. The tests are combined and corrected for all pairs (Holm).';

const VERDICTS: Readonly<Record<PairConclusion['verdict'], string>> = {
  supported: 'associated',
  'not-supported': 'not found; 0.3 ruled out',
  undecided: 'undecided',
};

function pairTable({ pairs, subjects }: Conclusions): Markup {
  const differ = pairs.some((pair) => pair.subjects < subjects);
  return markup`<h3 id="pairs">Which modalities are associated?</h3>
${table({
  caption: 'Pairs of modalities',
  columns: [
    { title: 'Modalities' },
    ...(differ ? [numeric('With both')] : []),
    ...['Correlation', '95 % interval', 'p, corrected'].map(numeric),
    { title: '' },
  ],
  rows: pairs
    .slice(0, MAX_FRONT)
    .map((pair) => [
      `${pair.first} and ${pair.second}`,
      ...(differ ? [count(pair.subjects)] : []),
      pair.correlation ? decimals(pair.correlation.estimate) : '–',
      pair.correlation ? intervalCell(pair.correlation) : '–',
      pText(pair.p === undefined ? undefined : pair.corrected),
      pair.verdict === 'supported'
        ? markup`<strong>${VERDICTS.supported}</strong>`
        : pair.reason === 'too-few'
          ? 'too few have both'
          : pair.reason === 'copied-rows'
            ? 'not tested'
            : VERDICTS[pair.verdict],
    ]),
})}${moreText(pairs.length, 'pair')}`;
}

function intervalCell({ lower, upper }: { readonly lower: number; readonly upper: number }): string {
  return `${decimals(lower)} to ${decimals(upper)}`;
}

/** Components come first. */
function identified({ graph }: ReportInput, { latents }: Conclusions, facts: SubjectFacts | undefined): Markup {
  const rank = ({ verdict }: LatentConclusion) => Object.keys(LATENT_WORDS).indexOf(verdict);
  const ranked = [...latents].sort((a, b) => rank(a) - rank(b));
  return markup`<h3 id="replication">Which latents are identified?</h3>
${table({
  caption: 'Latents: components, and blocks that are identified only up to a mixture',
  columns: [
    { title: 'Latent' },
    { title: 'Verdict' },
    ...['Correlation of the folds', 'By chance'].map(numeric),
    { title: 'Reasons' },
  ],
  rows: ranked.slice(0, MAX_FRONT).map(({ name, modality, verdict, blockWith, reasons, agreement, chance }) => [
    describedLatent(graph, name, facts),
    verdict === 'component'
      ? markup`<strong>${LATENT_WORDS.component}</strong>`
      : blockWith && blockWith.length > 0
        ? `${LATENT_WORDS.block} with ${listed(blockWith.map((other) => other.slice(modality.length + 1)))}`
        : LATENT_WORDS[verdict],
    agreement === undefined ? '–' : decimals(agreement),
    // The only latent of a modality has no other axis that could match by chance.
    chance ? decimals(chance) : '–',
    reasons.map(latentReasonText).join('; '),
  ]),
})}${moreText(latents.length, 'latent')}
<p class="muted">docs/identifiability.md of the package explains components and blocks, and what helps.</p>`;
}

const linkColumns = (last: string) => [
  { title: 'Latent' },
  { title: '' },
  { title: 'Latent' },
  ...['Direct correlation', '95 % interval', 'q', 'Robustness'].map(numeric),
  { title: last },
];

function links(input: ReportInput, conclusions: Conclusions, facts: SubjectFacts | undefined): Markup {
  const named = linksOfBlocks(conclusions);
  const supported = named.filter(({ verdict, same }) => verdict === 'supported' && !same);
  const shared = sharedTexts(conclusions);
  const copies =
    shared.length === 0
      ? undefined
      : markup`<h3 id="shared">Which latents are the same variable?</h3>
<ul class="sentences">${shared.map((text) => markup`<li>${text}</li>`)}</ul>`;
  return markup`${copies ?? ''}<h3 id="links">Which latents are directly linked?</h3>
${
  supported.length === 0
    ? markup`<p>No direct link is supported: the associations cannot be traced to single latents.</p>`
    : markup`${table({
        caption: 'Supported links',
        columns: linkColumns('Direction'),
        rows: linkRows(input, supported.slice(0, MAX_FRONT), facts),
      })}${moreText(supported.length, 'link')}
<p class="muted">Direct correlation: given the variables that explain the association best, corrected for measurement
errors. +: both rise together; −: one falls as the other rises. q: its maximum p, corrected for all links (Holm).
Robustness: share of the remaining variance of both latents that an unmeasured common cause must explain to explain the
link away (in brackets: at the lower limit of the interval).</p>`
}`;
}

function linkRows({ graph }: ReportInput, links: readonly LinkConclusion[], facts: SubjectFacts | undefined): Part[][] {
  return links.map((link) => [
    described(graph, link.first, facts),
    link.sign ?? '',
    described(graph, link.second, facts),
    link.direct ? decimals(link.direct.estimate) : '–',
    link.direct ? intervalCell(link.direct) : '–',
    pText(link.q),
    link.robustness ? robustnessCell(link.robustness) : '–',
    link.verdict === 'supported' ? directionCell(link) : link.reason ? reasonText(link.reason) : '',
  ]);
}

function everything(input: ReportInput, conclusions: Conclusions, facts: SubjectFacts | undefined): Part[] {
  const { pairs, latents, causes, batches } = conclusions;
  const all = linksOfBlocks(conclusions);
  const tested = testedPairs(conclusions).length;
  return [
    markup`<ul class="sentences">${pairs.map((pair) => markup`<li>${pairText(pair, tested)}</li>`)}</ul>`,
    markup`<ul class="sentences">${latents.map((latent) => markup`<li>${latentText(latent)}</li>`)}</ul>`,
    causes
      ? markup`<ul class="sentences">${[...causes.effects.map(effectText), ...causes.blocks.map(blockText)].map(
          (text) => markup`<li>${text}</li>`,
        )}</ul>`
      : undefined,
    ...(batches ?? []).map((batch) => markup`<p>${batchText(batch)}</p>`),
    all.length === 0
      ? undefined
      : table({
          caption: 'Links: supported, undecided and not supported',
          quiet: false,
          columns: linkColumns('Direction, or reason for no support'),
          rows: linkRows(input, all, facts),
        }),
    ...oneOfTexts(all).map((text) => markup`<p>${text}</p>`),
    equallyGood(conclusions),
  ];
}

/** Returns the links in the graphs of equally good models. */
function equallyGood(conclusions: Conclusions): Part {
  const equivalence = equivalenceOfBlocks(conclusions);
  if (!equivalence || equivalence.links.length === 0) return undefined;
  return markup`<h3 id="equivalence">Which links do equally good models share?</h3>
<p>${equivalenceText(equivalence)}</p>
${chartFigure(['equivalence', equivalenceRows(equivalence)], {
  name: 'links in equally good models',
  caption: 'Bars: the share of the graphs with the link. Below: the direction that most of them have.',
})}
<p class="muted">${EQUIVALENCE_NOTE}</p>`;
}
