// The top of the page: the model, its subjects, the strongest links in words, and what to be careful about.

import { edgeSymbol } from '../../causal/discovery/formats/text-format.js';
import { crossEdges } from '../facts/mechanisms.js';
import { identifiability } from '../facts/identifiability.js';
import { dependentPairs, isNotable } from '../facts/independence.js';
import { inWords, type SubjectFacts } from '../facts/index.js';
import { count, counted, decimals, listed, percent, pText } from '../format.js';
import { described } from './graph.js';
import type { ReportedEdge, ReportInput } from '../input.js';
import { markup, type Markup } from './markup.js';
import { valueCount } from '../../data/observation.js';

const MAX_FINDINGS = 6;
const MAX_MEASURED = 8;

export function overview(input: ReportInput, facts: SubjectFacts | undefined): Markup {
  const { summary, graph } = input;
  const { train, validation, test } = summary.subjects;
  const modalities = summary.model.modalities;
  const columns = modalities.reduce((sum, m) => sum + valueCount(m.observation), 0);
  const links = crossEdges(graph);
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
<p class="lead">Hidden causes of ${listed(modalities.map(({ name }) => name))}, and how they depend on one another,
learnt from ${counted(train, 'subject')}.</p>
<dl class="figures">${figures.map(([value, name]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
<div class="glance">
<div><h2>The strongest links between modalities</h2>${findings(input, facts)}</div>
<div><h2>To be careful about</h2>${cautions(input, facts)}</div>
${measured(input, facts)}
</div>
</header>`;
}

function findings({ graph }: ReportInput, facts: SubjectFacts | undefined): Markup {
  const links = crossEdges(graph);
  if (links.length === 0) {
    return markup`<p>None was strong enough to be worth its price. A lower <code>sparsity.weight</code> keeps weaker
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
  return markup`<p class="before">With their strength, and how many runs have them.</p><ol class="findings">${links
    .slice(0, MAX_FINDINGS)
    .map(
      ({ from, to, strength, agreement }) =>
        markup`<li><div>${named(from)}</div><div class="towards" aria-label="acts on">→</div><div>${named(to)}</div>
<div class="strength">${decimals(strength)}<span class="words">${runsText(agreement, graph.runs)}</span></div></li>`,
    )}</ol>${more}`;
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
  const certainty = (edge: ReportedEdge): Markup =>
    edge.frequencies === undefined
      ? markup`p ${pText(edge.p)}<span class="words"></span>`
      : markup`${percent(share(edge))}<span class="words">of resamples</span>`;
  return markup`<div><h2>The surest links of what was measured</h2><ol class="findings">${ranked
    .slice(0, MAX_MEASURED)
    .map(
      (edge) =>
        markup`<li><div>${named(edge.from)}</div><div class="towards">${arrowOf(edge)}</div><div>${named(edge.to)}</div>
<div class="strength">${certainty(edge)}</div></li>`,
    )}</ol>${more}</div>`;
}

const ARROWS: Readonly<Record<string, readonly [string, string]>> = {
  '-->': ['→', 'acts on'],
  '<->': ['↔', 'shares a cause with'],
};

function arrowOf(edge: ReportedEdge): Markup {
  const [sign, words] = ARROWS[edgeSymbol(edge)] ?? ['–', 'is linked with'];
  return markup`<span role="img" aria-label="${words}">${sign}</span>`;
}

function runsText(agreement: number, runs: number): string {
  return runs === 1 ? 'one run' : `${Math.round(agreement * runs)} of ${runs} runs`;
}

function cautions({ graph, summary }: ReportInput, facts: SubjectFacts | undefined): Markup {
  const found = [
    ...identifiability(graph, { ...summary, mechanisms: facts?.mechanisms }).map(({ title }) => ({
      title,
      id: 'identifiability',
    })),
    ...(facts === undefined ? [] : [...idle(facts), ...dependent(facts)]),
  ];
  const always = markup`<li>Directions between modalities follow the order of the study file; they are assumed, not
  found.</li>`;
  const items = found.map(({ title, id }) => markup`<li><a href="#${id}">${title}</a></li>`);
  return markup`<ul class="cautions">${items}${always}</ul>`;
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
