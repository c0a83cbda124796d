// Figures of what held-out subjects support: modalities, latents, links, effects, and what equally good graphs share.

import { drawnGraph } from '../../causal/blocks.js';
import { crossEdges } from '../../causal/graph.js';
import {
  equivalenceOfBlocks,
  EQUIVALENCE_NOTE,
  equivalenceText,
  headline,
  linksOfBlocks,
  type Conclusions,
  type EffectConclusion,
  type LinkConclusion,
} from '../../conclusions/index.js';
import { counted, pText } from '../../text/numbers.js';
import { equivalenceChart } from '../charts/equivalence-chart.js';
import { forestChart, type ForestFigures, type ForestRow } from '../charts/forest-chart.js';
import { causeForest } from '../facts/cause-forest.js';
import { equivalenceRows } from '../facts/equivalence.js';
import { hiddenText, shownGraph } from '../facts/edge-status.js';
import { sharingOf, testedPairs } from '../facts/evidence.js';
import { latentForest } from '../facts/latent-forest.js';
import { pairsForest } from '../facts/pairs-forest.js';
import { graphSvg } from '../graph-svg.js';
import { supportedLinksSvg } from '../supported-links.js';
import { notice, type Draft, type FiguresInput } from './draft.js';

const NOT_EFFECTS = 'These associations are not effects.';

/** Returns the figures; those that nothing was tested for say so. */
export async function associationFigures(input: FiguresInput, conclusions: Conclusions): Promise<Draft[]> {
  return [
    ...pairs(input, conclusions),
    ...latents(input, conclusions),
    await linksDraft(input, conclusions),
    await fittedGraph(input, conclusions),
    ...directLinks(input, conclusions),
    ...equivalence(conclusions),
    ...effects(conclusions),
    ...causes(input, conclusions),
  ];
}

function pairs({ summary }: FiguresInput, conclusions: Conclusions): Draft[] {
  const draft = { name: 'associations', title: 'Associations between modalities' };
  if (summary.model.modalities.length < 2) return [];
  const tested = testedPairs(conclusions);
  if (conclusions.status !== 'tested' || tested.length === 0) {
    return [notice({ ...draft, finding: 'untested' }, headline(conclusions))];
  }
  const isFound = tested.some(({ verdict }) => verdict === 'supported');
  const figures = pairsForest(summary, conclusions);
  return [
    {
      ...draft,
      finding: isFound ? 'shown' : 'none',
      caption:
        `${isFound ? '' : `${headline(conclusions)} `}Correlation of the two combinations of latents with the ` +
        'strongest correlation: one fold of the subjects determines the combinations, the other fold measures the ' +
        'correlation, with its 95 % interval. Filled: associated, by permutation tests corrected for all pairs ' +
        `(Holm). Hollow: no association was found. ${NOT_EFFECTS}`,
      drawing: (width) => forestChart(figures, width),
    },
  ];
}

/** The agreement of each latent between models of disjoint subjects, and of random axes. */
function latents({ summary }: FiguresInput, conclusions: Conclusions): Draft[] {
  const figures = latentForest(summary, conclusions);
  if (figures.rows.length === 0) return [];
  return [
    {
      name: 'latents',
      title: figures.title,
      finding: figures.rows.some(({ supported }) => supported) ? 'shown' : 'none',
      caption:
        'Point: |correlation| of each latent between models of disjoint subjects. Tick: random axes in the same ' +
        'subspaces. Filled: component, identified up to a monotone scale. Hollow: a block, which is identified only ' +
        'as a mixture, or not replicated.',
      drawing: (width) => forestChart(figures, width),
    },
  ];
}

