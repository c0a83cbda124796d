// Pictures and series as encoders see them in training: each subject's changed at random, anew in every step, so that
// latents say nothing of how it was lit, framed or scaled. Off wherever else a subject is encoded.

import { add, broadcastTo, constant, moveImages, mul, reshape, slice, sub, type Node } from '../graph/index.js';
import { mapSize } from './convolution-network.js';
import type { NoiseSource } from './latent-prior.js';
import type { ModalityGroup } from './layout.js';
import type { Observed } from './observation-network.js';

/** Of what all channels have in common, the part that each has of its own besides. */
const OWN_SHARE = 0.5;
/**
 * Noise on every value of a series, in standard deviations of its channel, whatever the study says: without it encoders
 * learn thousands of subjects by heart.
 */
const SERIES_NOISE = 0.4;

/** @param x one group's @param runs whose draws differ @param g of the group, names its draws */
export function augmented(group: ModalityGroup, x: Observed, noise: NoiseSource, runs: number, g: number): Observed {
  const { flip = false, shift = 0, brightness = 0, contrast = 0 } = group.observation.augment ?? {};
  let seen = x;
  const [, members, , batch] = x.values.shape;
  if (flip || shift > 0) {
    const { size } = mapSize(group.observation);
    const [down, right] = size.map((extent) => (extent === 1 ? 0 : shift + 1));
    const farthest = constant([flip ? 1 : 0, down, right], [1, 1, 3, 1]);
    const moves = mul(around0(noise.uniform(`moved.g${g}`, [runs, members, 3, batch])), farthest);
    seen = movedBy(group, seen, moves);
  }
  if (brightness > 0 || contrast > 0) {
    const { channels } = mapSize(group.observation);
    const draws = around0(noise.uniform(`lit.g${g}`, [runs, members, 2 * (channels + 1), 1, batch]));
    const perChannel = (first: number, most: number): Node => {
      const all = slice(draws, 2, first, first + 1);
      const own = slice(draws, 2, first + 1, first + 1 + channels);
      return mul(add(all, mul(own, OWN_SHARE)), most);
    };
    const factor = add(perChannel(0, contrast), 1);
    const offset = perChannel(channels + 1, brightness);
    const { shape } = seen.values;
    const values = reshape(seen.values, [shape[0], members, channels, shape[2] / channels, batch]);
    const lit = reshape(add(mul(values, factor), offset), [runs, ...shape.slice(1)]);
    seen = { ...seen, values: seen.observed ? mul(lit, seen.observed) : lit };
  }
  if (group.observation.kind === 'series') {
    const drawn = mul(noise.normal(`series.g${g}`, [runs, ...x.values.shape.slice(1)]), SERIES_NOISE);
    seen = { ...seen, values: add(seen.values, seen.observed ? mul(drawn, seen.observed) : drawn) };
  }
  if (!seen.observed || seen.values.shape[0] === seen.observed.shape[0]) return seen;
  return { ...seen, observed: broadcastTo(seen.observed, seen.values.shape) };
}

/** From (0, 1) to (−1, 1). */
function around0(uniform: Node): Node {
  return sub(mul(uniform, 2), 1);
}

/**
 * Every subject's picture moved, and with it what is known of it. What goes out at an edge comes in at the other one.
 * @param moves `[runs or 1, members or 1, 3, batch]`, see `moveImages`
 */
export function movedBy(
  { observation }: ModalityGroup,
  { values, observed, present }: Observed,
  moves: Node,
): Observed {
  const { channels, size } = mapSize(observation);
  const move = (node: Node): Node => {
    const [runs, members, , batch] = node.shape;
    const picture = moveImages(reshape(node, [runs, members, channels, ...size, batch]), moves, { edge: 'wrap' });
    return reshape(picture, [...picture.shape.slice(0, 2), node.shape[2], batch]);
  };
  return { values: move(values), observed: observed && move(observed), present };
}
