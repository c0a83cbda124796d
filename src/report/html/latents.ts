// The latents: their distributions, and the columns that they correlate with.

import { histogramChart } from '../charts/histogram-chart.js';
import { signedText } from '../../causal/sign-text.js';
import { certainty } from '../facts/certainty.js';
import type { ColumnCorrelations } from '../facts/correlations.js';
import { labelOf } from '../facts/entries.js';
import { companions, type Companion, type SubjectFacts } from '../facts/index.js';
import { count, decimals, number, percent } from '../../text/numbers.js';
import { associatedColumns, associationsPart } from './associations.js';
import type { ReportInput } from '../input.js';
import { markup, type Markup } from './markup.js';
import { figure, table, withoutData, type Section } from './section.js';
import { columnName } from './study.js';

const SAME_MODALITY = 6;
/** Maximum number of rows in the table of all correlations. */
const MAX_ROWS = 300;

export function latentsSection(input: ReportInput, facts: SubjectFacts | undefined): Section {
  const title = 'The latents';
  if (facts === undefined) return { id: 'latents', title, body: withoutData('The meaning of the latents') };
  const { nodes } = input.graph;
  return {
    id: 'latents',
    title,
    body: [
      markup`<p>A latent summarises columns of its modality. Each card shows the columns with the largest rank
      correlation (Spearman’s ρ, over ${count(facts.correlations.subjects)} subjects). ${signMeaning(input)} The order
      and the scale of latents have no meaning.</p>`,
      markup`<div class="cards">${nodes.map((_, i) => card(input, facts, i))}</div>`,
      associationsPart(input, facts),
      certaintyTable(input, facts),
      correlationTable(input, facts),
    ],
  };
}

/** Explains the signs of the latents. A latent that correlates with no column has an arbitrary sign. */
function signMeaning({ graph: { nodes } }: ReportInput): string {
  return nodes.some(({ risesWith }) => risesWith)
    ? 'The sign of each latent is chosen so that it rises with the column that it correlates with most in training ' +
        'subjects.'
    : 'The sign of a latent has no meaning; only differences between the signs of its columns have.';
}

function card({ graph, summary }: ReportInput, facts: SubjectFacts, i: number): Markup {
  const { name, modality, risesWith } = graph.nodes[i];
  const m = summary.model.modalities.findIndex((one) => one.name === modality);
  const usage = facts.usage.find(({ entry }) => entry.name === name)!;
  const looks = facts.regularArrays.find((one) => one.modality === modality);
  const isDeclared = looks?.latents.some((one) => one.name === name && one.shiftInvariant);
  return markup`<article class="card m${m % 8}" aria-label="${name}">
<h3><span class="dot m${m % 8}"></span>${name}
<span class="aside">${percent(usage.known)} known from the data</span></h3>
${
  risesWith
    ? markup`<p class="muted">Rises with ${labelOf(facts.subjects, risesWith.modality, risesWith.column)}
(ρ ${signedText(risesWith.correlation)} in training).</p>`
    : undefined
}
${isDeclared ? markup`<p class="muted">The study declares it invariant to shifts.</p>` : undefined}
${looks ? markup`<p><a href="#looks-${modality}">What it looks like</a></p>` : undefined}
${bars(companions(facts, i, SAME_MODALITY), m)}
${associatedColumns(facts, name)}
${figure({
  name: `distribution ${name}`,
  svg: histogramChart(name, m, usage.histogram),
  caption: 'Distribution over subjects',
})}
</article>`;
}

