// The top of the page: the model, its subjects, the strongest links in words, and what to be careful about.

import { arrowOf as lineOf } from '../../causal/direction-text.js';
import { edgeSymbol } from '../../causal/discovery/formats/text-format.js';
import type { EdgeDirection } from '../../causal/index.js';
import { headline, type Conclusions } from '../../conclusions/index.js';
import { hiddenText, shownGraph } from '../facts/edge-status.js';
import { reportConclusions, sharingOf } from '../facts/evidence.js';
import { crossEdges } from '../facts/mechanisms.js';
import { identifiability } from '../facts/identifiability.js';
import { dependentPairs, isNotable } from '../facts/independence.js';
import { inWords, type SubjectFacts } from '../facts/index.js';
import { hasEffects } from '../../causal/graph.js';
import { signedText } from '../../causal/sign-text.js';
import { count, counted, decimals, listed, percent, pText } from '../../format.js';
import { described } from './graph.js';
import type { ReportedEdge, ReportInput } from '../input.js';
import { markup, type Markup } from './markup.js';
import { valueCount } from '../../data/observation.js';

const MAX_FINDINGS = 6;
const MAX_MEASURED = 8;
/** More are counted in the first sentence, not named. */
const MAX_MODALITIES = 4;

export function overview(input: ReportInput, facts: SubjectFacts | undefined): Markup {
  const { summary, graph } = input;
  const { train, validation, test } = summary.subjects;
  const modalities = summary.model.modalities;
  const columns = modalities.reduce((sum, m) => sum + valueCount(m.observation), 0);
  const conclusions = reportConclusions(input);
  const links = crossEdges(shownGraph(graph, conclusions));
  const sharing = sharingOf(conclusions);
  const names =
    modalities.length > MAX_MODALITIES
      ? counted(modalities.length, 'modality', 'modalities')
      : listed(modalities.map(({ name }) => name));
  const found = sharing === 'nothing' || sharing === 'too-few' ? 'Latents' : 'Hidden causes';
  const how = found === 'Latents' ? '' : ', and how they depend on one another';
  const figures: [string, string][] = [
    [count(train + validation + test), 'subjects'],
    [count(modalities.length), 'modalities'],
    [count(columns), 'observed columns'],
    [count(graph.nodes.length), 'causal latents'],
    [count(links.length), `link${links.length === 1 ? '' : 's'} between modalities`],
    [count(graph.runs), `run${graph.runs === 1 ? '' : 's'} compared`],
  ];
  return markup`<header class="masthead" id="top">
<p class="kicker">Causal latents of multimodal data</p>
<h1>${summary.study}</h1>
<p class="verdict">${headline(conclusions)}</p>
<p class="lead">${found} of ${names}${how}, learnt from ${counted(train, 'subject')}.</p>
<dl class="figures">${figures.map(([value, name]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
<div class="glance">
<div><h2>The strongest links between modalities</h2>${findings(input, facts)}</div>
<div><h2>To be careful about</h2>${cautions(input, facts)}</div>
${measured(input, facts)}
</div>
</header>`;
}

function findings(input: ReportInput, facts: SubjectFacts | undefined): Markup {
  const { graph } = input;
  const conclusions = reportConclusions(input);
  const links = crossEdges(shownGraph(graph, conclusions));
  if (links.length === 0) {
    const hidden = crossEdges(graph).length === 0 ? undefined : hiddenText(graph, conclusions);
    if (hidden !== undefined) return markup`<p>${hidden}</p>`;
    return sharingOf(conclusions) === 'nothing' ||
      conclusions.links.some(({ isFitted, strength }) => !isFitted && strength !== undefined)
      ? markup`<p>None is supported: <a href="#evidence">what cross-fitting says</a>.</p>`
      : markup`<p>None was strong enough to be worth its price. A lower <code>sparsity.weight</code> keeps weaker
        ones.</p>`;
  }
  const named = (name: string): Markup => {
    const i = graph.nodes.findIndex((node) => node.name === name);
    const { modality } = graph.nodes[i];
    const words = facts === undefined ? undefined : markup`<span class="words">${inWords(facts, i, modality)}</span>`;
    return markup`<span class="latent">${name}</span>${words}`;
  };
  const rest = links.length - MAX_FINDINGS;
  const more =
    rest > 0
      ? markup`<p class="after"><a href="#graph">${counted(rest, 'more link')}</a> in the graph.</p>`
      : undefined;
  const size = hasEffects({ edges: links })
    ? 'effect (sd of the effect per sd of the cause, + rises, − falls)'
    : 'strength';
  const told =
    conclusions.status === 'tested'
      ? `With their ${size}, and q: p of the direct link in held-out subjects, corrected.`
      : `With their ${size}. Not tested: they may be chance.`;
  return markup`<p class="before">${told}</p><ol class="findings">${links.slice(0, MAX_FINDINGS).map(
    ({ from, to, strength, effect, direction }) =>
      markup`<li><div>${named(from)}</div>
<div class="towards" aria-label="${relationName(direction)}">${lineOf({ direction })}</div>
<div data-towards="${lineOf({ direction })}">${named(to)}</div>
<div class="strength">${effect === undefined ? decimals(strength) : signedText(effect)}
<span class="words">${qText(conclusions, from, to)}</span></div></li>`,
  )}</ol>${more}`;
}

