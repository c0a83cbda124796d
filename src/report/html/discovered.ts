// The graph that discovery found over latents and measured variables: the method, a drawing, a table.

import { asWritten } from '../../causal/discovery/half-samples.js';
import type { HalfSampling } from '../../causal/discovery/index.js';
import { strongest } from '../../causal/discovery/link-figures.js';
import { edgeSymbol } from '../../causal/discovery/formats/text-format.js';
import { signedText } from '../../causal/sign-text.js';
import { notConfirmedText, oneOfTexts, reasonText } from '../../conclusions/index.js';
import { causalGraphSvg } from '../causal-svg.js';
import type { SubjectFacts } from '../facts/index.js';
import { reportConclusions } from '../facts/evidence.js';
import { halfSampling } from '../facts/half-samples.js';
import { directionWords, linkTitle, relationText } from '../link-title.js';
import { count, counted, MAX_EXPONENT, listed, percentWithin, pText } from '../../format.js';
import { described, view, withWords } from './graph.js';
import type { DiscoveryQuestion, ReportDiscovery, ReportedEdge, ReportInput } from '../input.js';
import { markup, type Markup } from './markup.js';
import type { GraphFacts } from './page-data.js';
import { figure, notice, table, type Section } from './section.js';

/** Above this many links, those of few half-samples are hidden until the reader moves the slider. */
const CROWDED = 24;
const FIRST_SHARE = 0.5;
/** Undecided pairs that are listed. */
const MAX_UNDECIDED = 20;

export async function discoveredSection(
  input: ReportInput,
  discovery: ReportDiscovery,
  facts: SubjectFacts | undefined,
): Promise<Section> {
  const { graph, edges, asked: question, undrawn, halfSamples } = discovery;
  const isShared = edges.some(({ frequencies }) => frequencies !== undefined);
  const modalities = input.summary.model.modalities.map(({ name }) => name);
  const measured = graph.variables.some(({ modality }) => modality === undefined || !modalities.includes(modality));
  const start = isShared && edges.length > CROWDED ? FIRST_SHARE : 0;
  return {
    id: 'discovery',
    title: measured ? 'Latents and measurements together' : 'What discovery found',
    data: { discovery: graphFacts(input, discovery, facts) },
    body: [
      markup`<p>${counted(graph.variables.length, 'variable')} and ${counted(edges.length, 'link')}.
      ${undrawn ? ERROR_AWARE : OF_COLUMNS} A cause that was not measured can stand behind any link.</p>`,
      ...notConfirmed(input, discovery),
      ...(question === undefined
        ? []
        : [...describeQuestion(question), ...unrelated(input, question), ...notReplicated(input, question)]),
      ...levelTexts(graph),
      ...(halfSamples === undefined ? [] : [describeHalfSamples(halfSamples)]),
      view(
        'discovery',
        isShared
          ? { max: 1, legend: 'Least share of half-samples', agreement: undefined, start }
          : edges.some(({ p }) => Number.isFinite(p))
            ? { max: Math.max(1, ...edges.map(certainty)), legend: 'Least −log₁₀ p', agreement: undefined }
            : undefined,
        figure({
          name: 'discovery',
          svg: await causalGraphSvg(
            graph,
            edges.map((edge) => ({ ...edge, p: edge.p ?? NaN })),
            { theme: 'page', modalities, undrawn },
          ),
          caption: [
            ...(measured ? ['Filled: latents, in the colour of their modality; outlined: measured variables. '] : []),
            ...(isShared ? ['Faint links were found in few half-samples.'] : []),
          ],
        }),
        undrawn ? linkTable(input, discovery, facts) : edgeTable(input, discovery, facts),
      ),
      ...undecided(input, undrawn, facts),
    ],
  };
}

const ERROR_AWARE =
  'Two variables are linked where held-out subjects show a direct correlation that no other variables explain, with ' +
  'the measurement errors of latents taken into account. An arrowhead is drawn where the order given beforehand says ' +
  'so (assumed), or where a collider is replicated (supported). A circle is an end that nothing determines. Latents ' +
  'of one modality are made from the same columns: links between them are not tested. The number on a link, with + ' +
  'or −, is its direct correlation.';
const OF_COLUMNS =
  'Two variables are linked when nothing that was tried explains away what they have in common, by tests of ' +
  'conditional independence. A line without an arrow could go either way; circles are open ends. The number on a ' +
  'link, with + or −, is the rank correlation ρ of the two variables, with nothing held fixed; levels without an ' +
  'order have none.';
const UNTESTED =
  'There are too few subjects (or groups of rows) to fit half of them and to test the other half. The latents were ' +
  'trained on those who would be tested, so that no link could be believed: the graph is empty.';

/** Which way columns of two texts rise. */
function levelTexts({ variables }: ReportDiscovery['graph']): Markup[] {
  const rises = variables.flatMap(({ name, levels }) => (levels ? [`${name} from ${levels.join(' to ')}`] : []));
  return rises.length === 0 ? [] : [markup`<p>Texts of two levels rise in alphabetical order: ${listed(rises)}.</p>`];
}

/** Supported links of the fit that the search does not confirm. */
function notConfirmed(input: ReportInput, discovery: ReportDiscovery): Markup[] {
  return notConfirmedText(reportConclusions(input), discovery).map((text) => notice(markup`<p>${text}</p>`));
}