/** Returns the table of certainties. Subjects who lack a modality have separate columns, if there are any. */
function certaintyTable({ graph, summary }: ReportInput, { subjects: { posterior } }: SubjectFacts): Markup {
  const rows = graph.nodes.map(({ name, modality, index }) => {
    const { latents } = summary.model.modalities.find((one) => one.name === modality)!;
    return { name, ...certainty(posterior[modality], latents, index) };
  });
  const isInferred = rows.some(({ inferred }) => inferred.subjects > 0);
  const sd = (value: number): string => `${number(value, 2)}${Number.isFinite(value) ? ' sd' : ''}`;
  return markup`<h3 id="certainty">How certain is each latent?</h3>
<p>The typical standard deviation of a subject’s latent, given its values: the median over subjects, in standard
deviations between subjects. Near 0 the values determine the latent. From 1 on they hardly determine it.
${isInferred ? 'In subjects who lack the modality, it is inferred from their other modalities.' : undefined}</p>
${table({
  caption: 'Certainty of each latent',
  columns: [
    { title: 'Latent' },
    { title: 'Typical sd', numeric: true },
    ...(isInferred ? ['Inferred, subjects', 'Inferred, typical sd'].map((title) => ({ title, numeric: true })) : []),
  ],
  rows: rows.map(({ name, encoded, inferred }) => [
    name,
    sd(encoded.sd),
    ...(isInferred ? [count(inferred.subjects), sd(inferred.sd)] : []),
  ]),
})}
<p class="muted">These are the model’s estimates for this fit. They do not include differences between fits.</p>`;
}

function bars(list: readonly Companion[], m: number): Markup {
  return markup`<ul class="bars">${list.map(({ label, rho }) => {
    const width = Math.round(100 * Math.abs(rho));
    const fill = `fill m${m % 8}${rho < 0 ? ' falls' : ''}`;
    return markup`<li><span>${label}</span><span class="value">${decimals(rho)}</span>
<span class="bar" aria-hidden="true"><span class="${fill}" style="width:${width}%"></span></span></li>`;
  })}</ul>`;
}

/** Allows a line break before a latent's number, for narrow pages. */
function breakable(name: string): Markup {
  const dot = name.lastIndexOf('.') + 1;
  return markup`${name.slice(0, dot)}<wbr>${name.slice(dot)}`;
}

/** Returns a table for each modality: the correlations of its columns with its latents. */
function correlationTable(input: ReportInput, facts: SubjectFacts): Markup {
  const strongest = ({ rho }: ColumnCorrelations) =>
    Math.max(...rho.map((one) => (Number.isNaN(one) ? 0 : Math.abs(one))));
  const { columns } = facts.correlations;
  const shown = new Set([...columns].sort((a, b) => strongest(b) - strongest(a)).slice(0, MAX_ROWS));
  const omitted = columns.length - shown.size;
  return markup`<details id="correlations">
<summary>Correlation of every column with the latents of its modality</summary>
<form class="controls needs-script" data-controls="correlations"><label>Find a column <input name="find" type="search"
autocomplete="off"></label><span role="status" class="muted" data-matches></span></form>
${input.summary.model.modalities.map(({ name }, m) =>
  heatOf(input, facts, { name, m, columns: columns.filter((one) => one.modality === name && shown.has(one)) }),
)}
${omitted > 0 ? markup`<p class="muted">${count(omitted)} columns with smaller correlations are left out.</p>` : ''}
</details>`;
}

interface ModalityColumns {
  readonly name: string;
  readonly m: number;
  readonly columns: readonly ColumnCorrelations[];
}

function heatOf({ graph }: ReportInput, { subjects }: SubjectFacts, { name, m, columns }: ModalityColumns): Markup {
  const latents = graph.nodes.flatMap((node, i) => (node.modality === name ? [{ ...node, i }] : []));
  const dot = markup`<span class="dot m${m % 8}"></span>`;
  const cell = (rho: number) => {
    const size = Math.round(42 * Math.abs(rho));
    return markup`<td class="number ${rho < 0 ? 'falls' : 'rises'}" style="--size:${size}%">${decimals(rho)}</td>`;
  };
  return markup`<div class="scroll tall" tabindex="0" role="region" aria-label="Correlations of ${name}">
<table class="heat"><caption class="unseen">Spearman’s ρ of every column of ${name} with its latents</caption>
<thead><tr><th scope="col">Column</th>${latents.map(
    (node) => markup`<th scope="col" class="number">${dot}${breakable(node.name)}</th>`,
  )}</tr></thead>
<tbody>${columns.map(
    ({ column, rho }) => markup`<tr>
<th scope="row">${dot}${columnName(subjects, name, column)}</th>${latents.map(({ i }) => cell(rho[i]))}</tr>`,
  )}</tbody></table></div>`;
}
