// The output of discovery over latents: links first, then undecided pairs, then the meaning of the figures.

import { edgeSymbol, type CausalGraph } from '../causal/discovery/index.js';
import { drawnCausalGraph, undrawnPairs, type DrawnCausalEdge } from '../causal/drawn-causal-graph.js';
import { strongest, type LinkFigures, type Relation } from '../causal/discovery/link-figures.js';
import { blockNotes, oneOfTexts, reasonText } from '../conclusions/index.js';
import { signedText } from '../causal/sign-text.js';
import type { ReportDiscovery } from '../report/index.js';
import { counted, decimals, percent } from '../text/numbers.js';
import { print, printable, pValue, table, wrapped } from './output.js';

/** Maximum number of undecided pairs that are printed. */
const MAX_UNDECIDED = 20;

/** Prints the direction of columns with two text levels. */
export function printLevels({ variables }: CausalGraph): void {
  for (const { name, levels } of variables) {
    if (levels) print(`${printable(name)} rises from ${printable(levels[0])} to ${printable(levels[1])}`);
  }
}

/**
 * Prints links and undecided pairs of latents, blocks and columns.
 * @param unrelated pairs of modalities between which no link was searched
 */
export function printLinks(
  { graph, ...searched }: Pick<ReportDiscovery, 'graph' | 'edges' | 'undrawn'>,
  unrelated: readonly (readonly [string, string])[],
): void {
  const { edges } = drawnCausalGraph(graph, searched.edges);
  const undrawn = undrawnPairs(graph, searched.edges, searched.undrawn ?? []);
  if (edges.length > 0) {
    const isRefitted = edges.some(({ frequencies }) => frequencies !== undefined);
    print(
      table(
        ['link', 'verdict', 'direct', '95 % CI', 'q', 'direction', ...(isRefitted ? ['refits'] : []), 'given'],
        edges.map((edge) => [
          `${edge.from} ${edgeSymbol(edge)} ${edge.to}`,
          ...figureCells(edge),
          edge.link ? directionCell(edge.link) : '–',
          ...(isRefitted ? [shareCell(edge)] : []),
          edge.link ? edge.link.conditioning.join(', ') || 'nothing' : '–',
        ]),
      ),
    );
  }
  const undecided = strongest(undrawn.filter(({ verdict }) => verdict === 'undecided'));
  if (undecided.length > 0) {
    print(`\nUndecided, and not drawn (${counted(undecided.length, 'pair')}):`);
    print(
      table(
        ['pair', 'marginal', 'direct', '95 % CI', 'q', 'reason'],
        undecided
          .slice(0, MAX_UNDECIDED)
          .map(({ first, second, association, direct, q, reason }) => [
            `${first} – ${second}`,
            signed(association),
            signed(direct),
            intervalCell(direct),
            pValue(q),
            reason ? reasonText(reason) : '–',
          ]),
      ),
    );
  }
  const more = undecided.length - MAX_UNDECIDED;
  if (more > 0) print(`and ${counted(more, 'pair')} with weaker associations; the JSON has all`);
  for (const text of oneOfTexts(undrawn)) print(`\n${wrapped(printable(text))}`);
  const excluded = undrawn.length - undecided.length;
  if (excluded > 0) {
    print(`\n${counted(excluded, 'pair')} without a link: a direct correlation of 0.3 is ruled out.`);
  }
  for (const [a, b] of unrelated) {
    print(wrapped(`No link between ${a} and ${b} was searched for, because no association was found.`));
  }
  if (edges.length === 0) return;
  print(`\n${LEGEND}`);
  const shown = edges.flatMap(({ from, to }) => [from, to]);
  for (const text of blockNotes(graph.variables, shown)) print(wrapped(text, '  '));
}

const LEGEND = [
  'direct: correlation without measurement error, given the variables that explain the association best.',
  'q: p corrected for all pairs.',
  'o: an end that nothing determines. An arrowhead has the share of half-samples that show it, follows from an ' +
    'observed cause, or is assumed.',
]
  .map((line) => wrapped(line, '  '))
  .join('\n');

function figureCells({ link, isOfBlock }: DrawnCausalEdge<ReportDiscovery['edges'][number]>): string[] {
  if (!link) return ['–', '–', '–', '–'];
  const { verdict, direct, q } = link;
  // A link of a block has no sign.
  const size = isOfBlock && direct ? decimals(direct.estimate) : signed(direct);
  return [verdict, size, intervalCell(direct), pValue(q)];
}

function signed(relation: Relation | undefined): string {
  return signedText(relation?.estimate);
}

function intervalCell(relation: Relation | undefined): string {
  return relation ? `${decimals(relation.lower)} … ${decimals(relation.upper)}` : '–';
}

function directionCell({ direction: { verdict, share } }: LinkFigures): string {
  if (verdict === 'undecided') return 'not known';
  return share === undefined ? verdict : `${verdict}, ${percent(share)}`;
}

function shareCell({ frequencies }: ReportDiscovery['edges'][number]): string {
  return frequencies === undefined ? '–' : percent(frequencies.adjacent);
}
