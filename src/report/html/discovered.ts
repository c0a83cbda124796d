// The graph that discovery found over latents and measured variables: the method, a picture, a table.

import type { ScoreName } from '../../causal/discovery/options.js';
import { asWritten } from '../../causal/discovery/bootstrap.js';
import type { Resampling } from '../../causal/discovery/index.js';
import { edgeSymbol } from '../../causal/discovery/formats/text-format.js';
import { signedText } from '../../causal/sign-text.js';
import { causalGraphSvg } from '../causal-svg.js';
import type { SubjectFacts } from '../facts/index.js';
import { reportConclusions } from '../facts/evidence.js';
import { resampling } from '../facts/resampling.js';
import { count, counted, LARGEST_EXPONENT, listed, percent, percentWithin, pText } from '../../format.js';
import { described, view, withWords } from './graph.js';
import type { DiscoveryQuestion, ReportDiscovery, ReportedEdge, ReportInput } from '../input.js';
import { markup, type Markup } from './markup.js';
import type { GraphFacts } from './page-data.js';
import { figure, notice, table, type Section } from './section.js';

/** Above this many links, those of few resamples are hidden until the reader moves the slider. */
const CROWDED = 24;
const FIRST_SHARE = 0.5;

export async function discoveredSection(
  input: ReportInput,
  discovery: ReportDiscovery,
  facts: SubjectFacts | undefined,
): Promise<Section> {
  const { graph, edges, asked: question } = discovery;
  const resampled = edges.some(({ frequencies }) => frequencies !== undefined);
  const modalities = input.summary.model.modalities.map(({ name }) => name);
  const measured = graph.variables.some(({ modality }) => modality === undefined || !modalities.includes(modality));
  const start = resampled && edges.length > CROWDED ? FIRST_SHARE : 0;
  return {
    id: 'discovery',
    title: measured ? 'Latents and measurements together' : 'What discovery found',
    data: { discovery: graphFacts(input, discovery, facts) },
    body: [
      markup`<p>${counted(graph.variables.length, 'variable')} and ${counted(edges.length, 'link')}, by tests of
      conditional independence: two variables are linked when nothing that was tried explains away what they share. An
      arrow is a direction that the data, or the order given beforehand, tell; a line without one could go either way;
      circles are open ends. A cause that was not measured can stand behind any link. The number on a link, with + or −,
      is the rank correlation ρ of the two variables, with nothing held fixed; levels without an order have none.</p>`,
      ...(question === undefined
        ? [markup`<p>${UNKNOWN}</p>`]
        : [...describeQuestion(question), ...unrelated(input, question), ...notReplicated(input, question)]),
      ...levelTexts(graph),
      ...(discovery.bootstrap === undefined ? [] : [describeResampling(discovery.bootstrap)]),
      view(
        'discovery',
        resampled
          ? { max: 1, legend: 'Least share of resamples', agreement: undefined, start }
          : edges.some(({ p }) => Number.isFinite(p))
            ? { max: Math.max(1, ...edges.map(certainty)), legend: 'Least −log₁₀ p', agreement: undefined }
            : undefined,
        figure({
          name: 'discovery',
          svg: await causalGraphSvg(
            graph,
            edges.map((edge) => ({ ...edge, p: edge.p ?? NaN })),
            { theme: 'page', modalities },
          ),
          caption: [
            ...(measured ? ['Filled: latents, in the colour of their modality; outlined: measured variables. '] : []),
            ...(resampled ? ['Faint links were found in few resamples.'] : []),
          ],
        }),
        edgeTable(input, discovery, facts),
      ),
    ],
  };
}

const CROSS_FITTED =
  'The latents are cross-fitted: each subject’s are those of a model that never saw it, so that p-values and shares ' +
  'of resamples are not better than the data.';
const UNTESTED =
  'There are too few subjects (or groups of rows) to fit half of them and to test the other half. The latents were ' +
  'trained on those who would be tested, so that no link could be believed: the graph is empty.';
const UNKNOWN =
  'The graph’s file does not say whether its latents are cross-fitted; interlatent discover takes them so unless it ' +
  'was told --in-sample.';

/** Which way columns of two texts rise. */
function levelTexts({ variables }: ReportDiscovery['graph']): Markup[] {
  const rises = variables.flatMap(({ name, levels }) => (levels ? [`${name} from ${levels.join(' to ')}`] : []));
  return rises.length === 0 ? [] : [markup`<p>Texts of two levels rise in alphabetical order: ${listed(rises)}.</p>`];
}

