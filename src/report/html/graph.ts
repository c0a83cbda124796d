// The graph over the latents: an interactive drawing, and a table.

import { arrowOf, directionCell, relationsOf } from '../../causal/direction-text.js';
import { blockGraph, crossEdges, hasEffects } from '../../causal/graph.js';
import type { EdgeDirection, LatentGraph } from '../../causal/index.js';
import { AGREEMENT, restartsText } from '../facts/agreement.js';
import { headline, type Conclusions } from '../../conclusions/index.js';
import { edgeStatus, hiddenText, shownGraph } from '../facts/edge-status.js';
import { reportConclusions, sharingOf } from '../facts/evidence.js';
import type { SubjectFacts } from '../facts/index.js';
import { signedText } from '../../causal/sign-text.js';
import { decimals, percent, pText } from '../../text/numbers.js';
import { causeGroups, causesOfLatent } from '../cause-groups.js';
import { graphSvg } from '../graph-svg.js';
import { causeNodes, causeTable, edgesOfCauses } from './graph-causes.js';
import { described, withWords } from './latent-words.js';
import type { ReportDiscovery, ReportedEdge, ReportInput } from '../input.js';
import { markup, type Markup, type Part } from './markup.js';
import type { EdgeFacts } from './page-data.js';
import { figure, notice, table, type Section } from './section.js';

export async function graphSection(input: ReportInput, facts: SubjectFacts | undefined): Promise<Section> {
  const { discovery } = input;
  const conclusions = reportConclusions(input);
  const graph = shownGraph(input.graph, conclusions);
  const hidden = hiddenText(input.graph, conclusions);
  const sharing = sharingOf(conclusions);
  const section = { id: 'graph', title: 'The graph of the fit' };
  const groups = causeGroups(graph);
  if (sharing === 'nothing' && crossEdges(graph).length === 0 && groups.length === 0) {
    const body = [withoutLinks(graph, { discovery, conclusions }, facts), hidden && markup`<p>${hidden}</p>`];
    return { ...section, body };
  }
  const edges = latentEdges(graph, { discovery, conclusions }, facts);
  return {
    ...section,
    data: {
      graph: {
        edges: [...edges, ...edgesOfCauses(graph, groups, facts)],
        nodes: [...latentNodes(graph, facts), ...causeNodes(graph)],
      },
    },
    body: [
      sharing === 'associated'
        ? undefined
        : notice(markup`<p><strong>${headline(conclusions)}</strong> <a href="#evidence">What that means</a></p>`),
      markup`<p>An arrow means that the noise of the effect depends on the cause. Its strength P = E|∂ε/∂z| · sd(z) is
      about the change of the effect, in standard deviations of its noise, per standard deviation of the cause.
      ${hasEffects(graph) ? SIGNS : undefined} ${directionsText(graph)}
      ${sharing === 'associated' ? supportText(graph) : undefined} ${causesText(graph, conclusions)}</p>`,
      graph.runs > 1 ? markup`<p>${AGREEMENT}</p>` : undefined,
      hidden && markup`<p>${hidden}</p>`,
      view(
        'graph',
        graph.edges.length === 0
          ? undefined
          : {
              max: graph.edges[0].strength,
              legend: 'Minimum strength',
              agreement: graph.runs > 1 ? 'Minimum agreement of restarts' : undefined,
            },
        figure({
          name: 'graph',
          svg: await graphSvg(graph, { theme: 'page' }),
          caption: 'One colour per modality. An arrow has the colour of its cause.',
        }),
        markup`${edgeTable(graph, { discovery, conclusions }, facts)}${causeTable(graph, groups, facts)}`,
      ),
    ],
  };
}

const SIGNS =
  'The signed number on an arrow is the change of the effect, in its standard deviations, per standard deviation of ' +
  'the cause, while nothing else changes.';

/** Explains the origin of arrows, and the meaning of lines. */
function directionsText({ edges }: LatentGraph): string {
  const has = (wanted: EdgeDirection) => edges.some(({ direction }) => direction === wanted);
  return [
    ...(has('assumed') ? ['A hollow arrowhead is assumed: it follows the order in the study file.'] : []),
    ...(has('supported') ? ['Held-out subjects support the direction of a filled arrowhead.'] : []),
    ...(has('undecided') ? ['A line is a link whose direction is not known.'] : []),
  ].join(' ');
}

