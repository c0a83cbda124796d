// Encoders from a modality's values to its latents alone: the encoders that deep canonical correlation trains (METHOD
// section 10). Shift-invariant latents have a separate encoder. In training it sees each image moved at random, which
// removes nearly all information about position. Otherwise its result is the mean over a few fixed moves.

import { add, concat, constant, mul, type Node } from '../graph/index.js';
import type { ParameterList } from '../nn/parameters.js';
import { augmented, movedBy } from './augmentation.js';
import { mapSize } from './convolution-network.js';
import type { NoiseSource } from './latent-prior.js';
import type { LatentLayout, ModalityGroup } from './layout.js';
import { observationNetwork } from './observation.js';
import type { Observed } from './observation-network.js';

/** Prefix of the parameters of these encoders. */
export const LATENT_ENCODER = 'latentEncoder';

/** Returns the name of the encoder of a group's latents that are not shift-invariant. */
export function latentEncoderName(group: number): string {
  return `${LATENT_ENCODER}.g${group}`;
}

/** Returns the name of the encoder of a group's shift-invariant latents. */
export function invariantEncoderName(group: number): string {
  return `${LATENT_ENCODER}.invariant.g${group}`;
}

/** Number of moves over which a result is averaged. */
const FIXED_MOVES = 8;
/**
 * Move i goes down by i eighths of the height and right by MOVE_STRIDE · i eighths of the width (modulo 8), so that the
 * moves lie far apart.
 */
const MOVE_STRIDE = 3;

interface GroupEncoders {
  readonly group: ModalityGroup;
  /** Encoder of all latents except shift-invariant ones; undefined if there are none. */
  readonly plain: ((x: Observed) => Node) | undefined;
  readonly invariant: ((x: Observed) => Node) | undefined;
}

/** Latents of a group, `[runs, members, latents, batch]` each. */
export interface GroupLatents {
  readonly plain: Node | undefined;
  readonly invariant: Node | undefined;
}

/** Returns how many of a modality's latents each encoder finds. */
export function latentCounts({ latents, observation }: Pick<ModalityGroup, 'latents' | 'observation'>) {
  const { shiftInvariant: invariant = 0 } = observation;
  return { plain: latents - invariant, invariant };
}

export class LatentEncoders {
  readonly #groups: readonly GroupEncoders[];
  readonly #runs: number;

  /**
   * Creates `latentEncoder.g<group>.*` and `latentEncoder.invariant.g<group>.*`.
   * @param hidden width for tables
   */
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

  /**
   * Encodes a mini-batch with fixed moves.
   * @param x per group
   * @returns per group `[runs, members, latents, batch]`
   */
  encode(x: readonly Observed[]): Node[] {
    return this.#groups.map(({ group, plain, invariant }, g) => {
      const fixed = (batch: Observed): Node => meanOverMoves(group, batch, invariant!);
      const parts = [...(plain ? [plain(x[g])] : []), ...(invariant ? [fixed(x[g])] : [])];
      return parts.length === 1 ? parts[0] : concat(parts, 2);
    });
  }

  /**
   * Encodes a mini-batch as in training, changed at random.
   * @param x per group
   */
  trained(x: readonly Observed[], noise: NoiseSource): GroupLatents[] {
    return this.#groups.map(({ group, plain, invariant }, g) => {
      const { size } = mapSize(group.observation);
      const moved = (images: Observed): Observed => {
        const [, members, , batch] = images.values.shape;
        const draws = noise.uniform(`moves.g${g}`, [this.#runs, members, 3, batch]);
        return movedBy(group, images, mul(draws, constant([0, ...size], [1, 1, 3, 1])));
      };
      const changed = augmented(group, x[g], noise, this.#runs, g);
      return { plain: plain?.(changed), invariant: invariant?.(moved(changed)) };
    });
  }
}

function meanOverMoves(group: ModalityGroup, images: Observed, encoder: (x: Observed) => Node): Node {
  const [height, width] = mapSize(group.observation).size;
  const results = Array.from({ length: FIXED_MOVES }, (_, i) => {
    const [down, right] = [i / FIXED_MOVES, ((MOVE_STRIDE * i) % FIXED_MOVES) / FIXED_MOVES];
    const move = [0, Math.floor(height * down), Math.floor(width * right)];
    const { shape } = images.values;
    const moves = constant(
      move.flatMap((value) => new Array<number>(shape[3]).fill(value)),
      [1, 1, 3, shape[3]],
    );
    return encoder(movedBy(group, images, moves));
  });
  return mul(
    results.reduce((a, b) => add(a, b)),
    1 / FIXED_MOVES,
  );
}