function relationName(direction: EdgeDirection | undefined): string {
  if (direction === 'undecided') return 'is linked with';
  return direction === 'assumed' ? 'is assumed to act on' : 'acts on';
}

function qText({ links }: Conclusions, from: string, to: string): string {
  const link = links.find(
    ({ first, second }) => (first === from && second === to) || (first === to && second === from),
  );
  return link?.q === undefined ? 'not tested' : `q ${pText(link.q)}`;
}

/** The links of measured variables that discovery found, the surest first; undefined where there are none. */
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
    edge.frequencies === undefined ? `p ${pText(edge.p)}` : `${percent(share(edge))} of resamples`;
  const size = (edge: ReportedEdge): Markup =>
    edge.association === undefined
      ? markup`no sign<span class="words">${certainty(edge)}</span>`
      : markup`ρ ${signedText(edge.association)}<span class="words">${certainty(edge)}</span>`;
  return markup`<div><h2>The surest links of what was measured</h2><ol class="findings">${ranked
    .slice(0, MAX_MEASURED)
    .map(
      (edge) =>
        markup`<li><div>${named(edge.from)}</div><div class="towards">${arrowOf(edge)}</div>
<div data-towards="${signOf(edge)}">${named(edge.to)}</div><div class="strength">${size(edge)}</div></li>`,
    )}</ol>${more}</div>`;
}

const ARROWS: Readonly<Record<string, readonly [string, string]>> = {
  '-->': ['→', 'acts on'],
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

function cautions(input: ReportInput, facts: SubjectFacts | undefined): Markup {
  const { graph, summary } = input;
  const found = [
    ...unproven(reportConclusions(input)),
    ...identifiability(graph, { ...summary, mechanisms: facts?.mechanisms }).map(({ title }) => ({
      title,
      id: 'identifiability',
    })),
    ...(facts === undefined ? [] : [...idle(facts), ...dependent(facts)]),
  ];
  const items = found.map(({ title, id }) => markup`<li><a href="#${id}">${title}</a></li>`);
  return markup`<ul class="cautions">${items}<li>${DIRECTIONS[summary.model.graph]}</li></ul>`;
}

/** By `sparsity.graph`. */
const DIRECTIONS: Readonly<Record<ReportInput['summary']['model']['graph'], string>> = {
  ordered: 'Directions between modalities follow the order of the study file; they are assumed, not found.',
  acyclic: 'Directions are those of the order that fits best among the orders that restarts drew; some may be wrong.',
  cyclic: 'Directions are found by the fit, and latents may cause each other; some may be wrong.',
};

/** What was not tested, and latents that are not replicated. */
function unproven({ status, latents }: Conclusions): { title: string; id: string }[] {
  if (status !== 'tested') return [{ title: 'No association between the modalities was tested', id: 'evidence' }];
  const lost = latents.filter(({ verdict }) => verdict !== 'replicated').length;
  if (lost === 0) return [];
  const title = `${lost} of ${counted(latents.length, 'latent')} ${lost === 1 ? 'is' : 'are'} not replicated alone`;
  return [{ title, id: 'replication' }];
}

function idle({ usage }: SubjectFacts): { title: string; id: string }[] {
  const names = usage.flatMap(({ entry, verdict }) => (entry.latent && verdict !== 'used' ? [entry.name] : []));
  return names.length === 0
    ? []
    : [{ title: `${listed(names)} ${names.length === 1 ? 'is' : 'are'} not used`, id: 'usage' }];
}

function dependent({ independence }: SubjectFacts): { title: string; id: string }[] {
  const pairs = dependentPairs(independence);
  const notable = pairs.filter(({ value }) => isNotable(value, independence)).length;
  if (notable === 0) return [];
  const title =
    `${notable} of ${counted(pairs.length, 'pair')} of noises ${notable === 1 ? 'depends' : 'depend'} ` +
    'on one another: something ties them that the graph lacks';
  return [{ title, id: 'independence' }];
}