/** Explains squares and their lines. */
function causesText({ causes }: LatentGraph, conclusions: Conclusions): string | undefined {
  if (causes === undefined) return undefined;
  return [
    'A square is an observed cause. The number on its line is the difference of the latent from the reference, in sd.',
    ...(causes.some(({ assigned }) => assigned) ? ['An arrow from a square is an effect of an assigned cause.'] : []),
    ...(causes.some(({ assigned }) => !assigned)
      ? ['A dashed line is an association with a cause that nobody assigned.']
      : []),
    conclusions.causes
      ? 'Held-out subjects support these edges.'
      : 'These edges come from the fit alone and were not tested.',
  ].join(' ');
}

/** Says which links held-out subjects support. */
function supportText({ edges }: LatentGraph): string {
  const isDirected = edges.some(({ direction }) => direction === 'supported');
  return (
    `Links between modalities are supported by cross-fitting${isDirected ? '' : ', but not their directions'}. Links ` +
    'within a modality are not tested.'
  );
}

/** Returns the section without a drawing, because readers would take a drawing for a finding. */
function withoutLinks(graph: LatentGraph, tests: Tests, facts: SubjectFacts | undefined): Part {
  return [
    notice(
      markup`<p><strong>No link between modalities is supported.</strong> ${headline(tests.conclusions)}
      <a href="#evidence">What that means</a></p>`,
      'warning',
    ),
    ...(graph.edges.length === 0
      ? []
      : [
          markup`<p>The fit has links within modalities. They were not tested.
          ${graph.runs > 1 ? AGREEMENT : undefined}</p>`,
          edgeTable(graph, tests, facts),
        ]),
  ];
}

interface Filters {
  readonly max: number;
  readonly legend: string;
  readonly agreement: string | undefined;
  /** Initial position of the strength slider. Default: 0. */
  readonly start?: number;
}

/** Returns drawing and table of a graph with their controls. */
export function view(name: string, filters: Filters | undefined, drawing: Markup, list: Markup): Markup {
  return markup`<div class="view" data-view="${name}">
<form class="controls needs-script" data-controls="${name}">
<fieldset class="switch"><legend class="unseen">Show</legend>
<label><input type="radio" name="shown" value="drawing" checked><span>Drawing</span></label>
<label><input type="radio" name="shown" value="table"><span>Table</span></label></fieldset>
${filters === undefined ? undefined : sliders(filters)}
<span role="status" class="muted" data-count></span>
</form>
<div data-part="drawing">${drawing}<p class="description needs-script" aria-live="polite" data-description>Point at
an arrow or a node, or move to it with the Tab key, to read its description.</p></div>
<div data-part="table">${list}</div>
</div>`;
}

function sliders({ max, legend, agreement, start = 0 }: Filters): Markup {
  const step = 10 ** Math.floor(Math.log10(max / 50));
  const range = markup`type="range" min="0" max="${Math.ceil(max / step) * step}" step="${step}" value="${start}"`;
  return markup`<label class="wide">${legend} <input name="strength" ${range}>
<output name="strengthShown">${start}</output></label>
${
  agreement === undefined
    ? undefined
    : markup`<label class="wide">${agreement} <input name="agreement" type="range" min="0" max="100" step="5" value="0">
<output name="agreementShown">0 %</output></label>`
}`;
}

/** Results on edges in addition to the graph. */
interface Tests {
  readonly discovery: ReportDiscovery | undefined;
  readonly conclusions: Conclusions;
}

