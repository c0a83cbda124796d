// Reasons why single latents may not be identified (METHOD section 2; Sun et al., Theorems 4.2 and 4.4).

import { modalityLatents, type LatentGraph, type LatentNode } from '../../causal/index.js';
import type { RunSummary } from '../../training/run-folder.js';
import { decimals, listed } from '../../text/numbers.js';
import { crossEdges, NOTABLE, type Mechanism } from './mechanisms.js';
import { undeterminedPairs, undeterminedUnits, type SettlingCauses, type SettlingLevel } from './settled.js';

export interface Caution {
  readonly title: string;
  readonly text: string;
}

export interface Evidence {
  /** Agreement of the restarts of a two-stage fit on the latents. */
  readonly determination?: RunSummary['determination'];
  /** Mechanisms of the links between modalities. Undefined without subjects. */
  readonly mechanisms?: readonly Mechanism[] | undefined;
  /** What observed causes do. Undefined without tested causes. */
  readonly settling?: SettlingCauses | undefined;
}

export function identifiability(graph: LatentGraph, { determination, mechanisms, settling }: Evidence = {}): Caution[] {
  const pairs = oneToOne(graph);
  const levels = settling?.levels ?? [];
  const open = undeterminedPairs(pairs, levels.map(targetsOf));
  const presumed = undeterminedPairs(pairs, levels).filter((pair) => !open.includes(pair));
  const settled = new Set(pairs.filter((pair) => !open.includes(pair)).map(linkName));
  return [
    ...(determination === undefined ? [] : mixtures(graph, determination)),
    ...(settling === undefined ? unlinked(graph) : unmoved(graph, settling)),
    ...mixedPairs(open, pairs.length),
    ...presumedPairs(presumed),
    ...(mechanisms === undefined ? [] : plainLinks(mechanisms, settled)),
    ...fewRestarts(graph),
  ];
}

/** Warns, by modality, of latents that equally good restarts replace by mixtures. Condition 4.3 fails for them. */
export function mixtures(
  { nodes }: Pick<LatentGraph, 'nodes'>,
  { restarts, equals, agreement = [], determined }: NonNullable<RunSummary['determination']>,
): Caution[] {
  const mixed = nodes.filter((_, i) => determined?.[i] === false);
  return [...new Set(mixed.map(({ modality }) => modality))].map((modality) => {
    const latents = mixed.filter((node) => node.modality === modality).map(({ name }) => name);
    const min = Math.min(...nodes.flatMap((node, i) => (node.modality === modality ? [agreement[i]] : [])));
    return {
      title:
        `${listed(latents)} ${latents.length === 1 ? 'is' : 'are'} ` +
        `determined only up to mixing within ${modality}`,
      text:
        `${equals} of ${restarts} restarts are equally good, but ` +
        `not all find the same latents here (minimum rank correlation with a match: ${decimals(min)}). ` +
        `Interpret the latents of ${modality} together, not separately. ` +
        'Other settings do not help. Other data can help: more modalities linked to this one, curved links, ' +
        'links that change the spread, noise that is not normal, or more subjects.',
    };
  });
}

/** Warns of latents without links to other modalities: by Theorem 4.2, only such links distinguish z from noise. */
function unlinked(graph: LatentGraph): Caution[] {
  const alone = unlinkedNodes(graph).map(({ name }) => name);
  if (alone.length === 0) return [];
  return [
    {
      title:
        alone.length === 1
          ? `${alone[0]} has no link to another modality`
          : `${alone.length} latents have no link to another modality`,
      text:
        'Only links to other modalities distinguish a latent from private noise. ' +
        `${alone.join(', ')} ${alone.length === 1 ? 'has' : 'have'} none. Interpret ` +
        `${alone.length === 1 ? 'it' : 'them'} as a summary of the columns, not as a cause.`,
    },
  ];
}

/** Returns the latents without a link to another modality. */
function unlinkedNodes(graph: LatentGraph): LatentNode[] {
  const linked = new Set(crossEdges(graph).flatMap(({ from, to }) => [from, to]));
  return graph.nodes.filter(({ name }) => !linked.has(name));
}

/**
 * Warns of latents that neither links nor causes distinguish from private noise, and of those that causes move without
 * determining them: within a modality, only `perfect` levels do.
 */
