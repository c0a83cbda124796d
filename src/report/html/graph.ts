// The graph over the latents: an interactive drawing, and a table.

import { drawnGraph, type DrawnEdge, type DrawnGraph } from '../../causal/blocks.js';
import { arrowOf, directionCell, isArrow, relationWords } from '../../causal/direction-text.js';
import { isFound } from '../../causal/verdicts.js';
import type { EdgeDirection, LatentGraph } from '../../causal/index.js';
import { AGREEMENT, restartsText } from '../facts/agreement.js';
import { headline, type Conclusions } from '../../conclusions/index.js';
import { edgeStatus, hiddenText, isGraphDrawn, shownGraph } from '../facts/edge-status.js';
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
import { verdictWords } from '../verdict-looks.js';

export async function graphSection(input: ReportInput, facts: SubjectFacts | undefined): Promise<Section> {
  const { discovery } = input;
  const conclusions = reportConclusions(input);
  const graph = shownGraph(input.graph, conclusions);
  const drawn = drawnGraph(graph);
  const hidden = hiddenText(input.graph, conclusions);
  const sharing = sharingOf(conclusions);
  const section = { id: 'graph', title: 'The graph of the fit' };
  const groups = causeGroups(drawn);
  const isTested = sharing === 'associated' || sharing === 'nothing';
  if (!isGraphDrawn(graph, conclusions)) {
    const body = [withoutDrawing(graph, { isTested, conclusions }, facts), hidden && markup`<p>${hidden}</p>`];
    return { ...section, body };
  }
  const tests = { discovery, conclusions };
  return {
    ...section,
    data: {
      graph: {
        edges: [...latentEdges(graph, drawn, tests, facts), ...edgesOfCauses(graph, drawn, groups, facts)],
        nodes: [...latentNodes(graph, drawn, facts), ...causeNodes(drawn)],
      },
    },
    body: [
      sharing === 'associated'
        ? undefined
        : notice(markup`<p><strong>${headline(conclusions)}</strong> <a href="#evidence">What that means</a></p>`),
      markup`<p>${edgesText(drawn)} ${sharing === 'associated' ? supportText(graph) : undefined}
      ${causesText(drawn)}</p>`,
      graph.runs > 1 ? markup`<p>${AGREEMENT}</p>` : undefined,
      hidden && markup`<p>${hidden}</p>`,
      view(
        'graph',
        drawn.edges.length === 0
          ? undefined
          : {
              max: drawn.edges[0].strength,
              legend: 'Minimum strength',
              agreement: graph.runs > 1 ? 'Minimum agreement of restarts' : undefined,
            },
        figure({
          name: 'graph',
          svg: await graphSvg(graph, { theme: 'page' }),
          caption: 'One colour per modality. An edge has the colour of the latent where it starts.',
        }),
        markup`${edgeTable(graph, tests, facts)}${causeTable(graph, groups, facts)}`,
      ),
    ],
  };
}

/** Says what the width and the number of an edge are. */
function edgesText({ edges }: DrawnGraph): string {
  const has = (wanted: EdgeDirection) => edges.some((edge) => isArrow(edge) && edge.direction === wanted);
  return [
    'The width of an edge is its strength: how much the fitted noise of one end varies with the other end, on ' +
      'average, in sd of this noise.',
    ...(edges.some((edge) => isArrow(edge) && edge.effect !== undefined)
      ? [
          'The number on an arrow is the mean change of the latent at its head, in sd, if the latent at its other ' +
            'end rises by 1 sd and nothing else changes in the model. It is near 0 if the first one rises and then ' +
            'falls, even if the edge is strong.',
        ]
      : []),
    ...(has('assumed') ? ['A hollow arrowhead is assumed: it follows the order in the study file.'] : []),
    ...(has('supported') ? ['Held-out subjects support the direction of a filled arrowhead.'] : []),
    ...(edges.some((edge) => isFound(edge) && !isArrow(edge)) ? ['A line is a link without a known direction.'] : []),
  ].join(' ');
}

