// What a fit concludes, and the edges of a model: summary first, then the figures behind it.

import type { LatentGraph } from '../causal/index.js';
import {
  conclusionsOf,
  reasonText,
  subjectsText,
  summarySentences,
  type Conclusions,
  type LinkConclusion,
} from '../conclusions/index.js';
import { AGREEMENT } from '../report/index.js';
import type { RunSummary } from '../training/run-folder.js';
import { onStdout } from './colors.js';
import { decimal, print, pValue, table } from './output.js';

/** Prints the conclusions of a fit. */
export function printConclusions(graph: LatentGraph, summary: RunSummary): void {
  const conclusions = conclusionsOf(graph, summary);
  const [first, ...rest] = summarySentences(conclusions);
  print(`\n${conclusions.status === 'tested' ? onStdout.bold(first) : onStdout.yellow(first)}`);
  for (const sentence of rest) print(sentence);
  if (conclusions.status === 'tested') printTables(conclusions);
}

function printTables(conclusions: Conclusions): void {
  const { pairs, links, subjects } = conclusions;
  const differ = pairs.some((pair) => pair.subjects < subjects);
  print(`\nPairs of modalities (${subjectsText(conclusions)}; corrected: for all pairs):`);
  print(
    table(
      ['modalities', '', ...(differ ? ['with both'] : []), 'correlation', '95 % interval', 'p', 'corrected', 'verdict'],
      pairs.map(({ first, second, verdict, p, corrected, correlation, ...pair }) => [
        first,
        second,
        ...(differ ? [pair.subjects] : []),
        correlation ? decimal(correlation.estimate) : '–',
        correlation ? intervalCell(correlation) : '–',
        pValue(p),
        pValue(corrected),
        verdictCell(verdict),
      ]),
    ),
  );
  const tested = links.filter(({ direct }) => direct !== undefined);
  if (tested.length === 0) return;
  print('Links of latents (direct: given what explains the association best; q: for all links):');
  print(
    table(
      ['latents', '', 'association', 'direct', '95 % interval', 'q', 'verdict', 'direction'],
      tested.map((link) => [
        link.first,
        link.second,
        decimal(link.association!.estimate),
        decimal(link.direct!.estimate),
        intervalCell(link.direct!),
        pValue(link.q),
        verdictCell(link.verdict),
        directionCell(link),
      ]),
    ),
  );
  for (const { first, second, verdict, reason } of tested) {
    if (verdict !== 'supported' && reason) print(`${first} – ${second}: ${reasonText(reason)}.`);
  }
}

function intervalCell({ lower, upper }: { readonly lower: number; readonly upper: number }): string {
  return `${decimal(lower)} … ${decimal(upper)}`;
}

function verdictCell(verdict: LinkConclusion['verdict']): string {
  return verdict === 'not-supported' ? 'not supported' : verdict;
}

function directionCell({ direction: { verdict, from, to } }: LinkConclusion): string {
  return verdict === 'undecided' ? 'not known' : `${from} → ${to}, ${verdict}`;
}

export function printEdges({ edges }: LatentGraph, title: string): void {
  if (edges.length === 0) {
    print('\nThe graph has no edges.');
    return;
  }
  print(`\n${title}:`);
  print(
    table(
      ['from', 'to', 'strength', 'agreement'],
      edges.map((e) => [e.from, e.to, decimal(e.strength), `${Math.round(e.agreement * 100)} %`]),
    ),
  );
  print(AGREEMENT);
}
