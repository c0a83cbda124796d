// The graph of discovery over latents and measured variables: the method, a drawing, and a table.

import { asWritten } from '../../causal/discovery/half-samples.js';
import type { HalfSampling } from '../../causal/discovery/index.js';
import { strongest } from '../../causal/discovery/link-figures.js';
import { edgeSymbol } from '../../causal/discovery/formats/text-format.js';
import { signedText } from '../../causal/sign-text.js';
import { drawnCausalGraph, type DrawnCausalGraph } from '../../causal/drawn-causal-graph.js';
import { notConfirmedText, oneOfTexts, reasonText } from '../../conclusions/index.js';
import { causalGraphSvg } from '../causal-svg.js';
import { verdictWords } from '../verdict-looks.js';
import type { SubjectFacts } from '../facts/index.js';
import { reportConclusions } from '../facts/evidence.js';
import { halfSampling } from '../facts/half-samples.js';
import { judgedDiscovery } from '../facts/judged-discovery.js';
import { directionWords, linkTitle, relationText } from '../link-title.js';
import { count, counted, MAX_EXPONENT, listed, percentWithin, pText } from '../../text/numbers.js';
import { view } from './graph.js';
import { described, withWords } from './latent-words.js';
import type { DiscoveryQuestion, ReportDiscovery, ReportedEdge, ReportInput } from '../input.js';
import { markup, type Markup } from './markup.js';
import type { GraphFacts } from './page-data.js';
import { figure, notice, table, type Section } from './section.js';

/** With more links, those of few half-samples are hidden until the reader moves the slider. */
const CROWDED = 24;
const FIRST_SHARE = 0.5;
/** Maximum number of undecided pairs in the table. */
const MAX_UNDECIDED = 20;

export async function discoveredSection(
  input: ReportInput,
  discovery: ReportDiscovery,
  facts: SubjectFacts | undefined,
): Promise<Section> {
  const { question, halfSamples } = discovery;
  const { graph, edges, undrawn } = judgedDiscovery(input, discovery);
  const drawn = drawnCausalGraph(graph, edges);
  const isShared = edges.some(({ frequencies }) => frequencies !== undefined);
  const modalities = input.summary.model.modalities.map(({ name }) => name);
  const measured = graph.variables.some(({ modality }) => modality === undefined || !modalities.includes(modality));
  const start = isShared && edges.length > CROWDED ? FIRST_SHARE : 0;
  return {
    id: 'discovery',
    title: measured ? 'Latents and measurements together' : 'Causal discovery',
    data: { discovery: graphFacts(input, drawn, facts) },
    body: [
      markup`<p>${counted(graph.variables.length, 'variable')} and ${counted(drawn.edges.length, 'link')}.
      ${undrawn ? ERROR_AWARE : OF_COLUMNS} A link can also be due to a cause that was not measured.</p>`,
      ...notConfirmed(input, discovery),
      ...(question === undefined
        ? []
        : [...describeQuestion(question), ...unrelated(input, question), ...notReplicated(input, question)]),
      ...levelTexts(graph),
      ...(halfSamples === undefined ? [] : [describeHalfSamples(halfSamples)]),
      view(
        'discovery',
        isShared
          ? { max: 1, legend: 'Minimum share of half-samples', agreement: undefined, start }
          : edges.some(({ p }) => Number.isFinite(p))
            ? { max: Math.max(1, ...edges.map(certainty)), legend: 'Minimum −log₁₀ p', agreement: undefined }
            : undefined,
        figure({
          name: 'discovery',
          svg: await causalGraphSvg(
            graph,
            edges.map((edge) => ({ ...edge, p: edge.p ?? NaN })),
            { theme: 'page', modalities, undrawn },
          ),
          caption: [
            ...(measured ? ['Filled: latents, in the colour of their modality. Outlined: measured variables. '] : []),
            ...(isShared ? ['Few half-samples have faint links.'] : []),
          ],
        }),
        undrawn ? linkTable(input, drawn, facts) : edgeTable(input, drawn, facts),
      ),
      ...undecided(input, undrawn, facts),
    ],
  };
}

type Drawn = DrawnCausalGraph<ReportedEdge>;

const ERROR_AWARE =
  'Two variables are linked if held-out subjects show a direct correlation that no other variables explain. The ' +
  'tests take the measurement errors of latents into account. An arrowhead follows the order in the study file ' +
  '(assumed), or a replicated collider or an observed cause (supported). A circle is an end that nothing determines. ' +
  'Latents of one modality come from the same columns, so links between them are not tested. The signed number on a ' +
  'link is its direct correlation.';
const OF_COLUMNS =
  'Two variables are linked if no tested set of other variables explains their association, by tests of conditional ' +
  'independence. A line without an arrow can have either direction; circles are open ends. The signed number on a ' +
  'link is the rank correlation ρ of the two variables, without conditioning. Levels without an order have none.';
