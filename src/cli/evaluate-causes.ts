// The observed causes of a fit for `interlatent evaluate`: their edges to latents, and their effects with intervals.

import type { CauseEdge, LatentGraph } from '../causal/index.js';
import type { CauseTargets, EstimatedEffect, Evaluation } from '../metrics/index.js';
import type { TotalEffect } from '../evidence/causes/index.js';

/** Name of a level, or of a cause that is a number, as truth.npz has it. */
function causeKey({ from, level }: Pick<CauseEdge, 'from' | 'level'>): string {
  return level === undefined ? from : `${from}=${level}`;
}

/** Returns the edges of causes; undefined if the graph has no causes. */
export function fittedTargets({ nodes, causes, causeEdges = [] }: LatentGraph): CauseTargets | undefined {
  if (!causes) return undefined;
  const names = [...new Set(causeEdges.map(causeKey))];
  const edges = new Uint8Array(names.length * nodes.length);
  const position = new Map(nodes.map(({ name }, i) => [name, i]));
  for (const edge of causeEdges) edges[names.indexOf(causeKey(edge)) * nodes.length + position.get(edge.to)!] = 1;
  return { causes: names, edges };
}

type ReportedEffect = Pick<TotalEffect, 'cause' | 'level' | 'latent' | 'effect' | 'curve'>;

/** Returns the total effects with their intervals: of each level, or of each dose of the curve of a number. */
export function fittedEffects(
  { nodes }: Pick<LatentGraph, 'nodes'>,
  effects: readonly ReportedEffect[] | undefined,
): EstimatedEffect[] | undefined {
  const position = new Map(nodes.map(({ name }, i) => [name, i]));
  return effects?.flatMap(({ cause, level, latent, effect, curve = [] }) => {
    const at = position.get(latent)!;
    if (level === undefined) {
      return curve.map(({ value, ...interval }) => ({ cause: `${cause}=${value}`, latent: at, ...interval }));
    }
    return effect ? [{ cause: causeKey({ from: cause, level }), latent: at, ...effect }] : [];
  });
}

/** Returns the lines about causes. */
export function causeNotes({ structure, targets, effects }: Evaluation): string[] {
  const share = (value: number) => `${(100 * value).toFixed(0)} %`;
  return [
    ...(targets && structure
      ? [
          `SHD within modalities: ${structure.within.distance}. Edges of latents without a true partner: ` +
            `${structure.unmatchedEdges}.`,
          `Edges of causes: F1 ${targets.f1.toFixed(3)}; ${targets.right} of ${targets.estimatedEdges} are right, ` +
            `${targets.trueEdges} are true.`,
        ]
      : []),
    ...(effects && effects.compared > 0
      ? [
          `Effects of causes: ${share(effects.covered90!)} of ${effects.compared} intervals of 90 % and ` +
            `${share(effects.covered95!)} of 95 % contain the true effect; error ${effects.error!.toFixed(3)} sd.`,
        ]
      : []),
  ];
}
