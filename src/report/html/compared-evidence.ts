// What the modalities share, run by run.

import { FOUND_AGAIN } from '../../evidence/index.js';
import { rankedPairs, sharing, type PairOfModalities, type TestedEvidence } from '../facts/evidence.js';
import { count, pText } from '../format.js';
import type { ReportInput } from '../input.js';
import { markup, type Markup, type Part } from './markup.js';
import { table, type Section } from './section.js';

interface Run extends Pick<ReportInput, 'summary'> {
  readonly name: string;
}

export function comparedEvidence(runs: readonly Run[]): Section {
  const verdict = ({ name, summary }: Run) =>
    markup`<div><dt>${name}</dt><dd>${sharing(summary.evidence).headline}</dd></div>`;
  return {
    id: 'evidence',
    title: 'What the modalities share, run by run',
    body: [
      markup`<dl class="pairs">${runs.map(verdict)}</dl>`,
      ...(runs.some(({ summary }) => summary.evidence?.tested) ? [evidenceTable(runs)] : []),
      markup`<p class="muted">Every run was cross-fitted on its own. Runs of the same data share what chance put into
      them: the same answer from all makes none surer.</p>`,
    ],
  };
}

function evidenceTable(runs: readonly Run[]): Markup {
  const all = runs.flatMap(({ summary: { evidence } }) => (evidence ? rankedPairs(evidence) : []));
  const pairs = new Map(all.map((pair) => [pairName(pair), pair]));
  const counts: [string, (evidence: TestedEvidence) => number][] = [
    ['Pairs of latents that go together', ({ links }) => links.filter(({ stands }) => stands).length],
    ['Edges of the fit that were withdrawn', ({ withdrawn }) => withdrawn.length],
    ['Latents that halves of the data find again', ({ agreement }) => agreement.filter((r) => r >= FOUND_AGAIN).length],
  ];
  return table({
    caption: 'What is related, run by run',
    columns: [{ title: 'Modalities' }, ...runs.map(({ name }) => ({ title: name, numeric: true }))],
    rows: [
      ...[...pairs].map(([name, pair]): Part[] => [name, ...runs.map((run) => pairText(run, pair))]),
      ...counts.map(([title, read]) => [
        title,
        ...runs.map(({ summary: { evidence } }) => (evidence?.tested ? count(read(evidence)) : '–')),
      ]),
    ],
  });
}

/** In the order of the alphabet: studies may name modalities in another one. */
function pairName({ first, second }: PairOfModalities): string {
  return [first, second].sort().join(' and ');
}

function pairText({ summary: { evidence, model } }: Run, wanted: PairOfModalities): Part {
  const isHere = (name: string) => model.modalities.some((modality) => modality.name === name);
  if (!isHere(wanted.first) || !isHere(wanted.second)) return '–';
  const pair = evidence?.tested ? evidence.pairs.find((one) => pairName(one) === pairName(wanted)) : undefined;
  if (pair === undefined || pair.folds.length === 0) return markup`<span class="muted">not tested</span>`;
  const p = markup`<span class="words">corrected p ${pText(pair.corrected)}</span>`;
  return pair.related ? markup`<strong>share something</strong>${p}` : markup`nothing found${p}`;
}