const UNTESTED =
  'There are too few subjects (or groups of rows) to fit a model to one half and to test the other half. The latents ' +
  'were trained on the same subjects, so a test would not be valid, and the graph is empty.';

/** Describes the direction of columns with two text levels. */
function levelTexts({ variables }: ReportDiscovery['graph']): Markup[] {
  const rises = variables.flatMap(({ name, levels }) => (levels ? [`${name} from ${levels.join(' to ')}`] : []));
  if (rises.length === 0) return [];
  return [markup`<p>Columns with two text levels rise in alphabetical order: ${listed(rises)}.</p>`];
}

/** Reports supported links of the fit that the search does not confirm. */
function notConfirmed(input: ReportInput, discovery: ReportDiscovery): Markup[] {
  return notConfirmedText(reportConclusions(input), discovery).map((text) => notice(markup`<p>${text}</p>`));
}

/** Reports pairs of modalities between which no link was searched. */
function unrelated(input: ReportInput, { crossFitted }: DiscoveryQuestion): Markup[] {
  const { status, pairs: all } = reportConclusions(input);
  if (!crossFitted || status !== 'tested') return [];
  const pairs = all
    .filter(({ verdict }) => verdict !== 'supported')
    .map(({ first, second }) => `${first} and ${second}`);
  if (pairs.length === 0) return [];
  return [
    markup`<p>No link was searched between latents of ${pairs.join('; ')}, because no
    <a href="#evidence">association</a> between them was found.</p>`,
  ];
}

/** Explains latents that are no components: they can be different latents in the two folds. */
function notReplicated(input: ReportInput, { crossFitted }: DiscoveryQuestion): Markup[] {
  const { status, latents } = reportConclusions(input);
  const names = latents.filter(({ verdict }) => verdict !== 'component').map(({ name }) => name);
  if (!crossFitted || status !== 'tested' || names.length === 0) return [];
  return [
    notice(markup`<p>Not identified individually: ${listed(names)}. A link of such a latent belongs to its block.
    Another fit may assign it to another latent of the modality.</p>`),
  ];
}

function describeHalfSamples(halfSamples: HalfSampling): Markup {
  const { kind, meaning, replicated = '' } = halfSampling(halfSamples);
  const count = counted(halfSamples.count, 'half-sample');
  return markup`<p>${count}: <strong>${kind}</strong>. ${meaning} ${replicated}</p>`;
}

function describeQuestion({ tiers, groups, crossFitted, counted: units }: DiscoveryQuestion): Markup[] {
  if (!crossFitted) return [markup`<p><strong>Nothing was searched.</strong> ${UNTESTED}</p>`];
  const names = groups.flatMap(({ columns }) => columns.map(({ name }) => name));
  const order =
    tiers === undefined ? '' : ` Arrows follow the order ${tiers.map((tier) => tier.join(', ')).join(' → ')}.`;
  return [
    markup`<p>The search used the latents ${names.length === 0 ? 'alone' : `and ${listed(names)}`}.${order}</p>`,
    ...(units
      ? [
          markup`<p>${counted(units.rows, 'row')} belong to ${counted(units.groups, 'group')}. Each group counts as one
          observation: the mean of its rows.</p>`,
        ]
      : []),
    ...(groups.length === 0 ? [] : [variableTable(groups)]),
  ];
}

function variableTable(groups: DiscoveryQuestion['groups']): Markup {
  return table({
    caption: 'Measured variables',
    columns: [{ title: 'Variable' }, { title: 'Column' }, { title: 'Group' }, { title: 'Missing', numeric: true }],
    rows: groups.flatMap(({ name: group, columns }) =>
      columns.map(({ name, column, missing }) => [name, markup`<code>${column}</code>`, group, count(missing)]),
    ),
  });
}

function linkTable({ graph: latents }: ReportInput, { edges }: Drawn, facts: SubjectFacts | undefined): Markup {
  const isShared = edges.some(({ frequencies }) => frequencies !== undefined);
  return table({
    caption:
      'Links (direct: given the variables that explain the association best, with 95 % interval; q: corrected for ' +
      'all pairs)',
    columns: [
      { title: 'From' },
      { title: '' },
      { title: 'To' },
      { title: 'Link' },
      { title: 'Direct correlation', numeric: true },
      { title: 'q', numeric: true },
      { title: 'Given' },
      { title: 'Direction' },
      ...(isShared ? [{ title: 'Refits', numeric: true }] : []),
    ],
    rows: edges.map((edge) => [
      described(latents, edge.from, facts),
      markup`<code>${edgeSymbol(edge)}</code>`,
      described(latents, edge.to, facts),
      edge.link?.verdict ?? '–',
      edge.link?.direct ? relationText(edge.link.direct, edge.isOfBlock) : '–',
      pText(edge.link?.q),
      edge.link && edge.link.conditioning.length > 0 ? listed(edge.link.conditioning) : 'nothing',
      edge.link ? directionWords(edge.link) : '–',
      ...(isShared ? [shares(edge)[0]] : []),
    ]),
  });
}

