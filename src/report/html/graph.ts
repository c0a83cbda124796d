// The graph over the latents, and the one that discovery found, if it was given: pictures that can be pointed at, and tables.

import type { LatentGraph } from '../../causal/index.js';
import { edgeSymbol } from '../../causal/discovery/text-format.js';
import { causalGraphSvg } from '../causal-svg.js';
import { inWords, type SubjectFacts } from '../facts/index.js';
import { counted, decimals, number, percent } from '../format.js';
import { graphSvg } from '../graph-svg.js';
import type { ReportDiscovery, ReportedEdge, ReportInput } from './input.js';
import { markup, type Markup, type Part } from './markup.js';
import type { EdgeFacts } from './page-data.js';
import { figure, table, type Section } from './section.js';

export async function graphSection(input: ReportInput, facts: SubjectFacts | undefined): Promise<Section> {
  const { graph, discovery } = input;
  const edges = latentEdges(graph, discovery, facts);
  return {
    id: 'graph',
    title: 'The causal graph',
    data: { graph: edges, ...(discovery && { discovery: discoveredEdges(discovery) }) },
    body: [
      markup`<p>An arrow says that the noise of the effect depends on the cause: strength P = E|∂ε/∂z| · sd(z), about the change of the effect, in its noise’s standard deviations, per standard deviation of the cause.
Agreement counts the runs that have the same arrow once their latents are matched. Directions between modalities come from their order in the study file.</p>`,
      view(
        'graph',
        graph.edges.length === 0
          ? undefined
          : {
              most: graph.edges[0].strength,
              legend: 'Least strength',
              agreement: graph.runs > 1 ? 'Least agreement of runs' : undefined,
            },
        figure({
          name: 'graph',
          svg: await graphSvg(graph, { theme: 'page' }),
          caption: 'One colour per modality, that of the cause on its arrows.',
        }),
        edgeTable(graph, discovery, facts),
      ),
      ...(discovery === undefined ? [] : [await discovered(discovery)]),
    ],
  };
}

interface Filters {
  readonly most: number;
  readonly legend: string;
  readonly agreement: string | undefined;
}

/** Picture and table of one graph with their controls. */
function view(name: string, filters: Filters | undefined, picture: Markup, list: Markup): Markup {
  const step = filters === undefined ? 0.01 : 10 ** Math.floor(Math.log10(filters.most / 50));
  return markup`<div class="view" data-view="${name}">
<form class="controls needs-script" data-controls="${name}">
<fieldset class="switch"><legend class="unseen">Show</legend><label><input type="radio" name="shown" value="picture" checked><span>Picture</span></label><label><input type="radio" name="shown" value="table"><span>Table</span></label></fieldset>
${
  filters === undefined
    ? undefined
    : markup`<label class="wide">${filters.legend} <input name="strength" type="range" min="0" max="${Math.ceil(filters.most / step) * step}" step="${step}" value="0"><output name="strengthShown">0</output></label>
${filters.agreement === undefined ? undefined : markup`<label class="wide">${filters.agreement} <input name="agreement" type="range" min="0" max="100" step="5" value="0"><output name="agreementShown">0 %</output></label>`}`
}
<span role="status" class="muted" data-count></span>
</form>
<div data-part="picture">${picture}<p class="told needs-script" aria-live="polite" data-told>Point at an arrow, or move to it with the Tab key, to read about it.</p></div>
<div data-part="table">${list}</div>
</div>`;
}

function edgeTable(
  graph: LatentGraph,
  discovery: ReportDiscovery | undefined,
  facts: SubjectFacts | undefined,
): Markup {
  if (graph.edges.length === 0) return markup`<p>No link is in the graph.</p>`;
  return table({
    caption: 'Links between latents',
    columns: [
      { title: 'Cause' },
      { title: 'Effect' },
      { title: 'Strength P', numeric: true },
      { title: 'Runs', numeric: true },
      ...(discovery ? [{ title: 'Resamples with a link', numeric: true }] : []),
    ],
    rows: graph.edges.map(({ from, to, strength, agreement }) => [
      described(graph, from, facts),
      described(graph, to, facts),
      decimals(strength, 3),
      runsText(agreement, graph.runs),
      ...(discovery ? [resamples(discovery, from, to)] : []),
    ]),
  });
}

