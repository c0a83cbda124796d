// What the latents are: their distributions, and the columns that each correlates with, first those of its modality.

import { histogramChart } from '../charts/histogram-chart.js';
import { signedText } from '../../causal/sign-text.js';
import { certainty } from '../facts/certainty.js';
import type { ColumnCorrelations } from '../facts/correlations.js';
import { labelOf } from '../facts/entries.js';
import { companions, type Companion, type SubjectFacts } from '../facts/index.js';
import { count, decimals, number, percent } from '../../format.js';
import { associatedColumns, associationsPart } from './associations.js';
import type { ReportInput } from '../input.js';
import { markup, type Markup } from './markup.js';
import { figure, table, withoutData, type Section } from './section.js';
import { columnName } from './study.js';

const SAME_MODALITY = 6;
/** Rows of the table of all correlations: a reader looks through no more; the CSV of `encode` has the rest. */
const MAX_ROWS = 300;

export function latentsSection(input: ReportInput, facts: SubjectFacts | undefined): Section {
  const title = 'The latents';
  if (facts === undefined) return { id: 'latents', title, body: withoutData('What the latents stand for') };
  const { nodes } = input.graph;
  return {
    id: 'latents',
    title,
    body: [
      markup`<p>A latent stands for the columns that it is made from. Beside each are the columns of its modality
      with the largest rank correlation (Spearman’s ρ, over ${count(facts.correlations.subjects)} subjects).
      ${signMeaning(input)} A latent’s place in the list and its scale carry no meaning.</p>`,
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
    ? 'Each latent is turned so that it rises with the column of its modality that it correlates with most among ' +
        'training subjects.'
    : 'A latent’s sign carries no meaning: only which columns rise and fall together does.';
}

function card({ graph, summary }: ReportInput, facts: SubjectFacts, i: number): Markup {
  const { name, modality, risesWith } = graph.nodes[i];
  const m = summary.model.modalities.findIndex((one) => one.name === modality);
  const usage = facts.usage.find(({ entry }) => entry.name === name)!;
  const looks = facts.regularArrays.find((one) => one.modality === modality);
  const isDeclared = looks?.latents.some((one) => one.name === name && one.shiftInvariant);
  return markup`<article class="card m${m % 8}" aria-label="${name}">
<h3><span class="dot m${m % 8}"></span>${name}<span class="aside">${percent(usage.known)} told by the data</span></h3>
${
  risesWith
    ? markup`<p class="muted">Rises with ${labelOf(facts.subjects, risesWith.modality, risesWith.column)}
(ρ ${signedText(risesWith.correlation)} in training).</p>`
    : undefined
}
${isDeclared ? markup`<p class="muted">Declared not to change by shifts, not found so.</p>` : undefined}
${looks ? markup`<p><a href="#looks-${modality}">What it looks like</a></p>` : undefined}
${bars(companions(facts, i, SAME_MODALITY), m)}
${associatedColumns(facts, name)}
${figure({
  name: `distribution ${name}`,
  svg: histogramChart(name, m, usage.histogram),
  caption: 'Distribution over the subjects',
})}
</article>`;
}

/** Those who lack a modality apart; without a column for them where nobody does. */
function certaintyTable({ graph, summary }: ReportInput, { subjects: { posterior } }: SubjectFacts): Markup {
  const rows = graph.nodes.map(({ name, modality, index }) => {
    const { latents } = summary.model.modalities.find((one) => one.name === modality)!;
    return { name, ...certainty(posterior[modality], latents, index) };
  });
  const isInferred = rows.some(({ inferred }) => inferred.subjects > 0);
  const sd = (value: number): string => `${number(value, 2)}${Number.isFinite(value) ? ' sd' : ''}`;
  return markup`<h3 id="certainty">How sure each latent is</h3>
<p>Typical standard deviation of a subject’s latent, given its values: the median over subjects, in standard deviations
between subjects. Near 0 the values tell the latent, from 1 on they tell hardly anything.
${isInferred ? 'Of subjects who lack the modality it is inferred from the others.' : undefined}</p>
${table({
  caption: 'How sure each latent is',
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
<p class="muted">As the model says itself, for this fit: how far another fit would place a subject is not in it.</p>`;
}

function bars(list: readonly Companion[], m: number): Markup {
  return markup`<ul class="bars">${list.map(({ label, rho }) => {
    const width = Math.round(100 * Math.abs(rho));
    const fill = `fill m${m % 8}${rho < 0 ? ' falls' : ''}`;
    return markup`<li><span>${label}</span><span class="value">${decimals(rho)}</span>
<span class="bar" aria-hidden="true"><span class="${fill}" style="width:${width}%"></span></span></li>`;
  })}</ul>`;
}

/** On narrow sheets a latent's number may stand below its modality. */
function breakable(name: string): Markup {
  const dot = name.lastIndexOf('.') + 1;
  return markup`${name.slice(0, dot)}<wbr>${name.slice(dot)}`;
}

/** A table for each modality: its columns with its own latents, which is what the model is made of. */
function correlationTable(input: ReportInput, facts: SubjectFacts): Markup {
  const strongest = ({ rho }: ColumnCorrelations) =>
    Math.max(...rho.map((one) => (Number.isNaN(one) ? 0 : Math.abs(one))));
  const { columns } = facts.correlations;
  const kept = new Set([...columns].sort((a, b) => strongest(b) - strongest(a)).slice(0, MAX_ROWS));
  const omitted = columns.length - kept.size;
  return markup`<details id="correlations">
<summary>Correlation of every column with the latents of its modality</summary>
<form class="controls needs-script" data-controls="correlations"><label>Find a column <input name="find" type="search"
autocomplete="off"></label><span role="status" class="muted" data-found></span></form>
${input.summary.model.modalities.map(({ name }, m) =>
  heatOf(input, facts, { name, m, columns: columns.filter((one) => one.modality === name && kept.has(one)) }),
)}
${omitted > 0 ? markup`<p class="muted">${count(omitted)} columns with smaller correlations are left out.</p>` : ''}
</details>`;
}

interface OwnColumns {
  readonly name: string;
  readonly m: number;
  readonly columns: readonly ColumnCorrelations[];
}

function heatOf({ graph }: ReportInput, { subjects }: SubjectFacts, { name, m, columns }: OwnColumns): Markup {
  const own = graph.nodes.flatMap((node, i) => (node.modality === name ? [{ ...node, i }] : []));
  const dot = markup`<span class="dot m${m % 8}"></span>`;
  const cell = (rho: number) => {
    const size = Math.round(42 * Math.abs(rho));
    return markup`<td class="number ${rho < 0 ? 'falls' : 'rises'}" style="--size:${size}%">${decimals(rho)}</td>`;
  };
  return markup`<div class="scroll tall" tabindex="0" role="region" aria-label="Correlations of ${name}">
<table class="heat"><caption class="unseen">Spearman’s ρ of every column of ${name} with its latents</caption>
<thead><tr><th scope="col">Column</th>${own.map(
    (node) => markup`<th scope="col" class="number">${dot}${breakable(node.name)}</th>`,
  )}</tr></thead>
<tbody>${columns.map(
    ({ column, rho }) => markup`<tr>
<th scope="row">${dot}${columnName(subjects, name, column)}</th>${own.map(({ i }) => cell(rho[i]))}</tr>`,
  )}</tbody></table></div>`;
}
