// What a fit concludes: sentences that can be copied, the figures behind them, and the edges of the model.

import { arrowOf } from '../causal/direction-text.js';
import { drawnGraph, unitsOf } from '../causal/blocks.js';
import { hasEffects, type EdgeDirection } from '../causal/graph.js';
import type { LatentGraph } from '../causal/index.js';
import { signedText } from '../causal/sign-text.js';
import {
  batchText,
  blockNotes,
  blockText,
  causeName,
  classDirectionCell,
  conclusionsOf,
  effectReasonText,
  EQUIVALENCE_NOTE,
  equivalenceOfBlocks,
  equivalenceText,
  judgedGraph,
  linksOfBlocks,
  mixtureTexts,
  oneOfTexts,
  presenceCell,
  reasonText,
  robustnessCell,
  sharedTexts,
  subjectsText,
  summarySentences,
  unidentifiedTexts,
  untracedBlocks,
  verdictCell,
  type CauseConclusion,
  type CauseConclusions,
  type Conclusions,
  type LinkConclusion,
  type SearchedGraph,
} from '../conclusions/index.js';
import { AGREEMENT, edgeStatus, hiddenText, shownGraph } from '../report/index.js';
import type { RunSummary } from '../training/run-folder.js';
import { onStdout } from './colors.js';
import { counted, decimals } from '../text/numbers.js';
import { decimal, print, printHeading, pValue, table, wrapped } from './output.js';

/** Effects that are not supported are listed if their p before correction is at most this. */
const SHOWN_P = 0.01;
/** Maximum number of links of equally good models. */
const MAX_LINKS = 20;

/** Prints the conclusions of a fit in sentences. */
export function printConclusions(graph: LatentGraph, summary: RunSummary, searched?: SearchedGraph): void {
  const conclusions = conclusionsOf(graph, summary);
  const [first, ...rest] = summarySentences(conclusions, searched);
  printHeading('Conclusions');
  print(wrapped(conclusions.status === 'tested' ? onStdout.green(first) : onStdout.yellow(first)));
  for (const sentence of rest) print(wrapped(sentence));
}

/** Prints the figures of pairs and links, if something was tested, and the links of equally good models. */
export function printTests(graph: LatentGraph, summary: RunSummary): void {
  const conclusions = conclusionsOf(graph, summary);
  if (conclusions.status === 'tested') {
    if (conclusions.pairs.length > 0) printPairs(conclusions);
    printTestedLinks(conclusions);
  }
  printEquivalence(conclusions);
  if (conclusions.status !== 'tested') return;
  for (const text of sharedTexts(conclusions)) print(wrapped(text));
  if (conclusions.causes) printEffects(conclusions.causes, conclusions.latents);
  for (const batch of conclusions.batches ?? []) print(wrapped(batchText(batch)));
}

/** Prints the effects of observed causes that are supported, or significant before correction. */
function printEffects(causes: CauseConclusions, latents: Conclusions['latents']): void {
  const { effects } = causes;
  const shown = effects.filter(({ verdict, p = 1 }) => verdict === 'supported' || p <= SHOWN_P);
  const hasRobust = shown.some(({ robustness }) => robustness !== undefined);
  print('\nObserved causes and latents');
  if (shown.length > 0) {
    print(
      table(
        ['cause, latent', 'sd', '95 % CI', 'q', 'verdict', 'through', ...(hasRobust ? ['robust'] : [])],
        shown.map((one) => [
          `${causeName(one)}, ${one.latent}`,
          one.effect ? decimals(one.effect.estimate) : '–',
          one.effect ? intervalCell(one.effect) : '–',
          pValue(one.q),
          verdictCell(one.verdict),
          throughCell(one),
          ...(hasRobust ? [one.robustness ? robustnessCell(one.robustness) : '–'] : []),
        ]),
      ),
    );
    print(
      wrapped(
        'sd: difference from the reference in its standard deviations, or per sd of a number. q: p corrected for the ' +
          'number of tests. through: the latents that pass the effect on. After "remains given": they do not explain ' +
          'all of it.',
      ),
    );
    if (hasRobust) print(wrapped(robustNote('association')));
  }
  const hidden = effects.length - shown.length;
  if (hidden > 0) {
    print(wrapped(`${counted(hidden, 'other combination is', 'other combinations are')} not supported or undecided.`));
  }
  for (const reason of new Set(shown.flatMap((one) => one.reason ?? []))) {
    const names = shown.filter((one) => one.reason === reason).map((one) => `${causeName(one)} – ${one.latent}`);
    print(wrapped(`${names.join(', ')}: ${effectReasonText(reason)}.`));
  }
  for (const text of mixtureTexts(effects)) print(wrapped(text));
  for (const name of blocksOf(shown, latents)) {
    print(wrapped(`Results on single latents of ${name} hold for the block.`));
  }
  for (const text of unidentifiedTexts(effects)) print(wrapped(text));
  for (const block of untracedBlocks(causes)) if (block.verdict === 'supported') print(wrapped(blockText(block)));
}

/** Returns the blocks with supported effects about which no other sentence says that they are mixtures. */
function blocksOf(effects: readonly CauseConclusion[], latents: Conclusions['latents']): string[] {
  return unitsOf(latents).flatMap(({ name, members, isBlock }) => {
    const names = members.map((i) => latents[i].name);
    const supported = effects.filter(({ verdict, latent }) => verdict === 'supported' && names.includes(latent));
    return isBlock && supported.length > 0 && supported.every(({ isMixture }) => !isMixture) ? [name] : [];
  });
}

