// The top of the page: the conclusions in sentences, the subjects, and cautions.

import { edgeSymbol } from '../../causal/discovery/formats/text-format.js';
import { signedSize } from '../../causal/discovery/link-figures.js';
import {
  countsText,
  isCauseFound,
  linksOfBlocks,
  summarySentences,
  type CauseConclusions,
  type Conclusions,
} from '../../conclusions/index.js';
import { reportConclusions } from '../facts/evidence.js';
import { identifiability } from '../facts/identifiability.js';
import { dependentPairs, isNotable } from '../facts/independence.js';
import type { SubjectFacts } from '../facts/index.js';
import { signedText } from '../../causal/sign-text.js';
import { count, counted, listed, percent, pText } from '../../text/numbers.js';
import { described } from './latent-words.js';
import type { ReportedEdge, ReportInput } from '../input.js';
import { markup, type Markup } from './markup.js';
import { missingCard } from './missing-card.js';
import { valueCount } from '../../data/observation.js';

const MAX_MEASURED = 8;
/** Maximum number of modalities that are named; more are only counted. */
const MAX_MODALITIES = 4;

export function overview(input: ReportInput, facts: SubjectFacts | undefined): Markup {
  const { summary, graph } = input;
  const { modalities } = summary.model;
  const conclusions = reportConclusions(input);
  const { counts, status, causes } = conclusions;
  const links = linksOfBlocks(conclusions).filter(({ same }) => !same);
  const figureOf = (size: number, one: string, several: string): [string, string] => [
    status === 'tested' ? count(size) : '–',
    size === 1 ? one : several,
  ];
  const columns = modalities.reduce((sum, m) => sum + valueCount(m.observation), 0);
  const supported = links.filter(({ verdict }) => verdict === 'supported').length;
  const figures: [string, string][] = [
    [count(counts.study), 'subjects'],
    [count(modalities.length), modalities.length === 1 ? 'modality' : 'modalities'],
    [count(columns), 'columns'],
    [count(graph.nodes.length), 'latents'],
    ...(modalities.length > 1 ? [figureOf(supported, 'supported link of the fit', 'supported links of the fit')] : []),
    ...(causes ? [figureOf(causes.effects.filter(isCauseFound).length, ...effectWords(causes))] : []),
  ];
  const [answer, ...rest] = summarySentences(conclusions, input.discovery);
  return markup`<header class="masthead" id="top">
<p class="kicker">${kickerOf(input)}</p>
<h1>${summary.study}</h1>
<p class="verdict" data-copied>${answer}</p>
<div class="summary"><p data-copied>${rest.map((sentence) => `${unbroken(sentence)} `)}</p>
<button type="button" class="quiet needs-script" data-copy>Copy<span class="unseen"> the summary</span></button></div>
<dl class="figures">${figures.map(([value, name]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
<p class="muted">${countsText(counts)}</p>
<div class="glance">
${measured(input, facts)}
${cautions(input, facts)}
${missingCard(input)}
</div>
</header>`;
}

/** Returns the words for one result and several results of causes. */
function effectWords({ effects }: CauseConclusions): [string, string] {
  return effects.some(({ meaning }) => meaning === 'effect')
    ? ['supported effect of a cause', 'supported effects of causes']
    : ['supported association with a cause', 'supported associations with causes'];
}

/** Keeps a p-value on one line. */
function unbroken(sentence: string): string {
  return sentence.replaceAll(/\b([pq]) ([<=]) /g, '$1\u00a0$2\u00a0');
}

function kickerOf({ summary: { model, causes } }: ReportInput): string {
  const { modalities } = model;
  if (modalities.length > 1) return `What ${namesOf(modalities)} have in common`;
  return listed([namesOf(modalities), ...(causes ?? []).map(({ name }) => name)]);
}

function namesOf(modalities: ReportInput['summary']['model']['modalities']): string {
  return modalities.length > MAX_MODALITIES
    ? `${modalities.length} modalities`
    : listed(modalities.map(({ name }) => name));
}