function described(graph: LatentGraph, name: string, facts: SubjectFacts | undefined): Part {
  if (facts === undefined) return name;
  const i = graph.nodes.findIndex((node) => node.name === name);
  return markup`${name}<span class="words">${inWords(facts, i, graph.nodes[i].modality)}</span>`;
}

function latentEdges(
  graph: LatentGraph,
  discovery: ReportDiscovery | undefined,
  facts: SubjectFacts | undefined,
): EdgeFacts[] {
  const words = (name: string) => {
    const i = graph.nodes.findIndex((node) => node.name === name);
    return facts === undefined ? name : `${name} (${inWords(facts, i, graph.nodes[i].modality)})`;
  };
  return graph.edges.map(({ from, to, strength, agreement }) => ({
    strength,
    agreement,
    told: [
      `${words(from)} → ${words(to)}`,
      `strength ${decimals(strength, 3)}`,
      `found in ${runsText(agreement, graph.runs)}`,
      ...(discovery ? [`a link in ${resamples(discovery, from, to)} of the resamples of discovery`] : []),
    ],
  }));
}

/** How often discovery found a link between two of its variables, in either direction. */
function resamples({ graph, edges }: ReportDiscovery, a: string, b: string): string {
  const names = new Set(graph.variables.map(({ name }) => name));
  if (!names.has(a) || !names.has(b)) return '–';
  const edge = edges.find(({ from, to }) => (from === a && to === b) || (from === b && to === a));
  if (edge === undefined) return 'not found';
  return edge.frequencies === undefined ? 'found' : percent(edge.frequencies.adjacent);
}

async function discovered({ graph, edges }: ReportDiscovery): Promise<Markup> {
  const resampled = edges.some(({ frequencies }) => frequencies !== undefined);
  const { length } = graph.variables;
  return markup`<h3 id="discovery">What discovery found</h3>
<p>${counted(length, 'variable')} and ${counted(edges.length, 'link')}, by tests of conditional independence. An arrow is a direction that the data tell; a line without one could go either way; circles are open ends.</p>
${view(
  'discovery',
  resampled ? { most: 1, legend: 'Least share of resamples', agreement: undefined } : undefined,
  figure({
    name: 'discovery',
    svg: await causalGraphSvg(
      graph,
      edges.map((edge) => ({ ...edge, p: edge.p ?? NaN })),
      { theme: 'page' },
    ),
    caption: resampled ? 'Faint links were found in few resamples.' : undefined,
  }),
  table({
    caption: 'Links that discovery found',
    columns: [
      { title: 'From' },
      { title: '' },
      { title: 'To' },
      { title: 'Largest p-value', numeric: true },
      ...(resampled
        ? [
            { title: 'Found', numeric: true },
            { title: 'In this direction', numeric: true },
          ]
        : []),
    ],
    rows: edges.map((edge) => [
      edge.from,
      markup`<code>${edgeSymbol(edge)}</code>`,
      edge.to,
      edge.p === undefined ? '–' : number(edge.p, 2),
      ...(resampled ? [percent(edge.frequencies?.adjacent ?? NaN), percent(edge.frequencies?.forward ?? NaN)] : []),
    ]),
  }),
)}`;
}

function discoveredEdges({ edges }: ReportDiscovery): EdgeFacts[] {
  return edges.map((edge) => {
    const share = edge.frequencies?.adjacent ?? 1;
    return { strength: share, agreement: share, told: tell(edge) };
  });
}

function tell({ from, to, p, frequencies, ...marks }: ReportedEdge): string[] {
  return [
    `${from} ${edgeSymbol(marks)} ${to}`,
    ...(p === undefined ? [] : [`largest p-value ${number(p, 2)}`]),
    ...(frequencies === undefined
      ? []
      : [
          `found in ${percent(frequencies.adjacent)} of resamples`,
          `in this direction in ${percent(frequencies.forward)}`,
        ]),
  ];
}

function runsText(agreement: number, runs: number): string {
  return runs === 1 ? 'one run' : `${Math.round(agreement * runs)} of ${runs} runs`;
}