function edgeTable(graph: LatentGraph, { discovery, conclusions }: Tests, facts: SubjectFacts | undefined): Markup {
  if (graph.edges.length === 0) return markup`<p>The graph has no links.</p>`;
  const named = blockGraph(graph);
  return table({
    caption: 'Links between latents',
    columns: [
      { title: 'Latent' },
      { title: 'Linked with' },
      { title: 'Direction' },
      ...(hasEffects(graph) ? [{ title: 'Effect, sd per sd', numeric: true }] : []),
      { title: 'Strength P', numeric: true },
      { title: 'Agreement of restarts', numeric: true },
      { title: 'In held-out subjects' },
      ...(discovery ? [{ title: 'Link of discovery', numeric: true }] : []),
    ],
    rows: graph.edges.map((edge, e) => {
      const { from, to, strength, effect, agreement } = edge;
      return [
        described(graph, from, facts),
        described(graph, to, facts),
        directionCell(named.edges[e]),
        ...(hasEffects(graph) ? [signedText(effect)] : []),
        decimals(strength, 3),
        restartsText(agreement, graph.runs),
        edgeStatus(edge, conclusions),
        ...(discovery ? [resamples(discovery, from, to)] : []),
      ];
    }),
  });
}

function latentNodes(graph: LatentGraph, facts: SubjectFacts | undefined): string[][] {
  const named = blockGraph(graph);
  return named.nodes.map(({ name, risesWith, blockWith }, i) => {
    const { causes, effects, linked } = relationsOf(named.edges, name);
    return [
      withWords(graph, graph.nodes[i].name, facts),
      ...(blockWith ? ['identified only up to a mixture'] : []),
      ...(risesWith ? [`rises with ${risesWith.column}`] : []),
      ...(causes.length > 0 ? [`caused by ${causes.join(', ')}`] : []),
      ...(effects.length > 0 ? [`acts on ${effects.join(', ')}`] : []),
      ...(linked.length > 0 ? [`linked with ${linked.join(', ')}, direction not known`] : []),
      ...causesOfLatent(named, name),
    ];
  });
}

function latentEdges(
  graph: LatentGraph,
  { discovery, conclusions }: Tests,
  facts: SubjectFacts | undefined,
): EdgeFacts[] {
  const position = new Map(graph.nodes.map(({ name }, i) => [name, i]));
  const named = blockGraph(graph);
  return graph.edges.map((edge, e) => {
    const { from, to, strength, effect, agreement } = edge;
    return {
      ends: [position.get(from)!, position.get(to)!],
      strength,
      agreement,
      description: [
        `${withWords(graph, from, facts)} ${arrowOf(edge)} ${withWords(graph, to, facts)}`,
        `direction: ${directionCell(named.edges[e])}`,
        ...(effect === undefined ? [] : [`effect ${signedText(effect)} sd per sd`]),
        `strength ${decimals(strength, 3)}`,
        `found in ${restartsText(agreement, graph.runs)} on the same data`,
        `${edgeStatus(edge, conclusions)} in held-out subjects`,
        ...(discovery ? [ofDiscovery(discovery, from, to)] : []),
      ],
    };
  });
}

/** Returns how often discovery found a link between two of its variables, in either direction. */
function resamples(discovery: ReportDiscovery, a: string, b: string): string {
  if (!knows(discovery, a, b)) return '–';
  const edge = between(discovery, a, b);
  if (edge === undefined) return 'not found';
  return edge.frequencies === undefined ? 'found' : percent(edge.frequencies.adjacent);
}

/** Returns the same in words, with the p-value. */
function ofDiscovery(discovery: ReportDiscovery, a: string, b: string): string {
  if (!knows(discovery, a, b)) return 'not part of discovery';
  const edge = between(discovery, a, b);
  if (edge === undefined) return 'not found by discovery';
  const p = edge.p === undefined ? '' : `, maximum p-value ${pText(edge.p)}`;
  const resamples = edge.frequencies === undefined ? '' : ` in ${percent(edge.frequencies.adjacent)} of half-samples`;
  return `found by discovery${resamples}${p}`;
}

function knows({ graph: { variables } }: ReportDiscovery, ...names: string[]): boolean {
  return names.every((name) => variables.some((variable) => variable.name === name));
}

function between({ edges }: ReportDiscovery, a: string, b: string): ReportedEdge | undefined {
  return edges.find(({ from, to }) => (from === a && to === b) || (from === b && to === a));
}