/** Pairs between whose latents cross-fitting lets discovery have no edge. */
function unrelated(input: ReportInput, { crossFitted }: DiscoveryQuestion): Markup[] {
  const { status, pairs: all } = reportConclusions(input);
  if (!crossFitted || status !== 'tested') return [];
  const pairs = all
    .filter(({ verdict }) => verdict !== 'supported')
    .map(({ first, second }) => `${first} and ${second}`);
  if (pairs.length === 0) return [];
  return [
    markup`<p>No edge was allowed between latents of ${pairs.join('; ')}: no <a href="#evidence">association</a> of
    theirs was found.</p>`,
  ];
}

/** A latent that disjoint folds do not find is another one in either of them. */
function notReplicated(input: ReportInput, { crossFitted }: DiscoveryQuestion): Markup[] {
  const { status, latents } = reportConclusions(input);
  const names = latents.filter(({ verdict }) => verdict !== 'replicated').map(({ name }) => name);
  if (!crossFitted || status !== 'tested' || names.length === 0) return [];
  return [
    notice(markup`<p>Not replicated alone: ${listed(names)}. An edge of such a latent belongs to its modality; which of
    its latents it is may differ in the next fit.</p>`),
  ];
}

function describeResampling(bootstrap: Resampling): Markup {
  const { kind, meaning, foundAgain = '' } = resampling(bootstrap);
  return markup`<p>${counted(bootstrap.resamples, 'resample')}: <strong>${kind}</strong>. ${meaning} ${foundAgain}</p>`;
}

/** What `ges` scored by. */
const SCORES: Readonly<Record<ScoreName, string>> = {
  bic: 'the Gaussian BIC',
  bdeu: 'the score BDeu',
  'degenerate-gaussian': 'the degenerate Gaussian score',
};

function describeQuestion(question: DiscoveryQuestion): Markup[] {
  const {
    algorithm,
    test,
    alpha,
    maxConditioning,
    tiers,
    bootstrap,
    threshold,
    groups,
    lacking,
    counted: units,
  } = question;
  if (!question.crossFitted) return [markup`<p><strong>Nothing was searched.</strong> ${UNTESTED}</p>`];
  const names = groups.flatMap(({ columns }) => columns.map(({ name }) => name));
  const limit = maxConditioning === undefined ? '' : `, given at most ${count(maxConditioning)} others`;
  const method =
    algorithm === 'ges'
      ? `GES with ${SCORES[question.score ?? 'bic']}`
      : markup`${algorithm.toUpperCase()} with the test <code>${test}</code> at α = ${String(alpha)}${limit}`;
  const stable =
    threshold === undefined
      ? ''
      : ` A link stays when it was found in at least ${percent(threshold)} of the resamples, with the arrow of ` +
        'most of those; one without a p-value is not in the graph of all subjects.';
  const resamples = bootstrap === 0 ? '' : `; the same on ${counted(bootstrap, 'resample')} of the subjects`;
  const order =
    tiers === undefined ? '' : ` No arrow leads back in the order ${tiers.map((tier) => tier.join(', ')).join(' → ')}.`;
  return [
    markup`<p>The latents stood beside ${names.length === 0 ? 'nothing else' : listed(names)}.
    ${method}${resamples}.${stable}${order}</p>`,
    markup`<p>${CROSS_FITTED}</p>`,
    ...(units
      ? [
          markup`<p>${counted(units.rows, 'row')} are repetitions of ${counted(units.groups, 'group')}: each group
          counts once, with its means.</p>`,
        ]
      : []),
    ...(lacking === 0
      ? []
      : [
          markup`<p>${counted(lacking, 'subject')} took no part: a modality whose latents entered is
    missing of each.</p>`,
        ]),
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

function edgeTable(
  { graph: latents }: ReportInput,
  { edges }: ReportDiscovery,
  facts: SubjectFacts | undefined,
): Markup {
  const resampled = edges.some(({ frequencies }) => frequencies !== undefined);
  return table({
    caption: 'Links that discovery found',
    columns: [
      { title: 'From' },
      { title: '' },
      { title: 'To' },
      { title: 'ρ', numeric: true },
      { title: 'Largest p-value', numeric: true },
      ...(resampled
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
      ...(resampled ? shares(edge) : []),
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
  const { p, association, frequencies } = edge;
  const sign = association === undefined ? [] : [`ρ ${signedText(association)}`];
  const known = [...sign, ...(p === undefined ? [] : [`largest p-value ${pText(p)}`])];
  if (frequencies === undefined) return known;
  const [found, written] = shares(edge);
  return [...known, `found in ${found} of resamples`, `written this way in ${written}`];
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
  return p === undefined || Number.isNaN(p) ? LARGEST_EXPONENT : Math.min(LARGEST_EXPONENT, -Math.log10(p));
}
