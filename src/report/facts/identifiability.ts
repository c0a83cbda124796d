// What may keep single latents from being identified (METHOD section 2; Sun et al., Theorems 4.2 and 4.4).

import { modalityLatents, type LatentGraph } from '../../causal/index.js';
import type { RunSummary } from '../../training/run-folder.js';
import { decimals, listed } from '../../format.js';
import { crossEdges, NOTABLE, type Mechanism } from './mechanisms.js';

export interface Caution {
  readonly title: string;
  readonly text: string;
}

export interface Evidence {
  /** What the restarts of a two-stage fit say. */
  readonly determination?: RunSummary['determination'];
  /** Of the links between modalities, when subjects are at hand. */
  readonly mechanisms?: readonly Mechanism[] | undefined;
}

export function identifiability(graph: LatentGraph, { determination, mechanisms }: Evidence = {}): Caution[] {
  return [
    ...(determination === undefined ? [] : mixtures(graph, determination)),
    ...unlinked(graph),
    ...oneToOne(graph),
    ...(mechanisms === undefined ? [] : plainLinks(mechanisms)),
    ...fewRestarts(graph),
  ];
}

/** Latents that equally good restarts replace by mixtures, by modality: Condition 4.3 fails for them. */
export function mixtures(
  { nodes }: Pick<LatentGraph, 'nodes'>,
  { restarts, equals, agreement, determined }: NonNullable<RunSummary['determination']>,
): Caution[] {
  const mixed = nodes.filter((_, i) => !determined[i]);
  return [...new Set(mixed.map(({ modality }) => modality))].map((modality) => {
    const latents = mixed.filter((node) => node.modality === modality).map(({ name }) => name);
    const least = Math.min(...nodes.flatMap((node, i) => (node.modality === modality ? [agreement[i]] : [])));
    return {
      title:
        `${listed(latents)} ${latents.length === 1 ? 'is' : 'are'} ` +
        `determined only up to mixing within ${modality}`,
      text:
        `${equals} of ${restarts} restarts explain held-out subjects equally well with as few links, and ` +
        `not all found the same latents here (least rank correlation with a match ${decimals(least)}). ` +
        `Read the latents of ${modality} together, not one by one. ` +
        'Other data would help, not other settings: more modalities linked to this one, curved links or ' +
        'links that change the spread, noise that is not normal, more subjects.',
    };
  });
}

/** Theorem 4.2 tells z from private noise by what z does in other modalities. */
function unlinked(graph: LatentGraph): Caution[] {
  const linked = new Set(crossEdges(graph).flatMap(({ from, to }) => [from, to]));
  const alone = graph.nodes.filter(({ name }) => !linked.has(name)).map(({ name }) => name);
  if (alone.length === 0) return [];
  return [
    {
      title:
        alone.length === 1
          ? `${alone[0]} has no link to another modality`
          : `${alone.length} latents have no link to another modality`,
      text:
        'A latent is told from private noise by what it shares with other modalities. ' +
        `Nothing here does that for ${alone.join(', ')}: read ${alone.length === 1 ? 'it' : 'them'} as a ` +
        'summary of the columns, not as a cause.',
    },
  ];
}

/**
 * Two modalities joined one to one: a joint rotation keeps the graph as sparse (Condition 4.3 fails for linear
 * mechanisms).
 */
function oneToOne(graph: LatentGraph): Caution[] {
  const modalities = modalityLatents(graph);
  if (modalities.length !== 2 || modalities.every(({ latents }) => latents === 1)) return [];
  const edges = crossEdges(graph);
  const ends = (side: 'from' | 'to') => new Set(edges.map((edge) => edge[side])).size === edges.length;
  if (edges.length === 0 || !ends('from') || !ends('to')) return [];
  return [
    {
      title: 'Two modalities, joined one to one',
      text:
        'With two modalities whose latents are joined one to one, a joint rotation of both keeps the graph ' +
        'as sparse. Only curved links, ' +
        'a spread that changes, or noise that is not normal tell the latents apart; a third modality would help most.',
    },
  ];
}

function plainLinks(mechanisms: readonly Mechanism[]): Caution[] {
  const plain = mechanisms.filter(
    ({ curvature, spread, nonNormal }) =>
      curvature < NOTABLE.curvature && spread < NOTABLE.spread && nonNormal < NOTABLE.nonNormal,
  );
  if (plain.length === 0) return [];
  const all = plain.length === mechanisms.length;
  return [
    {
      title: all
        ? 'Every link looks linear with normal noise'
        : `${plain.length} of ${mechanisms.length} links look linear with normal noise`,
      text:
        'Such links allow latents of one modality to be mixed with one another without a worse fit. ' +
        (all
          ? 'Read a modality’s latents together rather than one by one.'
          : `This concerns ${plain.map(({ from, to }) => `${from} – ${to}`).join(', ')}.`),
    },
  ];
}

function fewRestarts({ edges, runs: restarts }: LatentGraph): Caution[] {
  if (restarts < 3) {
    return [
      {
        title: `Only ${restarts === 1 ? 'one restart' : 'two restarts'}`,
        text:
          'Whether restarts on the same data find the same latents and links is not known. Fit with more restarts to see ' +
          'their agreement, which is no confidence; of a two-stage fit these are the restarts, of which the best ' +
          'quarter is trained to the end.',
      },
    ];
  }
  const rare = edges.filter(({ agreement }) => agreement <= 0.5);
  if (rare.length === 0) return [];
  return [
    {
      title: `${rare.length} of ${edges.length} links were found by at most half of the restarts`,
      text:
        'Restarts on the same data split the latents differently there: ' +
        `${rare.map(({ from, to }) => `${from} – ${to}`).join(', ')}.`,
    },
  ];
}