/** Pairs of modalities between whose latents no link is looked for. */
function unrelated(input: ReportInput, { crossFitted }: DiscoveryQuestion): Markup[] {
  const { status, pairs: all } = reportConclusions(input);
  if (!crossFitted || status !== 'tested') return [];
  const pairs = all
    .filter(({ verdict }) => verdict !== 'supported')
    .map(({ first, second }) => `${first} and ${second}`);
  if (pairs.length === 0) return [];
  return [
    markup`<p>No link was looked for between latents of ${pairs.join('; ')}: no <a href="#evidence">association</a>
    of theirs was found.</p>`,
  ];
}

/** A latent that disjoint folds do not find is another one in either of them. */
function notReplicated(input: ReportInput, { crossFitted }: DiscoveryQuestion): Markup[] {
  const { status, latents } = reportConclusions(input);
  const names = latents.filter(({ verdict }) => verdict !== 'replicated').map(({ name }) => name);
  if (!crossFitted || status !== 'tested' || names.length === 0) return [];
  return [
    notice(markup`<p>Not replicated alone: ${listed(names)}. A link of such a latent belongs to its modality; which of
    its latents it is may differ in the next fit.</p>`),
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
    tiers === undefined ? '' : ` No arrow leads back in the order ${tiers.map((tier) => tier.join(', ')).join(' → ')}.`;
  return [
    markup`<p>The latents were searched ${names.length === 0 ? 'alone' : `with ${listed(names)}`}.${order}</p>`,
    ...(units
      ? [
          markup`<p>${counted(units.rows, 'row')} belong to ${counted(units.groups, 'group')}: each group counts once,
          with its means.</p>`,
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

function linkTable(
  { graph: latents }: ReportInput,
  { edges }: ReportDiscovery,
  facts: SubjectFacts | undefined,
): Markup {
  const isShared = edges.some(({ frequencies }) => frequencies !== undefined);
  return table({
    caption: 'Links (direct: given what explains the association best, with its 95 % interval; q: for all pairs)',
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
      edge.link?.direct ? relationText(edge.link.direct) : '–',
      pText(edge.link?.q),
      edge.link && edge.link.conditioning.length > 0 ? listed(edge.link.conditioning) : 'nothing',
      edge.link ? directionWords(edge.link) : '–',
      ...(isShared ? [shares(edge)[0]] : []),
    ]),
  });
}

/** Pairs of which the study cannot tell, as a table of their own: they are no findings. */
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
      caption: 'Undecided pairs, which are not in the drawing',
      columns: [
        { title: 'First' },
        { title: 'Second' },
        { title: 'Association', numeric: true },
        { title: 'Direct correlation', numeric: true },
        { title: 'Why it is undecided' },
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
    ...(more > 0 ? [markup`<p>And ${counted(more, 'pair')} whose association is weaker; the JSON has all.</p>`] : []),
    ...oneOfTexts(open).map((text) => markup`<p>${text}</p>`),
  ];
}

function edgeTable(
  { graph: latents }: ReportInput,
  { edges }: ReportDiscovery,
  facts: SubjectFacts | undefined,
): Markup {
  const isShared = edges.some(({ frequencies }) => frequencies !== undefined);
  return table({
    caption: 'Links that discovery found',
    columns: [
      { title: 'From' },
      { title: '' },
      { title: 'To' },
      { title: 'ρ', numeric: true },
      { title: 'Largest p-value', numeric: true },
      ...(isShared
        ? [
            { title: 'Found', numeric: true },
            { title: 'Written this way', numeric: true },
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
  { graph, edges }: ReportDiscovery,
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
    nodes: graph.variables.map(({ name }) => {
      const linked = edges.flatMap(({ from, to }) => (from === name ? [to] : to === name ? [from] : []));
      return [
        withWords(latents, name, facts),
        linked.length === 0 ? 'linked with nothing' : `linked with ${linked.join(', ')}`,
      ];
    }),
  };
}

function details(edge: ReportedEdge): string[] {
  const { p, association, link, frequencies } = edge;
  const sign = association === undefined ? [] : [`ρ ${signedText(association)}`];
  const tested = link ? [linkTitle(link)] : p === undefined ? [] : [`largest p-value ${pText(p)}`];
  const known = [...sign, ...tested];
  if (frequencies === undefined) return known;
  const [found, written] = shares(edge);
  return [...known, `found in ${found} of half-samples`, `written this way in ${written}`];
}

/** How often an edge was found, and with the marks it is written with; each with its interval. */
function shares(edge: ReportedEdge): [found: string, written: string] {
  const { frequencies, intervals } = edge;
  if (frequencies === undefined) return ['–', '–'];
  return [
    percentWithin(frequencies.adjacent, intervals?.adjacent),
    percentWithin(asWritten(edge, frequencies), intervals?.asWritten),
  ];
}

/** −log₁₀ p, at most that of the smallest p-value that the report writes. */
function certainty({ p }: ReportedEdge): number {
  return p === undefined || Number.isNaN(p) ? MAX_EXPONENT : Math.min(MAX_EXPONENT, -Math.log10(p));
}
