// What may be interpreted: single latents, and blocks of latents that are identified only together.

import { unitsOf } from '../causal/blocks.js';
import type { LatentVerdictName } from '../causal/verdicts.js';
import { conclusionsOf } from '../conclusions/index.js';
import type { InterpretationInput } from './input.js';

/** A latent, or a block of latents. */
export interface LatentUnit {
  /** `body.z1`, or `body.z1|z2` for a block. */
  readonly name: string;
  readonly modality: string;
  readonly verdict: LatentVerdictName;
  readonly isBlock: boolean;
  /** Positions of its latents among the nodes of the graph. */
  readonly nodes: readonly number[];
  /** Positions of its latents in the modality. */
  readonly members: readonly number[];
}

/** Returns the units of a fit, in the order of their first latents. */
export function latentUnits({ graph, summary }: Pick<InterpretationInput, 'graph' | 'summary'>): LatentUnit[] {
  const { latents } = conclusionsOf(graph, summary);
  return unitsOf(latents).map(({ name, members: nodes, isBlock }) => {
    const { modality, verdict } = latents[nodes[0]];
    return { name, modality, verdict, isBlock, nodes, members: nodes.map((node) => graph.nodes[node].index) };
  });
}

/** What readers of a table with blocks must know. */
export const BLOCK_NOTE =
  'A name with | is a block: its latents are identified only together, so it has one row and no sign.';

/** What readers of a table with latents that are not replicated must know. */
const UNREPLICATED_NOTE = 'Models of disjoint subjects do not find the latents with the verdict not-replicated.';

/** Returns the notes on the verdicts of units. */
export function verdictNotes(units: readonly LatentUnit[]): string[] {
  return [
    ...(units.some(({ isBlock }) => isBlock) ? [BLOCK_NOTE] : []),
    ...(units.some(({ verdict }) => verdict === 'not-replicated') ? [UNREPLICATED_NOTE] : []),
  ];
}