/** Returns the table of undecided pairs. It is separate, because these pairs are not findings. */
function undecided(
  { graph: latents }: ReportInput,
  undrawn: ReportDiscovery['undrawn'],
  facts: SubjectFacts | undefined,
): Markup[] {
  const open = strongest((undrawn ?? []).filter(({ verdict }) => verdict === 'undecided'));
  const more = open.length - MAX_UNDECIDED;
  if (open.length === 0) return [];
  return [
    table({
      caption: 'Undecided pairs, which the drawing does not show',
      columns: [
        { title: 'First' },
        { title: 'Second' },
        { title: 'Association', numeric: true },
        { title: 'Direct correlation', numeric: true },
        { title: 'Reason' },
      ],
      rows: open
        .slice(0, MAX_UNDECIDED)
        .map(({ first, second, association, direct, reason }) => [
          described(latents, first, facts),
          described(latents, second, facts),
          association ? relationText(association) : '–',
          direct ? relationText(direct) : '–',
          reason ? reasonText(reason) : '–',
        ]),
    }),
    ...(more > 0 ? [markup`<p>${counted(more, 'more pair')} with weaker associations are in the JSON file.</p>`] : []),
    ...oneOfTexts(open).map((text) => markup`<p>${text}</p>`),
  ];
}

function edgeTable({ graph: latents }: ReportInput, { edges }: Drawn, facts: SubjectFacts | undefined): Markup {
  const isShared = edges.some(({ frequencies }) => frequencies !== undefined);
  return table({
    caption: 'Links of discovery',
    columns: [
      { title: 'From' },
      { title: '' },
      { title: 'To' },
      { title: 'ρ', numeric: true },
      { title: 'Maximum p-value', numeric: true },
      ...(isShared
        ? [
            { title: 'Half-samples with the link', numeric: true },
            { title: 'With these marks', numeric: true },
          ]
        : []),
    ],
    rows: edges.map((edge) => [
      described(latents, edge.from, facts),
      markup`<code>${edgeSymbol(edge)}</code>`,
      described(latents, edge.to, facts),
      signedText(edge.association),
      pText(edge.p),
      ...(isShared ? shares(edge) : []),
    ]),
  });
}

function graphFacts(
  { graph: latents }: ReportInput,
  { graph, edges, variables }: Drawn,
  facts: SubjectFacts | undefined,
): GraphFacts {
  const position = new Map(graph.variables.map(({ name }, i) => [name, i]));
  return {
    edges: edges.map((edge) => {
      const strength = edge.frequencies?.adjacent ?? certainty(edge);
      const ends: [number, number] = [position.get(edge.from)!, position.get(edge.to)!];
      const [from, to] = [edge.from, edge.to].map((name) => withWords(latents, name, facts));
      return { ends, strength, agreement: 1, description: [`${from} ${edgeSymbol(edge)} ${to}`, ...details(edge)] };
    }),
    nodes: variables.map(({ name, verdict, blockWith }) => {
      const linked = edges.flatMap(({ from, to }) => (from === name ? [to] : to === name ? [from] : []));
      const words = verdictWords({ verdict, blockWith });
      return [
        withWords(latents, name, facts),
        ...words,
        linked.length === 0 ? 'no links' : `linked with ${linked.join(', ')}`,
      ];
    }),
  };
}

function details(edge: Drawn['edges'][number]): string[] {
  const { p, association, link, frequencies } = edge;
  const sign = association === undefined ? [] : [`ρ ${signedText(association)}`];
  const tested = link ? [linkTitle(link, edge.isOfBlock)] : p === undefined ? [] : [`maximum p-value ${pText(p)}`];
  const known = [...sign, ...tested];
  if (frequencies === undefined) return known;
  const [adjacent, written] = shares(edge);
  return [...known, `found in ${adjacent} of half-samples`, `with these marks in ${written}`];
}

/** Returns the shares of half-samples that have the edge, and that have it with the same marks, with intervals. */
function shares(edge: ReportedEdge): [adjacent: string, written: string] {
  const { frequencies, intervals } = edge;
  if (frequencies === undefined) return ['–', '–'];
  return [
    percentWithin(frequencies.adjacent, intervals?.adjacent),
    percentWithin(asWritten(edge, frequencies), intervals?.asWritten),
  ];
}

/** Returns −log₁₀ p, at most the exponent of the minimum p-value that the report writes. */
function certainty({ p }: ReportedEdge): number {
  return p === undefined || Number.isNaN(p) ? MAX_EXPONENT : Math.min(MAX_EXPONENT, -Math.log10(p));
}