/** Returns the links of measured variables by descending certainty, or undefined if there are none. */
function measured({ graph, discovery }: ReportInput, facts: SubjectFacts | undefined): Markup | undefined {
  const latents = new Set(graph.nodes.map(({ name }) => name));
  const links = (discovery?.edges ?? []).filter(({ from, to }) => !latents.has(from) || !latents.has(to));
  if (links.length === 0) return undefined;
  const share = ({ frequencies }: ReportedEdge) => frequencies?.adjacent ?? 1;
  const ranked = [...links].sort((a, b) => share(b) - share(a) || (a.p ?? 1) - (b.p ?? 1));
  const rest = ranked.length - MAX_MEASURED;
  const moreLinks = markup`<a href="#discovery">${counted(rest, 'more link')}</a>`;
  const more = rest > 0 ? markup`<p class="after">${moreLinks} of discovery.</p>` : undefined;
  const named = (name: string): Markup => markup`<span class="latent">${described(graph, name, facts)}</span>`;
  const certainty = (edge: ReportedEdge): string =>
    edge.frequencies === undefined ? `p ${pText(edge.p)}` : `${percent(share(edge))} of half-samples`;
  const size = (edge: ReportedEdge): Markup => {
    const value = signedSize(edge);
    if (value === undefined) return markup`no sign<span class="words">${certainty(edge)}</span>`;
    const text = edge.link ? signedText(value) : `ρ ${signedText(value)}`;
    return markup`${text}<span class="words">${certainty(edge)}</span>`;
  };
  return markup`<div><h2>Most certain links of measured variables</h2><ol class="findings">${ranked
    .slice(0, MAX_MEASURED)
    .map(
      (edge) =>
        markup`<li><div>${named(edge.from)}</div><div class="towards">${arrowOf(edge)}</div>
<div data-towards="${signOf(edge)}">${named(edge.to)}</div><div class="strength">${size(edge)}</div></li>`,
    )}</ol>${more}</div>`;
}

const ARROWS: Readonly<Record<string, readonly [string, string]>> = {
  '-->': ['→', 'acts on'],
  'o->': ['→', 'may act on'],
  '<->': ['↔', 'shares a cause with'],
};

const UNDIRECTED = ['–', 'is linked with'] as const;

function signOf(edge: ReportedEdge): string {
  return (ARROWS[edgeSymbol(edge)] ?? UNDIRECTED)[0];
}

function arrowOf(edge: ReportedEdge): Markup {
  const [sign, words] = ARROWS[edgeSymbol(edge)] ?? UNDIRECTED;
  return markup`<span role="img" aria-label="${words}">${sign}</span>`;
}

function cautions(input: ReportInput, facts: SubjectFacts | undefined): Markup | undefined {
  const { graph } = input;
  const conclusions = reportConclusions(input);
  const list = [
    ...unproven(conclusions),
    ...identifiability(graph, conclusions).map(({ title }) => ({ title, id: 'identifiability' })),
    ...(facts === undefined ? [] : [...idle(facts), ...dependent(facts)]),
    ...directions(conclusions).map((title) => ({ title, id: conclusions.status === 'tested' ? 'links' : 'evidence' })),
  ];
  return list.length === 0
    ? undefined
    : markup`<div><h2>Cautions</h2><ul class="cautions">${list.map(
        ({ title, id }) => markup`<li><a href="#${id}">${title}</a></li>`,
      )}</ul></div>`;
}

/** Describes the origin of the directions of supported links. Returns nothing without such links. */
function directions(conclusions: Conclusions): string[] {
  const supported = linksOfBlocks(conclusions).filter(({ verdict, same }) => verdict === 'supported' && !same);
  const having = (wanted: string) => supported.filter(({ direction }) => direction.verdict === wanted).length;
  return [
    ...(having('assumed') > 0 ? ['Assumed directions follow the order in the study file; no test supports them'] : []),
    ...(having('undecided') > 0
      ? [`Nothing determines the direction of ${counted(having('undecided'), 'supported link')}`]
      : []),
  ];
}

/** Reports a missing test, or latents that are not replicated. */
function unproven({ status, latents, pairs, causes }: Conclusions): { title: string; id: string }[] {
  if (status !== 'tested') return [{ title: 'No association between the modalities was tested', id: 'evidence' }];
  const lost = latents.filter(({ verdict }) => verdict === 'not-replicated').length;
  if (lost === 0) return [];
  const title = `${lost} of ${counted(latents.length, 'latent')} ${lost === 1 ? 'is' : 'are'} not replicated`;
  const isListed = causes !== undefined || pairs.some(({ verdict }) => verdict === 'supported');
  return [{ title, id: isListed ? 'replication' : 'tested' }];
}

function idle({ usage }: SubjectFacts): { title: string; id: string }[] {
  const names = usage.flatMap(({ entry, verdict }) => (entry.latent && verdict !== 'used' ? [entry.name] : []));
  return names.length === 0
    ? []
    : [{ title: `${listed(names)} ${names.length === 1 ? 'is' : 'are'} not used`, id: 'usage' }];
}

function dependent({ independence }: SubjectFacts): { title: string; id: string }[] {
  if (independence === undefined) return [];
  const pairs = dependentPairs(independence);
  const notable = pairs.filter(({ value }) => isNotable(value, independence)).length;
  if (notable === 0) return [];
  const title =
    `${notable} of ${counted(pairs.length, 'pair')} of noises ${notable === 1 ? 'is' : 'are'} dependent, ` +
    'for a reason that the graph does not contain';
  return [{ title, id: 'independence' }];
}