function throughCell({ direct }: CauseConclusion): string {
  if (!direct) return '–';
  const { verdict, through } = direct;
  if (verdict === 'undecided') return 'undecided';
  if (through.length === 0) return 'none known';
  return `${verdict === 'direct' ? 'remains given ' : ''}${through.join(', ')}`;
}

function printPairs(conclusions: Conclusions): void {
  const { pairs, subjects } = conclusions;
  const differ = pairs.some((pair) => pair.subjects < subjects);
  print(`\nPairs of modalities (${subjectsText(conclusions)})`);
  print(
    table(
      ['pair', ...(differ ? ['with both'] : []), 'correlation', '95 % CI', 'p', 'corrected', 'verdict'],
      pairs.map(({ first, second, verdict, p, corrected, correlation, ...pair }) => [
        `${first} – ${second}`,
        ...(differ ? [pair.subjects] : []),
        correlation ? decimals(correlation.estimate) : '–',
        correlation ? intervalCell(correlation) : '–',
        pValue(p),
        pValue(corrected),
        verdictCell(verdict),
      ]),
    ),
  );
  print('corrected: p after all pairs are counted');
}

function printTestedLinks(conclusions: Conclusions): void {
  const tested = linksOfBlocks(conclusions).filter(({ direct }) => direct !== undefined);
  if (tested.length === 0) return;
  const hasSupport = tested.some(({ robustness }) => robustness !== undefined);
  print('\nLinks of latents');
  print(
    table(
      ['link', 'marginal', 'direct', '95 % CI', 'q', 'verdict', 'direction', ...(hasSupport ? ['robust'] : [])],
      tested.map((link) => [
        linkCell(link),
        decimals(link.association!.estimate),
        decimals(link.direct!.estimate),
        intervalCell(link.direct!),
        pValue(link.q),
        verdictCell(link.verdict),
        directionWord(link.direction.verdict),
        ...(hasSupport ? [link.robustness ? robustnessCell(link.robustness) : '–'] : []),
      ]),
    ),
  );
  print(
    wrapped(
      'marginal: correlation of the two latents. direct: the same given the latents that explain it best. q: the ' +
        'largest p over all such sets, corrected for the number of links.',
    ),
  );
  if (hasSupport) print(wrapped(robustNote('link')));
  for (const { first, second, verdict, reason } of tested) {
    if (verdict !== 'supported' && reason) print(wrapped(`${first} – ${second}: ${reasonText(reason)}.`));
  }
  for (const text of oneOfTexts(tested)) print(wrapped(text));
  const names = tested.flatMap(({ first, second }) => [first, second]);
  for (const text of blockNotes(conclusions.latents, names)) print(wrapped(text));
}

function robustNote(what: 'link' | 'association'): string {
  return (
    'robust: share of the remaining variance of both ends that an unmeasured common cause must explain to explain ' +
    `the ${what} away (in brackets: at the lower limit of the interval).`
  );
}

function printEquivalence(conclusions: Conclusions): void {
  const equivalence = equivalenceOfBlocks(conclusions);
  if (!equivalence || equivalence.links.length === 0) return;
  print('\nEqually good models');
  print(wrapped(equivalenceText(equivalence)));
  const shown = equivalence.links.slice(0, MAX_LINKS);
  print(
    table(
      ['link', 'graphs', 'direction'],
      shown.map((link) => [
        `${link.first} – ${link.second}`,
        presenceCell(link, equivalence),
        classDirectionCell(link),
      ]),
    ),
  );
  const hidden = equivalence.links.length - shown.length;
  if (hidden > 0) print(wrapped(`${counted(hidden, 'more link')} in run.json.`));
  print(wrapped(EQUIVALENCE_NOTE));
}

function linkCell({ first, second, direction: { verdict, from, to } }: LinkConclusion): string {
  return verdict === 'undecided' ? `${first} – ${second}` : `${from} → ${to}`;
}

function directionWord(verdict: EdgeDirection): string {
  return verdict === 'undecided' ? 'not known' : verdict;
}

function intervalCell({ lower, upper }: { readonly lower: number; readonly upper: number }): string {
  return `${decimals(lower)} … ${decimals(upper)}`;
}

/** Prints the edges that are shown (`shownGraph`), and whether each was tested. */
export function printEdges(graph: LatentGraph, summary: RunSummary): void {
  const conclusions = conclusionsOf(graph, summary);
  const shown = shownGraph(judgedGraph(graph, summary), conclusions);
  const { edges } = drawnGraph(shown);
  const hidden = hiddenText(graph, conclusions);
  const isSigned = hasEffects({ edges });
  const title = conclusions.status === 'tested' ? 'Edges of the model' : 'Edges of the model, not tested';
  print(edges.length === 0 ? '\nThe graph has no edges.' : `\n${title}`);
  if (edges.length > 0) {
    print(
      table(
        ['edge', ...(isSigned ? ['slope'] : []), 'strength', 'agreement', 'direction', 'held-out subjects'],
        edges.map((edge) => [
          `${edge.from} ${arrowOf(edge)} ${edge.to}`,
          ...(isSigned ? [signedText(edge.effect)] : []),
          decimal(edge.strength),
          `${Math.round(edge.agreement * 100)} %`,
          edge.direction === undefined ? 'not judged' : directionWord(edge.direction),
          edgeStatus(edge.verdict),
        ]),
      ),
    );
    if (isSigned) print('slope: change of the second latent in sd per sd of the first, in the model');
    print(wrapped(AGREEMENT));
  }
  if (hidden !== undefined) print(wrapped(hidden));
}