/** Explains squares and their lines. */
function causesText({ causes, causeEdges = [] }: DrawnGraph): string | undefined {
  if (causes === undefined) return undefined;
  return [
    'A square is an observed cause.',
    ...(causeEdges.some(({ effect }) => effect !== undefined)
      ? ['The number on its line is the difference of the latent from the reference, in sd.']
      : []),
    ...(causes.some(({ assigned }) => assigned) ? ['An arrow from a square is an effect of an assigned cause.'] : []),
    ...(causes.some(({ assigned }) => !assigned)
      ? ['A dashed line is an association with a cause that nobody assigned.']
      : []),
    'Held-out subjects support these edges.',
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
function withoutDrawing(
  graph: LatentGraph,
  { isTested, conclusions }: { readonly isTested: boolean; readonly conclusions: Conclusions },
  facts: SubjectFacts | undefined,
): Part {
  const heading = isTested ? 'No link between modalities is supported.' : 'Nothing was tested, so no graph is drawn.';
  const links = isTested ? 'The fit has links within modalities. They were not tested.' : UNTESTED;
  return [
    notice(
      markup`<p><strong>${heading}</strong> ${headline(conclusions)} <a href="#evidence">What that means</a></p>`,
      'warning',
    ),
    ...(graph.edges.length === 0
      ? []
      : [
          markup`<p>${links} ${graph.runs > 1 ? AGREEMENT : undefined}</p>`,
          table({
            caption: 'Links of the fitted model, not tested',
            columns: [{ title: 'Latent' }, { title: 'Latent' }, { title: 'Agreement of restarts', numeric: true }],
            rows: drawnGraph(graph).edges.map(({ from, to, agreement }) => [
              described(graph, from, facts),
              described(graph, to, facts),
              restartsText(agreement, graph.runs),
            ]),
          }),
        ]),
  ];
}

const UNTESTED = 'The model has these links, which may be chance. They show no cause and no effect.';

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

function edgeTable(graph: LatentGraph, { discovery }: Tests, facts: SubjectFacts | undefined): Markup {
  const { edges } = drawnGraph(graph);
  if (edges.length === 0) return markup`<p>The graph has no links.</p>`;
  const isSigned = edges.some((edge) => isArrow(edge) && edge.effect !== undefined);
  return table({
    caption: 'Links between latents',
    columns: [
      { title: 'Latent' },
      { title: 'Linked with' },
      { title: 'Direction' },
      ...(isSigned ? [{ title: 'Number on the arrow', numeric: true }] : []),
      { title: 'Agreement of restarts', numeric: true },
      { title: 'In held-out subjects' },
      ...(discovery ? [{ title: 'Link of discovery', numeric: true }] : []),
    ],
    rows: edges.map((edge) => {
      const { from, to, effect, agreement, verdict } = edge;
      return [
        described(graph, from, facts),
        described(graph, to, facts),
        directionCell(edge),
        ...(isSigned ? [isArrow(edge) ? signedText(effect) : '–'] : []),
        restartsText(agreement, graph.runs),
        edgeStatus(verdict),
        ...(discovery ? [resamples(discovery, endsOf(graph, edge))] : []),
      ];
    }),
  });
}

function latentNodes(graph: LatentGraph, drawn: DrawnGraph, facts: SubjectFacts | undefined): string[][] {
  return drawn.nodes.map((node) => {
    const { name, risesWith, members } = node;
    return [
      withWords(graph, name, facts),
      ...verdictWords(node),
      ...(risesWith && members.length === 1 ? [`rises with ${risesWith.column}`] : []),
      ...relationWords(drawn.edges, name),
      ...causesOfLatent(drawn, name),
    ];
  });
}

function latentEdges(
  graph: LatentGraph,
  drawn: DrawnGraph,
  { discovery }: Tests,
  facts: SubjectFacts | undefined,
): EdgeFacts[] {
  const position = new Map(drawn.nodes.map(({ name }, i) => [name, i]));
  return drawn.edges.map((edge) => {
    const { from, to, strength, effect, agreement, verdict } = edge;
    return {
      ends: [position.get(from)!, position.get(to)!],
      strength,
      agreement,
      description: [
        `${withWords(graph, from, facts)} ${arrowOf(edge)} ${withWords(graph, to, facts)}`,
        `direction: ${directionCell(edge)}`,
        ...(effect === undefined || !isArrow(edge) ? [] : [`effect ${signedText(effect)} sd per sd`]),
        `strength ${decimals(strength, 3)}`,
        `found in ${restartsText(agreement, graph.runs)} on the same data`,
        `${edgeStatus(verdict)} in held-out subjects`,
        ...(discovery ? [ofDiscovery(discovery, endsOf(graph, edge))] : []),
      ],
    };
  });
}

/** Returns the ends of the edges of the fit that a drawn edge stands for. */
function endsOf({ edges }: LatentGraph, drawn: DrawnEdge): [string, string][] {
  return drawn.edges.map((e) => [edges[e].from, edges[e].to]);
}

type Pairs = readonly (readonly [string, string])[];

/** Returns how often discovery found a link between two of its variables, in either direction. */
function resamples(discovery: ReportDiscovery, pairs: Pairs): string {
  const known = pairs.filter((pair) => knows(discovery, pair));
  if (known.length === 0) return '–';
  const edges = known.flatMap((pair) => between(discovery, pair) ?? []);
  if (edges.length === 0) return 'not found';
  const shares = edges.flatMap(({ frequencies }) => frequencies?.adjacent ?? []);
  return shares.length === 0 ? 'found' : percent(Math.max(...shares));
}

/** Returns the same in words, with the p-value. */
function ofDiscovery(discovery: ReportDiscovery, pairs: Pairs): string {
  const known = pairs.filter((pair) => knows(discovery, pair));
  if (known.length === 0) return 'not part of discovery';
  const edge = known.flatMap((pair) => between(discovery, pair) ?? []).at(0);
  if (edge === undefined) return 'not found by discovery';
  const p = edge.p === undefined ? '' : `, maximum p-value ${pText(edge.p)}`;
  const share = edge.frequencies === undefined ? '' : ` in ${percent(edge.frequencies.adjacent)} of half-samples`;
  return `found by discovery${share}${p}`;
}

function knows({ graph: { variables } }: ReportDiscovery, names: readonly string[]): boolean {
  return names.every((name) => variables.some((variable) => variable.name === name));
}

function between({ edges }: ReportDiscovery, names: readonly string[]): ReportedEdge | undefined {
  return edges.find(({ from, to }) => names.includes(from) && names.includes(to));
}
