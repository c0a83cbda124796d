// The conclusions of several runs side by side.

import { headline, type Conclusions, type PairConclusion } from '../../conclusions/index.js';
import { count, pText } from '../../text/numbers.js';
import { reportConclusions } from '../facts/evidence.js';
import type { ReportInput } from '../input.js';
import { markup, type Markup, type Part } from './markup.js';
import { table, type Section } from './section.js';

interface Run extends Pick<ReportInput, 'summary' | 'graph'> {
  readonly name: string;
}

export function comparedEvidence(runs: readonly Run[]): Section {
  const read = runs.map((run) => ({ ...run, conclusions: reportConclusions(run) }));
  return {
    id: 'evidence',
    title: 'What the modalities have in common, run by run',
    body: [
      markup`<dl class="pairs">${read.map(
        ({ name, conclusions }) => markup`<div><dt>${name}</dt><dd>${headline(conclusions)}</dd></div>`,
      )}</dl>`,
      ...(read.some(({ conclusions }) => conclusions.status === 'tested') ? [evidenceTable(read)] : []),
      markup`<p class="muted">Each run was cross-fitted separately. Runs of the same data share its chance patterns, so
      equal answers are not additional evidence.</p>`,
    ],
  };
}

type ReadRun = Run & { readonly conclusions: Conclusions };

function evidenceTable(runs: readonly ReadRun[]): Markup {
  const pairs = new Map(runs.flatMap(({ conclusions }) => conclusions.pairs).map((pair) => [pairName(pair), pair]));
  const counts: [string, (conclusions: Conclusions) => number][] = [
    ['Supported direct links', ({ links }) => links.filter((link) => link.verdict === 'supported').length],
    ['Edges of the fit without support', ({ links }) => links.filter(isUnsupportedEdge).length],
    ['Latents that are components', ({ latents }) => latents.filter((one) => one.verdict === 'component').length],
  ];
  return table({
    caption: 'Associations, run by run',
    columns: [{ title: 'Modalities' }, ...runs.map(({ name }) => ({ title: name, numeric: true }))],
    rows: [
      ...[...pairs].map(([name, pair]): Part[] => [name, ...runs.map((run) => pairCell(run, pair))]),
      ...counts.map(([title, read]) => [
        title,
        ...runs.map(({ conclusions }) => (conclusions.status === 'tested' ? count(read(conclusions)) : '–')),
      ]),
    ],
  });
}

function isUnsupportedEdge({ strength, isFitted }: Conclusions['links'][number]): boolean {
  return strength !== undefined && !isFitted;
}

/** Returns the names of a pair in alphabetical order, because studies can have different orders of modalities. */
function pairName({ first, second }: Pick<PairConclusion, 'first' | 'second'>): string {
  return [first, second].sort().join(' and ');
}

function pairCell({ conclusions, summary: { model } }: ReadRun, wanted: PairConclusion): Part {
  const isHere = (name: string) => model.modalities.some((modality) => modality.name === name);
  if (!isHere(wanted.first) || !isHere(wanted.second)) return '–';
  const pair = conclusions.pairs.find((one) => pairName(one) === pairName(wanted));
  if (pair?.corrected === undefined) return markup`<span class="muted">not tested</span>`;
  const p = markup`<span class="words">corrected p ${pText(pair.corrected)}</span>`;
  return pair.verdict === 'supported' ? markup`<strong>associated</strong>${p}` : markup`not shown${p}`;
}
