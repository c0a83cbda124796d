// From what is observed of a modality to its latents alone, by networks that have no other duty: the encoders that deep
// canonical correlation trains (METHOD section 10). Latents that no shift changes have one of their own. In training it
// sees each picture moved at random, which leaves of a picture all but where things are; otherwise it answers with the
// mean over a few fixed moves.

import { add, concat, constant, mul, type Node } from '../graph/index.js';
import type { ParameterList } from '../nn/parameters.js';
import { augmented, movedBy } from './augmentation.js';
import { mapSize } from './convolution-network.js';
import type { NoiseSource } from './latent-prior.js';
import type { LatentLayout, ModalityGroup } from './layout.js';
import { observationNetwork } from './observation.js';
import type { Observed } from './observation-network.js';

/** How the parameters of these encoders begin. */
export const LATENT_ENCODER = 'latentEncoder';

/** Parameters of the encoder of a group's latents that are not shift-invariant. */
export function latentEncoderName(group: number): string {
  return `${LATENT_ENCODER}.g${group}`;
}

/** Parameters of the encoder of a group's shift-invariant latents. */
export function invariantEncoderName(group: number): string {
  return `${LATENT_ENCODER}.invariant.g${group}`;
}

/** Moves that an answer is the mean over. */
const FIXED_MOVES = 8;
/** Multiples of an eighth of the width that go with those of an eighth of the height: pairs that lie far apart. */
const MOVE_STRIDE = 3;

interface GroupEncoders {
  readonly group: ModalityGroup;
  /** Of all latents but the shift-invariant ones; left out where there are none. */
  readonly plain: ((x: Observed) => Node) | undefined;
  readonly invariant: ((x: Observed) => Node) | undefined;
}

/** Latents of a group, `[runs, members, latents, batch]` each. */
export interface GroupLatents {
  readonly plain: Node | undefined;
  readonly invariant: Node | undefined;
}

/** How many of a modality's latents are found by which encoder. */
export function latentCounts({ latents, observation }: Pick<ModalityGroup, 'latents' | 'observation'>) {
  const { shiftInvariant: invariant = 0 } = observation;
  return { plain: latents - invariant, invariant };
}

export class LatentEncoders {
  readonly #groups: readonly GroupEncoders[];
  readonly #runs: number;

  /** Creates `latentEncoder.g<group>.*` and `latentEncoder.invariant.g<group>.*`. @param hidden width for tables */
  constructor(parameters: ParameterList, layout: LatentLayout, hidden: number) {
    this.#runs = parameters.runs;
    this.#groups = layout.groups.map((group, g) => {
      const { members, observation } = group;
      const encoder = (name: string, outputs: number) =>
        outputs === 0
          ? undefined
          : observationNetwork(observation).encoder(parameters, name, { members: members.length, hidden, outputs });
      const counts = latentCounts(group);
      return {
        group,
        plain: encoder(latentEncoderName(g), counts.plain),
        invariant: encoder(invariantEncoderName(g), counts.invariant),
      };
    });
  }

  /** @param x per group @returns per group `[runs, members, latents, batch]` */
  encode(x: readonly Observed[]): Node[] {
    return this.#groups.map(({ group, plain, invariant }, g) => {
      const fixed = (own: Observed): Node => meanOverMoves(group, own, invariant!);
      const parts = [...(plain ? [plain(x[g])] : []), ...(invariant ? [fixed(x[g])] : [])];
      return parts.length === 1 ? parts[0] : concat(parts, 2);
    });
  }

  /** As in training, what is seen changed at random. @param x per group */
  trained(x: readonly Observed[], noise: NoiseSource): GroupLatents[] {
    return this.#groups.map(({ group, plain, invariant }, g) => {
      const { size } = mapSize(group.observation);
      const moved = (own: Observed): Observed => {
        const [, members, , batch] = own.values.shape;
        const draws = noise.uniform(`moves.g${g}`, [this.#runs, members, 3, batch]);
        return movedBy(group, own, mul(draws, constant([0, ...size], [1, 1, 3, 1])));
      };
      const seen = augmented(group, x[g], noise, this.#runs, g);
      return { plain: plain?.(seen), invariant: invariant?.(moved(seen)) };
    });
  }
}

function meanOverMoves(group: ModalityGroup, own: Observed, encoder: (x: Observed) => Node): Node {
  const [height, width] = mapSize(group.observation).size;
  const answers = Array.from({ length: FIXED_MOVES }, (_, i) => {
    const [down, right] = [i / FIXED_MOVES, ((MOVE_STRIDE * i) % FIXED_MOVES) / FIXED_MOVES];
    const move = [0, Math.floor(height * down), Math.floor(width * right)];
    const { shape } = own.values;
    const moves = constant(
      move.flatMap((value) => new Array<number>(shape[3]).fill(value)),
      [1, 1, 3, shape[3]],
    );
    return encoder(movedBy(group, own, moves));
  });
  return mul(
    answers.reduce((a, b) => add(a, b)),
    1 / FIXED_MOVES,
  );
}
