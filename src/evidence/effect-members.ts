// The graphs over which effects of latents are computed: the class of equally good models, and the fitted graph with
// every direction of the links whose direction nothing determines.

import type { LatentGraph } from '../causal/index.js';
import type { EquivalentModel } from './equivalence.js';
import type { EffectMember } from './latent-effects.js';
import { markovClass, type Ends } from './markov-class.js';

interface EffectClass {
  /** True if the user asserts the order of the modalities. */
  readonly isOrderAssumed: boolean;
  /** Models that explain held-out subjects equally well; left out if there are none. */
  readonly equivalent?: readonly Pick<EquivalentModel, 'edges' | 'mixed' | 'order'>[] | undefined;
}

/**
 * Returns the distinct graphs, without links that tests do not support. The fitted graph is the first one.
 * @param graph supported edges, with the verdicts on latents and directions. Only components have effects
 */
export function effectMembers(graph: LatentGraph, { isOrderAssumed, equivalent = [] }: EffectClass): EffectMember[] {
  const modalityOf = new Map(graph.nodes.map(({ name, modality }) => [name, modality]));
  const modalities = [...new Set(modalityOf.values())];
  const linked = new Set(graph.edges.flatMap(({ from, to }) => [`${from} ${to}`, `${to} ${from}`]));
  const isWithin = ({ from, to }: Ends): boolean => modalityOf.get(from) === modalityOf.get(to);
  const mixtures = graph.nodes.flatMap(({ name, verdict }) => (verdict === 'component' ? [] : [name]));
  const fitted = graph.edges.map(({ from, to }) => ({ from, to }));
  const open = new Set(graph.edges.filter(({ direction }) => direction === 'undecided').map(keyOf));
  const fittedBetween = new Set(fitted.filter((edge) => !isWithin(edge)).map(keyOf));
  const candidates: EffectMember[] = [
    ...markovClass(fitted, (edge) => open.has(keyOf(edge))).map((edges) => ({
      edges,
      mixed: mixtures,
      hasStudyOrder: edges.every((edge) => isWithin(edge) || fittedBetween.has(keyOf(edge))),
    })),
    ...equivalent.map(({ edges, mixed = [], order = modalities }) => ({
      edges: edges.filter((edge) => isWithin(edge) || linked.has(keyOf(edge))),
      mixed: [...new Set([...mixed, ...mixtures])].sort(),
      hasStudyOrder: order.join('\n') === modalities.join('\n'),
    })),
  ];
  const allowed = candidates.filter(({ hasStudyOrder }) => hasStudyOrder || !isOrderAssumed);
  const distinct = new Map<string, EffectMember>();
  for (const member of allowed) {
    const key = JSON.stringify([member.edges.map(keyOf).sort(), member.mixed]);
    if (!distinct.has(key)) distinct.set(key, member);
  }
  return [...distinct.values()];
}

function keyOf({ from, to }: Ends): string {
  return `${from} ${to}`;
}
