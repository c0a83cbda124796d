// From what is observed of a modality to its latents alone, by a network that has no other duty: the encoders that deep
// canonical correlation trains (METHOD section 10).

import type { Node } from '../graph/index.js';
import type { ParameterList } from '../nn/parameters.js';
import type { LatentLayout } from './layout.js';
import { observationNetwork } from './observation.js';
import type { Observed } from './observation-network.js';

/** How the parameters of these encoders begin. */
export const LATENT_ENCODER = 'latentEncoder';

export class LatentEncoders {
  readonly #encoders: readonly ((x: Observed) => Node)[];

  /** Creates `latentEncoder.g<group>.*`. @param hidden width of the layers of tables */
  constructor(parameters: ParameterList, layout: LatentLayout, hidden: number) {
    this.#encoders = layout.groups.map(({ members, observation, latents }, g) =>
      observationNetwork(observation).encoder(parameters, `${LATENT_ENCODER}.g${g}`, {
        members: members.length,
        hidden,
        outputs: latents,
      }),
    );
  }

  /** @param x per group @returns per group `[runs, members, latents, batch]` */
  encode(x: readonly Observed[]): Node[] {
    return x.map((own, g) => this.#encoders[g](own));
  }
}
