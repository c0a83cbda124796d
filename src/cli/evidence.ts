// What the modalities share, by cross-fitting, and the edges of a model: nothing about links between modalities is
// worth more than this.

import type { LatentGraph } from '../causal/index.js';
import { AGREEMENT, edgeStatus, hiddenText, numberOfSubjects, sharing, shownGraph } from '../report/index.js';
import type { RunSummary } from '../training/run-folder.js';
import { onStdout } from './colors.js';
import { decimal, print, pValue, table, wrapped } from './output.js';

export function printEvidence(evidence: RunSummary['evidence']): void {
  const { verdict, headline, meaning, withdrawn, halves } = sharing(evidence);
  const isTested = verdict === 'related' || verdict === 'nothing';
  print();
  print(wrapped(`${isTested ? onStdout.bold(headline) : onStdout.yellow(headline)} ${meaning}`));
  if (evidence !== undefined && isTested) printTests(evidence);
  for (const sentence of [withdrawn, halves]) if (sentence !== undefined) print(wrapped(sentence));
}

function printTests(evidence: NonNullable<RunSummary['evidence']>): void {
  const { subjects, pairs, links } = evidence;
  const who = numberOfSubjects(evidence);
  print(`Cross-fitting, ${who}, each encoded by a model that never saw it; corrected: for all pairs`);
  const differ = pairs.some(({ subjects: both = subjects }) => both < subjects);
  print(
    table(
      [
        'modalities',
        '',
        ...(differ ? ['subjects (groups) with both'] : []),
        'largest correlation',
        'p',
        'corrected',
        '',
      ],
      pairs.map(({ first, second, subjects: both = subjects, folds, p, corrected, related }) => [
        first,
        second,
        ...(differ ? [both] : []),
        folds.length === 0 ? '–' : decimal(Math.max(...folds.map(({ correlations }) => correlations.at(0) ?? 0))),
        pValue(p),
        pValue(corrected),
        related ? 'share something' : folds.length === 0 ? `not tested: ${both} subjects have both` : 'nothing found',
      ]),
    ),
  );
  const standing = links.filter(({ stands }) => stands);
  if (standing.length === 0) return;
  print('Latents that go together (q: p corrected for the number of links):');
  print(
    table(
      ['latents', '', 'correlation', 'p', 'q'],
      standing.map(({ first, second, correlation, p, q }) => [
        first,
        second,
        decimal(correlation),
        pValue(p),
        pValue(q),
      ]),
    ),
  );
}

/** Prints the edges that are shown (`shownGraph`), and whether each was tested. */
export function printEdges(graph: LatentGraph, title: string, evidence: RunSummary['evidence']): void {
  const { edges } = shownGraph(graph, evidence);
  const hidden = hiddenText(graph, evidence);
  print(edges.length === 0 ? '\nNo edges.' : `\n${title}:`);
  if (edges.length > 0) {
    print(
      table(
        ['from', 'to', 'strength', 'agreement', 'in held-out subjects'],
        edges.map((edge) => {
          const { from, to, strength, agreement } = edge;
          const status = edgeStatus(edge, graph, evidence);
          return [from, to, decimal(strength), `${Math.round(agreement * 100)} %`, status];
        }),
      ),
    );
    print(wrapped(AGREEMENT));
  }
  if (hidden !== undefined) print(wrapped(hidden));
}