function unmoved(graph: LatentGraph, { levels, moved }: SettlingCauses): Caution[] {
  const alone = unlinkedNodes(graph);
  const still = alone.flatMap(({ name }) => (moved.has(name) ? [] : [name]));
  const perfect = levels.filter(({ isPerfect }) => isPerfect).map(targetsOf);
  const undetermined = modalityLatents(graph)
    .filter(({ latents }) => latents > 1)
    .flatMap(({ name }) => {
      const units = alone.flatMap((node) => (node.modality === name ? [[node.name]] : []));
      return undeterminedUnits(units, perfect).flat();
    });
  const mixed = undetermined.filter((name) => moved.has(name));
  const isOne = mixed.length === 1;
  const none = 'no link to another modality and no supported effect of a cause';
  return [
    ...(still.length === 0
      ? []
      : [
          {
            title: still.length === 1 ? `${still[0]} has ${none}` : `${still.length} latents have ${none}`,
            text:
              'Only links to other modalities and causes distinguish a latent from private noise. Interpret ' +
              `${listed(still)} as ${still.length === 1 ? 'a summary' : 'summaries'} of the columns.`,
          },
        ]),
    ...(mixed.length === 0
      ? []
      : [
          {
            title: `Causes move ${listed(mixed)}, but do not determine ${isOne ? 'it' : 'them'} completely`,
            text:
              'Within a modality, only a level with a perfect effect determines a latent. One latent needs no such ' +
              'level if no other one causes it, which the data do not show. Otherwise a latent may lack the part ' +
              'that other latents of the modality cause. Interpret it by the levels that move it, not by its columns.',
          },
        ]),
  ];
}

/**
 * Returns the linked pairs of two modalities with one-to-one links: a joint rotation gives an equally sparse graph
 * (Condition 4.3 fails for linear mechanisms).
 */
function oneToOne(graph: LatentGraph): [string, string][] {
  const modalities = modalityLatents(graph);
  if (modalities.length !== 2 || modalities.every(({ latents }) => latents === 1)) return [];
  const edges = crossEdges(graph);
  const ends = (side: 'from' | 'to') => new Set(edges.map((edge) => edge[side])).size === edges.length;
  return ends('from') && ends('to') ? edges.map(({ from, to }) => [from, to]) : [];
}

/** Returns a level without what it is known to spare. */
function targetsOf({ targets }: SettlingLevel): Pick<SettlingLevel, 'targets'> {
  return { targets };
}

function linkName(link: readonly [string, string] | Pick<Mechanism, 'from' | 'to'> | readonly string[]): string {
  const [from, to] = 'from' in link ? [link.from, link.to] : link;
  return `${from} – ${to}`;
}

/** @param open pairs that no level distinguishes @param count number of all pairs */
function mixedPairs(open: readonly (readonly string[])[], count: number): Caution[] {
  if (open.length === 0) return [];
  const isAll = open.length === count;
  return [
    {
      title: isAll
        ? 'Two modalities with one-to-one links'
        : `No cause distinguishes ${open.length} of ${count} one-to-one links`,
      text:
        'If the latents of two modalities are linked one to one, a joint rotation of both gives an equally sparse ' +
        'graph. Only curved links, a changing spread, or noise that is not normal distinguish the latents' +
        `${isAll ? '' : ` of ${listed(open.map(linkName))}`}. A third modality would help most.`,
    },
  ];
}

/** @param pairs those that the fitted targets of levels distinguish, while the true targets are not known */
function presumedPairs(pairs: readonly (readonly string[])[]): Caution[] {
  if (pairs.length === 0) return [];
  return [
    {
      title: 'One-to-one links are settled only if a level acts on one of them',
      text:
        'If the latents of two modalities are linked one to one, a joint rotation of both gives an equally sparse ' +
        `graph. The latents of ${listed(pairs.map(linkName))} are settled if the level acts on only one of them. ` +
        'The fit prefers this, and held-out subjects do not show it. If you know its targets, write them.',
    },
  ];
}

/** @param settled names of the links that causes determine */
function plainLinks(mechanisms: readonly Mechanism[], settled: ReadonlySet<string>): Caution[] {
  const plain = mechanisms.filter(
    (link) =>
      link.curvature < NOTABLE.curvature &&
      link.spread < NOTABLE.spread &&
      link.nonNormal < NOTABLE.nonNormal &&
      !settled.has(linkName(link)),
  );
  if (plain.length === 0) return [];
  const all = plain.length === mechanisms.length;
  return [
    {
      title: all
        ? 'Every link looks linear with normal noise'
        : `${plain.length} of ${mechanisms.length} links look linear with normal noise`,
      text:
        'With such links, the latents of a modality can be mixed without a worse fit. ' +
        (all
          ? 'Interpret a modality’s latents together, not separately.'
          : `These links are ${plain.map(linkName).join(', ')}.`),
    },
  ];
}

function fewRestarts({ edges, runs: restarts }: LatentGraph): Caution[] {
  if (restarts < 3) {
    return [
      {
        title: `Only ${restarts === 1 ? 'one restart' : 'two restarts'}`,
        text:
          'It is unknown whether restarts on the same data find the same latents and links. Use more restarts to see ' +
          'their agreement, which is not a confidence level. In a two-stage fit, these are the component restarts: ' +
          'the best quarter of them is trained to the end.',
      },
    ];
  }
  const rare = edges.filter(({ agreement }) => agreement <= 0.5);
  if (rare.length === 0) return [];
  return [
    {
      title: `${rare.length} of ${edges.length} links were found by at most half of the restarts`,
      text:
        'Restarts on the same data disagree about these links: ' +
        `${rare.map(({ from, to }) => `${from} – ${to}`).join(', ')}.`,
    },
  ];
}