/** The supported links between latents and blocks. */
async function linksDraft(input: FiguresInput, conclusions: Conclusions): Promise<Draft> {
  const draft = { name: 'links', title: 'Supported links between latents' };
  const sharing = sharingOf(conclusions);
  if (sharing !== 'associated' && sharing !== 'nothing') {
    return notice({ ...draft, finding: 'untested' }, headline(conclusions));
  }
  const supported = conclusions.links.filter(({ verdict, same }) => verdict === 'supported' && !same);
  if (supported.length === 0) {
    const reason =
      sharing === 'nothing'
        ? headline(conclusions)
        : 'No direct link is supported: the associations cannot be traced to single latents.';
    return notice({ ...draft, finding: 'none' }, reason);
  }
  return {
    ...draft,
    finding: 'shown',
    caption:
      'Latents with supported direct links, in the colours of their modalities. The number is the direct ' +
      'correlation, corrected for measurement errors, given the variables that explain the association best. ' +
      `Circles: the direction is not known. An outlined box is a block: its latents are identified only as a ` +
      `mixture. ${NOT_EFFECTS}`,
    drawing: await supportedLinksSvg(input, supported, 'page'),
  };
}

/** The graph of the fitted model, with the verdicts of held-out subjects. */
async function fittedGraph(input: FiguresInput, conclusions: Conclusions): Promise<Draft> {
  const draft = { name: 'graph', title: 'Graph of the fitted model' };
  const sharing = sharingOf(conclusions);
  const graph = shownGraph(input.graph, conclusions);
  if (sharing !== 'associated' && sharing !== 'nothing') {
    const reason = `Nothing was tested, so no graph is drawn. ${headline(conclusions)}`;
    return notice({ ...draft, finding: 'untested' }, reason);
  }
  if (sharing === 'nothing' && crossEdges(graph).length === 0 && (drawnGraph(graph).causeEdges ?? []).length === 0) {
    return notice({ ...draft, finding: 'none' }, headline(conclusions));
  }
  const hidden = hiddenText(input.graph, conclusions);
  return {
    ...draft,
    finding: sharing === 'associated' ? 'shown' : 'none',
    caption:
      `${sharing === 'associated' ? '' : `${headline(conclusions)} `}Discs are latents, in the colours of their ` +
      'modalities. The width of an edge is its strength in the model. Dashed edges are not supported by held-out ' +
      `subjects. A line without arrowhead has no known direction.${hidden === undefined ? '' : ` ${hidden}`}`,
    drawing: await graphSvg(graph, { theme: 'page', title: draft.title }),
  };
}

/** The direct correlation of each tested link. */
function directLinks({ summary }: FiguresInput, conclusions: Conclusions): Draft[] {
  const links = linksOfBlocks(conclusions).filter(({ direct, same }) => direct?.lower !== undefined && !same);
  if (links.length === 0) return [];
  const modalities = summary.model.modalities.map(({ name }) => name);
  const rows = links.slice(0, MAX_ROWS).map((link): ForestRow => {
    const { first, second, direct, verdict, q } = link;
    return {
      title: `${first} – ${second}`,
      modalities: [first, second].map((name) => modalities.indexOf(modalityOf(name))),
      interval: clipped(direct!),
      supported: verdict === 'supported',
      words: `${verdict === 'supported' ? 'supported' : 'not supported'}, q ${pText(q)}`,
    };
  });
  const figures: ForestFigures = {
    title: 'Direct links between latents',
    axis: 'direct correlation, and its 95 % interval',
    description: 'Direct correlations in held-out subjects.',
    ends: [-1, 1],
    rows,
  };
  const isFound = rows.some(({ supported }) => supported);
  const more = links.length > rows.length ? ` ${counted(links.length - rows.length, 'more link')} not shown.` : '';
  return [
    {
      name: 'direct-links',
      title: figures.title,
      finding: isFound ? 'shown' : 'none',
      caption:
        `Correlation of two latents given the latents that explain it best, corrected for measurement errors. ` +
        `Filled: supported in held-out subjects (Holm over all links). Hollow: not supported.${more} ${NOT_EFFECTS}`,
      drawing: (width) => forestChart(figures, width),
    },
  ];
}

/** Returns the modality of a latent or a block, whose names are `modality.z1` and `modality.z1|z2`. */
function modalityOf(unit: string): string {
  return unit.slice(0, unit.lastIndexOf('.z'));
}

