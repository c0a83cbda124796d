// Conclusions about the effects of observed causes on latents.

import type { CauseEdge, GraphCauses, LatentEdge, LatentGraph } from '../causal/index.js';
import type { RunSummary } from '../training/run-folder.js';
import { differenceRobustness, type Robustness } from './robustness.js';

type CauseFigures = NonNullable<NonNullable<RunSummary['evidence']>['causes']>;
type EffectFigures = CauseFigures['effects'][number];

/** What a study says about the effect of a cause on a latent. */
export interface CauseConclusion extends EffectFigures {
  readonly modality: string;
  /** Reference level of a categorical cause. */
  readonly reference?: string | undefined;
  /**
   * `effect`: the designer assigned the cause, so a difference is an effect of it. `association`: something unmeasured
   * can produce the difference.
   */
  readonly meaning: 'effect' | 'association';
  /** True if the fitted model has a direct effect of the cause on the latent, so that questions to the model follow it. */
  readonly isFitted: boolean;
  /**
   * True if models of disjoint subjects agree too little on this single latent of the modality (`folds-mix`). It may be
   * a mixture of them, and an effect is one on this mixture.
   */
  readonly isMixture: boolean;
  /** How strong an unmeasured common cause must be to explain a supported association; not for curves without a trend. */
  readonly robustness?: Robustness | undefined;
}

/** What a study says about the effect of a cause on the latents of a modality together. */
export interface CauseBlockConclusion extends Readonly<CauseFigures['blocks'][number]> {
  readonly meaning: CauseConclusion['meaning'];
}

export interface CauseConclusions {
  /** Supported effects first, the largest first. */
  readonly effects: readonly CauseConclusion[];
  /** Modalities whose single latents are mixed. */
  readonly blocks: readonly CauseBlockConclusion[];
}

/** Returns the conclusions about causes; undefined if none were tested. */
export function causeConclusions(
  { nodes, causeEdges = [] }: Pick<LatentGraph, 'nodes' | 'causeEdges'>,
  { evidence, causes = [] }: Pick<RunSummary, 'evidence' | 'causes'>,
): CauseConclusions | undefined {
  if (!evidence?.causes) return undefined;
  const modalityOf = new Map(nodes.map(({ name, modality }) => [name, modality]));
  const causeOf = new Map(causes.map((cause) => [cause.name, cause]));
  const meaningOf = (name: string) => (causeOf.get(name)?.assigned ? 'effect' : 'association');
  const effects = evidence.causes.effects.map((effect): CauseConclusion => {
    const reference = effect.level === undefined ? undefined : causeOf.get(effect.cause)?.levels?.[0];
    return {
      ...effect,
      modality: modalityOf.get(effect.latent)!,
      ...(reference !== undefined && { reference }),
      meaning: meaningOf(effect.cause),
      isFitted: causeEdges.some(
        ({ from, level, to }) => from === effect.cause && level === effect.level && to === effect.latent,
      ),
      isMixture: false,
      ...(meaningOf(effect.cause) === 'association' && robustnessOf(effect)),
    };
  });
  return {
    effects: effects.sort((a, b) => RANK[a.verdict] - RANK[b.verdict] || sizeOf(b) - sizeOf(a)),
    blocks: evidence.causes.blocks.map((block) => ({ ...block, meaning: meaningOf(block.cause) })),
  };
}

function robustnessOf({ verdict, effect, partialR2 }: EffectFigures): Pick<CauseConclusion, 'robustness'> {
  const isClear = effect !== undefined && (effect.lower > 0 || effect.upper < 0);
  if (verdict !== 'supported' || partialR2 === undefined || !isClear) return {};
  return { robustness: differenceRobustness(effect, partialR2) };
}

/** True if held-out subjects support a difference of the mean, or of the spread. */
export function isCauseFound(one: CauseConclusion | CauseBlockConclusion): boolean {
  return one.verdict === 'supported' || ('spread' in one && one.spread?.verdict === 'supported');
}

/** Returns the results of modalities as a whole where no single latent is known to differ. */
export function untracedBlocks({ effects, blocks }: CauseConclusions): CauseBlockConclusion[] {
  return blocks.filter(
    ({ cause, level, modality }) =>
      !effects.some(
        (one) => isCauseFound(one) && one.cause === cause && one.level === level && one.modality === modality,
      ),
  );
}

/** What an edge needs of an effect. */
type EdgeFigures = Pick<EffectFigures, 'cause' | 'level' | 'latent' | 'verdict' | 'direct'>;

/**
 * True if held-out subjects support an edge of a cause: its total effect is supported, and so is its direct effect. If
 * this is undecided, no supported effect of the cause may also reach the latent through a parent, as it would be
 * counted twice.
 * @param edges the edges between latents that are drawn, or that effects follow
 */
export function isEdgeSupported(
  effects: readonly EdgeFigures[],
  { from, level, to }: CauseEdge,
  edges: readonly Pick<LatentEdge, 'from' | 'to'>[],
): boolean {
  const supported = effects.filter(
    (effect) => effect.cause === from && effect.level === level && effect.verdict === 'supported',
  );
  const direct = supported.find(({ latent }) => latent === to)?.direct;
  if (direct?.verdict !== 'undecided') {
    return direct?.verdict !== 'through' && supported.some(({ latent }) => latent === to);
  }
  return !edges.some((edge) => edge.to === to && supported.some(({ latent }) => latent === edge.from));
}

/**
 * Returns a graph for readers, if causes were tested: without edges that held-out subjects do not support, and with the
 * total effects that they show.
 */
export function withSupportedCauses<T extends GraphCauses & Pick<LatentGraph, 'edges'>>(
  graph: T,
  { causes }: { readonly causes?: CauseConclusions | undefined },
): T {
  if (causes === undefined || graph.causeEdges === undefined) return graph;
  const { edges, causeEdges } = graph;
  const shown = causeEdges.filter((edge) => isEdgeSupported(causes.effects, edge, edges));
  return {
    ...graph,
    causeEdges: shown.map((edge): CauseEdge => {
      const { from, level, to } = edge;
      const total = causes.effects.find((one) => one.cause === from && one.level === level && one.latent === to);
      return { ...edge, effect: total?.effect?.estimate ?? edge.effect };
    }),
  };
}

const RANK: Readonly<Record<CauseConclusion['verdict'], number>> = { supported: 0, undecided: 1, 'not-supported': 2 };

function sizeOf({ effect }: CauseConclusion): number {
  return Math.abs(effect?.estimate ?? 0);
}
