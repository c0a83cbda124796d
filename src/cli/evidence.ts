// What a fit concludes: sentences that can be copied, the figures behind them, and the edges of the model.

import { directionCell as edgeDirection } from '../causal/direction-text.js';
import { hasEffects } from '../causal/graph.js';
import type { LatentGraph } from '../causal/index.js';
import { signedText } from '../causal/sign-text.js';
import {
  conclusionsOf,
  directionCell,
  oneOfTexts,
  reasonText,
  subjectsText,
  summarySentences,
  verdictCell,
  withDirections,
  type SearchedGraph,
} from '../conclusions/index.js';
import { AGREEMENT, edgeStatus, hiddenText, shownGraph } from '../report/index.js';
import type { RunSummary } from '../training/run-folder.js';
import { onStdout } from './colors.js';
import { decimal, print, pValue, table, wrapped } from './output.js';

/** Prints the conclusions of a fit in sentences. */
export function printConclusions(graph: LatentGraph, summary: RunSummary, searched?: SearchedGraph): void {
  const conclusions = conclusionsOf(graph, summary);
  const [first, ...rest] = summarySentences(conclusions, searched);
  print();
  print(wrapped(conclusions.status === 'tested' ? onStdout.bold(first) : onStdout.yellow(first)));
  for (const sentence of rest) print(wrapped(sentence));
}

/** Prints the figures of pairs and links; nothing where nothing was tested. */
export function printTests(graph: LatentGraph, summary: RunSummary): void {
  const conclusions = conclusionsOf(graph, summary);
  if (conclusions.status !== 'tested') return;
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
    if (verdict !== 'supported' && reason) print(wrapped(`${first} – ${second}: ${reasonText(reason)}.`));
  }
  for (const text of oneOfTexts(tested)) print(wrapped(text));
}

function intervalCell({ lower, upper }: { readonly lower: number; readonly upper: number }): string {
  return `${decimal(lower)} … ${decimal(upper)}`;
}

/** Prints the edges that are shown (`shownGraph`), and whether each was tested. */
export function printEdges(graph: LatentGraph, title: string, summary: RunSummary): void {
  const conclusions = conclusionsOf(graph, summary);
  const { edges } = shownGraph(withDirections(graph, summary), conclusions);
  const hidden = hiddenText(graph, conclusions);
  const isSigned = hasEffects({ edges });
  print(edges.length === 0 ? '\nThe graph has no edges.' : `\n${title}:`);
  if (edges.length > 0) {
    print(
      table(
        ['latents', '', 'direction', ...(isSigned ? ['effect'] : []), 'strength', 'agreement', 'in held-out subjects'],
        edges.map((edge) => {
          const { from, to, strength, effect, agreement } = edge;
          const status = edgeStatus(edge, conclusions);
          const signed = isSigned ? [signedText(effect)] : [];
          return [
            from,
            to,
            edgeDirection(edge),
            ...signed,
            decimal(strength),
            `${Math.round(agreement * 100)} %`,
            status,
          ];
        }),
      ),
    );
    if (isSigned) print('effect: its change in sd per sd of the cause; + it rises, − it falls');
    print(wrapped(AGREEMENT));
  }
  if (hidden !== undefined) print(wrapped(hidden));
}