/** Maximum number of rows of a forest plot. */
const MAX_ROWS = 24;

function clipped({ estimate, lower, upper }: NonNullable<LinkConclusion['direct']>): ForestRow['interval'] {
  const [e, l, u] = [estimate, lower, upper].map((value) => Math.max(-1, Math.min(1, value)));
  return { estimate: e, lower: l, upper: u };
}

/** How many equally good graphs have a link, and with which direction. */
function equivalence(conclusions: Conclusions): Draft[] {
  const ofBlocks = equivalenceOfBlocks(conclusions);
  if (!ofBlocks || ofBlocks.links.length === 0) return [];
  return [
    {
      name: 'equivalence',
      title: 'Links in equally good graphs',
      finding: 'described',
      caption: `${equivalenceText(ofBlocks)} ${EQUIVALENCE_NOTE}`,
      drawing: (width) => equivalenceChart(equivalenceRows(ofBlocks), width),
    },
  ];
}

/** Effects of raising a latent by one standard deviation, over all equally good graphs. */
function effects({ effects: known }: Conclusions): Draft[] {
  if (!known || known.length === 0) return [];
  const draft = { name: 'effects', title: 'Effects of raising a latent by 1 sd' };
  const shown = known.filter((effect) => pathsOf(effect).length > 0);
  if (shown.length === 0) {
    const reason =
      'No effect of a latent is identified: in all equally good graphs, the latents are mixtures, or there is no path.';
    return [notice({ ...draft, finding: 'none' }, reason)];
  }
  const rows = shown.flatMap(effectRows).slice(0, MAX_ROWS);
  const figures: ForestFigures = {
    title: draft.title,
    axis: 'change in sd, and its 90 % interval',
    description: 'Effects over all equally good graphs.',
    ends: [-0.5, 0.5],
    minPlot: 90,
    rows,
  };
  return [
    {
      ...draft,
      finding: shown.some(({ verdict }) => verdict === 'identified') ? 'shown' : 'none',
      caption:
        'Each row is an effect that some of the equally good graphs give, with a 90 % interval over refits. In the ' +
        'other graphs there is no path, so the effect is 0. Filled: all graphs agree about the sign. Hollow: the ' +
        'effect is not identified, or its sign is not known. Effects assume that no unmeasured variable acts on both ' +
        'latents.',
      drawing: (width) => forestChart(figures, width),
    },
  ];
}

/** Returns the distinct effects of graphs in which there is a path. */
function pathsOf({ effects: distinct }: EffectConclusion): EffectConclusion['effects'] {
  return distinct.filter(({ lower, upper }) => lower !== 0 || upper !== 0);
}

function effectRows(effect: EffectConclusion): ForestRow[] {
  const { from, to, members, verdict } = effect;
  return pathsOf(effect).map(({ members: having, ...interval }, k) => ({
    ...(k === 0 && { heading: `${from} on ${to}` }),
    title: `${having} of ${counted(members, 'graph')}`,
    modalities: [],
    interval,
    supported: verdict === 'identified',
    words: verdict === 'identified' ? 'identified' : 'not identified',
  }));
}

function causes({ summary }: FiguresInput, { causes: known }: Conclusions): Draft[] {
  if (!known) return [];
  const draft = { name: 'causes', title: 'Latents and observed causes' };
  const figures = causeForest(summary, known);
  if (!figures) {
    return [notice({ ...draft, finding: 'none' }, 'No difference of a latent between levels of a cause is supported.')];
  }
  const isAssigned = (summary.causes ?? []).every(({ assigned }) => assigned);
  return [
    {
      ...draft,
      finding: 'shown',
      caption:
        'Supported differences of latents from the reference, in standard deviations of the latent, in held-out ' +
        'subjects, with 95 % intervals.' +
        (isAssigned ? '' : ' A cause that nobody assigned has associations, not effects.'),
      drawing: (width) => forestChart(figures, width),
    },
  ];
}
